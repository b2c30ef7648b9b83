"""Whether processes that start are still at work, as far as this computer shows it."""

import os
import time
from collections.abc import Callable, Collection
from pathlib import Path

LOOK_SECONDS = 1  # between two looks, at least: on a slow computer a look costs, too
# Processor time that is work. In a minute an idle dockerd with its containerd uses 0.2 s (20.10.24).
WORK_SECONDS = 0.5


class Work:
    """The work of some processes: their log grows, or they use processor time. The clock is for tests."""

    def __init__(
        self, log: Path, processes: Callable[[], Collection[int]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._log, self._processes, self._clock = log, processes, clock
        self._size, self._used = -1, 0.0
        self._next = self._last = clock()

    def idle_seconds(self) -> float:
        """For how long there has been no sign of work."""
        now = self._clock()
        if now >= self._next:
            self._next = now + LOOK_SECONDS
            size = self._log.stat().st_size if self._log.exists() else 0
            used = sum(map(_processor_seconds, self._processes()))
            if size != self._size or abs(used - self._used) >= WORK_SECONDS:  # less: a process has ended
                self._size, self._used, self._last = size, used, now
        return now - self._last


def _processor_seconds(process: int) -> float:
    """The processor time that the process has used; 0 if it has just ended."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # proc(5): utime and stime
