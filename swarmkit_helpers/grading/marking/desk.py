"""What lies before the teacher who marks: the answers of a course, and the marks in overrides.csv."""

from collections.abc import Sequence
from pathlib import Path

from ...errors import BadInput
from ...file_lock import one_at_a_time
from ...language import _
from .. import course_entries, hand_ins, override_rows, overrides, report
from ..entry import Entry
from ..override_rows import Mark
from ..result_store import ResultStore
from . import class_answers, mark_page, marked_texts
from .class_answers import ClassAnswer, Marks
from .mark_page import Question, View

LOCK = "overrides.lock"  # in the folder of the results


class Desk:
    """The answers in words of the course in that folder. The marks are read anew each time: the teacher edits them."""

    def __init__(self, out: Path) -> None:
        """Read all answers. Raises `BadInput` if there is none, or if a row of overrides.csv is wrong."""
        self._out = out
        self._store = ResultStore.existing(out)
        course = hand_ins.read(self._store.folder)
        self._students = {each.student for each in course}
        self._marks()
        self.questions = class_answers.of_entries(course_entries.entries(course, (), self._store, {}))
        self._by_id = {each.id: each for answers in self.questions.values() for each in answers if each.text}
        if not self._by_id:
            raise BadInput(
                _("{out} has no answers in words to mark"),
                _("grade notebooks first, with: python3 -m swarmkit_helpers grade SUBMISSIONS --out {out}"),
                out=out,
            )

    def first(self) -> Question:
        """The first question with an answer to mark, else the first of all."""
        marks = self._marks()
        unmarked = (question for question, answers in self.questions.items() if marks.unmarked(answers))
        return next(unmarked, next(iter(self.questions)))

    def answers_with(self, ids: Sequence[str]) -> list[ClassAnswer]:
        """The answers with these names; none if one of the names is unknown."""
        return [self._by_id[id] for id in ids] if all(id in self._by_id for id in ids) else []

    def mark(self, answers: Sequence[ClassAnswer], points: float | None, comment: str) -> None:
        """Add a row for each of them to overrides.csv, or none. Raises `BadInput` or `Refused`."""
        marks = [Mark(each.student, each.section, each.question, points, comment) for each in answers]
        lock = self._store.folder / LOCK
        override_rows.add(self._file, lock, marks, self._students)
        marked_texts.note(self._store.folder, lock, answers)

    def page(self, view: View, problem: str = "") -> str:
        """The page of that question. Raises `BadInput` if a row of overrides.csv is wrong."""
        return mark_page.page(view, self.questions, self._marks(), problem)

    def left(self) -> int:
        """The number of answers without points. Raises `BadInput` if a row of overrides.csv is wrong."""
        marks = self._marks()
        return sum(len(marks.unmarked(answers)) for answers in self.questions.values())

    def update_tables(self) -> dict[str, list[Entry]]:
        """Write the course's tables and pages with the marks; the value is its entries by their students.

        Raises `BadInput` or `Refused`.
        """
        with one_at_a_time(self._store.lock, _("Another run grades into {out}; waiting for it").format(out=self._out)):
            course = hand_ins.read(self._store.folder)  # that run may have added to it
            by_hand = overrides.read(self._file, {each.student for each in course})
            return report.write(self._out, course_entries.entries(course, by_hand, self._store, {}))

    @property
    def _file(self) -> Path:
        return self._out / overrides.FILE

    def _marks(self) -> Marks:
        return Marks.of(overrides.read(self._file, self._students), marked_texts.read(self._store.folder))
