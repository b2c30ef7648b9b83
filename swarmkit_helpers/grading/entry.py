"""A submission with its result: what the tables and pages of a class are made from."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course.checks import whole
from .exam import ExamResult, ExerciseResult
from .submissions import Submission


@dataclass(frozen=True)
class Entry:
    """A submission, and the result of its examination."""

    submission: Submission
    notes: Sequence[str]  # on the notebook, before it ran
    result: ExamResult | None = None  # None if it was not examined
    notebook: Path | None = None  # the file with the executed notebook
    failed: str = ""  # why it could not be examined
    for_teacher: Sequence[str] = ()  # sentences that the student does not see

    @property
    def results(self) -> tuple[ExerciseResult, ...]:
        """The results of the exercises and predictions."""
        return self.result.results if self.result else ()

    @property
    def problems(self) -> list[str]:
        """Sentences that say why there are no results."""
        failed = [f"{self.submission.source}: {self.failed}"] if self.failed else []
        return [*self.submission.problems, *failed]

    @property
    def counts(self) -> bool:
        """Whether it has been graded, and its points count."""
        return self.result is not None

    @property
    def untraced(self) -> bool:
        """Whether it has points, and no notebook shows how they came about."""
        return self.points > 0 and self.notebook is None

    @property
    def points(self) -> float:
        """The points that it has earned."""
        return whole(sum(result.points for result in self.results))
