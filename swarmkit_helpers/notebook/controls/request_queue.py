"""A queue of requests, which a thread sends one after the other; of one subject only the newest is sent."""

import threading
from collections.abc import Callable, Hashable


class RequestQueue:
    """Requests that wait. A thread sends them, and ends when the queue is empty."""

    def __init__(self) -> None:
        self._waiting: dict[Hashable, Callable[[], None]] = {}
        self._lock = threading.Lock()
        self._working = False

    @property
    def pending(self) -> bool:
        """Whether a request waits."""
        with self._lock:
            return bool(self._waiting)

    def add(self, subject: Hashable, request: Callable[[], None]) -> None:
        """Queue the request; it replaces a waiting one about the same subject. `request` must not raise."""
        with self._lock:
            self._waiting.pop(subject, None)
            self._waiting[subject] = request
            if self._working:
                return
            self._working = True
        threading.Thread(target=self._work, name="swarm-control-requests", daemon=True).start()

    def drop(self) -> None:
        """Remove the waiting requests; one that has begun goes on."""
        with self._lock:
            self._waiting.clear()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._working = False
                    return
                request = self._waiting.pop(next(iter(self._waiting)))
            request()
