"""A submission with what came of it: what the tables and pages of a class are made from."""

from dataclasses import dataclass

from ..course.checks import whole
from ..records import Json
from .submissions import Submission


@dataclass(frozen=True)
class Entry:
    """A submission, and what came of it."""

    submission: Submission
    notes: list[str]  # on the notebook, before it ran
    found: Json | None  # as `run` keeps it; None if it was not examined
    failed: str | None  # why it could not be

    @property
    def results(self) -> list[Json]:
        """What became of each exercise and prediction."""
        return self.found["result"]["results"] if self.found else []

    @property
    def problems(self) -> list[str]:
        """Why there are no results."""
        return [*self.submission.problems, *([f"{self.submission.source}: {self.failed}"] if self.failed else [])]

    @property
    def points(self) -> float:
        """What it has earned."""
        return whole(sum(result["points"] for result in self.results))
