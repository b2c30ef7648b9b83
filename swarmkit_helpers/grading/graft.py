"""A student's answers on the pristine notebook: whatever else was changed in a submission has no effect."""

import json
from collections import Counter

from ..errors import NotFound
from ..installation import ROOT
from ..language import _
from ..records import Json
from .printable import shown

LONGEST = 100_000  # characters of an answer
LONGEST_ID = 64  # characters of a cell's id that are quoted; no more are allowed (nbformat's schema)


def pristine(section: str, language: str) -> Json:
    """The section's notebook as it is given out, without outputs. Raises `NotFound` where the course is not there."""
    path = ROOT / "notebooks" / language / f"{section}.ipynb"
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(_("there is no {path}"), _("grade in a clone of the course"), path=path) from error
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def graft(original: Json, submitted: Json) -> tuple[Json, list[str]]:
    """The original with the answers of the submission, and what is to be said about the latter.

    Answers are found by the ids of their cells; in a notebook of an old format, which has none, by their place before
    the check that belongs to them. The first of two cells with one id counts.
    """
    remarks: list[str] = []
    cells = submitted["cells"] if any(cell["id"] for cell in submitted["cells"]) else _identified(original, submitted)
    if cells is not submitted["cells"]:
        remarks.append(_("The notebook is of an old format, without ids of cells: answers were found by their order."))
    first: dict[str, Json] = {}
    for cell in cells:
        first.setdefault(cell["id"], cell)
    twice = [id for id, number in Counter(cell["id"] for cell in cells if cell["id"]).items() if number > 1]
    if twice:
        remarks.append(
            _("Cells that are there more than once: {cells}. The first of each counts.").format(
                cells=shown(", ".join(id[:LONGEST_ID] for id in twice))
            )
        )
    missing, changed = [], []
    grafted = json.loads(json.dumps(original))
    for cell in grafted["cells"]:
        theirs, tags = first.get(cell["id"]), cell["metadata"].get("tags", ())
        if _is_answer(cell):
            if theirs is None or theirs["cell_type"] != "code":
                missing.append(cell["id"])
            elif len(theirs["source"]) > LONGEST:
                remarks.append(_("The answer {cell} is too long to be one, and was left out.").format(cell=cell["id"]))
            else:
                cell["source"] = theirs["source"]
        elif "check" in tags and (theirs is None or theirs["source"].strip() != cell["source"].strip()):
            changed.append(cell["id"])
    if missing:
        remarks.append(_("Answers that are missing: {cells}.").format(cells=", ".join(missing)))
    if changed:
        remarks.append(
            _("Checks that were changed or removed: {cells}. The original ones were used.").format(
                cells=", ".join(changed)
            )
        )
    return grafted, remarks


def _identified(original: Json, submitted: Json) -> list[Json]:
    """The submission's code cells with the ids of the original's.

    Cells that are the lesson's are known by their source and their order; what stands between two of them is taken for
    the answers that belong there, in their order.
    """
    lesson = [cell for cell in original["cells"] if cell["cell_type"] == "code"]
    cells, reached = [], 0  # the number of the first cell of the lesson that has not been met yet
    for cell in submitted["cells"]:
        if cell["cell_type"] != "code":
            continue
        id = ""
        ahead = [
            number
            for number in range(reached, len(lesson))
            if not _is_answer(lesson[number]) and lesson[number]["source"].strip() == cell["source"].strip()
        ]
        if ahead:
            id, reached = lesson[ahead[0]]["id"], ahead[0] + 1
        elif reached < len(lesson) and _is_answer(lesson[reached]):
            id, reached = lesson[reached]["id"], reached + 1
        cells.append({**cell, "id": id})
    return cells


def _is_answer(cell: Json) -> bool:
    return "answer" in cell["metadata"].get("tags", ())
