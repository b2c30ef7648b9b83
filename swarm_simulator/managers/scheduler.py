"""The scheduler: when it runs, which tasks it places together, and what it writes.

Follows SwarmKit's manager/scheduler/scheduler.go; swarmkit_helpers.rules decides on which nodes a group of tasks goes.
"""

from collections import defaultdict

from swarmkit_helpers.rules import Request, pending_message, place, preassigned_message

from ..objects import Node, State, StoreObject, Task
from ..store import Action
from .leadership import DebouncedCall, LeaderTerm
from .node_info import NodeInfo, Version

DEBOUNCE_SECONDS = 0.05  # s: SwarmKit's commitDebounceGap
MAX_LATENCY_SECONDS = 1.0  # s: SwarmKit's maxLatency


class Scheduler:
    """Finds nodes for pending tasks, a moment after a change."""

    def __init__(self, term: LeaderTerm) -> None:
        self._store, self._clock, self._random = term.store, term.clock, term.random
        self._node_infos = {node.id: NodeInfo(node) for node in self._store.nodes.values()}
        self._states: dict[str, State] = {}  # by id, of tasks that count: the state when last seen
        self._unassigned: dict[str, Task] = {}
        self._preassigned: dict[str, Task] = {}  # tasks of global services that wait for their own node
        self._assigned_from_start: set[str] = (
            set()
        )  # tasks that were preassigned: their failures do not count against a node
        self._requests: dict[Version, Request] = {}
        self._tick_required = True
        self._schedule_when_quiet = DebouncedCall(term, DEBOUNCE_SECONDS, self._schedule, MAX_LATENCY_SECONDS)
        for task in self._store.tasks.values():
            self._task_changed("create", task)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _changed(self, action: Action, kept: StoreObject) -> None:
        if isinstance(kept, Node):
            if action == "remove":
                self._node_infos.pop(kept.id, None)
            else:
                self._node_infos.setdefault(kept.id, NodeInfo(kept)).node_changed()
                self._tick_required = True
        self._schedule_when_quiet()

    def _task_changed(self, action: Action, task: Task) -> None:
        """Follow the task (SwarmKit: createTask, updateTask and deleteTask)."""
        self._schedule_when_quiet()
        if action == "remove":
            self._tick_required |= self._forget(task)
        elif task.state < State.PENDING:
            return
        elif task.state > State.RUNNING:
            if task.id not in self._states:
                return
            info = self._node_infos.get(task.node_id)
            counts = task.state in (State.FAILED, State.REJECTED) and task.id not in self._assigned_from_start
            if info is not None and counts:
                info.task_failed(task, self._clock.now)
            self._forget(task)
            self._tick_required = True
        else:
            self._states[task.id] = task.state
            if not task.node_id:
                self._unassigned[task.id] = task
                self._tick_required = True
            elif task.state == State.PENDING:
                self._preassigned[task.id] = task
                self._assigned_from_start.add(task.id)
            elif info := self._node_infos.get(task.node_id):
                info.add_task(task, self._request(task))

    def _forget(self, task: Task) -> bool:
        self._states.pop(task.id, None)
        self._unassigned.pop(task.id, None)
        self._preassigned.pop(task.id, None)
        self._assigned_from_start.discard(task.id)
        info = self._node_infos.get(task.node_id)
        return info is not None and info.remove_task(task.id)

    def _request(self, task: Task) -> Request:
        version = task.service_id, task.spec_version
        if version not in self._requests:
            self._requests[version] = Request.from_spec(task.spec, task.endpoint)
        return self._requests[version]

    def _schedule(self) -> None:
        """Place what is pending (SwarmKit: schedule): in any case first the tasks that have their node already."""
        changed = [task for task in list(self._preassigned.values()) if self._confirm_preassigned(task)]
        if changed:
            self._store.save(*changed)
        if self._tick_required:
            self._tick_required = False
            self._tick()

    def _confirm_preassigned(self, task: Task) -> bool:
        """Let the task start on its own node, or write why it cannot. Return whether it was changed."""
        info = self._node_infos.get(task.node_id)
        if info is None:
            return False
        request = self._request(task)
        host = info.host((task.service_id, task.spec_version), self._clock.now)
        if error := preassigned_message(host, request):
            return self._set_error(task, error)
        del self._preassigned[task.id]
        self._assign(task, info, request, "scheduler confirmed task can run on preassigned node")
        return True

    def _tick(self) -> None:
        groups: defaultdict[Version, list[Task]] = defaultdict(list)
        for task in self._unassigned.values():
            groups[task.service_id, task.spec_version].append(task)
        self._unassigned.clear()
        changed: list[Task] = []
        # Groups and tasks are in Go maps in SwarmKit, which have no order.
        for version, tasks in self._random.sample(list(groups.items()), len(groups)):
            changed += self._schedule_group(version, self._random.sample(tasks, len(tasks)))
        if changed:
            self._store.save(*changed)

    def _schedule_group(self, version: Version, tasks: list[Task]) -> list[Task]:
        """Give each task of the group a node, or write why it has none. Return the changed tasks."""
        service = self._store.services.get(version[0])
        request = self._request(tasks[0])
        now = self._clock.now
        hosts = [info.host(version, now) for info in self._node_infos.values()]
        places = place(hosts, request, len(tasks), self._random)
        for task, node_id in zip(tasks, places, strict=False):
            task.node_id = node_id
            self._assign(task, self._node_infos[node_id], request, "scheduler assigned task to node")
        changed, left = tasks[: len(places)], tasks[len(places) :]
        if not left or service is None:  # tasks of a removed service are dropped
            return changed
        outdated = service.spec_version > version[1]
        if not outdated:
            hosts = [info.host(version, now) for info in self._node_infos.values()] if places else hosts
            error = pending_message(hosts, request)
        for task in left:
            if not outdated:
                self._unassigned[task.id] = task
                if self._set_error(task, error):
                    changed.append(task)
            elif task.desired >= State.SHUTDOWN:
                # Any other task of an older version is not tried again, even when it would fit.
                task.state, task.error, task.reported = State.SHUTDOWN, "", now
                changed.append(task)
        return changed

    def _assign(self, task: Task, info: NodeInfo, request: Request, message: str) -> None:
        task.state, task.message, task.error = State.ASSIGNED, message, ""
        task.reported = self._clock.now
        if request.generic:
            task.generic = [
                {"DiscreteResourceSpec": {"Kind": kind, "Value": number}} for kind, number in request.generic.items()
            ]
        info.add_task(task, request)

    def _set_error(self, task: Task, error: str) -> bool:
        """Write the error. Return whether it is new."""
        if task.error == error:
            return False
        task.error, task.reported = error, self._clock.now
        return True
