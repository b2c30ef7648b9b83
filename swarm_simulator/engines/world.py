"""One simulation: the host's engine with all nodes, and the time there beside ours."""

import time
from collections.abc import Callable
from random import Random

from ..clock import Clock
from .host_engine import HostEngine

CATCH_UP_MAX_SECONDS = 0.1  # of our time that one catching up may take, since no request is answered meanwhile


class World:
    """All state of a simulation. A seed decides all that is random; the clock goes `speed` times as fast as ours."""

    def __init__(
        self,
        seed: int = 0,
        speed: float = 1.0,
        now: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """The simulation begins now. `now` gives seconds since the epoch, `monotonic` seconds that never go back."""
        self.speed, self.start = speed, now()
        self._monotonic, self._monotonic_start = monotonic, monotonic()
        self.clock = Clock(self.start)
        self.host = HostEngine(self.clock, Random(seed))

    def catch_up(self) -> None:
        """Advance the clock to where it should be by now, and do all that is due until then.

        If that takes too long, stop early, and let the time there go on from where it is.
        """
        began = self._monotonic()
        now = self.start + (began - self._monotonic_start) * self.speed
        while (due := self.clock.due()) is not None and due <= now:
            self.clock.advance(due)
            if self._monotonic() - began > CATCH_UP_MAX_SECONDS:
                self._monotonic_start = self._monotonic() - (self.clock.now - self.start) / self.speed
                return
        self.clock.advance(now)

    def simulated_time(self, moment: float) -> float:
        """A time that a client gave, as a time of the simulation; both in seconds since the epoch.

        A time up to now is read by our clock. A later one can only be a time of the simulation, from the engine.
        """
        elapsed = self._monotonic() - self._monotonic_start
        if self.start < moment <= self.start + elapsed:
            return self.start + (moment - self.start) * self.speed
        return moment

    def seconds_until_due(self) -> float | None:
        """Seconds of our time until something is due there; None if nothing is."""
        due = self.clock.due()
        if due is None:
            return None
        return max(0.0, self._monotonic_start + (due - self.start) / self.speed - self._monotonic())
