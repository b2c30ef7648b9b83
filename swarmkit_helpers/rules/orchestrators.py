"""What the orchestrators do about an observed state, up to where the scheduler takes over.

Follows SwarmKit's manager/orchestrator: replicated, global, restart, update, constraintenforcer. Pure functions
of one observation, in which the desired state has just been changed and the swarm has not yet reacted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ..constraints import satisfies
from ..records import Node, Observation, Service, Task
from .filters import preassigned_message
from .hosts import Request
from .node_info import NodeCounts, NodeInfo, Reservation, nodes_by_name, request_of
from .restart import outdated, should_restart
from .scale_down import Slot, excess
from .task import is_dirty


@dataclass(frozen=True)
class TaskGroup:
    """Tasks of one service that the scheduler has to place (SwarmKit's taskGroup)."""

    service: str
    request: Request
    number: int
    parallelism: int = 0  # of a rolling update: at most so many at one time, the next when those run; 0: no update
    replaced: NodeCounts = field(default_factory=dict, hash=False)  # old tasks, which run until their turn comes
    pending: int = 0  # of a rolling update: tasks without a node, which wait until their turn comes
    begun: bool = False  # of a rolling update: whether it has replaced any
    blocked: int = 0  # of a rolling update: how many of `parallelism` wait for a new task that finds no node
    of_update: bool = False  # whether a rolling update waits for these tasks


@dataclass(frozen=True)
class Reconciliation:
    """What stays, what ends, and what the scheduler has to place."""

    node_info: NodeInfo  # of what stays
    ending: dict[str, NodeCounts]  # by service, the tasks that end because of its orchestrator
    groups: tuple[TaskGroup, ...]
    stuck: dict[str, int]  # by service, the tasks that are pending and are not tried again
    unplaceable: dict[str, int]  # by global service, the tasks that stay pending, each on a node that cannot take it
    releases: tuple[Reservation, ...]  # of tasks that end, on nodes where others may use them afterwards


def reconcile(seen: Observation, changed: str | None = None, touched: frozenset[str] = frozenset()) -> Reconciliation:
    """Work out what the orchestrators do in that state.

    `changed` is the service that has just got another spec; `touched` are the nodes that have just changed.
    """
    nodes = nodes_by_name(seen)
    ending: dict[str, Counter[str]] = defaultdict(Counter)
    groups: list[TaskGroup] = []
    stuck: dict[str, int] = {}
    ended: set[str] = set()
    for service in seen.services:
        work = _ServiceWork(seen, service, nodes, touched, changed == service.name)
        if service.mode.startswith("global"):
            work.reconcile_global()
        elif wanted := work.reconcile_slots():
            groups.append(TaskGroup(service.name, request_of(service), wanted))
        groups += work.update()
        if work.stuck:
            stuck[service.name] = work.stuck
        for task in work.ended:
            ended.add(task.id)
            if task.node:
                ending[service.name][task.node] += 1
    staying = [task for task in seen.tasks if task.id not in ended]
    held = NodeInfo.of(seen).reservations
    kept = NodeInfo.of(seen, [task for task in staying if task.wanted]).reservations
    node_info = NodeInfo.of(seen, staying)
    node_info = NodeInfo(node_info.nodes, node_info.tasks, held)
    unplaceable: dict[str, int] = {}
    for service in seen.services:
        if service.mode == "global":
            left_empty = _left_empty(seen, service, changed == service.name, touched)
            node_info, unplaceable[service.name] = _with_global_tasks(node_info, service, left_empty)
    return Reconciliation(node_info, dict(ending), tuple(groups), stuck, unplaceable, _releases(held, kept, nodes))


class _ServiceWork:
    """What the orchestrators have to do for one service."""

    def __init__(
        self, seen: Observation, service: Service, nodes: Mapping[str, Node], touched: frozenset[str], changed: bool
    ) -> None:
        self._service, self._nodes, self._touched, self._changed = service, nodes, touched, changed
        self._tasks = seen.tasks_of(service.name)
        self._surplus: set[int] = set()  # slots that end because there are too many
        self.ended: list[Task] = []
        self.stuck = 0

    def reconcile_slots(self) -> int:
        """End and count tasks of a replicated service or job; the number of tasks to place at once."""
        live = {slot: tasks for slot, tasks in self._slots().items() if _is_live(self._service, tasks)}
        wanted = 0
        if not self._service.is_job:
            replicas = self._service.replicas or 0
            if len(live) > replicas:
                self._surplus = set(excess([_slot(slot, tasks) for slot, tasks in live.items()], replicas))
            wanted = max(0, replicas - len(live))
            self.ended += [task for slot in self._surplus for task in live[slot] if task.wanted]
            live = {slot: tasks for slot, tasks in live.items() if slot not in self._surplus}
        for tasks in live.values():
            for task in filter(lambda task: task.wanted, tasks):
                wanted += self._to_place(task, tasks)
        return wanted

    def _slots(self) -> dict[int, list[Task]]:
        """The tasks of each slot, the newest first."""
        slots: dict[int, list[Task]] = defaultdict(list)
        for task in self._tasks:
            slots[task.slot].append(task)
        return slots

    def _to_place(self, task: Task, slot: list[Task]) -> int:
        """1 if the scheduler has to place this task, or another one instead of it; else 0."""
        if task.node is None:
            if self._changed and self._is_dirty(task):
                return 0  # `update` counts it
            if task.error and outdated(self._service, task):
                self.stuck += 1
                return 0
            return 1
        if task.ended or self._may_stay(task):
            return int(task.ended and not self._service.is_job and should_restart(self._service, slot))
        self.ended.append(task)
        return int(should_restart(self._service, slot))

    def _may_stay(self, task: Task) -> bool:
        node = self._nodes.get(task.node or "")
        if node is None or not node.keeps_tasks:
            return False
        # The constraint enforcer checks a node whenever that changes, unless it is paused.
        enforced = node.name in self._touched and node.availability == "active"
        return not enforced or satisfies(node, self._service.constraints)

    def update(self) -> list[TaskGroup]:
        """If the spec has changed: the dirty tasks, which a rolling update replaces."""
        if not self._changed or self._service.mode != "replicated":
            return []
        slots = {slot: tasks for slot, tasks in self._slots().items() if slot not in self._surplus}
        dirty = [task for tasks in slots.values() for task in tasks if task.wanted and self._is_dirty(task)]
        old = Counter(task.node for task in dirty if task.node and not task.ended and self._keeps_tasks(task.node))
        pending = sum(task.node is None for task in dirty)
        # A slot whose restart policy gave it no other task gets one now, if its last task is dirty.
        empty = sum(
            _is_live(self._service, tasks) and not any(task.wanted for task in tasks) and self._is_dirty(tasks[0])
            for tasks in slots.values()
        )
        number = old.total() + pending + empty
        if not number:
            return []
        config = self._service.spec.get("UpdateConfig")
        parallelism = 1 if config is None else config.get("Parallelism", 0)
        request = request_of(self._service)
        return [TaskGroup(self._service.name, request, number, parallelism or number, old, pending)]

    def _keeps_tasks(self, name: str) -> bool:
        node = self._nodes.get(name)
        return node is not None and node.keeps_tasks

    def _is_dirty(self, task: Task) -> bool:
        return is_dirty(self._service, task, self._nodes.get(task.node or ""))

    def reconcile_global(self) -> None:
        """End tasks of a global service or job on the nodes that may not have them."""
        for task in self._tasks:
            node = self._nodes.get(task.node or "")
            if (
                task.wanted
                and not task.ended
                and (
                    node is None
                    or not node.keeps_tasks
                    or (node.availability == "active" and not satisfies(node, self._service.constraints))
                )
            ):
                self.ended.append(task)


def _left_empty(seen: Observation, service: Service, changed: bool, touched: frozenset[str]) -> set[str]:
    """The nodes on which a global service gets no other task.

    The restart policy gives none after the last task there, and that task is not dirty or its node is not looked at.
    """
    by_node: dict[str, list[Task]] = defaultdict(list)
    for task in seen.tasks_of(service.name):
        by_node[task.node or ""].append(task)
    found = set()
    for name, tasks in by_node.items():
        if not any(task.wanted for task in tasks) and not should_restart(service, tasks):
            looked_at = changed or name in touched
            if not (looked_at and is_dirty(service, tasks[0], seen.node(name))):
                found.add(name)
    return found


def _with_global_tasks(node_info: NodeInfo, service: Service, left_empty: set[str]) -> tuple[NodeInfo, int]:
    """The node info with a task of the global service on each node that fits, and how many nodes have no room."""
    request, here, unplaceable = request_of(service), node_info.tasks.get(service.name, {}), 0
    for host in node_info.hosts(service.name):
        if host.name in left_empty or here.get(host.name):
            continue
        if host.takes_tasks and satisfies(host, service.constraints):
            if preassigned_message(host, request) is None:
                node_info = node_info.with_tasks(service.name, {host.name: 1}, request)
            else:
                unplaceable += 1
    return node_info, unplaceable


def _is_live(service: Service, slot: list[Task]) -> bool:
    """Whether the slot counts as one of the replicas: a task of it is wanted, or the restart policy gives no other."""
    return any(task.wanted for task in slot) or not should_restart(service, slot)


def _slot(number: int, tasks: list[Task]) -> Slot:
    wanted = [task for task in tasks if task.wanted] or tasks[:1]
    return Slot(number, wanted[0].node, any(task.state == "running" for task in wanted), len(wanted))


def _releases(
    held: Iterable[Reservation], kept: Iterable[Reservation], nodes: Mapping[str, Node]
) -> tuple[Reservation, ...]:
    """What is held and will not be kept, on nodes that take tasks."""
    left = list(held)
    for reservation in kept:
        left.remove(reservation)
    return tuple(each for each in left if each.node in nodes and nodes[each.node].takes_tasks)
