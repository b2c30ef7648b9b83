"""A forecast, a student's own prediction, and what a swarm did, beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import EllipsisType
from typing import Any

from ...errors import BadInput
from ...language import _
from ...records import natural_key
from ..tables import aligned, data, figure, grid

# What a student says of the tasks on the nodes, or has not said.
Own = Mapping[str, int | None] | Sequence[int] | int | EllipsisType | None


@dataclass(frozen=True)
class Share:
    """One node, and the tasks of a service on it."""

    node: str
    now: int  # that count: they run, or are about to
    stay: int  # of these, those that nobody touches
    least: int  # at the end
    most: int
    able: bool  # whether the service may have new tasks there


@dataclass(frozen=True)
class Comparison:
    """It shows itself: a sentence or two, and a table of the nodes."""

    shares: Sequence[Share]
    service: str
    done: Mapping[str, int]  # the tasks that the nodes have now
    allowed: bool  # by the forecast, for all services
    own: Mapping[str, int] | tuple[int, ...] | int | None

    @property
    def correct(self) -> bool | None:
        """Whether the student's prediction came true; None if there was none."""
        numbers = self._numbers()
        if self.own is None:
            return None
        if isinstance(self.own, int):
            return self.own == max(numbers, default=0)
        if isinstance(self.own, tuple):
            return sorted(filter(None, self.own)) == sorted(filter(None, numbers))
        return all(self.done.get(node, 0) == number for node, number in self.own.items())

    @property
    def sentence(self) -> str:
        """Whether the forecast held, and the student's prediction."""
        shape = ", ".join(map(str, self._numbers())) or "0"
        held = (
            _("The forecast held: {service} has {shape} tasks on its nodes.")
            if self.allowed
            else _(
                "The forecast did not hold: {service} has {shape} tasks on its nodes. Was something else asked "
                "meanwhile, or is something still under way?"
            )
        ).format(service=self.service, shape=shape)
        said = {
            None: _("You did not predict this one."),
            True: _("You predicted {own}, and so it is."),
            False: _("You predicted {own}, and it is not so."),
        }[self.correct]
        return f"{held} {said.format(own=self._said())}"

    def rows(self) -> list[list[str]]:
        """Node by node: before, forecast, the student's, now."""
        known = [share.node for share in self.shares]
        rows = [
            [
                share.node,
                str(share.now),
                span(share.least, share.most),
                *self._said_of(share.node),
                str(self.done.get(share.node, 0)),
            ]
            for share in self.shares
        ]
        others = sorted({*self.done} - {*known}, key=natural_key)
        return rows + [[node, "", "", *self._said_of(node), str(self.done[node])] for node in others]

    def _numbers(self) -> list[int]:
        """How many tasks the nodes have that may have some, the most first."""
        able = {share.node: 0 for share in self.shares if share.able or share.most}
        return sorted({**able, **self.done}.values(), reverse=True)

    def _said(self) -> str:
        if isinstance(self.own, Mapping):
            return ", ".join(_("{n} on {node}").format(n=number, node=node) for node, number in self.own.items())
        if isinstance(self.own, int):
            return _("at most {n} on one node").format(n=self.own)
        return ", ".join(map(str, self.own or ()))

    def _said_of(self, node: str) -> list[str]:
        return [str(self.own.get(node, ""))] if isinstance(self.own, Mapping) else []

    def _titles(self) -> list[str]:
        own = [_("your prediction")] if isinstance(self.own, Mapping) else []
        return [_("node"), _("before"), _("forecast"), *own, _("now")]

    def __repr__(self) -> str:
        return "\n".join([aligned([self._titles(), *self.rows()]), self.sentence])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.sentence)

    def _repr_html_(self) -> str:
        return figure(grid(self._titles(), map(data, self.rows())), escape(self.sentence))


def own(said: Own) -> Mapping[str, int] | tuple[int, ...] | int | None:
    """The student's prediction; `...` and None are none. Raises `BadInput` for what cannot be one."""
    if isinstance(said, Mapping):
        said = {node: number for node, number in said.items() if number is not None} or None
    if said is None or said is ...:
        return None
    numbers = list(said.values()) if isinstance(said, Mapping) else [said] if isinstance(said, int) else said
    if (
        not isinstance(numbers, list | tuple)
        or not numbers
        or not all(isinstance(number, int) and not isinstance(number, bool) and number >= 0 for number in numbers)
    ):
        raise BadInput(
            _("{said} does not say how many tasks the nodes have").format(said=repr(said)),
            _("write it like 3 (on the fullest node), [3, 2, 2], or {example}").format(
                example='{"node1": 3, "node2": 2}'
            ),
        )
    return said if isinstance(said, int | Mapping) else tuple(said)


def span(least: int, most: int) -> str:
    """2, or 2 to 3."""
    return str(least) if least == most else _("{least} to {most}").format(least=least, most=most)
