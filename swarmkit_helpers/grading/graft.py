"""A student's answers on the pristine notebook: all other changes in a submission have no effect, and are remarked."""

import json

from ..course.pristine import is_answer, is_in_words
from ..language import _, ngettext
from ..records import Json
from .printable import shown
from .submitted_cells import Answer, submitted_cells

ANSWER_MAX_CHARS = 100_000
CELL_ID_MAX_CHARS = 64  # that are quoted; no id may have more (nbformat's schema)


def graft(original: Json, submitted: Json) -> tuple[Json, list[str]]:
    """The original with the answers of the submission, and remarks on the submission.

    A student's own cells beside an answer are put beside it, too; those elsewhere are left out.
    """
    found = submitted_cells(original, submitted)
    remarks: list[str] = []
    if found.found_by == "names":
        remarks.append(_("The cells have lost their ids; they were found by those that nbgrader or Colab has kept."))
    elif found.found_by == "order":
        remarks.append(_("The cells have no ids of the course: answers were found by their order."))
    if found.repeated:
        remarks.append(
            _("Cells that are there more than once: {cells}. The first of each counts.").format(
                cells=shown(", ".join(id[:CELL_ID_MAX_CHARS] for id in found.repeated))
            )
        )
    missing, changed = [], []
    grafted: Json = json.loads(json.dumps(original))
    cells: list[Json] = []
    own = 0
    words = {
        name: cell["source"]
        for cell in submitted["cells"]
        for name in (cell["id"], *cell.get("names", ()))
        if cell["cell_type"] == "markdown"
    }
    for cell in grafted["cells"]:
        theirs = found.known.get(cell["id"])
        if is_in_words(cell):
            cell["source"] = words.get(cell["id"], cell["source"])[:ANSWER_MAX_CHARS]
        elif is_answer(cell):
            answer = found.answers[cell["id"]]
            if answer.cell is None:
                missing.append(cell["id"])
            elif len(answer.cell["source"]) > ANSWER_MAX_CHARS:
                remarks.append(_("The answer {cell} is too long, and was left out.").format(cell=cell["id"]))
            else:
                cell["source"] = answer.cell["source"]
            beside = _beside(cell, answer, own)
            own += len(beside) - 1
            cells += beside
            continue
        if "check" in cell["metadata"].get("tags", ()) and (
            theirs is None or theirs["source"].strip() != cell["source"].strip()
        ):
            changed.append(cell["id"])
        cells.append(cell)
    if missing:
        remarks.append(_("Answers that are missing: {cells}.").format(cells=", ".join(missing)))
    if changed:
        remarks.append(
            _("Checks that were changed or removed: {cells}. The original ones were used.").format(
                cells=", ".join(changed)
            )
        )
    if own:
        text = ngettext(
            "{n} own cell beside an answer was run with it.", "{n} own cells beside answers were run with them.", own
        )
        remarks.append(text.format(n=own))
    if found.unused:
        text = ngettext(
            "{n} own cell elsewhere was not run: what an answer needs belongs into its cell, or next to it.",
            "{n} own cells elsewhere were not run: what an answer needs belongs into its cell, or next to it.",
            found.unused,
        )
        remarks.append(text.format(n=found.unused))
    grafted["cells"] = cells
    return grafted, remarks


def _beside(cell: Json, answer: Answer, number: int) -> list[Json]:
    """The cell with the student's own cells around it; `number` is that of own cells so far."""
    sources = [each["source"] for each in (*answer.before, *answer.after)]
    own = [
        {
            "cell_type": "code",
            "id": f"own-{number + place}",
            "metadata": {"tags": ["own"]},
            "source": source,
            "outputs": [],
            "execution_count": None,
        }
        for place, source in enumerate(sources, 1)
        if len(source) <= ANSWER_MAX_CHARS
    ]
    first = len([each for each in answer.before if len(each["source"]) <= ANSWER_MAX_CHARS])
    return [*own[:first], cell, *own[first:]]
