"""Looking at a swarm in the background, and keeping what was seen.

A look is kept only if something has changed since the one before. While things change the recorder looks
often, else seldom; a command of one's own wakes it at once.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self, TypeVar

from . import docker_commands
from .records import Node, Observation, Service, Task

BUSY_PAUSE_SECONDS = 0.1  # seconds between looks while things change: SwarmKit stores task states every 0.1 s
IDLE_PAUSE_SECONDS = 1.0  # seconds between looks when nothing does, or more where a look is dear:
IDLE_MAX_CPU_SHARE = 0.005  # of a processor core, which an idle recorder takes at most
CALM_SECONDS = 5.0  # seconds without a change after which nothing is taken to change: an update pauses that long
HISTORY_MAX_ENTRIES = (
    10_000  # observations, and commands, at most; what is older is forgotten. A quarter of an hour of change
)

Part = TypeVar("Part", Node, Service, Task)


class Observable(Protocol):
    """What can be recorded: a `Swarm`, or anything else that can be observed."""

    def observe(self) -> Observation: ...


class NamedObservable(Observable, Protocol):
    """What can be recorded once for the whole process."""

    name: str


@dataclass(frozen=True)
class Gap:
    """From here on, until the next observation, no manager answered."""

    at: float  # seconds since the epoch
    error: str


class Pace:
    """When to look again. The clock is a parameter so that a test can hold it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last_change = -CALM_SECONDS

    def note_change(self) -> None:
        """Something has changed, or is about to."""
        self._last_change = self._clock()

    def pause(self, cost: float) -> float:
        """Seconds until the next look, after one that took `cost` seconds of a processor."""
        return (
            BUSY_PAUSE_SECONDS
            if self._clock() - self._last_change < CALM_SECONDS
            else max(IDLE_PAUSE_SECONDS, cost / IDLE_MAX_CPU_SHARE)
        )


class Recorder:
    """Keeps what happens in a swarm between `start()` and `stop()`, or inside a `with` block.

    The newest `HISTORY_MAX_ENTRIES` observations and commands, that is: an hour of a busy swarm is not kept whole.
    """

    def __init__(self, swarm: Observable, pace: Pace | None = None) -> None:
        self._swarm = swarm
        self._pace = pace or Pace()
        self._history: deque[Observation | Gap] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._markers: deque[docker_commands.Command] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._count = 0  # of observations and commands ever kept
        self._lock = threading.Condition()
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
    def markers(self) -> tuple[docker_commands.Command, ...]:
        """The commands this process gave meanwhile, in the order of time."""
        with self._lock:
            return tuple(self._markers)

    def look_through(self, swarm: Observable) -> None:
        """From the next look on it is this handle of the swarm that is asked."""
        self._swarm = swarm

    def start(self) -> None:
        """It records. Nothing happens if it does already."""
        if self._thread:
            return
        self._stopping.clear()
        self._pace.note_change()
        self._stop_listening = docker_commands.listen(self._mark)
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

    def wait(self, seen: int, timeout: float | None = None, ended: threading.Event | None = None) -> int:
        """How many observations and commands were ever kept, once that is more than `seen`.

        Waits for that at most `timeout` seconds, and not if `ended` is set nor beyond the next `wake()`: the
        answer may be `seen`. Who sets `ended` calls `wake()` afterwards.
        """
        with self._lock:
            # Looked at under the lock: a wake() that came between the look and the wait would be lost.
            if self._count <= seen and not (ended and ended.is_set()):
                self._lock.wait(timeout)
            return self._count

    def wake(self) -> None:
        """Whoever is in `wait()` goes on."""
        with self._lock:
            self._lock.notify_all()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def look(self) -> None:
        """One look has been taken, and kept if it shows a change."""
        try:
            seen: Observation | Gap = self._swarm.observe()
        # Of whatever kind: a thread that printed it would write into some other cell of the notebook.
        except Exception as error:
            seen = Gap(time.time(), str(error))
        with self._lock:
            before = self._history[-1] if self._history else None
            if before is None or not _same(before, seen):
                self._history.append(_sharing(before, seen))
                self._pace.note_change()
                self._count += 1
                self._lock.notify_all()

    def _mark(self, command: docker_commands.Command) -> None:
        with self._lock:
            self._markers.append(command)
            self._count += 1
            self._lock.notify_all()
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


def _sharing(before: Observation | Gap | None, now: Observation | Gap) -> Observation | Gap:
    """The observation, in which whatever has not changed is the very object it was before: it costs no memory."""
    if not isinstance(before, Observation) or not isinstance(now, Observation):
        return now
    return Observation(
        now.at,
        _shared(before.nodes, now.nodes),
        _shared(before.services, now.services),
        _shared(before.tasks, now.tasks),
    )


def _shared(before: tuple[Part, ...], now: tuple[Part, ...]) -> tuple[Part, ...]:
    if before == now:
        return before
    known = {part.id: part for part in before}
    return tuple(known[part.id] if part == known.get(part.id) else part for part in now)


_recorders: dict[str, Recorder] = {}
_choosing = threading.Lock()


def shared(swarm: NamedObservable) -> Recorder:
    """The one recorder of that swarm in this process, started. It looks through the `swarm` given last."""
    with _choosing:
        recorder = _recorders.setdefault(swarm.name, Recorder(swarm))
        recorder.look_through(swarm)
        recorder.start()
    return recorder


def seen(name: str) -> tuple[Observation, ...]:
    """What the shared recorder of the swarm of that name has seen, if there is one; none is started for it."""
    known = _recorders.get(name)
    return tuple(entry for entry in known.history if isinstance(entry, Observation)) if known else ()
