"""A submission with its result: what the tables and pages of a class are made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..course.checks import whole
from ..course.own_words import Answer
from ..language import _
from .exam import ExamResult, ExerciseResult
from .overrides import Override
from .submissions import Submission


@dataclass(frozen=True)
class Entry:
    """A submission, the result of its examination, and what the teacher has decided."""

    submission: Submission
    remarks: Sequence[str]  # on the notebook, before it ran
    result: ExamResult | None = None  # None if it was not examined
    notebook: Path | None = None  # the file with the executed notebook
    failed: str = ""  # why it could not be examined
    for_teacher: Sequence[str] = ()  # sentences that the student does not see
    overrides: Sequence[Override] = ()
    late_share: float = 0.0  # of its points, which it loses
    answers: Mapping[str, Answer] = field(default_factory=dict)  # in the student's own words, by the questions' ids

    @property
    def results(self) -> tuple[ExerciseResult, ...]:
        """The results of the exercises and predictions, with the points that the teacher has given."""
        given = {each.exercise: each.points for each in self.overrides if each.exercise and each.points is not None}
        found = self.result.results if self.result else ()
        return tuple(
            replace(
                each, points=given[each.exercise], outcome="passed" if given[each.exercise] >= each.of else "not yet"
            )
            if each.exercise in given
            else each
            for each in found
        )

    @property
    def notes(self) -> list[str]:
        """Sentences for the student: on the notebook, and what the teacher has decided."""
        return [*(each.text for each in self.decisions), *self.remarks]

    @property
    def decisions(self) -> list[Override]:
        """What the teacher has decided, without the marks of answers."""
        return [each for each in self.overrides if not each.is_mark]

    @property
    def decided(self) -> dict[str, Override]:
        """What the teacher has decided about single exercises, by their ids."""
        return {each.exercise: each for each in self.decisions if each.exercise}

    def message(self, result: ExerciseResult) -> str:
        """What is said beside that result: the check's sentence, after the points that the teacher gave instead."""
        decision = self.decided.get(result.exercise)
        if decision is None or decision.points is None:
            return result.message
        said = _("{verdict} (the check said: {message})")
        return said.format(verdict=decision.verdict(result.of), message=result.message)

    @property
    def marks(self) -> dict[str, Override]:
        """The marks of the answers in words, by the questions' ids."""
        return {each.exercise: each for each in self.overrides if each.is_mark}

    @property
    def answer_points(self) -> float:
        """The points of the answers in words, which no check gives; being late costs none of them."""
        return 0 if self.excused else whole(sum(each.points or 0 for each in self.marks.values()))

    @property
    def unmarked(self) -> list[str]:
        """The questions with an answer that has no points yet."""
        marked = {id for id, mark in self.marks.items() if mark.points is not None}
        return [id for id, answer in self.answers.items() if answer.text and id not in marked and not self.excused]

    @property
    def problems(self) -> list[str]:
        """Sentences that say why there are no results."""
        failed = [f"{self.submission.source}: {self.failed}"] if self.failed else []
        return [*self.submission.problems, *failed]

    @property
    def out_of_time(self) -> str:
        """What to do, if the examination ran out of time and its points count; else an empty text."""
        if self.result is None or self.result.ended != "time" or self.excused or self.by_hand is not None:
            return ""
        text = _(
            "{source}: it ran out of time. Grade it again: --again {student}. If others run out of time too: fewer "
            "--jobs, or a longer --timeout, which grades all again."
        )
        return text.format(source=self.submission.source, student=self.submission.student)

    @property
    def missing(self) -> bool:
        """Whether it stands for a student of the roster who has handed in nothing."""
        return not self.submission.source and bool(self.submission.problems)

    @property
    def excused(self) -> bool:
        """Whether the teacher has excused the student from the section."""
        return any(each.excused for each in self.overrides)

    @property
    def by_hand(self) -> float | None:
        """The points that the teacher has given for the whole section; None if none."""
        given = (each.points for each in self.overrides if not each.exercise and each.points is not None)
        return next(given, None)

    @property
    def counts(self) -> bool:
        """Whether it has points that count: it was graded, or the teacher has given them."""
        return not self.excused and (self.result is not None or self.by_hand is not None)

    @property
    def untraced(self) -> bool:
        """Whether it has points, and no notebook shows how they came about."""
        return self.result is not None and self.points > 0 and self.notebook is None

    @property
    def points(self) -> float:
        """The points that count: those of the teacher, else those earned without what being late costs."""
        if self.excused:
            return 0
        if self.by_hand is not None:
            return self.by_hand
        return whole(round(self.earned * (1 - self.late_share), 2))

    @property
    def earned(self) -> float:
        """The points before being late costs some: those of the teacher, else those of the exercises."""
        return self.by_hand if self.by_hand is not None else sum(result.points for result in self.results)


def maximum(entries: Sequence[Entry], points_of: Mapping[str, int]) -> int:
    """The points that a student can reach in those sections: not those from which they are excused."""
    excused = {entry.submission.section for entry in entries if entry.excused}
    return sum(of for section, of in points_of.items() if section not in excused)
