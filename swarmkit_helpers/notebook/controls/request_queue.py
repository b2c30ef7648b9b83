"""Wishes carried out one after the other, beside the thread that makes them; of one matter only the last counts."""

import threading
from collections.abc import Callable, Hashable


class Wishes:
    """What is still to be done. A thread does it, and ends when there is nothing left."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._working = False

    @property
    def pending(self) -> bool:
        """Whether something waits to be done."""
        with self._lock:
            return bool(self._waiting)

    def make(self, matter: Hashable, do: Callable[[], None]) -> None:
        """It will be done soon, unless a newer wish in the same matter comes first. `do` must not raise."""
        with self._lock:
            self._waiting.pop(matter, None)
            self._waiting[matter] = do
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="swarm-control-wishes", daemon=True).start()

    def drop(self) -> None:
        """What waits will not be done; what has begun goes on."""
        with self._lock:
            self._waiting.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                do = self._waiting.pop(next(iter(self._waiting)))
            do()
