"""The student's progress over all sections, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any

from ...display.tables import LEFT, data, figure, grid
from ...language import _, decimal, ngettext
from ..checks import Exercise, Prediction, points, whole
from ..earned_points import section_points
from ..journal import Score


@dataclass(frozen=True)
class Row:
    """One section, and the best results in it so far."""

    id: str
    title: str
    scores: Mapping[str, Score]  # by the id of what was asked
    asked: Sequence[Exercise | Prediction]
    here: bool  # whether this is its notebook

    @property
    def of(self) -> int:
        return sum(each.points for each in self.asked)

    @property
    def points(self) -> float:
        return section_points(self.id, self.asked, self.scores)

    @property
    def done(self) -> int:
        """How many of those asked are done: exercises that have passed, and predictions that were compared."""
        return sum(each.id in self.scores and _is_done(each, self.scores[each.id]) for each in self.asked)


class Progress:
    """One student's points in all sections, and how many stand under other ids.

    Its plain text is always the same, because progress differs from run to run.
    """

    def __init__(self, rows: Sequence[Row], student: str, others: Mapping[str, float]) -> None:
        self.rows, self.student, self.others = tuple(rows), student, dict(others)

    def __repr__(self) -> str:
        return "(progress)"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        got, of = total(self.rows), sum(row.of for row in self.rows)
        heads = (_("Section"), _("Done"), _("Points"), _("Progress"))
        caption = _("{whose}: {n} of {points} in all").format(
            whose=_whose(self.student), n=decimal(got), points=points(of)
        )
        others = "".join(f"<br>{escape(of_other(*other))}" for other in self.others.items())
        return {
            "text/plain": repr(self),
            "text/html": figure(grid(heads, map(_cells, self.rows)), f"<strong>{escape(caption)}</strong>{others}"),
        }


def _is_done(asked: Exercise | Prediction, score: Score) -> bool:
    # Once a wrong prediction was "not yet", with half of the points.
    return score.outcome in ("passed", "not as predicted") or (isinstance(asked, Prediction) and score.points > 0)


def total(rows: Sequence[Row]) -> float:
    """The points of all sections together."""
    return whole(sum(row.points for row in rows))


def of_other(student: str, number: float) -> str:
    """Say how many points another student id has, more than this one in some exercise, and how to take them over."""
    text = ngettext(
        "{whose}: {n} point, and at least one exercise is worth more there. Take it over in a notebook with {call}.",
        "{whose}: {n} points, and at least one exercise is worth more there. Take them over in a notebook with {call}.",
        ceil(number),
    )
    return text.format(whose=_whose(student), n=decimal(number), call=f"section.take_over({student!r})")


def _whose(student: str) -> str:
    return _("Student id {student}").format(student=student) if student else _("Without a student id")


def _cells(row: Row) -> str:
    title = escape(f"{row.id[:2]} · {row.title}")
    if row.here:
        title = f"<strong>{title}</strong> {escape(_('(here)'))}"
    done = _("{n} of {all}").format(n=row.done, all=len(row.asked))
    got = _("{n} of {all}").format(n=decimal(row.points), all=row.of) if row.of else "–"
    bar = _bar(row) if row.of else ""
    return f'<th scope="row" {LEFT}>{title}</th>{data([done, got])}<td {LEFT}>{bar}</td>'


def _bar(row: Row) -> str:
    share = {"n": decimal(row.points), "points": points(row.of), "id": row.id[:2]}
    label = escape(_("{n} of {points} in section {id}").format(**share))
    return f'<progress value="{row.points}" max="{row.of}" aria-label="{label}" title="{label}"></progress>'
