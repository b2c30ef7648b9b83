"""An explanation of a service or a task: some sentences, then what is to be said of each task, of those alike once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby
from typing import Any

from ...language import _, ngettext
from ...records import Task, natural_key
from ..summary import MAX_NODES
from ..tables import aligned, figure
from .ranking import Standing, table, words

NBSP = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class Reason:
    """Why one task is where it is, waits, or has ended."""

    task: Task
    why: str
    together: str = ""  # the same as `why` in words that hold for all tasks that were placed with it; empty if alone
    ruled_out: str = ""  # the nodes that could not take it then, and why
    ranking: tuple[Standing, ...] = ()  # the nodes that could, best first


@dataclass(frozen=True)
class Explanation:
    """It shows itself: some sentences, and what is to be said of each task."""

    about: str
    sentences: tuple[str, ...]  # these are the same in every run of the same lesson
    reasons: tuple[Reason, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())  # sentences that may differ from run to run

    @property
    def text(self) -> str:
        """The sentences that are the same in every run."""
        return "\n".join(self.sentences)

    def rows(self) -> list[list[str]]:
        """The cells of a table of the tasks, a list for each, or for several of which the same is to be said."""
        return [
            [
                _task_names([each.task for each in group]),
                _node_names([each.task for each in group]),
                group[0].task.state,
                (group[0].together or group[0].why) if len(group) > 1 else group[0].why,
            ]
            for group in self._groups()
        ]

    def html(self) -> str:
        """The sentences, then folded a paragraph for each task: it is legible also where it is narrow."""
        sentences = "".join(f"<div>{escape(each)}</div>" for each in (*self.sentences, *self.notes))
        return figure(sentences + self._folded(), "")

    def _groups(self) -> list[list[Reason]]:
        """The reasons, together those of which the same is to be said."""
        alike: dict[tuple[object, ...], list[Reason]] = defaultdict(list)
        for each in self.reasons:
            alike[each.task.state, each.together or each.why, each.ruled_out, each.ranking].append(each)
        return list(alike.values())

    def _folded(self) -> str:
        """The HTML of what is to be said of each task, and of the nodes when it was placed; empty without tasks."""
        parts = []
        for group, (name, node, state, why) in zip(self._groups(), self.rows(), strict=True):
            parts.append(f"<p><b>{escape(name)}</b> ({escape(node)}, {escape(state)}): {escape(why)}.</p>")
            first = group[0]
            if first.ranking:
                parts.append(f"<p>{escape(_('The nodes at that moment, best first:'))}</p>")
                parts.append(table(first.task.service, first.ranking))
            if first.ruled_out:
                parts.append(f"<p>{escape(_('Not possible on: {nodes}.').format(nodes=first.ruled_out))}</p>")
        title = escape(_("Each task, and how the nodes ranked"))
        return f"<details><summary>{title}</summary>{''.join(parts)}</details>" if parts else ""

    def __repr__(self) -> str:
        tasks = [aligned([[_("TASK"), _("NODE"), _("STATE"), _("WHY")], *self.rows()])] if self.reasons else []
        nodes = [
            _("{tasks}, best nodes first: {ranking}. Not possible on: {nodes}.").format(
                tasks=row[0], ranking=words(group[0].task.service, group[0].ranking), nodes=group[0].ruled_out
            )
            for group, row in zip(self._groups(), self.rows(), strict=True)
            if group[0].ranking
        ]
        return "\n".join([*self.sentences, *self.notes, *tasks, *nodes])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)

    def _repr_html_(self) -> str:
        return self.html()


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
