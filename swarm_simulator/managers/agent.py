"""The agent of one node: it runs the tasks that the managers assign, and reports their states.

Follows SwarmKit's agent (agent/agent.go, agent/worker.go, agent/task.go) and its controller (agent/exec/controller.go,
Do). The agent leaves all that concerns containers to the executor of its engine.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ..clock import Clock
from ..objects import State, Task
from .executor import Executor


@dataclass(frozen=True, slots=True)
class TaskStatus:
    """The state of a task, as its agent reports it."""

    state: State
    message: str
    error: str
    at: float
    container_id: str
    pid: int
    exit_code: int


class DispatcherClient(Protocol):
    """An agent's connection to the managers."""

    def report(self, agent: "Agent", task_id: str) -> None:
        """Tell the managers that the task has a new state. If they cannot be reached now, they ask later."""

    def machine_changed(self, agent: "Agent") -> None:
        """Tell the managers that the node may have become reachable, or unreachable."""


class TaskManager:
    """One task on its node (SwarmKit: taskManager)."""

    __slots__ = ("attempt", "container_id", "desired", "error", "exit_code", "message", "pid", "since", "state",
                 "stopping", "task")  # fmt: skip

    def __init__(self, task: Task, now: float) -> None:
        self.task, self.desired = task, task.desired
        self.state, self.message, self.error, self.since = State.ASSIGNED, task.message, "", now
        self.container_id, self.pid, self.exit_code = "", 0, 0
        self.stopping = False
        self.attempt = 0  # raised by a stop or a restart: answers of the engine to earlier requests are ignored


class Agent:
    """The agent of one node.

    Its engine tells it what happens to the node: `off`, `on`, `freeze`, `thaw`, `disconnect`, `reconnect`.
    """

    def __init__(self, clock: Clock, executor: Executor) -> None:
        self.clock, self.executor = clock, executor
        self.running = True  # whether the engine runs
        self.frozen = False  # whether the node is paused, so that nothing on it goes on
        self.networked = True  # whether the node is on the network
        self.node_id = ""
        self.link: DispatcherClient | None = None  # set when it joins a swarm
        self._managers: dict[str, TaskManager] = {}  # by task id
        self._held_callbacks: list[Callable[[], None]] = []  # answers of the engine while the node was paused

    @property
    def awake(self) -> bool:
        """Whether the engine runs and the node is not paused."""
        return self.running and not self.frozen

    @property
    def connected(self) -> bool:
        """Whether other nodes can reach it."""
        return self.awake and self.networked

    # The node: power, pause, network

    def off(self) -> None:
        """End the engine, in whatever way, and with it every container."""
        self.running, self.frozen = False, False
        self._held_callbacks.clear()
        for manager in self._managers.values():
            manager.attempt += 1
            manager.stopping = False
        self._tell_link()

    def on(self) -> None:
        """Start the engine again. It knows its tasks; their containers have ended meanwhile."""
        self.running = True
        for manager in list(self._managers.values()):
            if manager.state <= State.RUNNING:
                self._resume(manager)
        self._tell_link()

    def restart(self) -> None:
        """End with all containers of tasks, and start again without them; the engine itself goes on."""
        self.off()
        for manager in self._managers.values():
            self.executor.remove(manager.task)
        self.on()

    def freeze(self) -> None:
        """Pause the node. Its engine pauses the containers."""
        self.frozen = True
        self._tell_link()

    def thaw(self) -> None:
        """Resume the node."""
        self.frozen = False
        held, self._held_callbacks = self._held_callbacks, []
        for do in held:
            do()
        self._tell_link()

    def disconnect(self) -> None:
        """Take the node off the network; everything on it goes on."""
        self.networked = False
        self._tell_link()

    def reconnect(self) -> None:
        """Put the node on the network again."""
        self.networked = True
        self._tell_link()

    def _tell_link(self) -> None:
        if self.link is not None:
            self.link.machine_changed(self)

    # Assignments

    def assign(self, tasks: Iterable[tuple[Task, State]], removed: Iterable[str] = (), complete: bool = False) -> None:
        """Take these tasks, each with its desired state; if `complete`, drop all others."""
        wanted = dict.fromkeys(removed, False)
        given = set()
        for task, desired in tasks:
            given.add(task.id)
            manager = self._managers.get(task.id)
            if manager is None:
                if task.ended:
                    continue
                manager = self._managers[task.id] = TaskManager(task, self.clock.now)
            manager.desired = desired
            self._step(manager)
        if complete:
            wanted |= dict.fromkeys(self._managers.keys() - given, False)
        for task_id in wanted:
            if manager := self._managers.pop(task_id, None):
                manager.attempt += 1
                self.executor.remove(manager.task)

    def tasks(self) -> list[str]:
        """The ids of the tasks with a state to report; a new session begins with these."""
        return [task_id for task_id, manager in self._managers.items() if manager.state > State.ASSIGNED]

    def report(self, task_id: str) -> TaskStatus | None:
        """The status of the task now; None if it is not on this node any more."""
        manager = self._managers.get(task_id)
        if manager is None:
            return None
        return TaskStatus(
            manager.state,
            manager.message,
            manager.error,
            manager.since,
            manager.container_id,
            manager.pid,
            manager.exit_code,
        )

    # The steps of a task (SwarmKit: Do)

    def _step(self, manager: TaskManager) -> None:
        if not self.awake or manager.state > State.RUNNING:
            return
        if manager.desired >= State.SHUTDOWN:
            self._stop(manager)
        elif manager.state == State.ASSIGNED:
            self._set_status(manager, State.ACCEPTED, "accepted")
            self._set_status(manager, State.PREPARING, "preparing")
            prepared = self._callback(manager, self._prepared)
            self.executor.prepare(
                manager.task,
                lambda container_id: self._created(manager, prepared, container_id),
                self._callback(manager, self._rejected),
            )
        elif manager.state == State.READY and manager.desired > State.READY:
            self._set_status(manager, State.STARTING, "starting")
            self.executor.start(
                manager.task, self._callback(manager, self._started), self._callback(manager, self._ended)
            )

    def _stop(self, manager: TaskManager) -> None:
        if manager.stopping:
            return
        manager.stopping = True
        manager.attempt += 1  # ignore the answer to what was going on
        if manager.container_id:
            self.executor.stop(manager.task, self._callback(manager, self._stopped))
        else:
            self._set_status(manager, State.SHUTDOWN, "shutdown")

    def _callback(self, manager: TaskManager, do: Callable[..., None]) -> Callable[..., None]:
        """The function for the engine to call when it is done; after the task was stopped it does nothing."""
        attempt = manager.attempt

        def answer(*said: object) -> None:
            if manager.attempt != attempt:
                return
            if self.frozen:
                self._held_callbacks.append(lambda: answer(*said))
            else:
                do(manager, *said)

        return answer

    def _created(self, manager: TaskManager, prepared: Callable[[str], None], container_id: str) -> None:
        """Note the new container; if the task was removed meanwhile, remove the container too."""
        if self._managers.get(manager.task.id) is manager:
            prepared(container_id)
        else:
            self.executor.remove(manager.task)

    def _prepared(self, manager: TaskManager, container_id: str) -> None:
        manager.container_id = container_id
        self._set_status(manager, State.READY, "prepared")
        self._step(manager)

    def _rejected(self, manager: TaskManager, error: str) -> None:
        self._set_status(manager, State.REJECTED, manager.message, error)

    def _started(self, manager: TaskManager, pid: int) -> None:
        manager.pid = pid
        self._set_status(manager, State.RUNNING, "started")

    def _ended(self, manager: TaskManager, code: int, error: str) -> None:
        started = manager.state == State.RUNNING
        manager.exit_code, manager.pid = code, 0
        if started and code == 0 and not error:
            self._set_status(manager, State.COMPLETE, "finished")
        elif started or not error:
            self._set_status(
                manager, State.FAILED, manager.message, f"task: non-zero exit ({code})" + (error and f": {error}")
            )
        else:
            self._set_status(manager, State.FAILED, manager.message, error)

    def _stopped(self, manager: TaskManager, code: int) -> None:
        manager.exit_code, manager.pid = code, 0
        self._set_status(manager, State.SHUTDOWN, "shutdown")

    def _resume(self, manager: TaskManager) -> None:
        """Note what has ended while the engine restarted, and go on with what is still to be run."""
        code = self.executor.exit_code(manager.task) if manager.container_id else None
        if manager.state <= State.PREPARING:
            manager.state = State.ASSIGNED
        elif manager.state == State.STARTING and code is None:
            manager.state = State.READY
        if manager.state <= State.READY:
            self._step(manager)
        elif manager.desired >= State.SHUTDOWN:
            self._stopped(manager, code or 0)
        elif code is None:
            self._set_status(
                manager, State.FAILED, manager.message, f"No such container: {self.executor.name(manager.task)}"
            )
        else:
            manager.state = State.RUNNING
            self._ended(manager, code, "")

    def _set_status(self, manager: TaskManager, state: State, message: str, error: str = "") -> None:
        manager.state, manager.message, manager.error, manager.since = state, message, error, self.clock.now
        if self.link is not None:
            self.link.report(self, manager.task.id)
