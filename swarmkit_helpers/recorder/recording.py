"""A history of observations and commands: each has a number, and other threads can wait for the next."""

import threading
from collections import deque
from collections.abc import Callable

from ..docker_commands import Command
from ..records import Observation
from .entries import Entry, Gap, Numbered
from .store import Store

HISTORY_MAX_ENTRIES = 10_000  # observations and commands: a quarter of an hour of constant change


class Recording:
    """What was seen of a swarm and which commands were given: the newest `HISTORY_MAX_ENTRIES` of all entries."""

    def __init__(self, store: Store | None = None) -> None:
        """Begin with the entries of the store, and write there what is kept from now on."""
        self._store = store
        self._entries: deque[Numbered] = deque(store.read() if store else (), maxlen=HISTORY_MAX_ENTRIES)
        self._count = self._entries[-1][0] if self._entries else 0  # the number of the last entry; the first ever is 1
        self.began = self._count  # the number of the last entry from before this process
        self._last: Observation | Gap | None = None  # of this process: what was stored may no longer be so
        self._lock = threading.Condition()
        self._listeners: list[Callable[[], None]] = []

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

    def since(self, seen: int) -> list[Numbered]:
        """The entries after that number which are still kept, each with its number."""
        with self._lock:
            newer = min(self._count - seen, len(self._entries))
            return [self._entries[place] for place in range(-newer, 0)]

    def until(self, number: int) -> list[Numbered]:
        """The entries up to that number which are still kept, each with its number."""
        with self._lock:
            return [each for each in self._entries if each[0] <= number]

    def keep(self, entry: Entry, number: int | None = None) -> None:
        """Add the entry at the end, under the next number or under this greater one."""
        with self._lock:
            self._count = self._count + 1 if number is None else number
            self._entries.append((self._count, entry))
            if self._store:
                self._store.append(self._count, entry)
            if not isinstance(entry, Command):
                self._last = entry
            self._lock.notify_all()
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each new entry, in the thread that keeps it. Call the result to end that."""
        with self._lock:
            self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

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
