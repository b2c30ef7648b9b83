"""An explanation of a service or a task: some sentences, and a table of the tasks, of which it groups those alike."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

from ...language import _, ngettext
from ...records import Task, natural_key
from ..summary import MAX_NODES
from ..tables import LEFT, NAME, aligned, figure, grid

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Reason:
    """Why one task is where it is, waits, or has ended."""

    task: Task
    why: str
    together: str = ""  # the same as `why` in words that hold for all tasks that were placed with it; empty if alone
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
        """The table's cells, a list for each task, or for several of which the same is to be said."""
        alike: dict[tuple[str, ...], list[Reason]] = defaultdict(list)
        for each in self.reasons:
            alike[each.task.state, each.together or each.why, each.ruled_out, each.ranking].append(each)
        return [
            [
                _task_names([each.task for each in group]),
                _node_names([each.task for each in group]),
                group[0].task.state,
                (group[0].together or group[0].why) if len(group) > 1 else group[0].why,
                group[0].ruled_out,
                group[0].ranking,
            ]
            for group in alike.values()
        ]

    def titles(self) -> list[str]:
        """The titles of the table's columns."""
        return [_("task"), _("node"), _("state"), _("why"), _("not possible on"), _("best nodes first")]

    def html(self) -> str:
        """The sentences, and the table if there is one, with few columns: it is legible also where it is narrow."""
        sentences = "".join(f"<div>{escape(each)}</div>" for each in (*self.sentences, *self.notes))
        table = grid(self.titles()[:4], map(self._cells, self.rows())) if self.reasons else ""
        legend = f"<div><small>{escape(_legend())}</small></div>" if any(each.ranking for each in self.reasons) else ""
        return figure(sentences + table + legend, "")

    def _cells(self, row: Sequence[str]) -> str:
        """The HTML of a row: what is known of the nodes stands under the reason."""
        name, node, state, why, *about_nodes = row
        lines = [
            f"<br><small>{escape(title)}: {escape(text)}</small>"
            for title, text in zip(self.titles()[4:], about_nodes, strict=True)
            if text
        ]
        styled = ((NAME, name), (LEFT, node), (LEFT, state))
        cells = "".join(f"<td {style}>{escape(text)}</td>" for style, text in styled)
        return f"{cells}<td {LEFT}>{escape(why)}{''.join(lines)}</td>"

    def __repr__(self) -> str:
        table = [aligned([self.titles(), *self.rows()])] if self.reasons else []
        return "\n".join([*self.sentences, *self.notes, *table])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)

    def _repr_html_(self) -> str:
        return self.html()


def _legend() -> str:
    return _(
        "Best nodes first: chance decides between those with =. In brackets: how many tasks the node had at that "
        "moment, of this service and of all services."
    )


def _task_names(tasks: Sequence[Task]) -> str:
    """web.1 … .6, or web.1, .3; web.1 ×5 for tasks that had the same slot one after the other."""
    first, *others = dict.fromkeys(task.name for task in sorted(tasks, key=lambda task: task.slot))
    if not others:
        return first if len(tasks) == 1 else f"{first} ×{len(tasks)}"
    if not all(task.slot for task in tasks):  # of a global service
        return ", ".join([first, *others])
    return tasks[0].service + ", ".join(_ranges({task.slot for task in tasks}))


def _node_names(tasks: Sequence[Task]) -> str:
    """The node; of several each with its slots: node1 (.1, .2), node2 (.3); of many only how many they are."""
    slots: dict[str, set[int]] = defaultdict(set)
    for task in tasks:
        slots[task.node or "-"].add(task.slot)
    if len(slots) > MAX_NODES:
        return ngettext("{n} node", "{n} nodes", len(slots)).format(n=len(slots))
    names = sorted(slots, key=natural_key)
    if len(names) == 1 or {0} in slots.values():
        return ", ".join(names)
    written = (f"{name} ({', '.join(_ranges(slots[name]))})" for name in names)
    return ", ".join(text.replace(" ", NBSP) for text in written)  # numbers stay with their node


def _ranges(numbers: Iterable[int]) -> list[str]:
    """.1, .3 … .5: three or more numbers in a row are written as a range."""
    written = []
    for _offset, run in groupby(enumerate(sorted(numbers)), key=lambda pair: pair[1] - pair[0]):
        row = [f".{number}" for _position, number in run]
        written += [f"{row[0]} … {row[-1]}"] if len(row) > 2 else row
    return written
