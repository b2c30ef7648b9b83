"""Which text each answer had when it was marked: the student may hand in another one afterwards."""

import json
from collections.abc import Sequence
from pathlib import Path

from ...course import atomic_write
from ...file_lock import one_at_a_time
from .class_answers import ClassAnswer

FILE = "marked-answers.json"  # in the folder of the results


def read(folder: Path) -> dict[str, str]:
    """The digests of the texts, by the ids of the answers; without them no answer counts as changed."""
    try:
        found = json.loads((folder / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {str(id): str(text) for id, text in found.items()} if isinstance(found, dict) else {}


def note(folder: Path, lock: Path, answers: Sequence[ClassAnswer]) -> None:
    """Note the texts of these answers, which are marked now. Raises `Refused`."""
    with one_at_a_time(lock):
        noted = read(folder) | {each.id: each.digest for each in answers}
        atomic_write.write(folder / FILE, json.dumps(noted))
