"""What the scheduler has on its books: which tasks count on which node, and what they hold there.

Follows SwarmKit's manager/scheduler/nodeinfo.go. Books are made from one observation, and never changed: an
entry gives new ones.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Self

from .. import rules
from ..records import Node, Observation, Service, Task
from . import Host, Request

Places = Mapping[str, int]  # a number of tasks by the node's name; a node without any may be missing


@dataclass(frozen=True)
class Claim:
    """What one task holds on its node until its container has gone."""

    node: str
    request: Request = field(hash=False)


@dataclass(frozen=True)
class Books:
    """The nodes, one of each name, with the tasks that count there, and with what is held there."""

    nodes: tuple[Node, ...]
    tasks: Mapping[str, Places]  # active tasks, by the service's name
    claims: tuple[Claim, ...]
    failures: Mapping[tuple[str, str], int] = field(default_factory=dict)  # recent ones, by service and node

    @classmethod
    def of(
        cls,
        seen: Observation,
        tasks: Iterable[Task] | None = None,
        failures: Mapping[tuple[str, str], int] | None = None,
    ) -> Self:
        """The books at that moment, of those of its tasks (by default of all)."""
        specs = {service.name: service.spec for service in seen.services}
        counts: dict[str, Counter[str]] = {}
        claims = []
        for task in seen.tasks if tasks is None else tasks:
            if task.node is None or not (task.slot or task.state not in ("new", "pending")):
                continue
            if rules.is_active(task):
                counts.setdefault(task.service, Counter())[task.node] += 1
            if rules.occupies(task):
                request = Request.from_spec(task.spec, specs.get(task.service, {}).get("EndpointSpec"))
                if holds(request):
                    claims.append(Claim(task.node, request))
        return cls(one_of_each(seen), counts, tuple(claims), failures or {})

    def hosts(self, service: str) -> list[Host]:
        """The nodes as the scheduler sees them for a task of that service, in the order of their names."""
        here = self.tasks.get(service, {})
        totals = sum((Counter(places) for places in self.tasks.values()), Counter())
        return [self._host(node, here.get(node.name, 0), totals[node.name], service) for node in self.nodes]

    def with_tasks(self, service: str, places: Places, request: Request) -> "Books":
        """The books with so many more tasks of the service on those nodes."""
        counts = Counter(self.tasks.get(service, {}))
        counts.update(places)
        held = [Claim(node, request) for node, number in places.items() for _each in range(number) if holds(request)]
        return replace(self, tasks={**self.tasks, service: counts}, claims=(*self.claims, *held))

    def without(self, service: str, places: Places) -> "Books":
        """The books with so many tasks fewer that count; what they hold they hold until it is released."""
        counts = Counter(self.tasks.get(service, {}))
        counts.subtract(places)
        return replace(self, tasks={**self.tasks, service: counts})

    def released(self, claim: Claim) -> "Books":
        """The books after a task that held that has gone."""
        claims = list(self.claims)
        claims.remove(claim)
        return replace(self, claims=tuple(claims))

    def _host(self, node: Node, tasks: int, total: int, service: str) -> Host:
        cpus, memory, generic, ports = round(node.cpus * 1e9), node.memory, Counter(node.generic), set()
        for claim in self.claims:
            if claim.node == node.name:
                cpus, memory = cpus - claim.request.cpus, memory - claim.request.memory
                generic.subtract(claim.request.generic)
                ports.update(claim.request.ports)
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


def one_of_each(seen: Observation) -> tuple[Node, ...]:
    """The nodes; of several of one name (a machine that joined anew), the one that is ready."""
    return tuple({node.name: seen.node(node.name) for node in seen.nodes}.values())


def request_of(service: Service) -> Request:
    """What a task of the service asks of a node."""
    return Request.from_spec(service.spec["TaskTemplate"], service.spec.get("EndpointSpec"))


def holds(request: Request) -> bool:
    """Whether a task that asks this keeps something of its node from others."""
    return bool(request.cpus or request.memory or any(request.generic.values()) or request.ports)
