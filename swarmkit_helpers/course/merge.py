"""A student's notebook and a newer one of the course become one, cell by cell.

A working copy keeps what it was made from: a short hash of each of the course's cells. So it is known which cells the
student has changed. Cells are found by their ids.
"""

import hashlib
import json
import re
from dataclasses import dataclass

from ..records import Json

HASH_CHARS = 12  # enough to tell the versions of one text apart
PARAMETER = re.compile(r"^(\w+) = (.*?)((?: *# .*)?)$", re.MULTILINE)  # its name, its value, what is said about it
STUB = "..."  # what stands in an answer cell until the student answers


@dataclass(frozen=True)
class Merged:
    """The notebook that came of it, and the ids of cells that both had changed: there the course's are taken."""

    notebook: Json
    conflicts: tuple[str, ...]


def working(course: Json) -> Json:
    """The notebook of the course, which also keeps what it was made from."""
    metadata = course["metadata"]
    made_from = [f"{cell['id']} {_hash(cell)}" for cell in course["cells"]]
    kept = {**metadata.get("swarmlab", {}), "made_from": made_from}
    return {**course, "metadata": {**metadata, "swarmlab": kept}}


def is_related(mine: Json, course: Json) -> bool:
    """Whether the student's notebook was made from a version of the course's: a cell has an id of it."""
    return bool({cell.get("id") for cell in mine["cells"]} & {cell["id"] for cell in course["cells"]})


def text_hash(text: str) -> str:
    """A short hash of the text, which tells whether it is still what the course has handed out."""
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_CHARS]


def merge(mine: Json, course: Json) -> Merged | None:
    """Bring the course's changes into the student's notebook; None if the course has not changed since.

    A cell that the student has not changed becomes the course's. Answers and the student's own cells stay, and their
    outputs with them. A cell that both have changed becomes the course's; parameters keep the student's values.
    """
    made = working(course)
    before = mine["metadata"].get("swarmlab", {}).get("made_from", [])
    if before == made["metadata"]["swarmlab"]["made_from"]:
        return None
    base = dict(entry.partition(" ")[::2] for entry in before)
    own = {cell["id"]: cell for cell in mine["cells"] if cell.get("id")}
    cells: dict[str, Json] = {}
    conflicts = []
    for new in course["cells"]:
        theirs = own.get(new["id"])
        if theirs is None:
            if base.get(new["id"]) != _hash(new):  # else the student has removed it
                cells[new["id"]] = new
        elif _same(theirs, new):
            cells[new["id"]] = {**theirs, "metadata": {**theirs["metadata"], **new["metadata"]}}
        elif _is_kept(theirs, new, base.get(new["id"])):
            cells[new["id"]] = theirs
        elif base.get(new["id"]) == _hash(theirs):
            cells[new["id"]] = new
        elif "parameters" in new["metadata"].get("tags", ()):
            cells[new["id"]] = {**new, "source": _with_values(new["source"], theirs["source"])}
        else:
            cells[new["id"]] = new
            conflicts.append(new["id"])
    notebook = {
        **mine,
        "cells": _in_order(mine["cells"], cells, base),
        "metadata": {**mine["metadata"], "swarmlab": made["metadata"]["swarmlab"]},
        "nbformat": course["nbformat"],
        "nbformat_minor": course["nbformat_minor"],
    }
    return Merged(notebook, tuple(conflicts))


def _is_kept(theirs: Json, new: Json, base: str | None) -> bool:
    """Whether the student's version of a cell stays, though the course's differs. `base` is what it was made from."""
    if base == _hash(new):  # the course has not changed it
        return True
    if "answer" not in new["metadata"].get("tags", ()) or theirs["cell_type"] != new["cell_type"]:
        return False
    return STUB not in theirs["source"] or base not in (None, _hash(theirs))


def _with_values(new: str, theirs: str) -> str:
    """The lines of the course's parameters with the student's values, such as their id."""
    values = {found[1]: found[2] for found in PARAMETER.finditer(theirs)}
    return PARAMETER.sub(lambda line: f"{line[1]} = {values.get(line[1], line[2])}{line[3]}", new)


def _in_order(mine: list[Json], cells: dict[str, Json], base: dict[str, str]) -> list[Json]:
    """The cells in the course's order, each followed by what the student has put below it."""
    added: dict[str | None, list[Json]] = {}
    above: str | None = None
    for cell in mine:
        id = cell.get("id")
        if id in cells:
            above = id
        elif base.get(id or "") != _hash(cell):  # else it was the course's, which has it no more
            added.setdefault(above, []).append(cell)
    ordered = added.get(None, [])
    for id, cell in cells.items():
        ordered += [cell, *added.get(id, ())]
    return ordered


def _same(one: Json, other: Json) -> bool:
    return (one["cell_type"], one["source"]) == (other["cell_type"], other["source"])


def _hash(cell: Json) -> str:
    """A short hash of what the course says in the cell: its kind, its text and its tags."""
    return text_hash(json.dumps([cell["cell_type"], cell["source"], cell["metadata"].get("tags", [])]))
