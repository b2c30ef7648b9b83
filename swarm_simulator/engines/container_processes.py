"""The processes of an engine's containers: their start, pause and end (moby, daemon/{start,stop,kill,pause}.go)."""

import itertools
from collections.abc import Callable
from random import Random
from typing import Protocol

from ..clock import Clock
from ..errors import ApiError
from .container import SIGNALS, Container, published_ports, signal_name
from .container_output import ContainerOutput
from .events import Events

KILLED_EXIT_CODE = 137  # of a process that SIGKILL ended
FIRST_FREE_PORT = 32768  # of those that a host gives out
UNSTARTED_EXIT_CODE = 128  # of a container that the engine could not start
STOP_SECONDS = 10.0  # until a process that ignores its stop signal is killed (docker stop)
RESTART_SECONDS = 0.1  # until a container is restarted (moby, daemon/internal/restartmanager, defaultTimeout)
_ENDING_SIGNALS = {"TERM", "INT", "QUIT"}  # a program may end in order on these
_CONDITIONS = ("not-running", "next-exit", "removed")  # that a client can wait for


class ProcessEngine(Protocol):
    """What the processes of containers ask of their engine."""

    clock: Clock
    random: Random
    alive: bool
    events: Events

    def stop_outcome(self, container: Container) -> tuple[float, int] | None:
        """The seconds it takes to end on its stop signal, and its exit code then; None if it ignores the signal."""

    def join_networks(self, container: Container) -> None:
        """Let the container join the networks of its settings, unless it has. Raises `ApiError`."""

    def on_start(self, container: Container) -> None:
        """Follow the start of a container."""

    def on_end(self, container: Container) -> None:
        """Follow the end of a container."""

    def on_pause(self, container: Container) -> None:
        """Follow the pause of a container."""

    def on_unpause(self, container: Container) -> None:
        """Follow the end of a pause."""


class ContainerProcesses:
    """Starts, pauses and ends what containers run. A process is a timer, for it does nothing."""

    def __init__(self, engine: ProcessEngine) -> None:
        self._engine = engine
        self._clock, self._random = engine.clock, engine.random
        self._free_ports = itertools.count(FIRST_FREE_PORT)
        self._output = ContainerOutput(self._clock, self.write)

    def start(self, container: Container) -> bool:
        """Start its process; False if it runs already. Raises `ApiError` for a command that is not there."""
        if container.state == "paused":
            raise ApiError(409, "cannot start a paused container, try unpause instead")
        if container.state == "running":
            return False
        container.stop_requested, container.error = False, ""
        if problem := container.behaviour.error:
            container.exit_code, container.error = 127, problem
            container.state, container.finished = "created" if not container.started else "exited", self._clock.now
            for listener in [*container.listeners]:
                listener(0, b"")
            if container.host_config.get("AutoRemove"):
                self.remove(container, volumes=True)
            raise ApiError(400, problem)
        try:
            self._engine.join_networks(container)
        except ApiError as error:
            container.exit_code, container.error = UNSTARTED_EXIT_CODE, error.message
            raise
        container.state, container.started, container.finished = "running", self._clock.now, 0.0
        container.restarting = False
        exposed = container.config.get("ExposedPorts") or ()
        container.published = published_ports(container.host_config, exposed, self._free_ports)
        container.exit_code, container.pid = 0, self._random.randrange(1000, 32768)
        self.log_event(container, "start")
        self._output.start(container)
        if container.behaviour.seconds is not None:
            self._end_after(container, container.behaviour.seconds, container.behaviour.exit_code)
        self._engine.on_start(container)
        return True

    def write(self, container: Container, stream: int, line: bytes) -> None:
        """Add a line to its log, and pass it to all listeners."""
        container.log.append((self._clock.now, stream, line))
        for listener in [*container.listeners]:
            listener(stream, line)

    def end(self, container: Container, exit_code: int, quiet: bool = False) -> None:
        """End its process, if there is one; with `quiet` without an event. Then its restart policy decides."""
        if not container.running:
            return
        if container.end_timer:
            container.end_timer.cancel()
            container.end_timer = None
        container.frozen_end = None
        container.state, container.exit_code, container.pid = "exited", exit_code, 0
        container.finished = self._clock.now
        if not quiet:
            self.log_event(container, "die", exitCode=str(exit_code))
        for listener in [*container.listeners]:
            listener(0, b"")
        self._notify_waiters(container, ("not-running", "next-exit"))
        self._engine.on_end(container)
        if container.host_config.get("AutoRemove") and not container.removed:
            self.remove(container, volumes=True)
        elif not container.stop_requested and self._restarts(container):
            container.restarts += 1
            container.restarting = True
            self._clock.after(RESTART_SECONDS, lambda: self._restart(container))

    def _end_after(self, container: Container, seconds: float, exit_code: int) -> None:
        container.end_timer = self._clock.after(seconds, lambda: self.end(container, exit_code))

    def _restarts(self, container: Container) -> bool:
        """Whether its restart policy restarts it."""
        policy = container.host_config.get("RestartPolicy") or {}
        name, max_retries = policy.get("Name"), policy.get("MaximumRetryCount") or 0
        return name in ("always", "unless-stopped") or (
            name == "on-failure" and container.exit_code != 0 and (not max_retries or container.restarts < max_retries)
        )

    def _restart(self, container: Container) -> None:
        if container.restarting and not container.removed and not container.running and self._engine.alive:
            self.start(container)

    def stop(
        self, container: Container, grace: float | None = None, done: Callable[[], None] = lambda: None
    ) -> float | None:
        """Send its stop signal, and kill it after so many seconds; call `done` once it has ended.

        Return after how many seconds it will end; None if it does not run.
        """
        if container.restarting:
            container.restarting, container.stop_requested = False, True
            done()
            return 0.0
        if not container.running:
            return None
        container.stop_requested = True
        signal = signal_name(container.config.get("StopSignal") or "TERM")
        self.log_event(container, "kill", signal=str(SIGNALS[signal]))
        if grace is None:
            grace = container.config.get("StopTimeout") or STOP_SECONDS
        outcome = None
        if signal == "KILL":
            outcome = (0.0, KILLED_EXIT_CODE)
        elif signal in _ENDING_SIGNALS:
            outcome = self._engine.stop_outcome(container)
        seconds, code = (grace, KILLED_EXIT_CODE) if outcome is None or outcome[0] > grace >= 0 else outcome

        def ended(_: int) -> None:
            self.log_event(container, "stop")
            done()

        container.waiters.append(("next-exit", ended))
        if container.end_timer:
            container.end_timer.cancel()
        self._end_after(container, seconds, code)
        return seconds

    def kill(self, container: Container, signal: str = "KILL") -> None:
        """Send it a signal. Raises `ApiError` if it does not run, or for an unknown signal."""
        name = signal_name(signal)
        if not container.running:
            raise ApiError(409, f"cannot kill container: {container.id}: container {container.id} is not running")
        self.log_event(container, "kill", signal=str(SIGNALS[name]))
        if name == "KILL":
            container.stop_requested = True
            self.end(container, KILLED_EXIT_CODE)
        elif name in _ENDING_SIGNALS and (outcome := self._engine.stop_outcome(container)):
            self._end_after(container, *outcome)

    def pause(self, container: Container) -> None:
        """Pause its process. Raises `ApiError` 409 if it does not run."""
        if container.state != "running":
            problem = "already paused" if container.state == "paused" else "not running"
            raise ApiError(409, f"container {container.id} is {problem}")
        container.state = "paused"
        self.freeze(container)
        self.log_event(container, "pause")
        self._engine.on_pause(container)

    def unpause(self, container: Container) -> None:
        """Let its process go on. Raises `ApiError` 409 if it is not paused."""
        if container.state != "paused":
            raise ApiError(409, f"container {container.id} is not paused")
        container.state = "running"
        self.thaw(container)
        self.log_event(container, "unpause")
        self._engine.on_unpause(container)

    def freeze(self, container: Container) -> None:
        """Stop the timer of its end, and remember what is left."""
        if container.end_timer:
            container.frozen_end = (container.end_timer.due - self._clock.now, container.end_timer.do)
            container.end_timer.cancel()
            container.end_timer = None

    def thaw(self, container: Container) -> None:
        """Start the timer of its end again."""
        if container.frozen_end:
            seconds, end = container.frozen_end
            container.frozen_end = None
            if end:
                container.end_timer = self._clock.after(seconds, end)

    def remove(self, container: Container, force: bool = False, volumes: bool = False) -> None:
        """Remove the container and all that refers to it: `Containers` does that."""
        raise NotImplementedError

    def wait(self, container: Container, condition: str, notify: Callable[[int], None]) -> None:
        """Call `notify` with the exit code once it is "not-running", at its "next-exit", or once it is "removed".

        Raises `ApiError` 400 for another condition.
        """
        condition = condition or "not-running"
        if condition not in _CONDITIONS:
            raise ApiError(400, f'invalid condition: "{condition}"')
        if condition == "not-running" and not container.running:
            notify(container.exit_code)
        else:
            container.waiters.append((condition, notify))

    def _notify_waiters(self, container: Container, conditions: tuple[str, ...]) -> None:
        ready = [notify for condition, notify in container.waiters if condition in conditions]
        container.waiters = [waiter for waiter in container.waiters if waiter[0] not in conditions]
        for notify in ready:
            notify(container.exit_code)

    def log_event(self, container: Container, action: str, **attributes: str) -> None:
        """Log an event of the container (moby, LogContainerEventWithAttributes)."""
        self._engine.events.log(
            "container",
            action,
            container.id,
            {**container.labels, **attributes, "image": container.image, "name": container.name},
        )
