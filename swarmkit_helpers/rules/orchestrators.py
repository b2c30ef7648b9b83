"""What the orchestrators do about a state of things, up to where the scheduler takes over.

Follows SwarmKit's manager/orchestrator: replicated, global, restart, update, constraintenforcer. Pure functions
of one observation, in which somebody has asked for something and the swarm has not yet answered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from ..constraints import satisfies
from ..records import Json, Node, Observation, Service, Task
from . import convergence
from .filters import preassigned_message
from .hosts import Request
from .node_info import Books, Claim, Places, holds, request_of
from .scale_down import Slot, excess

# A new task is tried so long after it was made (SwarmKit, manager/scheduler/scheduler.go, commitDebounceGap); what
# changes the service sooner, be it the swarm that gives it an address, comes before the first try.
TRIED = timedelta(seconds=0.05)


@dataclass(frozen=True)
class Placing:
    """Tasks of one service that want places."""

    service: str
    request: Request
    number: int
    at_once: int = 0  # of a rolling update: at most so many at one time, the next when those run; 0: no update
    instead_of: Places = field(default_factory=dict, hash=False)  # where tasks are that go on until it is their turn
    pending: int = 0  # of a rolling update: tasks without a node that go on waiting until it is their turn
    begun: bool = False  # of a rolling update: whether it has replaced some already
    blocked: int = 0  # of a rolling update: how many of `at_once` wait for a new task that finds no node
    of_update: bool = False  # whether a rolling update waits for these tasks


@dataclass(frozen=True)
class Reaction:
    """What stays, what ends, and what the scheduler has to place."""

    books: Books  # of what stays
    ending: dict[str, Places]  # by service, the nodes of the tasks that end for it
    placing: tuple[Placing, ...]
    stuck: dict[str, int]  # by service, the tasks that are pending and are not tried again
    homeless: dict[str, int]  # by global service, the tasks that stay pending, each on a node that cannot take it
    releases: tuple[Claim, ...]  # what tasks that end hold until they are gone, where others may use it


def react(seen: Observation, changed: str | None = None, touched: frozenset[str] = frozenset()) -> Reaction:
    """What follows from that state.

    `changed` is the service that has just got another spec; `touched` are the nodes that have just changed.
    """
    nodes = {node.name: node for node in seen.nodes if node is seen.node(node.name)}
    ending: dict[str, Counter[str]] = defaultdict(Counter)
    placing: list[Placing] = []
    stuck: dict[str, int] = {}
    gone: set[str] = set()
    for service in seen.services:
        work = _Work(seen, service, nodes, touched, changed == service.name)
        if service.mode.startswith("global"):
            work.everywhere()
        elif wanted := work.slots():
            placing.append(Placing(service.name, request_of(service), wanted))
        placing += work.update()
        if work.stuck:
            stuck[service.name] = work.stuck
        for task in work.ended:
            gone.add(task.id)
            if task.node:
                ending[service.name][task.node] += 1
    staying = [task for task in seen.tasks if task.id not in gone]
    books = Books.of(seen, staying)
    held = Books.of(seen).claims
    releases = _released(held, Books.of(seen, [task for task in staying if task.wanted]).claims, nodes)
    books = Books(books.nodes, books.tasks, held)
    homeless: dict[str, int] = {}
    for service in seen.services:
        if service.mode == "global":
            kept = _kept_empty(seen, service, changed == service.name, touched)
            books, homeless[service.name] = _at_home(books, service, kept)
    return Reaction(books, dict(ending), tuple(placing), stuck, homeless, releases)


class _Work:
    """What has to be done for one service."""

    def __init__(
        self, seen: Observation, service: Service, nodes: dict[str, Node], touched: frozenset[str], changed: bool
    ) -> None:
        self._service, self._nodes, self._touched, self._changed = service, nodes, touched, changed
        self._tasks = seen.tasks_of(service.name)
        self._excess: set[int] = set()  # slots that are one too many
        self.ended: list[Task] = []
        self.stuck = 0

    def slots(self) -> int:
        """A replicated service or job: how many tasks are to be placed at once."""
        live = {slot: tasks for slot, tasks in self._rows().items() if _is_live(self._service, tasks)}
        wanted = 0
        if not self._service.is_job:
            if len(live) > self._service.replicas:
                self._excess = set(excess([_slot(slot, tasks) for slot, tasks in live.items()], self._service.replicas))
            wanted = max(0, self._service.replicas - len(live))
            self.ended += [task for slot in self._excess for task in live[slot] if task.wanted]
            live = {slot: tasks for slot, tasks in live.items() if slot not in self._excess}
        for tasks in live.values():
            for task in filter(lambda task: task.wanted, tasks):
                wanted += self._next(task, tasks)
        return wanted

    def _rows(self) -> dict[int, list[Task]]:
        """The tasks of each slot, the newest first."""
        rows: dict[int, list[Task]] = defaultdict(list)
        for task in self._tasks:
            rows[task.slot].append(task)
        return rows

    def _next(self, task: Task, row: list[Task]) -> int:
        """1 if a task is to be placed for this one, or instead of it."""
        if task.node is None:
            if self._changed and self._is_dirty(task):
                return 0  # `update` sees to it
            if task.error and outdated(self._service, task):
                self.stuck += 1
                return 0
            return 1
        if task.ended or self._may_stay(task):
            return int(task.ended and not self._service.is_job and restarts(self._service, row))
        self.ended.append(task)
        return int(restarts(self._service, row))

    def _may_stay(self, task: Task) -> bool:
        node = self._nodes.get(task.node or "")
        if node is None or not node.keeps_tasks:
            return False
        # The enforcer looks at a node whenever that changes, unless it is on pause.
        enforced = node.name in self._touched and node.availability == "active"
        return not enforced or satisfies(node, self._service.constraints)

    def update(self) -> list[Placing]:
        """If its spec has changed: the dirty tasks are replaced, so many at one time."""
        if not self._changed or self._service.mode != "replicated":
            return []
        rows = {slot: row for slot, row in self._rows().items() if slot not in self._excess}
        dirty = [task for row in rows.values() for task in row if task.wanted and self._is_dirty(task)]
        old = Counter(task.node for task in dirty if task.node and not task.ended and self._keeps(task.node))
        pending = sum(task.node is None for task in dirty)
        # A slot that was to have no other task gets one now, unless the one it had is as the service asks for now.
        empty = sum(
            _is_live(self._service, row) and not any(task.wanted for task in row) and self._is_dirty(row[0])
            for row in rows.values()
        )
        number = old.total() + pending + empty
        if not number:
            return []
        config = self._service.spec.get("UpdateConfig")
        at_once = 1 if config is None else config.get("Parallelism", 0)
        return [Placing(self._service.name, request_of(self._service), number, at_once or number, old, pending)]

    def _keeps(self, name: str) -> bool:
        node = self._nodes.get(name)
        return node is not None and node.keeps_tasks

    def _is_dirty(self, task: Task) -> bool:
        return is_dirty(self._service, task, self._nodes.get(task.node or ""))

    def everywhere(self) -> None:
        """A global service or job: its tasks end on the nodes that it is not for."""
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


def _kept_empty(seen: Observation, service: Service, changed: bool, touched: frozenset[str]) -> set[str]:
    """The nodes on which a global service gets no other task: its restart policy forbids one for the last that was
    there, and that one is still what the service asks for, or nothing makes the orchestrator look."""
    rows: dict[str, list[Task]] = defaultdict(list)
    for task in seen.tasks_of(service.name):
        rows[task.node or ""].append(task)
    kept = set()
    for name, row in rows.items():
        if not any(task.wanted for task in row) and not restarts(service, row):
            looked_at = changed or name in touched
            if not (looked_at and is_dirty(service, row[0], seen.node(name))):
                kept.add(name)
    return kept


def _at_home(books: Books, service: Service, kept_empty: set[str]) -> tuple[Books, int]:
    """The books with a global service's task on each node that it is for; and on how many it finds no room."""
    request, here, homeless = request_of(service), books.tasks.get(service.name, {}), 0
    for host in books.hosts(service.name):
        if host.name in kept_empty or here.get(host.name):
            continue
        if host.takes_tasks and satisfies(host, service.constraints):
            if preassigned_message(host, request) is None:
                books = books.with_tasks(service.name, {host.name: 1}, request)
            else:
                homeless += 1
    return books, homeless


def restarts(service: Service, row: list[Task]) -> bool:
    """Whether the restart policy gives the slot another task; `row` are its tasks, the newest first."""
    policy = service.spec["TaskTemplate"].get("RestartPolicy") or {}
    condition, newest = policy.get("Condition") or "any", row[0]
    if condition == "none" or ((condition == "on-failure" or service.is_job) and newest.state == "complete"):
        return False
    most = policy.get("MaxAttempts", 0)
    # Attempts are counted anew when the service changes.
    return not most or sum(not outdated(service, task) for task in row) <= most


def is_dirty(service: Service, task: Task, node: Node | None) -> bool:
    """Whether an update replaces the task (SwarmKit, orchestrator/task.go, IsTaskDirty): it is not as the service asks
    for now, unless only the placement differs and its node still meets the constraints."""
    now, then = _template(service.spec["TaskTemplate"]), _template(task.spec)
    if now == then:
        return False
    only_placement = now | {"Placement": None} == then | {"Placement": None}
    return not (only_placement and node is not None and satisfies(node, service.constraints))


def _template(spec: Json) -> dict[str, Any]:
    """What makes tasks different. The engine adds the kind of runtime by itself, and empty parts say nothing."""
    return {key: value for key, value in spec.items() if key != "Runtime" and value}


def outdated(service: Service, task: Task) -> bool:
    """Whether the service was asked to be different, if only in number, after the task was made."""
    if service.update_state in convergence.HALTED_UPDATES:
        return False  # the swarm has changed the service itself when it halted
    return service.changed and task.created_at + TRIED < service.updated_at


def _is_live(service: Service, row: list[Task]) -> bool:
    """Whether the slot counts as one of the replicas: it has a task that is wanted, or is to have none any more."""
    return any(task.wanted for task in row) or not restarts(service, row)


def _slot(number: int, row: list[Task]) -> Slot:
    wanted = [task for task in row if task.wanted] or row[:1]
    return Slot(number, wanted[0].node, any(task.state == "running" for task in wanted), len(wanted))


def _released(now: Iterable[Claim], kept: Iterable[Claim], nodes: dict[str, Node]) -> tuple[Claim, ...]:
    """What is held now and will not be, on nodes that take tasks."""
    left = list(now)
    for claim in kept:
        left.remove(claim)
    return tuple(
        claim for claim in left if holds(claim.request) and claim.node in nodes and nodes[claim.node].takes_tasks
    )
