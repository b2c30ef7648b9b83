"""The interface between an agent and its engine (SwarmKit: agent/exec/executor.go, controller.go)."""

from collections.abc import Callable
from typing import Protocol

from ..objects import Task


class Executor(Protocol):
    """The part of an engine that runs the containers of tasks.

    It answers through the functions that it is given, once each and later in simulated time. It never writes to the
    task: that belongs to the managers.
    """

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        """Get the image and create the container.

        Call `done` with the container's id, or `failed` with the engine's error, such as "No such image: x:1".
        """

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        """Start the task's container.

        Call `done` with the process id once it runs (and is healthy, if it has a health check), and `ended` with
        the exit code and the error once it ends by itself. `ended` without `done` means that the start failed. Then
        the error is the engine's whole text; otherwise it follows the exit code ("dockerexec: unhealthy container")
        or is empty.
        """

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        """Stop the task's container, or cancel a start that is under way.

        A running container leaves its networks (2 s, if the task is on an overlay network: moby, controller.go,
        Shutdown), gets its stop signal, and is killed after the grace period. Call `stopped` with the exit code once
        it has ended (at once, if it does not run). Do not call `ended` any more.
        """

    def remove(self, task: Task) -> None:
        """Remove the container, whatever its state."""

    def name(self, task: Task) -> str:
        """The name of the task's container."""

    def exit_code(self, task: Task) -> int | None:
        """The exit code of the task's container after the engine has restarted; None if it was never started."""
