"""The forecast of one planned change, as `swarm.predict` returns it."""

import reprlib
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from ...engine import exam_sockets
from ...errors import BadInput, unknown
from ...language import _
from ...recorder import Observable
from ...records import Observation
from ...rules import convergence, end_states
from ...rules.node_info import NodeCounts
from .comparison import Comparison, Prediction, checked_prediction
from .node_names import with_distinct_names
from .requests import PlannedChange
from .sentence import sentence
from .task_counts import NodeForecast, Range, TaskCounts, active_tasks

if TYPE_CHECKING:
    from ..charts import Chart


class Forecast:
    """All that can follow from one planned change. It shows itself."""

    def __init__(self, change: PlannedChange) -> None:
        self.change = change
        self.counts = TaskCounts(change)

    @cached_property
    def services(self) -> tuple[str, ...]:
        """The services it is about: the one that was named, else all whose tasks end or are placed, else all."""
        if self.change.service is not None:
            return (self.change.service,)
        start = self.change.reconciliation
        before, after = self.counts.before, start.node_info.tasks
        moved = {
            *start.ending,
            *(group.service for group in start.groups),
            *(name for name in after if +Counter(after[name]) != before.get(name, Counter())),
        }
        every = [service.name for service in self.change.before.services if not service.is_job]
        return tuple(name for name in every if name in moved) or tuple(every)

    @property
    def unforeseen(self) -> list[str]:
        """The services whose update goes on after the change; the forecast leaves it out.

        It is under way, or it is paused and the change is a new spec for its service, which lets it go on (SwarmKit,
        manager/controlapi/service.go, UpdateService, clears the status of the update).
        """
        changed = None if self.change.node else self.change.service
        return [
            service.name
            for service in self.change.before.services
            if service.update_state in convergence.RUNNING_UPDATES
            or (service.name == changed and service.update_state in convergence.HALTED_UPDATES)
        ]

    @property
    def sentence(self) -> str:
        """What the swarm does about the change, and the result; it names no node that chance has chosen."""
        return sentence(self.change, self.counts, self.services, self.unforeseen)

    def allows(self, seen: Observation) -> bool:
        """Whether the rules allow this state after the change. In `seen`, nothing may be under way."""
        known = {service.name for service in self.change.then.services if not service.is_job}
        actual = {name: counts for name, counts in self.task_counts(seen).items() if name in known}
        return end_states.is_end_state(self.change.reconciliation, actual, known)

    def task_counts(self, seen: Observation) -> dict[str, NodeCounts]:
        """By service, the active tasks on each node; a node that has just joined gets the forecast's name for it."""
        seen = with_distinct_names(seen)
        known = {node.name for node in self.change.then.nodes}
        new = [node.name for node in seen.nodes if node.name not in known]
        planned = self.change.node
        names = {new[0]: planned} if planned and len(new) == 1 and not seen.node(planned) else {}
        return {
            service: {names.get(node, node): number for node, number in counts.items()}
            for service, counts in active_tasks(seen).items()
        }

    def between(self, node: str, service: str | None = None) -> Range:
        """The least and the most tasks of the service that the node may have afterwards."""
        nodes = {each.node: each for each in self.nodes(self._service(service))}
        return (nodes[node].least, nodes[node].most) if node in nodes else (0, 0)

    def nodes(self, service: str) -> list[NodeForecast]:
        """The nodes with their tasks of the service, in the order of their names."""
        return self.counts.nodes(service)

    def pending(self, service: str) -> Range:
        """The least and the most tasks of the service that will be pending."""
        return self.counts.pending(service)

    def chart(self) -> "Chart":
        """Draw the present beside the forecast, node by node."""
        from .. import charts  # matplotlib is slow to import, and a forecast may never be drawn

        tables = [
            (name, self.nodes(name), self.counts.pending_before(name), self.pending(name)) for name in self.services
        ]
        return charts.forecast(self.change.title, tables, self.sentence)

    def compare(
        self, seen: Observation | Observable, student: Prediction = None, service: str | None = None
    ) -> Comparison:
        """Compare the forecast, and the student's prediction, with what the swarm did.

        `seen` is the swarm, when nothing is under way any more, or an observation. `student` is the number of tasks
        by node, {"node1": 3}, or the numbers in any order, [3, 2, 2], or the number on the fullest node, 3; `...`
        is no prediction. Raises `BadInput`, `NotFound`.
        """
        name = self._service(service)
        if not isinstance(seen, Observation) and not hasattr(seen, "observe"):
            raise BadInput(
                _("{seen} is neither a swarm nor an observation of one"),
                _("write forecast.compare(swarm)"),
                seen=reprlib.repr(seen),
            )
        observed = seen if isinstance(seen, Observation) else seen.observe()
        return Comparison(
            self.nodes(name),
            name,
            self.task_counts(observed).get(name, {}),
            self.allows(observed),
            checked_prediction(student),
        )

    def _service(self, name: str | None) -> str:
        """The name that is given, else that of the first service. Raises `NotFound`."""
        known = [each.name for each in self.change.then.services if not each.is_job]
        chosen = name or next(iter(self.services), None)
        if chosen is None or chosen not in known:
            raise unknown("services", chosen, known)
        return chosen

    def __repr__(self) -> str:
        return self.sentence

    def _repr_mimebundle_(self, **how: object) -> dict[str, str]:
        drawn = {} if exam_sockets.folder() else self.chart().still()  # nobody keeps pictures of an examination
        return {"text/plain": self.sentence, **drawn}
