"""The term of a leader, and calls that are delayed within it.

SwarmKit starts scheduler, orchestrators and dispatcher on each new leader (manager/manager.go, becomeLeader). They
begin with the state in the store; when the term ends, all that they have planned is dropped.
"""

from collections.abc import Callable

from ..clock import Timer
from ..objects import StoreObject, Task
from ..store import Action, Store

TaskWatcher = Callable[[Action, Task], None]
Watcher = Callable[[Action, StoreObject], None]
LATENCY_SECONDS = 0.001  # s: from a commit to an orchestrator that acts on it


class LeaderTerm:
    """The time in which one manager leads."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.random = store, store.clock, store.random
        self.began = self.clock.now
        self.running = True
        self._task_watchers: list[TaskWatcher] = []
        self._watchers: list[Watcher] = []
        store.watch(self._notify)

    def end(self) -> None:
        """End the term: no planned call happens any more."""
        self.running = False
        self.store.unwatch(self._notify)

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """Call `do` after that many seconds, as `Clock.after`, if the term still lasts."""
        return self.clock.after(seconds, lambda: do() if self.running else None)

    def watch_tasks(self, watcher: TaskWatcher) -> None:
        """Call the watcher for each change of a task. It must only take notes: it writes later, not in the call."""
        self._task_watchers.append(watcher)

    def watch(self, watcher: Watcher) -> None:
        """Call the watcher for each change of anything but tasks, in the same way."""
        self._watchers.append(watcher)

    def _notify(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Task):
            for task_watcher in self._task_watchers:
                task_watcher(action, obj)
        else:
            for watcher in self._watchers:
                watcher(action, obj)


class DelayedCall:
    """A call a moment after the first request for it; further requests until then change nothing."""

    def __init__(self, term: LeaderTerm, seconds: float, do: Callable[[], None]) -> None:
        self._term, self._seconds, self._do = term, seconds, do
        self._pending = False

    def __call__(self) -> None:
        if not self._pending:
            self._pending = True
            self._term.after(self._seconds, self._now)

    def _now(self) -> None:
        self._pending = False
        self._do()


class DebouncedCall:
    """A call once requests for it have stopped for that many seconds, or `limit` seconds after the first."""

    def __init__(self, term: LeaderTerm, seconds: float, do: Callable[[], None], limit: float = float("inf")) -> None:
        self._term, self._seconds, self._do, self._limit = term, seconds, do, limit
        self._first: float | None = None
        self._last = 0.0

    def __call__(self) -> None:
        self._last = self._term.clock.now
        if self._first is None:
            self._first = self._last
            self._term.after(self._seconds, self._look)

    def _look(self) -> None:
        if self._first is None:
            return
        due = min(self._last + self._seconds, self._first + self._limit)
        if due > self._term.clock.now + 1e-9:
            self._term.after(due - self._term.clock.now, self._look)
            return
        self._first = None
        self._do()
