"""The output of containers: each line is written at its time, while the container runs."""

from collections.abc import Callable, Sequence
from functools import partial
from time import gmtime, strftime

from ..clock import Clock
from .command_behaviour import DATE, OutputLine
from .command_context import HOSTNAME
from .container import Container

MAX_LOOP_LINES = 10_000  # of a container's log, after which its endless loop writes nothing more
DATE_FORMAT = "%a %b %e %H:%M:%S UTC %Y"  # of busybox


class ContainerOutput:
    """Writes the output that a container's behaviour has."""

    def __init__(self, clock: Clock, write: Callable[[Container, int, bytes], None]) -> None:
        self._clock, self._write = clock, write

    def start(self, container: Container) -> None:
        """Plan the output of a container that has just been started."""
        self._plan(container, container.behaviour.output)
        if container.behaviour.loop_output:
            self._after(container.behaviour.loop_after, container, self._start_round)

    def _start_round(self, container: Container) -> None:
        self._plan(container, container.behaviour.loop_output)
        if len(container.log) < MAX_LOOP_LINES:
            self._after(container.behaviour.loop_seconds, container, self._start_round)

    def _plan(self, container: Container, output: Sequence[OutputLine]) -> None:
        for line in output:
            write = partial(self._write_line, line=line)
            if line.at:
                self._after(line.at, container, write)
            else:
                write(container)

    def _write_line(self, container: Container, line: OutputLine) -> None:
        if container.state != "running":
            return  # it is paused
        name = container.config["Hostname"].encode(errors="replace")
        date = strftime(DATE_FORMAT, gmtime(self._clock.now)).encode()
        self._write(container, line.stream, line.text.replace(HOSTNAME.encode(), name).replace(DATE.encode(), date))

    def _after(self, seconds: float, container: Container, do: Callable[[Container], None]) -> None:
        """Do it after so many seconds, unless the container has ended by then."""
        start = container.started
        self._clock.after(seconds, lambda: do(container) if container.running and container.started == start else None)
