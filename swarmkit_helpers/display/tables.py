"""Nodes, services, tasks and machines as tables.

In a terminal a table looks as the docker command would print it. In a notebook it is an HTML table, and the stored
text is one line that is the same from run to run: a notebook's outputs are compared.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import chain, repeat
from typing import Any, ClassVar, Generic, TypeVar

from ..language import _, current, ngettext
from ..machine import Machine
from ..records import Node, Service, Task

Record = TypeVar("Record")
Column = tuple[str, Callable[[Any], object]]
LEFT = 'style="text-align: left"'  # of cells: a notebook's own style aligns to the right, as for numbers
NAME = 'style="text-align: left; white-space: nowrap"'


class Table(ABC, tuple[Record, ...], Generic[Record]):
    """A tuple of records that shows itself as a table."""

    columns: ClassVar[Sequence[Column]]

    @abstractmethod
    def summary(self) -> str:
        """One line that does not depend on ids, times or chance."""

    def rows(self) -> list[list[str]]:
        """The table's cells as text, a list for each record."""
        return [[str(value(record)) for _title, value in self.columns] for record in self]

    def __repr__(self) -> str:
        return aligned([self._titles(), *self.rows()])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.summary())

    def _repr_html_(self) -> str:
        return figure(grid(self._titles(), map(data, self.rows())), escape(self.summary()))

    def _titles(self) -> list[str]:
        """The titles of the columns in the language in use; what is Docker's own term stays as it is."""
        words = {
            "STATE": _("STATE"),
            "AVAILABILITY": _("AVAILABILITY"),
            "ROLE": _("ROLE"),
            "REPLICAS": _("REPLICAS"),
            "DESIRED": _("DESIRED"),
            "SINCE": _("SINCE"),
            "ERROR": _("ERROR"),
            "MACHINE": _("MACHINE"),
            "ADDRESS": _("ADDRESS"),
            "CONTAINER": _("CONTAINER"),
        }
        return [words.get(title, title) for title, _value in self.columns]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """The text of a table for a terminal; each line is a list of cells."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("   ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def grid(titles: Iterable[str], rows: Iterable[str]) -> str:
    """The HTML of a table; the titles are text, and each row is the HTML of its cells."""
    head = "".join(f'<th scope="col" {LEFT}>{escape(title)}</th>' for title in titles)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def data(cells: Iterable[str]) -> str:
    """The HTML of cells with these texts; the first is a name and does not wrap."""
    styles = chain([NAME], repeat(LEFT))
    return "".join(f"<td {style}>{escape(cell)}</td>" for cell, style in zip(cells, styles, strict=False))


def figure(body: str, caption: str) -> str:
    """HTML that is not compared between runs: the notebooks' sanitize file removes all of it."""
    title = f'<figcaption lang="{current()}">{caption}</figcaption>'
    return f'<figure class="swk-live" style="margin: 0">{body}{title}</figure>'


class Nodes(Table[Node]):
    columns = (
        ("NODE", lambda node: node.name),
        ("STATE", lambda node: node.state),
        ("AVAILABILITY", lambda node: node.availability),
        ("ROLE", lambda node: "manager (leader)" if node.leader else node.role),
    )

    def summary(self) -> str:
        managers = sum(node.role == "manager" for node in self)
        workers = len(self) - managers
        roles = (
            ngettext("{n} manager", "{n} managers", managers).format(n=managers),
            ngettext("{n} worker", "{n} workers", workers).format(n=workers),
        )
        return ngettext("{n} node: {roles}; {states}", "{n} nodes: {roles}; {states}", len(self)).format(
            n=len(self), roles=", ".join(roles), states=tally(node.state for node in self)
        )


class Services(Table[Service]):
    columns = (
        ("SERVICE", lambda service: service.name),
        ("MODE", lambda service: service.mode),
        ("REPLICAS", lambda service: "" if service.replicas is None else service.replicas),
        ("IMAGE", lambda service: service.image),
    )

    def summary(self) -> str:
        return ngettext("{n} service: {names}", "{n} services: {names}", len(self)).format(
            n=len(self), names=", ".join(service.name for service in self) or _("none")
        )


class Tasks(Table[Task]):
    columns = (
        ("TASK", lambda task: task.name),
        ("NODE", lambda task: task.node or "-"),
        ("STATE", lambda task: task.state),
        ("DESIRED", lambda task: task.desired_state),
        ("SINCE", lambda task: f"{task.since:%H:%M:%S}"),
        ("ERROR", lambda task: task.error),
    )

    def summary(self) -> str:
        wanted = [task for task in self if task.wanted]
        said = ngettext("{n} task: {states}", "{n} tasks: {states}", len(wanted)).format(
            n=len(wanted), states=tally(task.state for task in wanted)
        )
        # How many old tasks there are depends on how many each node had, which is chance.
        return said + (_("; and some of the past") if len(self) > len(wanted) else "")


class Machines(Table[Machine]):
    columns = (
        ("MACHINE", lambda machine: machine.name),
        ("STATE", lambda machine: machine.state),
        ("ADDRESS", lambda machine: machine.address),
        ("CONTAINER", lambda machine: machine.container),
    )

    def summary(self) -> str:
        return ngettext("{n} machine: {states}", "{n} machines: {states}", len(self)).format(
            n=len(self), states=tally(machine.state for machine in self)
        )


def tally(words: Iterable[str]) -> str:
    """How often each word occurs: 1 pending, 6 running."""
    return ", ".join(f"{number} {word}" for word, number in sorted(Counter(words).items())) or _("none")
