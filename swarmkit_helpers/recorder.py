"""Looking at a swarm in the background, and keeping what was seen.

A look is kept only if something has changed since the one before. While things change the recorder looks
often, else seldom; a command of one's own wakes it at once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from . import announce
from .records import Observation

QUICK = 0.1  # seconds between looks while things change: SwarmKit stores task states every 0.1 s
IDLE = 1.0  # seconds between looks when nothing does, or more where a look is dear:
SHARE = 0.005  # of a processor core, which an idle recorder takes at most
CALM = 5.0  # seconds without a change after which nothing is taken to change: an update pauses that long


class Observable(Protocol):
    """What can be recorded: a `Swarm`, or anything else that can be observed."""

    def observe(self) -> Observation: ...


@dataclass(frozen=True)
class Gap:
    """From here on, until the next observation, no manager answered."""

    at: float  # seconds since the epoch
    error: str


class Pace:
    """When to look again. The clock is a parameter so that a test can hold it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_change = -CALM

    def note_change(self) -> None:
        """Something has changed, or is about to."""
        self._last_change = self._clock()

    def pause(self, cost: float) -> float:
        """Seconds until the next look, after one that took `cost` seconds of a processor."""
        return QUICK if self._clock() - self._last_change < CALM else max(IDLE, cost / SHARE)


class Recorder:
    """Keeps what happens in a swarm between `start()` and `stop()`, or inside a `with` block."""

    def __init__(self, swarm: Observable, pace: Pace | None = None) -> None:
        self._swarm = swarm
        self._pace = pace or Pace()
        self._history: list[Observation | Gap] = []
        self._markers: list[announce.Command] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._stop_listening: Callable[[], None] | None = None

    @property
    def history(self) -> tuple[Observation | Gap, ...]:
        """What was seen so far, in the order of time."""
        with self._lock:
            return tuple(self._history)

    @property
    def markers(self) -> tuple[announce.Command, ...]:
        """The commands this process gave meanwhile, in the order of time."""
        with self._lock:
            return tuple(self._markers)

    def start(self) -> None:
        """It records. Nothing happens if it does already."""
        if self._thread:
            return
        self._stopping.clear()
        self._pace.note_change()
        self._stop_listening = announce.listen(self._mark)
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name="swarm-recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """It records no more, after one last look; what it has kept stays. Nothing happens if it did not."""
        if not self._thread:
            return
        self._stop_listening()
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._thread = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def look(self) -> None:
        """One look has been taken, and kept if it shows a change."""
        try:
            seen: Observation | Gap = self._swarm.observe()
        # Of whatever kind: a thread that printed it would write into some other cell of the notebook.
        except Exception as error:
            seen = Gap(time.time(), str(error))
        with self._lock:
            if not self._history or not _same(self._history[-1], seen):
                self._history.append(seen)
                self._pace.note_change()

    def _mark(self, command: announce.Command) -> None:
        with self._lock:
            self._markers.append(command)
        self._pace.note_change()
        self._wake.set()

    def _run(self) -> None:
        # Not a wait for some condition, as `waiting` has it: this pause is the recorder's timetable, and the
        # event cuts it short.
        last = False
        while not last:
            last = self._stopping.is_set()
            self._wake.clear()
            before = time.thread_time()
            self.look()
            if not last and not self._stopping.is_set():
                self._wake.wait(self._pace.pause(time.thread_time() - before))


def _same(before: Observation | Gap, now: Observation | Gap) -> bool:
    """Whether nothing but the time differs. Being away is one state, whatever the words for it."""
    if isinstance(before, Gap) or isinstance(now, Gap):
        return isinstance(before, Gap) and isinstance(now, Gap)
    return (before.tasks, before.services, before.nodes) == (now.tasks, now.services, now.nodes)
