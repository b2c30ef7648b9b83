"""Look at the containers of one engine whenever it reports an event, in a thread of its own.

The thread asks only after an event, and never prints: what it printed would stand in some cell of a notebook.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from ..engine.api import EngineAPI
from ..engine.events import Events, moment
from ..records import Container, Json, MachineState

NEVER = datetime(1, 1, 2, tzinfo=UTC)  # the engine's time of what did not happen is the first day of the year 1
END_SECONDS = 2.0  # that a thread gets to end; it waits for nothing then


class EngineWatch:
    """The watch over one engine, from `start()` until `end()`, or until the engine ends its stream of events."""

    def __init__(
        self,
        name: str,
        connect: Callable[[threading.Event], AbstractContextManager[EngineAPI]],
        filters: Mapping[str, Sequence[str]],
        listing: Callable[[EngineAPI], Iterable[str]],
        concerned: Callable[[Json], str | None],
        look_at: Callable[[EngineAPI, str, datetime | None], None],
    ) -> None:
        """Read containers, by their ids, with `look_at`: those of the `listing` first, then the `concerned` of events.

        `connect` gets an event that is set when it should give up. With no time, `look_at` reads what was there before.
        """
        self.ready = threading.Event()  # the containers of the listing were read, or the watch has ended
        self.failure: Exception | None = None  # why it ended by itself
        self._connect, self._filters, self._listing = connect, filters, listing
        self._concerned, self._look_at = concerned, look_at
        self._ending = threading.Event()
        self._events: Events | None = None
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def is_alive(self) -> bool:
        """Whether it goes on looking."""
        return self._thread.is_alive() and not self._ending.is_set()

    def end(self) -> None:
        """End the thread; return at once."""
        self._ending.set()
        if self._events:
            self._events.end()

    def join(self) -> None:
        """Wait for the end of the thread."""
        self._thread.join(END_SECONDS)

    def _run(self) -> None:
        try:
            self._watch()
        # Of any kind: a thread that printed it would write into another cell. Who needs to know reads `failure`.
        except Exception as error:
            self.failure = error
        self._ending.set()
        self.ready.set()

    def _watch(self) -> None:
        # Events first: what happens during the listing is not lost.
        with self._connect(self._ending) as api, Events(api, self._filters) as events:
            self._events = events
            for id in self._listing(api):
                self._look_at(api, id, None)
            self.ready.set()
            if self._ending.is_set():  # `end` came before there was a stream to end
                return
            for event in events:
                if about := self._concerned(event):
                    self._look_at(api, about, moment(event))


def since(state: str, body: Json, before: Container | MachineState | None, at: datetime | None) -> datetime | None:
    """When a container came into its state: as its inspected `body` says, else when an event told of it."""
    fields = {"created": body["Created"], "running": body["State"]["StartedAt"], "exited": body["State"]["FinishedAt"]}
    if state in fields:
        told = datetime.fromisoformat(fields[state])
        return told if told > NEVER else None
    return before.since if before and before.state == state else at
