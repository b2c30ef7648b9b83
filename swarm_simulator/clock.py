"""Simulated time and its timers.

Nothing here reads the real time: the owner of the clock says how far to go. Timers that are due at the same moment
run in the order in which they were set, so that runs with the same seed are equal.
"""

import heapq
import itertools
from collections.abc import Callable


class Timer:
    """A call to make at a moment, unless it is cancelled."""

    __slots__ = ("do", "due")

    def __init__(self, due: float, do: Callable[[], None]) -> None:
        self.due = due  # simulated seconds since the epoch
        self.do: Callable[[], None] | None = do

    def cancel(self) -> None:
        """Prevent the call."""
        self.do = None


class Clock:
    """The present moment, and the timers that wait for later ones."""

    def __init__(self, now: float) -> None:
        self.now = now  # simulated seconds since the epoch
        self._timers: list[tuple[float, int, Timer]] = []
        self._numbers = itertools.count()

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call `do` after that many simulated seconds; with 0, after all that is due now already."""
        timer = Timer(self.now + seconds, do)
        heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        return timer

    def due(self) -> float | None:
        """The moment of the next timer, if there is one."""
        while self._timers and self._timers[0][2].do is None:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def advance(self, to: float) -> None:
        """Run all timers that are due until that moment, in order, and make it the present. Time never goes back."""
        while (due := self.due()) is not None and due <= to:
            timer = heapq.heappop(self._timers)[2]
            self.now = max(self.now, due)
            do, timer.do = timer.do, None
            if do is not None:
                do()
        self.now = max(self.now, to)
