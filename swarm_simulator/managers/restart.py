"""The restart supervisor: it replaces a task that has ended or may not stay, in the same slot.

Follows SwarmKit's manager/orchestrator/restart/restart.go.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field

from ..clock import Timer
from ..objects import Node, Service, State, StoreObject, Task
from ..store import Action, SlotTuple
from .leadership import LATENCY_SECONDS, DelayedCall, LeaderTerm
from .service_defaults import RestartPolicy, mode, new_task

OLD_TASK_TIMEOUT_SECONDS = 60.0  # s: SwarmKit's defaultOldTaskTimeout


@dataclass(slots=True)
class RestartHistory:
    """The restarts of one slot under one version of the spec."""

    version: int = -1
    total: int = 0
    times: list[float] = field(default_factory=list)


@dataclass(slots=True)
class DelayedStart:
    """A new task that may not run yet."""

    task_id: str
    old: Task | None  # the one that has to end first, if any
    timers: list[Timer] = field(default_factory=list)
    waiting: bool = True  # for the old task
    elapsed: bool = False  # the restart delay
    then: list[Callable[[], None]] = field(default_factory=list)  # called once it is over


class RestartSupervisor:
    """Replaces tasks as their restart policy says."""

    def __init__(self, term: LeaderTerm) -> None:
        self._term, self._store, self._clock = term, term.store, term.clock
        self._delays: dict[str, DelayedStart] = {}  # by the new task's id
        self._waiting: defaultdict[str, list[DelayedStart]] = defaultdict(list)  # by the old task's id
        self._restart_later: set[str] = set()  # tasks that are to be replaced when their own delay is over
        self._history: defaultdict[SlotTuple, RestartHistory] = defaultdict(RestartHistory)
        self._ready: list[str] = []
        self._start_soon = DelayedCall(term, LATENCY_SECONDS, self._start_ready)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def restart(self, service: Service, task: Task) -> list[Task]:
        """Shut the task down and, if its policy says so, make another for its slot. Return the tasks to save."""
        if task.id in self._delays:
            # A replacement waits for its own delay: no tight loops, for example without the image.
            if task.id not in self._restart_later:
                self._restart_later.add(task.id)
                self._delays[task.id].then.append(lambda: self._restart_again(task))
            return []
        task.desired = State.SHUTDOWN
        if not self.should_restart(task, service):
            return [task]
        kind = mode(service)
        new = new_task(
            self._store,
            service,
            task.slot if kind.startswith("Replicated") else 0,
            "" if kind.startswith("Replicated") else task.node_id,
        )
        new.desired, new.iteration = State.READY, task.iteration
        node = self._store.nodes.get(task.node_id)
        drained = node is not None and node.spec["Availability"] == "drain"
        delay = 0.0 if drained else RestartPolicy.of(task.spec).delay
        self.record_restart(self.slot_tuple(new, kind), new)
        wait = not (node is not None and node.state == "down") and task.state <= State.RUNNING
        self.delay_start(task if wait else None, new.id, delay)
        return [task, new]

    def _restart_again(self, task: Task) -> None:
        self._restart_later.discard(task.id)
        service = self._store.services.get(task.service_id)
        if service is None or task.id not in self._store.tasks or task.desired > State.COMPLETE:
            return
        if changed := self.restart(service, task):
            self._store.save(*changed)

    def should_restart(self, task: Task, service: Service) -> bool:
        """Whether the restart policy wants another task."""
        policy, kind = RestartPolicy.of(task.spec), mode(service)
        condition = "on-failure" if kind.endswith("Job") and policy.condition == "any" else policy.condition
        if condition == "none" or (condition == "on-failure" and task.state == State.COMPLETE):
            return False
        if not policy.attempts:
            return True
        # As in SwarmKit, a global job's restarts are recorded by node but looked up without: attempts never run out.
        key = (task.service_id, task.slot, task.node_id if kind == "Global" else "")
        history = self._history.get(key)
        if history is None or history.version != task.spec_version:
            return True
        if not policy.window:
            return history.total < policy.attempts
        recent = [moment for moment in history.times if moment > task.reported - policy.window]
        return sum(moment < task.reported for moment in recent) < policy.attempts

    def updatable_tasks(self, slot: list[Task], service: Service) -> list[Task]:
        """The tasks that make their slot live (SwarmKit: UpdatableTasksInSlot).

        These are the wanted ones; without any, the newest, if the policy allows it no successor.
        """
        wanted = [task for task in slot if task.desired <= State.RUNNING]
        if wanted or (service.update_status or {}).get("State") == "rollback_started":
            return wanted
        newest = max(slot, key=lambda task: task.reported)
        return [] if self.should_restart(newest, service) else [newest]

    def record_restart(self, slot: SlotTuple, task: Task) -> None:
        """Count the task as a restart of its slot."""
        policy = RestartPolicy.of(task.spec)
        if not policy.attempts:
            return
        history = self._history[slot]
        if history.version != task.spec_version:
            history = self._history[slot] = RestartHistory(task.spec_version)
        history.total += 1
        if policy.window:
            history.times.append(self._clock.now)

    def slot_tuple(self, task: Task, kind: str) -> SlotTuple:
        """The slot under which the restarts of the task are counted."""
        return task.service_id, task.slot, "" if kind.startswith("Replicated") else task.node_id

    def clear_history(self, service_id: str) -> None:
        """Drop the history of a service that has been removed."""
        for slot in [slot for slot in self._history if slot[0] == service_id]:
            del self._history[slot]

    def delay_start(
        self, old: Task | None, new_id: str, seconds: float, then: Callable[[], None] | None = None
    ) -> None:
        """Let the new task run once the delay is over and the old one, if given, has ended.

        It waits for the old one a minute at most, and not if its node is down or gone. `then` is called at that moment.
        """
        self.cancel(new_id)
        delay = self._delays[new_id] = DelayedStart(new_id, old, then=[then] if then else [])
        delay.waiting = old is not None and old.state <= State.RUNNING
        if delay.waiting and old is not None:
            self._waiting[old.id].append(delay)
            delay.timers.append(self._term.after(OLD_TASK_TIMEOUT_SECONDS, lambda: self._old_task_ended(delay)))
        if seconds:
            delay.timers.append(self._term.after(seconds, lambda: self._delay_elapsed(delay)))
        else:
            self._delay_elapsed(delay)

    def cancel(self, task_id: str) -> None:
        """Do not start the task that waits."""
        if delay := self._delays.pop(task_id, None):
            self._finish(delay)

    def _delay_elapsed(self, delay: DelayedStart) -> None:
        delay.elapsed = True
        self._start_if_ready(delay)

    def _old_task_ended(self, delay: DelayedStart) -> None:
        delay.waiting = False
        self._start_if_ready(delay)

    def _start_if_ready(self, delay: DelayedStart) -> None:
        if delay.elapsed and not delay.waiting:
            self._ready.append(delay.task_id)
            self._start_soon()

    def _start_ready(self) -> None:
        """Start all that are due (SwarmKit: StartNow)."""
        ready, self._ready = self._ready, []
        over = [self._delays.pop(task_id) for task_id in ready if task_id in self._delays]
        tasks = [
            task for delay in over if (task := self._store.tasks.get(delay.task_id)) and task.desired < State.RUNNING
        ]
        for task in tasks:
            task.desired = State.COMPLETE if task.iteration is not None else State.RUNNING
        if tasks:
            self._store.save(*tasks)
        for delay in over:
            self._finish(delay)

    def _finish(self, delay: DelayedStart) -> None:
        for timer in delay.timers:
            timer.cancel()
        if delay.old is not None and delay in self._waiting.get(delay.old.id, ()):
            self._waiting[delay.old.id].remove(delay)
            if not self._waiting[delay.old.id]:
                del self._waiting[delay.old.id]
        for do in delay.then:
            do()

    def _task_changed(self, action: Action, task: Task) -> None:
        if task.id in self._waiting and (action == "remove" or task.ended):
            for delay in tuple(self._waiting[task.id]):
                self._old_task_ended(delay)

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node) and (action == "remove" or obj.state == "down"):
            for delays in tuple(self._waiting.values()):
                for delay in tuple(delays):
                    if delay.old is not None and delay.old.node_id == obj.id:
                        self._old_task_ended(delay)
