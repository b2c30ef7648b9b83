"""One simulated laptop with all its machines, and the time that passes there."""

import time
from collections.abc import Callable
from random import Random

from ..clock import Clock
from .host_engine import HostEngine

LONGEST = 0.1  # seconds of ours that nobody is answered because time passes there


class World:
    """All state of a simulation. A seed decides what is chance in it; time goes `speed` times as fast as ours.

    The state itself knows nothing of our time: `catch_up` says that some has passed.
    """

    def __init__(
        self,
        seed: int = 0,
        speed: float = 1.0,
        now: Callable[[], float] = time.time,
        passed: Callable[[], float] = time.monotonic,
    ) -> None:
        """It begins now, as `now` tells in seconds since the epoch; `passed` tells seconds that never go back."""
        self.speed, self.born = speed, now()
        self._passed, self._began = passed, passed()
        self.clock = Clock(self.born)
        self.host = HostEngine(self.clock, Random(seed))

    def catch_up(self) -> None:
        """It is as late there as it should be, and all that was due has happened.

        Where that is more than can be done in time, time there goes slower: it goes on from where it has come.
        """
        start = self._passed()
        now = self.born + (start - self._began) * self.speed
        while (due := self.clock.due()) is not None and due <= now:
            self.clock.advance(due)
            if self._passed() - start > LONGEST:
                self._began = self._passed() - (self.clock.now - self.born) / self.speed
                return
        self.clock.advance(now)

    def moment(self, ours: float) -> float:
        """What a client calls `ours`, in seconds since the epoch, as a moment there: by our clock, as far as it has
        come; a later one can only be what the engine has said itself."""
        elapsed = self._passed() - self._began
        return self.born + (ours - self.born) * self.speed if self.born < ours <= self.born + elapsed else ours

    def wait(self) -> float | None:
        """Seconds of ours until something is due there; None if nothing is."""
        due = self.clock.due()
        if due is None:
            return None
        return max(0.0, self._began + (due - self.born) / self.speed - self._passed())
