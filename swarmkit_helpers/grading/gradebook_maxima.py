"""The maximum of points that a platform's table names, beside the course's. What is above it is refused there."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Protocol

from ..course import own_words
from ..language import _, ngettext
from .entry import Entry

MAXIMUM_TITLES = ("maximum grade", "nilai maksimum")


class HasValue(Protocol):
    """A cell of the table."""

    @property
    def value(self) -> str:
        """Its text."""


@dataclass(frozen=True)
class Maximum:
    """The maxima of one row, and what its student has."""

    there: str  # as the table writes it
    exercises: int
    answers: int  # 0 if answers in words do not count
    points: float

    @property
    def here(self) -> int:
        """The course's maximum."""
        return self.exercises + self.answers

    @property
    def number(self) -> float:
        """The table's maximum; nothing is above or below it if it is no number."""
        try:
            return float(self.there.replace(",", "."))
        except ValueError:
            return nan

    @property
    def is_too_low(self) -> bool:
        """Whether the student has more points than the table allows."""
        return min(self.points, self.here) > self.number


def maximum(
    titles: Sequence[str], row: Sequence[HasValue], entries: Sequence[Entry], points: float, *, with_answers: bool
) -> Maximum | None:
    """The maxima for that row and its student's sections; None if the table or the course has none."""
    places = (titles.index(title) for title in MAXIMUM_TITLES if title in titles)
    there = next((row[place].value.strip() for place in places if place < len(row)), "")
    graded = [each.submission.section for each in entries if each.result]
    exercises = sum(result.of for each in entries for result in each.results)
    answers = sum(own_words.maximum(section) for section in graded) if with_answers else 0
    found = Maximum(there, exercises, answers, points)
    return found if there and found.here else None


def print_maxima(path: Path, maxima: Sequence[Maximum]) -> None:
    """Say how many have more points than the table allows, and what to do; else where its maximum is another one."""
    over = [each for each in maxima if each.is_too_low]
    if over:
        most = max(over, key=lambda each: each.here)
        text = ngettext(
            "{n} student in {path} has more points than the maximum there, {there}; here it is {sum}.",
            "{n} students in {path} have more points than the maximum there, {there}; here it is {sum}.",
            len(over),
        )
        print(text.format(n=len(over), path=path, there=most.there, sum=_sum(most)), _fix(most))
        return
    for there, of in sorted({(each.there, _sum(each)) for each in maxima if each.number != each.here}):
        text = _("The maximum there is {value}, and here {of}: the points are as they are here.")
        print(text.format(value=there, of=of))


def _sum(maximum: Maximum) -> str:
    text = _("{here} ({exercises} and {answers} for answers in words)") if maximum.answers else "{here}"
    return text.format(here=maximum.here, exercises=maximum.exercises, answers=maximum.answers)


def _fix(maximum: Maximum) -> str:
    fix = _("give the assignment {n} points there")
    if maximum.exercises <= maximum.number:
        fix = _("give the assignment {n} points there, or leave out --answers")
    return _("Fix: {fix}").format(fix=fix.format(n=maximum.here))
