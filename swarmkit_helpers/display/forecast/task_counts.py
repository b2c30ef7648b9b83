"""How many tasks of each service the nodes have, and may have after a planned change."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from ...constraints import satisfies
from ...language import _
from ...records import Observation
from ...rules import Outcomes, end_states, pending_message
from ...rules.end_states import EndState
from ...rules.node_info import NodeCounts, NodeInfo, nodes_by_name, request_of
from ...rules.orchestrators import TaskGroup
from .requests import PlannedChange

Range = tuple[int, int]  # the least and the most


@dataclass(frozen=True)
class NodeForecast:
    """One node, and the active tasks of a service on it."""

    node: str
    now: int
    stay: int  # of these, the tasks that stay
    least: int  # afterwards
    most: int
    able: bool  # whether the service may get new tasks there


class TaskCounts:
    """The active tasks by service and node, before a planned change and in all the states it can end in."""

    def __init__(self, change: PlannedChange) -> None:
        self._change = change
        self._start, self._hopeless = end_states.without_hopeless(change.reconciliation)
        self._nodes = nodes_by_name(change.then)
        self._services = {service.name: service for service in change.then.services}

    @cached_property
    def before(self) -> dict[str, Counter[str]]:
        """By service, the active tasks on each node before the change."""
        return active_tasks(self._change.before)

    @cached_property
    def end_states(self) -> tuple[list[EndState], bool]:
        """The states that the change can end in, and whether these are all: of very many, only some are listed."""
        if self._single is None:
            return end_states.list_end_states(self._start)
        group, outcomes = self._single
        node_info = self._start.node_info
        names = {node.id: node.name for node in node_info.nodes}
        some = list(islice(outcomes, end_states.MAX_STATES + 1))
        listed = []
        for outcome in some:
            placed = Counter({names[host]: number for host, number in outcome.items() if number})
            after = node_info.with_tasks(group.service, placed, group.request)
            listed.append(EndState(after.tasks, {group.service: group.number - placed.total()}))
        return listed, len(some) <= end_states.MAX_STATES

    @property
    def sampled(self) -> bool:
        """Whether the numbers are those of some end states only: there are too many to look at each."""
        return self._single is None and not self.end_states[1]

    def nodes(self, service: str) -> list[NodeForecast]:
        """The nodes with their tasks of the service, in the order of their names."""
        before, kept = self.before.get(service, Counter()), self._start.node_info.tasks.get(service, {})
        nothing: NodeCounts = {}
        replaced = next((group.replaced for group in self._start.groups if group.service == service), nothing)
        constraints = self._services[service].constraints
        return [
            NodeForecast(
                name,
                before.get(name, 0),
                kept.get(name, 0) - replaced.get(name, 0),
                *self._range(service, name),
                node.takes_tasks and satisfies(node, constraints),
            )
            for name, node in self._nodes.items()
        ]

    def pending(self, service: str) -> Range:
        """The least and the most tasks of the service that will be pending."""
        sure = sum(each.get(service, 0) for each in (self._start.stuck, self._start.unplaceable, self._hopeless))
        groups = [group for group in self._start.groups if group.service == service]
        if not groups:
            return sure, sure
        if self._single:
            least, most = self._single[1].placed
            return sure + groups[0].number - most, sure + groups[0].number - least
        left = [end.pending.get(service, 0) for end in self.end_states[0]]
        return sure + min(left), sure + max(left)

    def pending_before(self, service: str) -> int:
        """How many tasks of the service are pending before the change."""
        return sum(task.wanted and task.node is None for task in self._change.before.tasks_of(service))

    def pending_message(self, service: str) -> str:
        """Docker's error of the pending tasks, if it is the same in all end states; else empty."""
        ends, all_listed = self.end_states
        if not all_listed or len(ends) != 1 or self._start.unplaceable.get(service):
            return ""
        request, node_info = request_of(self._services[service]), self._start.node_info
        new = Counter(ends[0].tasks.get(service, {}))
        new.subtract(node_info.tasks.get(service, {}))
        return pending_message(node_info.with_tasks(service, +new, request).hosts(service), request)

    @cached_property
    def _single(self) -> tuple[TaskGroup, Outcomes] | None:
        return end_states.single_group(self._start)

    def _range(self, service: str, node: str) -> Range:
        kept = self._start.node_info.tasks.get(service, {}).get(node, 0)
        if self._single:
            group, outcomes = self._single
            if service != group.service:
                return kept, kept
            least, most = outcomes.between(self._nodes[node].id)
            return kept + least, kept + most
        numbers = [end.tasks.get(service, {}).get(node, 0) for end in self.end_states[0]]
        return min(numbers), max(numbers)


def active_tasks(seen: Observation) -> dict[str, Counter[str]]:
    """By service, how many active tasks each node has."""
    counts: Mapping[str, NodeCounts] = NodeInfo.of(seen).tasks
    return {name: Counter(every) for name, every in counts.items()}


def number_range(least: int, most: int) -> str:
    """2, or 2 to 3."""
    return str(least) if least == most else _("{least} to {most}").format(least=least, most=most)
