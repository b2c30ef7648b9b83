"""What every control is made of: a box in the notebook, a thread that follows, requests beside the kernel's thread."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from html import escape
from typing import Any, ClassVar

from ipywidgets import HTML, VBox, Widget

from ...docker_commands import Command, shown_by
from ...errors import SwarmkitError
from ...language import _
from ...recorder import Gap, Recorder
from ...records import Observation
from . import texts
from .request_queue import Wishes
from .style import CSS

FIRST = 2.0  # seconds that a new panel waits for something to show


class Panel(ABC):
    """A box that shows itself in a notebook. There is one of a kind for one thing: a newer one closes the older."""

    _open: ClassVar[dict[tuple[type, str], "Panel"]] = {}

    def __init__(self, about: str | None, place: str, parts: Sequence[Widget]) -> None:
        """`about` is the service it is for, if it is for one; `place` names also the swarm or cluster."""
        self._about = about
        self._closed = threading.Event()
        self._recorder: Recorder | None = None
        self._lock = threading.RLock()  # the kernel's thread, the following one and the requests' all come here
        self.box = VBox([HTML(CSS, layout={"display": "none"}), *parts])
        self.box.add_class("swk-panel")
        if older := self._open.get((type(self), place)):
            older.close()
        self._open[type(self), place] = self

    def __repr__(self) -> str:
        return type(self).__name__ + (f" of {self._about}" if self._about else "")

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        # The HTML is for who sees the notebook where no widget is shown: on GitHub, or before it is trusted.
        stand_in = texts.warning(_("{control}: to use it, run this cell.").format(control=self))
        return self.box._repr_mimebundle_(**how) | {"text/plain": repr(self), "text/html": stand_in}

    def close(self) -> None:
        """It follows and asks no more, and says so where it is still shown."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            parts = self.box.children
            told = _("A newer control has taken its place. Run this cell again to have it here.")
            self.box.children = [HTML(f"<i>{escape(told)}</i>")]
        for part in parts:
            _discard(part)
        if self._recorder:
            self._recorder.wake()

    def _follow(self, recorder: Recorder, seen: Callable[[Observation | Gap], None]) -> None:
        """From now on `seen` is called with each state that the recorder keeps; with the present one at once."""
        self._recorder = recorder

        def show() -> None:
            if history := recorder.history:
                self._guarded(lambda: seen(history[-1]))

        def run(known: int) -> None:
            while not self._closed.is_set():
                count = recorder.wait(known, ended=self._closed)
                if count > known:
                    known = count
                    show()

        known = recorder.wait(0, FIRST)
        show()
        self._start(lambda: run(known))

    def _start(self, run: Callable[[], None]) -> None:
        # A daemon: it must not keep a notebook's kernel from ending.
        threading.Thread(target=run, name=f"swarm-{type(self).__name__}", daemon=True).start()

    def _guarded(self, show: Callable[[], None]) -> None:
        """It is shown. What goes wrong is shown too: a thread that printed it would write into some other cell."""
        with self._lock:
            if self._closed.is_set():
                return
            try:
                show()
            except Exception as error:  # of whatever kind, for the same reason
                self._lost(error)

    @abstractmethod
    def _lost(self, error: Exception) -> None:
        """The panel shows that error, which nobody expected."""


class Control(Panel):
    """A panel that gives docker commands."""

    def __init__(
        self, about: str | None, place: str, title: str, hint: str, parts: Sequence[Widget], example: str
    ) -> None:
        """`hint` is a line of explanation, `example` a command of the kind that it gives."""
        self._state = HTML(escape(_("Looking …")))
        self._said = HTML(texts.example(example))
        head = HTML(f'<div class="swk-title">{escape(title)}</div><div class="swk-about">{escape(hint)}</div>')
        super().__init__(about, place, [head, *parts, self._state, self._said, *notices()])
        self.box.add_class("swk-control")
        self._wishes = Wishes()

    def close(self) -> None:
        self._wishes.drop()
        super().close()

    def _ask(self, matter: Hashable, do: Callable[[], None]) -> None:
        """It is done beside this thread; what it announces, and how it went, is shown here."""
        self._wishes.make(matter, lambda: self._carry_out(do))

    def _carry_out(self, do: Callable[[], None]) -> None:
        given: list[str] = []

        def show(command: Command) -> None:
            given.append(str(command))
            self._say(texts.command(given, _("… asked")))

        try:
            with shown_by(show):
                do()
        except SwarmkitError as error:
            self._ended(texts.problem(error.problem, error.fix, given), 0.0)
        except Exception as error:  # of whatever kind: a thread that raised it would write into some other cell
            self._ended(texts.unexpected(error), 0.0)
        else:
            self._ended(texts.command(given, _("✓ accepted"), good=True), time.time())

    def _ended(self, html: str, accepted: float) -> None:
        """A request has ended, and how is said: accepted then (seconds since the epoch), or 0 and refused."""
        self._say(html)

    def _say(self, html: str) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._said.value = html

    def _lost(self, error: Exception) -> None:
        self._said.value = texts.unexpected(error)


class SwarmControl(Control):
    """A control of what the swarm keeps: it shows what is observed, and a wish until that is settled."""

    _settled = 0.0  # when the last request ended (seconds since the epoch); infinite while one is under way
    _latest: Observation | Gap | None = None
    _known: Observation | None = None  # the latest that is no gap

    def _ask(self, matter: Hashable, do: Callable[[], None]) -> None:
        with self._lock:
            self._settled = float("inf")
        super()._ask(matter, do)

    def _ended(self, html: str, accepted: float) -> None:
        """Unless another request waits, what is observed from then on is shown; if refused, what is known."""
        super()._ended(html, accepted)
        with self._lock:
            if self._wishes.pending:
                return
            self._settled = accepted
            for known in filter(None, (self._known, self._latest)):
                self._guarded(lambda known=known: self._seen(known))

    def _seen(self, latest: Observation | Gap) -> None:
        self._latest = latest
        if isinstance(latest, Gap):
            self._state.value = texts.absence(_("No manager answers now"), latest.error)
        else:
            self._known = latest
            self._show(latest)

    @abstractmethod
    def _show(self, seen: Observation) -> None:
        """The control shows that state."""

    def _is_current(self, seen: Observation) -> bool:
        """Whether it shows what came of the last request. An older one would move back what was just chosen."""
        return seen.at > self._settled


def notices() -> list[HTML]:
    """Two lines that are visible only when they are true: the style sheet sees that, no message is needed.

    One is for the time while a cell runs; the other for a control of a stored notebook, or of an earlier kernel.
    """
    queued = HTML(texts.warning(_("A cell is running. What you choose now is done when it ends.")))
    queued.add_class("swk-queued")
    stored = HTML(texts.warning(_("This is how it looked last. To use it, run its cell again.")))
    stored.add_class("swk-stored")
    return [queued, stored]


def _discard(widget: Widget) -> None:
    for child in getattr(widget, "children", ()):
        _discard(child)
    widget.close()
