"""A student's answers on the pristine notebook: all other changes in a submission have no effect."""

import json
from collections import Counter

from ..language import _
from ..records import Json
from .printable import shown

ANSWER_MAX_CHARS = 100_000
CELL_ID_MAX_CHARS = 64  # that are quoted; no id may have more (nbformat's schema)


def graft(original: Json, submitted: Json) -> tuple[Json, list[str]]:
    """The original with the answers of the submission, and remarks on the submission.

    Answers are found by the ids of their cells. A notebook of an old format has no ids; there they are found by their
    order. The first of two cells with one id counts.
    """
    remarks: list[str] = []
    cells = submitted["cells"] if any(cell["id"] for cell in submitted["cells"]) else _identified(original, submitted)
    if cells is not submitted["cells"]:
        remarks.append(_("The notebook has an old format, without ids of cells: answers were found by their order."))
    first: dict[str, Json] = {}
    for cell in cells:
        first.setdefault(cell["id"], cell)
    repeated = [id for id, number in Counter(cell["id"] for cell in cells if cell["id"]).items() if number > 1]
    if repeated:
        remarks.append(
            _("Cells that are there more than once: {cells}. The first of each counts.").format(
                cells=shown(", ".join(id[:CELL_ID_MAX_CHARS] for id in repeated))
            )
        )
    missing, changed = [], []
    grafted: Json = json.loads(json.dumps(original))
    for cell in grafted["cells"]:
        theirs, tags = first.get(cell["id"]), cell["metadata"].get("tags", ())
        if _is_answer(cell):
            if theirs is None or theirs["cell_type"] != "code":
                missing.append(cell["id"])
            elif len(theirs["source"]) > ANSWER_MAX_CHARS:
                remarks.append(_("The answer {cell} is too long, and was left out.").format(cell=cell["id"]))
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

    Cells of the lesson are known by their source and their order. The cells between two of them are taken for the
    answers that belong there, in their order.
    """
    lesson = [cell for cell in original["cells"] if cell["cell_type"] == "code"]
    cells: list[Json] = []
    next_cell = 0  # the number of the lesson's first cell that was not found yet
    for cell in submitted["cells"]:
        if cell["cell_type"] != "code":
            continue
        id = ""
        same = [
            number
            for number in range(next_cell, len(lesson))
            if not _is_answer(lesson[number]) and lesson[number]["source"].strip() == cell["source"].strip()
        ]
        if same:
            id, next_cell = lesson[same[0]]["id"], same[0] + 1
        elif next_cell < len(lesson) and _is_answer(lesson[next_cell]):
            id, next_cell = lesson[next_cell]["id"], next_cell + 1
        cells.append({**cell, "id": id})
    return cells


def _is_answer(cell: Json) -> bool:
    return "answer" in cell["metadata"].get("tags", ())
