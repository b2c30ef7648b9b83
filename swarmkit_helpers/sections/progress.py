"""How far the student has come, over all sections, as a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from ..checks import Exercise, Prediction, points, whole
from ..journal import Score
from ..language import _
from ..tables import figure


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
        return whole(sum(min(self.scores[each.id].points, each.points) for each in self.asked
                         if each.id in self.scores))

    @property
    def done(self) -> int:
        """How many of those asked have passed."""
        return sum(each.id in self.scores and self.scores[each.id].outcome == "passed" for each in self.asked)


class Progress:
    """All sections with their points. The stored text is always the same: progress differs from run to run."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = tuple(rows)

    def __repr__(self) -> str:
        return "(progress)"

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        got, of = whole(sum(row.points for row in self.rows)), sum(row.of for row in self.rows)
        heads = (_("Section"), _("Done"), _("Points"), _("Progress"))
        head = "".join(f'<th scope="col" {_LEFT}>{escape(text)}</th>' for text in heads)
        body = "".join(map(_line, self.rows))
        caption = _("{n} of {points} in all").format(n=got, points=points(of))
        return {"text/plain": repr(self),
                "text/html": figure(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>",
                                    f"<strong>{escape(caption)}</strong>")}


_LEFT = 'style="text-align: left"'  # a notebook's own style sets numbers, and these are words


def _line(row: Row) -> str:
    title = escape(f"{row.id[:2]} · {row.title}")
    if row.here:
        title = f"<strong>{title}</strong> {escape(_('(here)'))}"
    done = _("{n} of {all}").format(n=row.done, all=len(row.asked))
    got = _("{n} of {all}").format(n=row.points, all=row.of) if row.of else "–"
    label = escape(_("{n} of {all} done in section {id}").format(n=row.done, all=len(row.asked), id=row.id[:2]))
    bar = f'<progress value="{row.done}" max="{len(row.asked)}" aria-label="{label}" title="{label}"></progress>'
    return (f'<tr><th scope="row" {_LEFT}>{title}</th><td {_LEFT}>{escape(done)}</td>'
            f"<td {_LEFT}>{escape(got)}</td><td {_LEFT}>{bar}</td></tr>")
