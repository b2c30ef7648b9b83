"""What a container writes, each line at its time, for as long as it runs."""

from collections.abc import Callable, Sequence
from functools import partial
from time import gmtime, strftime

from ..clock import Clock
from .command_behaviour import DATE, HOSTNAME, Said
from .container import Container

MOST_LINES = 10_000  # after which a container goes round in silence
DATE_FORMAT = "%a %b %e %H:%M:%S UTC %Y"  # of busybox


class Output:
    """Has containers write what their behaviour says."""

    def __init__(self, clock: Clock, write: Callable[[Container, int, bytes], None]) -> None:
        self._clock, self._write = clock, write

    def begin(self, container: Container) -> None:
        """The container has just been started."""
        self._say(container, container.behaviour.output)
        if container.behaviour.rounds:
            self._in(container.behaviour.first, container, self._go_round)

    def _go_round(self, container: Container) -> None:
        self._say(container, container.behaviour.rounds)
        if len(container.log) < MOST_LINES:
            self._in(container.behaviour.period, container, self._go_round)

    def _say(self, container: Container, output: Sequence[Said]) -> None:
        for said in output:
            line = partial(self._line, said=said)
            if said.at:
                self._in(said.at, container, line)
            else:
                line(container)

    def _line(self, container: Container, said: Said) -> None:
        if container.state != "running":
            return  # it stands still
        name = container.config["Hostname"].encode(errors="replace")
        date = strftime(DATE_FORMAT, gmtime(self._clock.now)).encode()
        self._write(container, said.stream, said.line.replace(HOSTNAME.encode(), name).replace(DATE.encode(), date))

    def _in(self, seconds: float, container: Container, do: Callable[[Container], None]) -> None:
        """Do it after so many seconds, unless the container has ended until then."""
        start = container.started
        self._clock.after(seconds, lambda: do(container) if container.running and container.started == start else None)
