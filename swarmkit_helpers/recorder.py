"""Observe a swarm in the background, and keep its history.

An observation is kept only if it differs from the one before. The recorder looks often while the swarm changes,
and rarely when it is idle. A command of this process makes it look at once.
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

BUSY_PAUSE_SECONDS = 0.1  # between looks while the swarm changes: SwarmKit stores task states every 0.1 s
IDLE_PAUSE_SECONDS = 1.0  # between looks when nothing changes; more where a look takes much processor time
IDLE_MAX_CPU_SHARE = 0.005  # of a processor core; an idle recorder uses no more
CALM_SECONDS = 5.0  # without a change until the swarm counts as idle: a rolling update pauses that long
HISTORY_MAX_ENTRIES = 10_000  # observations, and as many commands: a quarter of an hour of constant change

Part = TypeVar("Part", Node, Service, Task)


class Observable(Protocol):
    """What can be recorded: a `Swarm`, or anything else that can be observed."""

    def observe(self) -> Observation: ...


class NamedObservable(Observable, Protocol):
    """What can be recorded once for the whole process."""

    name: str


@dataclass(frozen=True)
class Gap:
    """No manager answered, from this time until the next observation."""

    at: float  # seconds since the epoch
    error: str


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


class Recorder:
    """The history of a swarm between `start()` and `stop()`, or inside a `with` block.

    It keeps the newest `HISTORY_MAX_ENTRIES` observations and commands: of a busy swarm less than an hour.
    """

    def __init__(self, swarm: Observable, pace: Pace | None = None) -> None:
        self._swarm = swarm
        self._pace = pace or Pace()
        self._history: deque[Observation | Gap] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._markers: deque[docker_commands.Command] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._count = 0  # of all observations and commands that were ever kept
        self._lock = threading.Condition()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._stop_listening: Callable[[], None] = lambda: None

    @property
    def history(self) -> tuple[Observation | Gap, ...]:
        """The observations and gaps so far, in the order of time."""
        with self._lock:
            return tuple(self._history)

    @property
    def markers(self) -> tuple[docker_commands.Command, ...]:
        """The commands of this process while it recorded, in the order of time."""
        with self._lock:
            return tuple(self._markers)

    def look_through(self, swarm: Observable) -> None:
        """Observe the swarm through this object from the next look on."""
        self._swarm = swarm

    def start(self) -> None:
        """Start recording. Nothing happens if it records already."""
        if self._thread:
            return
        self._stopping.clear()
        self._pace.note_change()
        self._stop_listening = docker_commands.listen(self._mark)
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name="swarm-recorder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop recording after one last look; the history stays. Nothing happens if it does not record."""
        if not self._thread:
            return
        self._stop_listening()
        self._stopping.set()
        self._wake.set()
        self._thread.join()
        self._thread = None

    def wait(self, seen: int, timeout: float | None = None, ended: threading.Event | None = None) -> int:
        """Wait until more than `seen` observations and commands were ever kept, and return their number.

        It returns earlier after `timeout` seconds, at the next `wake()`, or if `ended` is set: then the number may
        still be `seen`. Call `wake()` after setting `ended`.
        """
        with self._lock:
            # Checked with the lock: else a wake() between the check and the wait would be lost.
            if self._count <= seen and not (ended and ended.is_set()):
                self._lock.wait(timeout)
            return self._count

    def wake(self) -> None:
        """Let all calls of `wait()` return."""
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
        """Observe the swarm once, and keep the observation if it differs from the one before."""
        try:
            seen: Observation | Gap = self._swarm.observe()
        # Any error becomes a gap: a thread that printed it would write into some other cell of the notebook.
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
        # Not `polling.wait_until`: this loop waits for no state, and the event ends its pause early.
        last = False
        while not last:
            last = self._stopping.is_set()
            self._wake.clear()
            before = time.thread_time()
            self.look()
            if not last and not self._stopping.is_set():
                self._wake.wait(self._pace.pause(time.thread_time() - before))


def _same(before: Observation | Gap, now: Observation | Gap) -> bool:
    """Whether only the time differs. Two gaps are the same, whatever their errors."""
    if isinstance(before, Gap) or isinstance(now, Gap):
        return isinstance(before, Gap) and isinstance(now, Gap)
    return (before.tasks, before.services, before.nodes) == (now.tasks, now.services, now.nodes)


def _sharing(before: Observation | Gap | None, now: Observation | Gap) -> Observation | Gap:
    """The observation, with the objects of the one before where they are equal, to save memory."""
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
_recorders_lock = threading.Lock()


def shared(swarm: NamedObservable) -> Recorder:
    """Start the one recorder of that swarm in this process, and return it. It observes through the last `swarm`."""
    with _recorders_lock:
        recorder = _recorders.setdefault(swarm.name, Recorder(swarm))
        recorder.look_through(swarm)
        recorder.start()
    return recorder


def seen(name: str) -> tuple[Observation, ...]:
    """The observations of the shared recorder for the swarm of that name; none if it was never started."""
    recorder = _recorders.get(name)
    return tuple(entry for entry in recorder.history if isinstance(entry, Observation)) if recorder else ()
