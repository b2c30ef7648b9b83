"""The agent of one machine: takes the tasks its node is given, has them run, and reports.

Follows SwarmKit's agent (agent/agent.go, agent/worker.go) and its controller (agent/exec/controller.go, Do).
What a container is, the agent leaves to the machine's executor.
"""

from collections.abc import Callable
from typing import Protocol

from .clock import Clock
from .objects import Task


class Executor(Protocol):
    """What an agent asks of its engine. It answers through the functions it is given, once each and later in
    simulated time, and never writes to the task: that belongs to the managers."""

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        """The task's image is there and its container is created: `done` with the container's id. Or `failed` with the
        engine's error, such as "No such image: x:1"."""

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        """The task's container is started: `done` with the process id once it runs (and is healthy, if it has a health
        check); `ended` with exit code and error once it ends by itself. `ended` without `done` is a start that failed:
        then the error is the engine's, whole; otherwise it is what follows the exit code ("dockerexec: unhealthy
        container") or empty."""

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        """The container gets its stop signal, after the grace period it is killed: `stopped` with the exit code once it
        has ended. `ended` is not called any more."""

    def remove(self, task: Task) -> None:
        """The container is gone, whatever it was doing."""

    def found(self, task: Task) -> int | None:
        """After the engine has started anew: the exit code of the task's container if it has run; None if it was
        created and never started."""


class Agent:
    """One machine's part in the swarm. The machine says what becomes of it: `off`, `on`, `freeze`, `thaw`,
    `disconnect`, `reconnect`."""

    def __init__(self, clock: Clock, executor: Executor) -> None:
        self.clock, self.executor = clock, executor
        self.running = True  # the engine has started, and has not been ended
        self.frozen = False  # the machine is paused: nothing in it goes on
        self.networked = True  # the machine is on the network

    @property
    def connected(self) -> bool:
        """Whether other machines hear of it."""
        return self.running and not self.frozen and self.networked

    def off(self) -> None:
        """The engine has ended, however that came about, and every container with it."""

    def on(self) -> None:
        """The engine has started again and knows its tasks; their containers have ended meanwhile."""

    def freeze(self) -> None:
        """The machine is paused. Its containers are too: that is the machine's part."""

    def thaw(self) -> None:
        """The machine goes on."""

    def disconnect(self) -> None:
        """The machine is off the network; all in it goes on."""

    def reconnect(self) -> None:
        """The machine is on the network again."""
