"""The student's progress over all sections, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ...display.tables import LEFT, data, figure, grid
from ...language import _, decimal
from ..checks import Exercise, Prediction, points, whole
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
        return whole(
            sum(min(self.scores[each.id].points, each.points) for each in self.asked if each.id in self.scores)
        )

    @property
    def done(self) -> int:
        """How many of those asked have passed."""
        return sum(each.id in self.scores and self.scores[each.id].outcome == "passed" for each in self.asked)


class Progress:
    """All sections with their points. Its plain text is always the same, because progress differs from run to run."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)

    def __repr__(self) -> str:
        return "(progress)"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        got, of = whole(sum(row.points for row in self.rows)), sum(row.of for row in self.rows)
        heads = (_("Section"), _("Done"), _("Points"), _("Progress"))
        caption = _("{n} of {points} in all").format(n=decimal(got), points=points(of))
        return {
            "text/plain": repr(self),
            "text/html": figure(grid(heads, map(_cells, self.rows)), f"<strong>{escape(caption)}</strong>"),
        }


def _cells(row: Row) -> str:
    title = escape(f"{row.id[:2]} · {row.title}")
    if row.here:
        title = f"<strong>{title}</strong> {escape(_('(here)'))}"
    done = _("{n} of {all}").format(n=row.done, all=len(row.asked))
    got = _("{n} of {all}").format(n=decimal(row.points), all=row.of) if row.of else "–"
    label = escape(_("{n} of {all} done in section {id}").format(n=row.done, all=len(row.asked), id=row.id[:2]))
    bar = f'<progress value="{row.done}" max="{len(row.asked)}" aria-label="{label}" title="{label}"></progress>'
    return f'<th scope="row" {LEFT}>{title}</th>{data([done, got])}<td {LEFT}>{bar}</td>'
