"""The scheduler's information on each node: its tasks, what they reserve, and recent failures.

Follows SwarmKit's manager/scheduler/nodeinfo.go. It is updated with each change of a task, never counted again.
"""

from collections import Counter, defaultdict

from swarmkit_helpers.rules import FAILURE_WINDOW, Host, Request

from ..objects import Node, State, Task

Version = tuple[str, int]  # service id, version of its spec


class NodeInfo:
    """One node with its tasks, as far as the scheduler counts them."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self._tasks: dict[str, tuple[str, bool, Request]] = {}  # by id: service, whether it is active, what it reserves
        self._active: Counter[str] = Counter()  # by service
        self._total = 0
        self._cpus = self._memory = 0  # reserved
        self._generic: Counter[str] = Counter()
        self._ports: Counter[tuple[str, int]] = Counter()
        self._failures: defaultdict[Version, list[float]] = defaultdict(list)  # the times of failures
        self._host_without_tasks: Host | None = None  # cached, for services without a task here

    def add_task(self, task: Task, request: Request) -> None:
        """Add the task with what it reserves, or note that its desired state has changed."""
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
        """Remove the task and what it reserves. Return whether it was there."""
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
        """Note that the node has changed."""
        self._host_without_tasks = None

    def task_failed(self, task: Task, now: float) -> None:
        """Note that the task has failed here, or was rejected."""
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
