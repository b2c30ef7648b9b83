"""The cells of a notebook that was handed in: which of the course's each is, and which answer an own cell is beside.

A cell is known by its id. If that is lost, nbgrader's `grade_id` or the id that Colab keeps in the metadata still
tells; if all are lost, the source of the lesson's cells does, and their order.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..course.pristine import is_answer
from ..records import Json

OWN_MAX_CELLS = 40  # of a student's, that are run
_PREDICTION = re.compile(r"""section\.predict\(\s*["']([\w-]+)["']""")


@dataclass
class Answer:
    """What a student gave for one answer: its cell, and own cells beside it, which run before and after it."""

    cell: Json | None = None  # None if it is missing
    before: list[Json] = field(default_factory=list)
    after: list[Json] = field(default_factory=list)


@dataclass
class SubmittedCells:
    """The cells of a notebook, told apart."""

    known: dict[str, Json]  # by the ids of the course's cells; of two with one id, the first
    repeated: list[str]  # ids that are there more than once
    answers: dict[str, Answer]
    unused: int = 0  # own cells that are beside no answer
    found_by: str = "ids"  # "ids", "names" (nbgrader's or Colab's) or "order"


def submitted_cells(original: Json, submitted: Json) -> SubmittedCells:
    """The cells of that notebook, as those of the original."""
    lesson = [cell for cell in original["cells"] if cell["cell_type"] == "code"]
    ids = {cell["id"]: number for number, cell in enumerate(lesson)}
    code = [cell for cell in submitted["cells"] if cell["cell_type"] == "code"]
    named = [next((name for name in (cell["id"], *cell.get("names", ())) if name in ids), "") for cell in code]
    found_by = "ids" if any(cell["id"] in ids for cell in code) else "names" if any(named) else "order"
    if found_by == "order":
        named = _named_by_source(lesson, code)
    known: dict[str, Json] = {}
    repeated: dict[str, None] = {}
    for cell, name in zip(code, named, strict=True):
        if name and known.setdefault(name, cell) is not cell:
            repeated[name] = None
    answers = {cell["id"]: Answer(known.get(cell["id"])) for cell in lesson if is_answer(cell)}
    found = SubmittedCells(known, [*repeated], answers, found_by=found_by)
    _add_own(found, lesson, list(_own(code, named, ids)))
    return found


def _named_by_source(lesson: Sequence[Json], code: Sequence[Json]) -> list[str]:
    """The ids of the lesson's cells, known by their source and their order; what lies between has none."""
    named, next_cell = [], 0
    for cell in code:
        same = (
            number
            for number in range(next_cell, len(lesson))
            if not is_answer(lesson[number]) and lesson[number]["source"].strip() == cell["source"].strip()
        )
        number = next(same, -1)
        named.append(lesson[number]["id"] if number >= 0 else "")
        next_cell = number + 1 if number >= 0 else next_cell
    return named


def _own(code: Sequence[Json], named: Sequence[str], ids: dict[str, int]) -> Iterator[tuple[Json, int, int]]:
    """Each cell that is none of the course's, with the numbers of the course's cells around it."""
    before = -1
    for place, (cell, name) in enumerate(zip(code, named, strict=True)):
        if name:
            before = ids[name]
        elif cell["source"].strip():
            after = next((ids[each] for each in named[place:] if each), len(ids))
            yield cell, before, after


def _add_own(found: SubmittedCells, lesson: Sequence[Json], own: Sequence[tuple[Json, int, int]]) -> None:
    """Give each own cell to the answer that it is beside; one that stands for an answer becomes it."""
    used = 0
    filled: dict[str, bool] = defaultdict(bool)
    for cell, before, after in own:
        id = _beside(found, lesson, cell, before, after)
        if not id or used >= OWN_MAX_CELLS:
            found.unused += 1
            continue
        used += 1
        answer, stub = found.answers[id], next(each["source"] for each in lesson if each["id"] == id)
        is_prediction = bool(_PREDICTION.search(stub))
        open_still = answer.cell is None or answer.cell["source"].strip() == stub.strip()
        may_fill = not is_prediction or _predicts(cell, id)
        first = answer.cell is None or before < next(n for n, each in enumerate(lesson) if each["id"] == id)
        if open_still and not filled[id] and may_fill:
            answer.cell, filled[id] = cell, True
        elif filled[id] or not first:
            answer.after.append(cell)
        else:
            answer.before.append(cell)


def _beside(found: SubmittedCells, lesson: Sequence[Json], cell: Json, before: int, after: int) -> str:
    """The id of the answer that the own cell is beside; empty if it is beside none."""
    around = range(max(before, 0), min(after, len(lesson) - 1) + 1)
    candidates = [lesson[number]["id"] for number in around if is_answer(lesson[number])]
    if not candidates and before >= 1 and "check" in lesson[before]["metadata"].get("tags", ()):
        candidates = [f"answer-{lesson[before]['id'].removeprefix('check-')}"]  # an answer below its check
        stub = next((each["source"] for each in lesson if each["id"] == candidates[0]), None)
        answer = found.answers.get(candidates[0])
        if answer is None or (answer.cell is not None and answer.cell["source"].strip() != str(stub).strip()):
            return ""
    predicted = next((id for id in candidates if _predicts(cell, id)), "")
    if predicted:
        return predicted
    plain = [id for id in candidates if not id.startswith("predict-")]
    return next((id for id in plain if found.answers[id].cell is None), "") or next(iter([*plain, *candidates]), "")


def _predicts(cell: Json, id: str) -> bool:
    """Whether the cell makes the prediction that belongs into the cell of that id."""
    return any(f"predict-{name}" == id for name in _PREDICTION.findall(cell["source"]))
