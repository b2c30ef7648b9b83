"""How often a recorder looks: often while the swarm changes, and rarely when it is idle."""

import os
import time
from collections.abc import Callable

BUSY_PAUSE_VARIABLE = "SWARMLAB_LOOK_SECONDS"  # a kernel that is examined looks less often: it is not believed
# Between looks while the swarm changes: SwarmKit stores task states every 0.1 s.
BUSY_PAUSE_SECONDS = float(os.environ.get(BUSY_PAUSE_VARIABLE, 0.1))
IDLE_PAUSE_SECONDS = 1.0  # between looks when nothing changes; more where a look takes much processor time
IDLE_MAX_CPU_SHARE = 0.005  # of a processor core; an idle recorder uses no more
CALM_SECONDS = 5.0  # without a change until the swarm counts as idle: a rolling update pauses that long


class Pace:
    """When to look again. The clock is a parameter so that a test can hold it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_change = -CALM_SECONDS

    def note_change(self) -> None:
        """Note that the swarm has changed, or is about to."""
        self._last_change = self._clock()

    def pause(self, cost: float) -> float:
        """Seconds until the next look, after one that took `cost` seconds of a processor."""
        return (
            BUSY_PAUSE_SECONDS
            if self._clock() - self._last_change < CALM_SECONDS
            else max(IDLE_PAUSE_SECONDS, cost / IDLE_MAX_CPU_SHARE)
        )
