"""Look at a swarm again and again in a thread.

An observation is kept only if it differs from the one before. A command of this process makes it look at once.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import fields, replace
from types import TracebackType
from typing import Any, Protocol, Self, runtime_checkable

from .. import docker_commands
from ..docker_commands import Command
from ..records import Container, MachineState, Observation
from .entries import Gap
from .pace import Pace
from .recording import Recording
from .store import Store


class Observable(Protocol):
    """What can be recorded: a `Swarm`, or anything else that can be observed."""

    def observe(self) -> Observation: ...


@runtime_checkable
class Followed(Observable, Protocol):
    """What also notices changes around it by itself: it calls `changed` at each, until the result is called."""

    def follow(self, changed: Callable[[], None]) -> Callable[[], None]: ...

    def around(self) -> tuple[tuple[Container, ...], tuple[MachineState, ...]]: ...


class NamedObservable(Observable, Protocol):
    """What can be recorded once for the whole process."""

    name: str


class Recorder(Recording):
    """The history of a swarm between `start()` and `stop()`, or inside a `with` block."""

    def __init__(self, swarm: Observable, pace: Pace | None = None, store: Store | None = None) -> None:
        super().__init__(store)
        self._swarm = swarm
        self._pace = pace or Pace()
        self._looking = threading.Lock()
        self.failure: Exception | None = None  # of the last look
        self._failed_at = 0.0  # when a look found no manager last; by the monotonic clock
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._stop_listening: Callable[[], None] = lambda: None

    def look_through(self, swarm: Observable) -> None:
        """Observe the swarm through this object from the next look on."""
        self._swarm = swarm

    def start(self) -> None:
        """Start recording. Nothing happens if it records already."""
        if self._thread:
            return
        self._stopping.clear()
        self._pace.note_change()
        self._stop_listening = docker_commands.listen(self.mark)
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

    def sees(self) -> bool:
        """Whether it records, and a manager answered its last look."""
        return self._thread is not None and isinstance(self._last, Observation)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def look(self) -> None:
        """Observe the swarm once, and keep the observation if it differs from the one before."""
        asked = time.monotonic()
        with self._looking:  # one at a time: else an older observation could be kept after a newer one
            if self._failed_at > asked:
                return  # a manager that does not answer has 20 s for that: who waited so long need not wait once more
            try:
                seen: Observation | Gap = self._swarm.observe()
                self.failure = None
            # Any error becomes a gap: a thread that printed it would write into some other cell of the notebook.
            except Exception as error:
                around = self._swarm.around() if isinstance(self._swarm, Followed) else ((), ())
                seen = Gap(time.time(), str(error), *around)
                self._failed_at, self.failure = time.monotonic(), error
            before = self._last
            if before is None or not _same(before, seen):
                self._pace.note_change()
                self.keep(_sharing(before, seen))

    def mark(self, command: Command) -> None:
        """Keep the command, without its secrets, and look at once: something is about to change."""
        self.keep(replace(command, text=docker_commands.recordable(command.text)))
        self._hurry()

    def _hurry(self) -> None:
        """Look at once."""
        self._pace.note_change()
        self._wake.set()

    def _run(self) -> None:
        unfollow = self._swarm.follow(self._hurry) if isinstance(self._swarm, Followed) else None
        self._look_until_stopped()
        if unfollow:
            unfollow()

    def _look_until_stopped(self) -> None:
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
    """Whether only the time differs; of two gaps, also if their errors differ."""
    if isinstance(before, Gap) and isinstance(now, Gap):
        return replace(before, at=now.at, error=now.error) == now
    return type(before) is type(now) and replace(before, at=now.at) == now


def _sharing(before: Observation | Gap | None, now: Observation | Gap) -> Observation | Gap:
    """The observation, with the objects of the one before where they are equal, to save memory."""
    if not isinstance(before, Observation) or not isinstance(now, Observation):
        return now
    pairs = {each.name: (getattr(before, each.name), getattr(now, each.name)) for each in fields(now)}
    return replace(now, **{name: _shared(*pair) for name, pair in pairs.items()})


def _shared(before: Any, now: Any) -> Any:
    """The value of now, with the objects of the one before where they are equal."""
    if before == now:
        return before
    if not isinstance(now, tuple):
        return now
    known = {part.id: part for part in before}
    return tuple(known[part.id] if part == known.get(part.id) else part for part in now)
