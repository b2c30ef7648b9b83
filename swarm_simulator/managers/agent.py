"""The agent of one machine: takes the tasks its node is given, has them run, and reports.

Follows SwarmKit's agent (agent/agent.go, agent/worker.go, agent/task.go) and its controller (agent/exec/controller.go,
Do). What a container is, the agent leaves to the machine's executor.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ..clock import Clock
from ..objects import State, Task


class Executor(Protocol):
    """What an agent asks of its engine. It answers through the functions it is given, once each and later in
    simulated time, and never writes to the task: that belongs to the managers."""

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        """The task's image is there and its container is created: `done` with the container's id. Or `failed` with the
        engine's error, such as "No such image: x:1"."""

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        """The task's container is started: `done` with the process id once it runs (and is healthy, if it has a health
        check); `ended` with exit code and error once it ends by itself. `ended` without `done` is a start that failed:
        then an error is the engine's, whole; otherwise it is what follows the exit code ("dockerexec: unhealthy
        container") or empty."""

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        """A start that is under way is called off. A container that runs leaves its networks (2 s, if the task is on an
        overlay network: moby, controller.go, Shutdown), gets its stop signal, and after the grace period is killed:
        `stopped` with the exit code once it has ended (at once, if it does not run). `ended` is not called any more."""

    def remove(self, task: Task) -> None:
        """The container is gone, whatever it was doing."""

    def found(self, task: Task) -> int | None:
        """After the engine has started anew: the exit code of the task's container if it had been started; None if it
        was only created."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an agent says of a task."""

    state: State
    message: str
    error: str
    at: float
    container_id: str
    pid: int
    exit_code: int


class Link(Protocol):
    """The way to the managers."""

    def report(self, agent: "Agent", task_id: str) -> None:
        """There is something new to say of that task. If the managers cannot be reached now, they ask when they can."""

    def machine_changed(self, agent: "Agent") -> None:
        """The machine may be reachable now, or not any more."""


class Work:
    """One task in its agent's hands."""

    __slots__ = ("container_id", "desired", "era", "error", "exit_code", "message", "pid", "since", "state", "stopping",
                 "task")  # fmt: skip

    def __init__(self, task: Task, now: float) -> None:
        self.task, self.desired = task, task.desired
        self.state, self.message, self.error, self.since = State.ASSIGNED, task.message, "", now
        self.container_id, self.pid, self.exit_code = "", 0, 0
        self.stopping = False
        self.era = 0  # what was asked of the engine in an earlier one has no answer any more


class Agent:
    """One machine's part in the swarm. The machine says what becomes of it: `off`, `on`, `freeze`, `thaw`,
    `disconnect`, `reconnect`."""

    def __init__(self, clock: Clock, executor: Executor) -> None:
        self.clock, self.executor = clock, executor
        self.running = True  # the engine has started, and has not been ended
        self.frozen = False  # the machine is paused: nothing in it goes on
        self.networked = True  # the machine is on the network
        self.node_id = ""
        self.link: Link | None = None  # set when it joins a swarm
        self._work: dict[str, Work] = {}  # by task id
        self._held: list[Callable[[], None]] = []  # what the engine said while the machine was paused

    @property
    def awake(self) -> bool:
        """Whether the machine does anything."""
        return self.running and not self.frozen

    @property
    def connected(self) -> bool:
        """Whether other machines hear of it."""
        return self.awake and self.networked

    # What becomes of the machine

    def off(self) -> None:
        """The engine has ended, however that came about, and every container with it."""
        self.running, self.frozen = False, False
        self._held.clear()
        for work in self._work.values():
            work.era += 1
            work.stopping = False
        self._changed()

    def on(self) -> None:
        """The engine has started again and knows its tasks; their containers have ended meanwhile."""
        self.running = True
        for work in list(self._work.values()):
            if work.state <= State.RUNNING:
                self._resume(work)
        self._changed()

    def freeze(self) -> None:
        """The machine is paused. Its containers are too: that is the machine's part."""
        self.frozen = True
        self._changed()

    def thaw(self) -> None:
        """The machine goes on."""
        self.frozen = False
        held, self._held = self._held, []
        for do in held:
            do()
        self._changed()

    def disconnect(self) -> None:
        """The machine is off the network; all in it goes on."""
        self.networked = False
        self._changed()

    def reconnect(self) -> None:
        """The machine is on the network again."""
        self.networked = True
        self._changed()

    def _changed(self) -> None:
        if self.link is not None:
            self.link.machine_changed(self)

    # What the managers want

    def assign(self, tasks: Iterable[tuple[Task, State]], removed: Iterable[str] = (), complete: bool = False) -> None:
        """The tasks, with what is desired of each now; `complete`: there are no others."""
        wanted = dict.fromkeys(removed, False)
        given = set()
        for task, desired in tasks:
            given.add(task.id)
            work = self._work.get(task.id)
            if work is None:
                if task.ended:
                    continue
                work = self._work[task.id] = Work(task, self.clock.now)
            work.desired = desired
            self._step(work)
        if complete:
            wanted |= dict.fromkeys(self._work.keys() - given, False)
        for task_id in wanted:
            if work := self._work.pop(task_id, None):
                work.era += 1
                self.executor.remove(work.task)

    def tasks(self) -> list[str]:
        """The ids of the tasks it has something to say of: a new session begins with it."""
        return [task_id for task_id, work in self._work.items() if work.state > State.ASSIGNED]

    def report(self, task_id: str) -> Report | None:
        """What it says of the task now; None if it has it no more."""
        work = self._work.get(task_id)
        if work is None:
            return None
        return Report(work.state, work.message, work.error, work.since, work.container_id, work.pid, work.exit_code)

    # What is done for it: SwarmKit's Do, one step after the other

    def _step(self, work: Work) -> None:
        if not self.awake or work.state > State.RUNNING:
            return
        if work.desired >= State.SHUTDOWN:
            self._stop(work)
        elif work.state == State.ASSIGNED:
            self._say(work, State.ACCEPTED, "accepted")
            self._say(work, State.PREPARING, "preparing")
            prepared = self._answer(work, self._prepared)
            self.executor.prepare(
                work.task,
                lambda container_id: self._created(work, prepared, container_id),
                self._answer(work, self._rejected),
            )
        elif work.state == State.READY and work.desired > State.READY:
            self._say(work, State.STARTING, "starting")
            self.executor.start(work.task, self._answer(work, self._started), self._answer(work, self._ended))

    def _stop(self, work: Work) -> None:
        if work.stopping:
            return
        work.stopping = True
        work.era += 1  # whatever was going on does not matter any more
        if work.container_id:
            self.executor.stop(work.task, self._answer(work, self._stopped))
        else:
            self._say(work, State.SHUTDOWN, "shutdown")

    def _answer(self, work: Work, do: Callable[..., None]) -> Callable[..., None]:
        """What the engine calls when it has done something for the task, unless that is of no matter any more."""
        era = work.era

        def answer(*said: object) -> None:
            if work.era != era:
                return
            if self.frozen:
                self._held.append(lambda: answer(*said))
            else:
                do(work, *said)

        return answer

    def _created(self, work: Work, prepared: Callable[[str], None], container_id: str) -> None:
        """There is a container; if the task was taken away meanwhile, nobody else would remove it."""
        if self._work.get(work.task.id) is work:
            prepared(container_id)
        else:
            self.executor.remove(work.task)

    def _prepared(self, work: Work, container_id: str) -> None:
        work.container_id = container_id
        self._say(work, State.READY, "prepared")
        self._step(work)

    def _rejected(self, work: Work, error: str) -> None:
        self._say(work, State.REJECTED, work.message, error)

    def _started(self, work: Work, pid: int) -> None:
        work.pid = pid
        self._say(work, State.RUNNING, "started")

    def _ended(self, work: Work, code: int, error: str) -> None:
        started = work.state == State.RUNNING
        work.exit_code, work.pid = code, 0
        if started and code == 0 and not error:
            self._say(work, State.COMPLETE, "finished")
        elif started or not error:
            self._say(work, State.FAILED, work.message, f"task: non-zero exit ({code})" + (error and f": {error}"))
        else:
            self._say(work, State.FAILED, work.message, error)

    def _stopped(self, work: Work, code: int) -> None:
        work.exit_code, work.pid = code, 0
        self._say(work, State.SHUTDOWN, "shutdown")

    def _resume(self, work: Work) -> None:
        """After the engine's restart: what ran has ended, what was to be run is."""
        code = self.executor.found(work.task) if work.container_id else None
        if work.state <= State.PREPARING:
            work.state = State.ASSIGNED
        elif work.state == State.STARTING and code is None:
            work.state = State.READY
        if work.state <= State.READY:
            self._step(work)
        elif work.desired >= State.SHUTDOWN:
            self._stopped(work, code or 0)
        elif code is None:
            self._say(work, State.FAILED, work.message, f"No such container: {work.container_id}")
        else:
            work.state = State.RUNNING
            self._ended(work, code, "")

    def _say(self, work: Work, state: State, message: str, error: str = "") -> None:
        work.state, work.message, work.error, work.since = state, message, error, self.clock.now
        if self.link is not None:
            self.link.report(self, work.task.id)
