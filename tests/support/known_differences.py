"""The table of docs/SIMULATION.md: which answers of the simulated engine differ from a real one's, and why."""

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

PAGE = Path(__file__).parents[2] / "docs" / "SIMULATION.md"
HEAD = "| Scenario | Fact | Real | Simulated | Reason |"


class Row(NamedTuple):
    """One accepted difference; `real` and `simulated` are the places where the two answers differ, in JSON."""

    scenario: str
    fact: str
    real: str
    simulated: str
    reason: str


def rows() -> list[Row]:
    """The accepted differences, as the page has them."""
    _, _, table = PAGE.read_text(encoding="utf-8").partition(HEAD + "\n")
    lines = [line for line in table.split("\n\n")[0].splitlines() if line.startswith("|")][1:]
    return [
        Row(*(cell.strip().strip("`").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]))
        for line in lines
    ]


def differing(real: Any, simulated: Any) -> tuple[str, str] | None:
    """What the two answers do not share, in JSON; None if they are the same.

    Of lists and objects, only the entries that differ.
    """
    if real == simulated:
        return None
    if isinstance(real, dict) and isinstance(simulated, dict):
        keys = [key for key in {**real, **simulated} if real.get(key) != simulated.get(key)]
        return _text({key: real[key] for key in keys if key in real}), _text(
            {key: simulated[key] for key in keys if key in simulated}
        )
    if isinstance(real, list) and isinstance(simulated, list):
        only = [each for each in real if each not in simulated], [each for each in simulated if each not in real]
        if any(only):  # else they differ in order or number
            return _text(only[0]), _text(only[1])
    return _text(real), _text(simulated)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
