"""What the scheduler knows of the nodes: which tasks count on which node, and what they hold there.

Follows SwarmKit's manager/scheduler/nodeinfo.go.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self

from ..records import TASK_STATES, Node, Observation, Service, Task
from .hosts import Host, Request

MAX_FAILURES = 5  # from this many recent failures on, a node is avoided (SwarmKit's maxFailures)
FAILURE_WINDOW = 300.0  # s: how long a failure is recent (SwarmKit's monitorFailures)

NodeCounts = Mapping[str, int]  # a number of tasks by the node's name; a node without any may be missing

_ORDER = {state: number for number, state in enumerate(TASK_STATES)}


@dataclass(frozen=True)
class Reservation:
    """What one task holds on its node until its container has gone."""

    node: str
    request: Request = field(hash=False)


@dataclass(frozen=True)
class NodeInfo:
    """The nodes, one of each name, with the tasks that count there and what these hold.

    SwarmKit keeps a NodeInfo for each node and changes it; here one object has those of all nodes and is never
    changed: each method gives a new one.
    """

    nodes: tuple[Node, ...]
    tasks: Mapping[str, NodeCounts]  # active tasks, by the service's name
    reservations: tuple[Reservation, ...]
    failures: Mapping[tuple[str, str], int] = field(default_factory=dict)  # recent ones, by service and node

    @classmethod
    def of(
        cls,
        seen: Observation,
        tasks: Iterable[Task] | None = None,
        failures: Mapping[tuple[str, str], int] | None = None,
    ) -> Self:
        """The node info at that moment, counting only these of its tasks (by default all)."""
        specs = {service.name: service.spec for service in seen.services}
        counts: dict[str, Counter[str]] = {}
        reservations = []
        for task in seen.tasks if tasks is None else tasks:
            if task.node is None or not (task.slot or task.state not in ("new", "pending")):
                continue
            if is_active(task):
                counts.setdefault(task.service, Counter())[task.node] += 1
            if occupies(task):
                request = Request.from_spec(task.spec, specs.get(task.service, {}).get("EndpointSpec"))
                if reserves_anything(request):
                    reservations.append(Reservation(task.node, request))
        return cls(tuple(nodes_by_name(seen).values()), counts, tuple(reservations), failures or {})

    def hosts(self, service: str) -> list[Host]:
        """The nodes as the scheduler sees them for a task of that service, in the order of `nodes`."""
        here = self.tasks.get(service, {})
        totals, held = self._totals, self._held
        return [
            self._host(node, here.get(node.name, 0), totals[node.name], service, held.get(node.name, ()))
            for node in self.nodes
        ]

    @cached_property
    def _totals(self) -> Counter[str]:
        """The active tasks of all services on each node."""
        totals: Counter[str] = Counter()
        for counts in self.tasks.values():
            totals.update(counts)
        return totals

    @cached_property
    def _held(self) -> dict[str, list[Request]]:
        """What is held on each node."""
        held: dict[str, list[Request]] = {}
        for reservation in self.reservations:
            held.setdefault(reservation.node, []).append(reservation.request)
        return held

    def with_tasks(self, service: str, added: NodeCounts, request: Request) -> Self:
        """The node info with so many more tasks of the service on those nodes."""
        counts = Counter(self.tasks.get(service, {}))
        counts.update(added)
        held = (
            [Reservation(node, request) for node, number in added.items() for _each in range(number)]
            if reserves_anything(request)
            else []
        )
        return replace(self, tasks={**self.tasks, service: counts}, reservations=(*self.reservations, *held))

    def without_tasks(self, service: str, removed: NodeCounts) -> Self:
        """The node info with so many tasks fewer that count; what they hold stays reserved until `released`."""
        counts = Counter(self.tasks.get(service, {}))
        counts.subtract(removed)
        return replace(self, tasks={**self.tasks, service: counts})

    def released(self, reservation: Reservation) -> Self:
        """The node info without this reservation."""
        reservations = list(self.reservations)
        reservations.remove(reservation)
        return replace(self, reservations=tuple(reservations))

    def _host(self, node: Node, tasks: int, total: int, service: str, held: Iterable[Request]) -> Host:
        cpus, memory, generic = round(node.cpus * 1e9), node.memory, node.generic
        ports: set[tuple[str, int]] = set()
        for request in held:
            cpus, memory = cpus - request.cpus, memory - request.memory
            if request.generic:
                left = Counter(generic)
                left.subtract(request.generic)
                generic = left
            ports.update(request.ports)
        return Host(
            id=node.id,
            name=node.name,
            takes_tasks=node.takes_tasks,
            role=node.role,
            address=node.address,
            platform=node.platform,
            labels=node.labels,
            engine_labels=node.engine_labels,
            plugins=node.plugins,
            cpus=cpus,
            memory=memory,
            generic=generic,
            ports=frozenset(ports),
            tasks=tasks,
            total=total,
            failures=self.failures.get((service, node.name), 0),
        )


def occupies(task: Task) -> bool:
    """Whether the task holds its reservations and host ports on its node: until its container has gone.

    Its desired state does not matter. A global service's task holds nothing before it is assigned; such a task has
    a node from the start, so the caller leaves out those that are new or pending.
    """
    return task.node is not None and _ORDER["pending"] <= _ORDER[task.state] <= _ORDER["running"]


def is_active(task: Task) -> bool:
    """Whether the task counts in the ranking of its node: as `occupies`, but only while it is wanted."""
    return occupies(task) and _ORDER[task.desired_state] <= _ORDER["complete"]


def nodes_by_name(seen: Observation) -> dict[str, Node]:
    """The nodes by name; of several of one name (a machine that joined again), the one that is ready."""
    names = dict.fromkeys(node.name for node in seen.nodes)
    return {name: node for name in names if (node := seen.node(name))}


def request_of(service: Service) -> Request:
    """What a task of the service asks of a node."""
    return Request.from_spec(service.spec["TaskTemplate"], service.spec.get("EndpointSpec"))


def reserves_anything(request: Request) -> bool:
    """Whether a task that asks this keeps something of its node from others."""
    return bool(request.cpus or request.memory or any(request.generic.values()) or request.ports)
