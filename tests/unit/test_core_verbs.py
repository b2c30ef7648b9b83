"""The core verbs of the original lab: the course types each as a docker command before it calls it from Python."""

import re
from pathlib import Path

import nbformat
import pytest

COURSE = sorted((Path(__file__).parents[2] / "notebooks" / "en").glob("*.ipynb"))
# What is typed, and the call that stands for it.
CORE_VERBS = {
    "run": (r"docker run -dt ", None),
    "init": (r"docker swarm init --advertise-addr ", r"cluster\.init_swarm\("),
    "join": (r"docker swarm join --token ", r"cluster\.join_swarm\("),
    "create": (r"docker service create ", r"swarm\.create_service\("),
    "scale": (r"docker service update .*--replicas ", r"swarm\.scale\("),
    "drain": (r"docker node update --availability drain ", r"swarm\.drain\("),
}


def lines_of_code() -> list[str]:
    """All lines of the course's code cells, in the order of the lesson."""
    cells = [cell for path in COURSE for cell in nbformat.read(path, as_version=4).cells]
    return [line for cell in cells if cell.cell_type == "code" for line in cell.source.splitlines()]


def first(pattern: str) -> int | None:
    return next((number for number, line in enumerate(lines_of_code()) if re.search(pattern, line)), None)


@pytest.mark.parametrize("verb", CORE_VERBS)
def test_a_core_verb_is_typed_before_its_call(verb: str):
    command, call = CORE_VERBS[verb]
    typed, called = first(command), first(call) if call else None
    assert typed is not None
    assert called is None or typed < called
