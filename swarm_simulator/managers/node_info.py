"""What the scheduler knows of each node: its tasks, what they hold, and what failed there of late.

Follows SwarmKit's manager/scheduler/nodeinfo.go; kept up with each change of a task, never counted anew.
"""

from collections import Counter, defaultdict

from swarmkit_helpers.rules import FAILURE_WINDOW, Host, Request

from ..objects import Node, State, Task

Version = tuple[str, int]  # service id, version of its spec


class NodeInfo:
    """One node's tasks, as far as the scheduler counts them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._tasks: dict[str, tuple[str, bool, Request]] = {}  # by id: service, whether it is active, what it holds
        self._active: Counter[str] = Counter()  # by service
        self._total = 0
        self._cpus = self._memory = 0  # held
        self._generic: Counter[str] = Counter()
        self._ports: Counter[tuple[str, int]] = Counter()
        self._failures: defaultdict[Version, list[float]] = defaultdict(list)  # when
        self._host_without_tasks: Host | None = (
            None  # the node for a service that has nothing here, until something changes
        )

    def add_task(self, task: Task, request: Request) -> None:
        """The task is on the node, and holds that; or what is desired of it has changed."""
        known = self._tasks.get(task.id)
        active = task.desired <= State.COMPLETE
        if known is None:
            self._hold(request, 1)
        elif known[1] == active:
            return
        self._host_without_tasks = None
        if active or known is not None:
            self._active[task.service_id] += 1 if active else -1
            self._total += 1 if active else -1
        self._tasks[task.id] = task.service_id, active, request

    def remove_task(self, task_id: str) -> bool:
        """The task holds nothing any more. Whether it had held anything."""
        if task_id not in self._tasks:
            return False
        self._host_without_tasks = None
        service, active, request = self._tasks.pop(task_id)
        self._hold(request, -1)
        if active:
            self._active[service] -= 1
            self._total -= 1
        return True

    def node_changed(self) -> None:
        """The node is not what it was."""
        self._host_without_tasks = None

    def task_failed(self, task: Task, now: float) -> None:
        """The task has failed here, or was rejected."""
        self._failures[task.service_id, task.spec_version].append(now)

    def host(self, version: Version, now: float) -> Host:
        """The node as the scheduler sees it for tasks of that service and version."""
        tasks, when = self._active.get(version[0], 0), self._failures.get(version)
        if tasks or when:
            return self._host(tasks, sum(moment > now - FAILURE_WINDOW for moment in when or ()))
        if self._host_without_tasks is None:
            self._host_without_tasks = self._host(0, 0)
        return self._host_without_tasks

    def _host(self, tasks: int, failures: int) -> Host:
        node = self.node
        return Host(
            node.id, node.hostname if node.described else "",
            node.state == "ready" and node.spec["Availability"] == "active", node.role, node.address,
            node.platform if node.described else ("", ""), node.spec.get("Labels") or {}, node.engine_labels,
            frozenset(node.plugins) if node.described else None,
            node.cpus - self._cpus, node.memory - self._memory, self._generic_left(),
            frozenset(port for port, held in self._ports.items() if held) if self._ports else frozenset(), frozenset(),
            tasks, self._total, failures,
        )  # fmt: skip

    def _generic_left(self) -> dict[str, int]:
        return {kind: number - self._generic[kind] for kind, number in self.node.generic.items()}

    def _hold(self, request: Request, sign: int) -> None:
        self._cpus += sign * request.cpus
        self._memory += sign * request.memory
        for kind, number in request.generic.items():
            self._generic[kind] += sign * number
        for port in request.ports:
            self._ports[port] += sign
