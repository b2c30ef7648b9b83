"""A forecast, a student's prediction, and what a swarm did, beside each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from types import EllipsisType
from typing import Any

from ...errors import BadInput
from ...language import _
from ...records import natural_key
from ..tables import aligned, data, figure, grid
from .task_counts import NodeForecast, number_range

# What a student may give as the tasks on the nodes; `...` and None are no prediction.
Prediction = Mapping[str, int | None] | Sequence[int] | int | EllipsisType | None
CheckedPrediction = Mapping[str, int] | tuple[int, ...] | int | None


@dataclass(frozen=True)
class Comparison:
    """It shows itself: a sentence or two, and a table of the nodes."""

    nodes: Sequence[NodeForecast]
    service: str
    observed: Mapping[str, int]  # the active tasks that the nodes have after the change
    allowed: bool  # by the forecast, for all services
    prediction: CheckedPrediction  # the student's

    @property
    def correct(self) -> bool | None:
        """Whether the student's prediction was right; None if there was none."""
        numbers = self._numbers()
        if self.prediction is None:
            return None
        if isinstance(self.prediction, int):
            return self.prediction == max(numbers, default=0)
        if isinstance(self.prediction, tuple):
            return sorted(filter(None, self.prediction)) == sorted(filter(None, numbers))
        return all(self.observed.get(node, 0) == number for node, number in self.prediction.items())

    @property
    def sentence(self) -> str:
        """Whether the forecast held, and whether the student's prediction was right."""
        shape = ", ".join(map(str, self._numbers())) or "0"
        forecast = (
            _("The forecast held. {service} has this many tasks on its nodes: {shape}.")
            if self.allowed
            else _(
                "The forecast did not hold. {service} has this many tasks on its nodes: {shape}. Was anything else "
                "requested since then, or is something still under way?"
            )
        ).format(service=self.service, shape=shape)
        prediction = {
            None: _("You did not predict this one."),
            True: _("You predicted {own}, and that is right."),
            False: _("You predicted {own}, and that is not right."),
        }[self.correct]
        return f"{forecast} {prediction.format(own=self._prediction_text())}"

    def rows(self) -> list[list[str]]:
        """The table's cells, a list for each node, in the order of the titles."""
        known = [node.node for node in self.nodes]
        rows = [
            [
                node.node,
                str(node.now),
                number_range(node.least, node.most),
                *self._predicted_for(node.node),
                str(self.observed.get(node.node, 0)),
            ]
            for node in self.nodes
        ]
        others = sorted({*self.observed} - {*known}, key=natural_key)
        return rows + [[name, "", "", *self._predicted_for(name), str(self.observed[name])] for name in others]

    def _numbers(self) -> list[int]:
        """How many tasks the nodes have that may have any, the most first."""
        able = {node.node: 0 for node in self.nodes if node.able or node.most}
        return sorted({**able, **self.observed}.values(), reverse=True)

    def _prediction_text(self) -> str:
        if isinstance(self.prediction, Mapping):
            return ", ".join(_("{n} on {node}").format(n=number, node=node) for node, number in self.prediction.items())
        if isinstance(self.prediction, int):
            return _("at most {n} on one node").format(n=self.prediction)
        return ", ".join(map(str, self.prediction or ()))

    def _predicted_for(self, node: str) -> list[str]:
        return [str(self.prediction.get(node, ""))] if isinstance(self.prediction, Mapping) else []

    def _titles(self) -> list[str]:
        prediction = [_("your prediction")] if isinstance(self.prediction, Mapping) else []
        return [_("node"), _("before"), _("forecast"), *prediction, _("after")]

    def __repr__(self) -> str:
        return "\n".join([aligned([self._titles(), *self.rows()]), self.sentence])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.sentence)

    def _repr_html_(self) -> str:
        return figure(grid(self._titles(), map(data, self.rows())), escape(self.sentence))


def checked_prediction(given: Prediction) -> CheckedPrediction:
    """The student's prediction, or None if there is none. Raises `BadInput` for what is no prediction."""
    if given is None or given is ...:
        return None
    if isinstance(given, Mapping):
        given = by_node = {node: number for node, number in given.items() if number is not None}
        if not by_node:
            return None
        if all(map(_is_count, by_node.values())):
            return by_node
    elif isinstance(given, int):
        if _is_count(given):
            return given
    elif isinstance(given, list | tuple) and given and all(map(_is_count, given)):
        return tuple(given)
    raise BadInput(
        _("{said} does not say how many tasks the nodes have").format(said=repr(given)),
        _("write it like 3 (on the fullest node), [3, 2, 2], or {example}").format(example='{"node1": 3, "node2": 2}'),
    )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0
