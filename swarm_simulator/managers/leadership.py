"""A leader's term of office: what its managers' parts have planned ends with it.

SwarmKit starts scheduler, orchestrators and dispatcher anew on whoever becomes leader (manager/manager.go,
becomeLeader), and they begin with what the store says.
"""

from collections.abc import Callable

from ..clock import Timer
from ..objects import StoreObject, Task
from ..store import Action, Store

TaskWatcher = Callable[[Action, Task], None]
Watcher = Callable[[Action, StoreObject], None]
LATENCY_SECONDS = 0.001  # s: from a commit to an orchestrator that acts on it


class LeaderTerm:
    """One leader's time in office."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.random = store, store.clock, store.random
        self.began = self.clock.now
        self.running = True
        self._task_watchers: list[TaskWatcher] = []
        self._watchers: list[Watcher] = []
        store.watch(self._heard)

    def end(self) -> None:
        """Nothing that was planned in this term happens any more."""
        self.running = False
        self.store.unwatch(self._heard)

    def after(self, seconds: float, do: Callable[[], None]) -> Timer:
        """As `Clock.after`, while the term lasts."""
        return self.clock.after(seconds, lambda: do() if self.running else None)

    def watch_tasks(self, watcher: TaskWatcher) -> None:
        """The watcher is told of each change of a task. It only takes note: it writes later, not in the call."""
        self._task_watchers.append(watcher)

    def watch(self, watcher: Watcher) -> None:
        """The watcher is told of each change of anything but tasks, likewise."""
        self._watchers.append(watcher)

    def _heard(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Task):
            for told in self._task_watchers:
                told(action, obj)
        else:
            for heard in self._watchers:
                heard(action, obj)


class DelayedCall:
    """Something to do a moment after it was first asked for, once however often it was asked for until then."""

    def __init__(self, term: LeaderTerm, seconds: float, do: Callable[[], None]) -> None:
        self._term, self._seconds, self._do = term, seconds, do
        self._asked = False

    def __call__(self) -> None:
        if not self._asked:
            self._asked = True
            self._term.after(self._seconds, self._now)

    def _now(self) -> None:
        self._asked = False
        self._do()


class DebouncedCall:
    """Something to do once it has been quiet for a while: so long after it was last asked for, at the latest `limit`
    seconds after it was first."""

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

    def now(self) -> None:
        """It is done at once, instead of later."""
        self._first = None
        self._do()
