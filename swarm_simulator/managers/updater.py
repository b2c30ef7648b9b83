"""Rolling updates: outdated tasks are replaced, a few slots at a time.

Follows SwarmKit's manager/orchestrator/update/updater.go; its goroutines are the steps of a state machine here.
"""

from collections import deque
from collections.abc import Callable

from ..objects import Service, Spec, State, Task
from ..store import Action
from .leadership import LeaderTerm
from .restart import RestartSupervisor
from .service_defaults import UpdateConfig, dirty_check, mode, new_task


class UpdateSupervisor:
    """The updates that are under way, at most one for each service."""

    def __init__(self, term: LeaderTerm, restarts: RestartSupervisor) -> None:
        self.term, self.restarts = term, restarts
        self._updates: dict[str, Updater] = {}  # by service id
        term.watch_tasks(self._task_changed)

    def update(self, service: Service, slots: list[list[Task]]) -> None:
        """Update these slots to the spec of the service. An update to another spec is cancelled."""
        if running := self._updates.get(service.id):
            if running.spec == service.spec:
                return
            running.cancel()
        update = self._updates[service.id] = Updater(self, service, lambda: self._finished(update))
        update.run(slots)

    def _finished(self, update: "Updater") -> None:
        if self._updates.get(update.service.id) is update:
            del self._updates[update.service.id]

    def _task_changed(self, _action: Action, task: Task) -> None:
        if running := self._updates.get(task.service_id):
            running.task_changed(task)


class Updater:
    """The update of one service."""

    def __init__(self, updates: UpdateSupervisor, service: Service, finished: Callable[[], None]) -> None:
        self.service, self.spec = service, service.spec
        self._term, self._restarts, self._finished = updates.term, updates.restarts, finished
        self._store = self._term.store
        self._status = (service.update_status or {}).get("State")
        self._rollout = UpdateConfig.of(service.spec, self._status == "rollback_started")
        self._dirty = dirty_check(self._store, service)
        self._queue: deque[list[Task]] = deque()
        self._dirty_slots = 0  # slots to change
        self._workers = 0
        self._up_since: dict[str, float | None] = {}  # by id, of tasks made here: when it ran or ended
        self._waiting: dict[str, Callable[[Task], None]] = {}  # by task id: the worker that waits for it to run
        self._failed: set[str] = set()
        self._late_failures: deque[Task] = deque()  # failures seen while the last slots are worked on
        self._feeding = self._running = True

    def run(self, slots: list[list[Task]]) -> None:
        """Begin the update, if a slot is outdated."""
        if self._status in ("paused", "rollback_paused"):
            self._end()
            return
        dirty = [slot for slot in slots if len(slot) > 1 or self._dirty(slot[0])]
        if not dirty:
            if self._status in ("updating", "rollback_started"):
                self._complete()
            self._end()
            return
        # The slots are in a Go map in SwarmKit, which has no order.
        self._queue.extend(self._term.random.sample(dirty, len(dirty)))
        self._dirty_slots = len(dirty)
        if self._status is None:
            self._status = "updating"
            self._set_status({"State": "updating", "Message": "update in progress", "StartedAt": self._term.clock.now})
        self._workers = self._rollout.parallelism or len(dirty)
        for _ in range(self._workers):
            self._term.after(0, self._next_slot)

    def cancel(self) -> None:
        """Stop the update."""
        self._end()

    def _end(self) -> None:
        self._running = False
        self._finished()

    def task_changed(self, task: Task) -> None:
        """Follow a task of the service: a worker may wait for it, or it may have failed."""
        if task.id not in self._up_since:
            return
        if task.state >= State.RUNNING and task.id in self._waiting:
            if self._up_since[task.id] is None:
                self._up_since[task.id] = self._term.clock.now
            arrived = self._waiting.pop(task.id)
            self._term.after(0, lambda: arrived(task))
        if task.ended and task.id not in self._failed and self._rollout.action != "continue":
            if self._feeding:
                self._term.after(0, lambda: self._task_failed(task))
            else:
                self._late_failures.append(task)

    # Workers

    def _next_slot(self) -> None:
        """Let a worker take the next slot; without one, it ends."""
        if not self._running:
            return
        if not self._queue or not self._feeding:
            self._workers -= 1
            if not self._workers:
                self._monitor()
            return
        slot = self._queue.popleft()
        if not self._queue:
            self._feeding = False
        if self.service.id not in self._store.services:
            self._wait_delay()
            return
        clean = [task for task in slot if not self._dirty(task)]
        running = [task for task in clean if task.desired == State.RUNNING]
        waiting = [task for task in clean if task.desired < State.RUNNING]
        if running or waiting:
            self._use_existing(running[0] if running else waiting[-1], slot)
        else:
            self._replace(slot)

    def _wait_delay(self) -> None:
        """Wait the update's delay, then take the next slot."""
        self._term.after(self._rollout.delay, self._next_slot)

    def _use_existing(self, task: Task, slot: list[Task]) -> None:
        """Keep the task that is up to date, and shut the others down."""
        old = self._shut_down([each for each in slot if each is not task])
        if old:
            self._store.save(*old)
        if task.desired == State.RUNNING:
            self._wait_delay()
        else:
            self._restarts.delay_start(old[-1] if old else None, task.id, 0, self._wait_delay)

    def _replace(self, slot: list[Task]) -> None:
        """Make a new task for the slot. It waits for the old one to stop, or the old one for it to run."""
        node_id = slot[0].node_id if mode(self.service) == "Global" else ""
        new = new_task(self._store, self.service, slot[0].slot, node_id)
        new.desired = State.READY
        self._up_since[new.id] = None
        self._waiting[new.id] = lambda task: self._new_task_up(task, slot)
        if self._rollout.start_first:
            self._store.save(new)
            self._restarts.delay_start(None, new.id, 0)
        else:
            old = self._shut_down(slot)
            self._store.save(new, *old)
            self._restarts.delay_start((old or slot)[-1], new.id, 0)

    def _shut_down(self, tasks: list[Task]) -> list[Task]:
        wanted = [task for task in tasks if task.desired <= State.RUNNING and task.id in self._store.tasks]
        for task in wanted:
            task.desired = State.SHUTDOWN
        return wanted

    def _new_task_up(self, task: Task, slot: list[Task]) -> None:
        """Go on after the new task runs or has ended. For one that can never run it waits without end, as SwarmKit."""
        if not self._running:
            return
        if self._rollout.start_first and task.state == State.RUNNING and (old := self._shut_down(slot)):
            self._store.save(*old)
        self._wait_delay()

    # Failures and the end

    def _task_failed(self, task: Task) -> None:
        """Count a failed task of this update, and take the failure action if that is one too many."""
        if not self._running or task.id in self._failed:
            return
        since = self._up_since[task.id]
        if since is not None and self._term.clock.now - since > self._rollout.monitor:
            return
        self._failed.add(task.id)
        if len(self._failed) / self._dirty_slots <= self._rollout.ratio:
            return
        cause = f"due to failure or early termination of task {task.id}"
        rolling_back = self._status == "rollback_started"
        self._end()
        if self._rollout.action == "rollback" and not rolling_back:
            self._roll_back(f"update rolled back {cause}")
        elif self._is_current():
            self._set_status(
                (self.service.update_status or {})
                | {
                    "State": "rollback_paused" if rolling_back else "paused",
                    "Message": f"{'rollback' if rolling_back else 'update'} paused {cause}",
                }
            )

    def _roll_back(self, message: str) -> None:
        service = self.service
        if self._is_current() and service.previous_spec is not None:
            service.spec, service.previous_spec = service.previous_spec, None
            service.spec_version, service.previous_spec_version = service.previous_spec_version or 0, None
            self._set_status((service.update_status or {}) | {"State": "rollback_started", "Message": message})

    def _monitor(self) -> None:
        """Go on counting failures for the monitoring time after the last slot."""
        self._feeding = True
        while self._late_failures and self._running:
            self._task_failed(self._late_failures.popleft())
        if self._running:
            delay, monitor = self._rollout.delay, self._rollout.monitor
            self._term.after(monitor if monitor > delay else delay + 1, self._complete_after_monitoring)

    def _complete_after_monitoring(self) -> None:
        if self._running:
            self._end()
            self._complete()

    def _complete(self) -> None:
        if self._is_current():
            status = self.service.update_status or {}
            word = "rollback" if status.get("State") == "rollback_started" else "update"
            state = "rollback_completed" if word == "rollback" else "completed"
            self._set_status(
                status | {"State": state, "Message": f"{word} completed", "CompletedAt": self._term.clock.now}
            )

    def _is_current(self) -> bool:
        """Whether the service still exists and has not been updated since."""
        return self.service.id in self._store.services and self.service.update_status is not None

    def _set_status(self, status: Spec) -> None:
        self.service.update_status = status
        self._store.save(self.service)
