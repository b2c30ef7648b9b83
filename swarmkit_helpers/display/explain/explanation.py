"""An explanation of a service or a task: some sentences, and a table of the tasks."""

from dataclasses import dataclass, field
from html import escape
from typing import Any

from ...language import _
from ...records import Task
from ..tables import aligned, data, figure, grid


@dataclass(frozen=True)
class Reason:
    """Why one task is where it is, waits, or has ended."""

    task: Task
    why: str
    ruled_out: str = ""  # the nodes that could not take it then, and why
    ranking: str = ""  # the nodes that could, best first, each with its tasks of the service and of all then


@dataclass(frozen=True)
class Explanation:
    """It shows itself: some sentences, and a table of the tasks."""

    about: str
    sentences: tuple[str, ...]  # these are the same in every run of the same lesson
    reasons: tuple[Reason, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())  # sentences that may differ from run to run

    @property
    def text(self) -> str:
        """The sentences that are the same in every run."""
        return "\n".join(self.sentences)

    def rows(self) -> list[list[str]]:
        """The table's cells, a list for each task."""
        return [
            [reason.task.name, reason.task.node or "-", reason.task.state, reason.why, reason.ruled_out, reason.ranking]
            for reason in self.reasons
        ]

    def titles(self) -> list[str]:
        """The titles of the table's columns."""
        return [_("task"), _("node"), _("state"), _("why"), _("ruled out then"), _("ranking then")]

    def html(self) -> str:
        """The sentences, and the table if there is one."""
        sentences = "".join(f"<div>{escape(each)}</div>" for each in (*self.sentences, *self.notes))
        table = grid(self.titles(), map(data, self.rows())) if self.reasons else ""
        legend = f"<div><small>{escape(_legend())}</small></div>" if any(each.ranking for each in self.reasons) else ""
        return figure(sentences + table + legend, "")

    def __repr__(self) -> str:
        table = [aligned([self.titles(), *self.rows()])] if self.reasons else []
        return "\n".join([*self.sentences, *self.notes, *table])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)

    def _repr_html_(self) -> str:
        return self.html()


def _legend() -> str:
    return _(
        "Ranking: the best first; chance decides between those with =. In brackets the tasks that the node had "
        "then, of the service and of all."
    )
