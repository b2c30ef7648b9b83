"""A history of observations and commands: each has a number, and other threads can wait for the next."""

import threading
from collections import deque
from dataclasses import dataclass

from ..docker_commands import Command
from ..records import Observation

HISTORY_MAX_ENTRIES = 10_000  # observations and commands: a quarter of an hour of constant change


@dataclass(frozen=True)
class Gap:
    """No manager answered, from this time until the next observation."""

    at: float  # seconds since the epoch
    error: str


Entry = Observation | Gap | Command


class Recording:
    """What was seen of a swarm and which commands were given: the newest `HISTORY_MAX_ENTRIES` of all entries."""

    def __init__(self) -> None:
        self._entries: deque[tuple[int, Entry]] = deque(maxlen=HISTORY_MAX_ENTRIES)
        self._count = 0  # the number of the last entry; the first that was ever kept is 1
        self._last: Observation | Gap | None = None
        self._lock = threading.Condition()

    @property
    def history(self) -> tuple[Observation | Gap, ...]:
        """The observations and gaps so far, in the order of time."""
        with self._lock:
            return tuple(entry for _number, entry in self._entries if not isinstance(entry, Command))

    @property
    def markers(self) -> tuple[Command, ...]:
        """The commands that were given while it recorded, in the order of time."""
        with self._lock:
            return tuple(entry for _number, entry in self._entries if isinstance(entry, Command))

    def since(self, seen: int) -> list[tuple[int, Entry]]:
        """The entries after that number which are still kept, each with its number."""
        with self._lock:
            newer = min(self._count - seen, len(self._entries))
            return [self._entries[place] for place in range(-newer, 0)]

    def keep(self, entry: Entry, number: int | None = None) -> None:
        """Add the entry at the end, under the next number or under this greater one."""
        with self._lock:
            self._count = self._count + 1 if number is None else number
            self._entries.append((self._count, entry))
            if not isinstance(entry, Command):
                self._last = entry
            self._lock.notify_all()

    def wait(self, seen: int, timeout: float | None = None, ended: threading.Event | None = None) -> int:
        """Wait until more than `seen` entries were ever kept, and return their number.

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
