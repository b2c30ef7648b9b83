"""The task reaper: it removes old tasks beyond a number for each slot, and tasks that are to be removed.

Follows SwarmKit's manager/orchestrator/taskreaper/task_reaper.go.
"""

from ..objects import State, Task
from ..store import Action, SlotTuple, slot_tuple
from .leadership import LATENCY_SECONDS, DebouncedCall, DelayedCall, LeaderTerm
from .service_defaults import RestartPolicy, mode

BATCHING_SECONDS = 0.25  # s: SwarmKit's reaperBatchingInterval: the time without a change before it acts
MAX_DIRTY = 1000  # SwarmKit's maxDirty: with more slots to look at, it does not wait


class TaskReaper:
    """Removes tasks from the store."""

    def __init__(self, term: LeaderTerm) -> None:
        self._store = term.store
        self._dirty: dict[SlotTuple, None] = {}
        self._remove: dict[str, Task] = {}
        self._reap_when_quiet, self._reap_soon = (
            DebouncedCall(term, BATCHING_SECONDS, self._reap),
            DelayedCall(term, LATENCY_SECONDS, self._reap),
        )
        for task in self._store.tasks.values():
            self._task_changed("update", task)
        term.watch_tasks(self._task_changed)

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "create":
            self._dirty[slot_tuple(task)] = None
        elif action == "update" and task.desired == State.REMOVE and _has_left_its_node(task):
            self._remove[task.id] = task
        if len(self._dirty) + len(self._remove) > MAX_DIRTY:
            self._reap_soon()
        elif self._dirty or self._remove:
            self._reap_when_quiet()

    def _reap(self) -> None:
        old = self._remove
        self._remove = {}
        for place in list(self._dirty):
            tasks = list(self._store.tasks_in.get(place, {}).values())
            excess, living = self._old_tasks(place, tasks)
            old |= {task.id: task for task in excess}
            # While more than one task of the slot is live, check it again.
            if living <= 1:
                del self._dirty[place]
        removed = [task for task in old.values() if task.id in self._store.tasks]
        if removed:
            self._store.remove(*removed)

    def _old_tasks(self, place: SlotTuple, tasks: list[Task]) -> tuple[list[Task], int]:
        """The tasks that are too many in the slot, the oldest first, and how many live tasks were met before them."""
        service = self._store.services.get(place[0])
        if service is None or mode(service) not in ("Replicated", "Global"):
            return [], 0
        limit = self._store.swarm.spec.get("Orchestration", {}).get("TaskHistoryRetentionLimit", 5)
        attempts = RestartPolicy.of(service.spec["TaskTemplate"]).attempts
        if attempts:
            limit = attempts + 1
        if limit < 0 or len(tasks) <= limit:
            return [], 0
        found: list[Task] = []
        living = 0
        for task in sorted(tasks, key=lambda task: task.reported):
            if not task.ended and not (task.state < State.ASSIGNED and task.desired > State.RUNNING):
                living += 1
                continue
            found.append(task)
            if len(tasks) - len(found) <= limit:
                break
        return found, living


def _has_left_its_node(task: Task) -> bool:
    """Whether the task has no container any more, or never had one."""
    return task.state < State.ASSIGNED or task.state >= State.COMPLETE
