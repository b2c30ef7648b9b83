"""The base of every control: a box in the notebook, a thread that follows the swarm, and one that sends requests."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from html import escape
from typing import Any, ClassVar

from ipywidgets import HTML, VBox, Widget

from ...docker_commands import Command, shown_by
from ...errors import SwarmkitError
from ...language import _
from ...recorder import Gap, Recorder
from ...records import Observation
from . import texts
from .request_queue import RequestQueue
from .still import still
from .style import CSS

FIRST_LOOK_MAX_SECONDS = 2.0  # that a new panel waits for something to show


class Panel(ABC):
    """A box in a notebook. There is one of a kind for one service or cluster: a newer one closes the older."""

    _open: ClassVar[dict[tuple[type, str], "Panel"]] = {}

    def __init__(self, about: str | None, place: str, parts: Sequence[Widget]) -> None:
        """`about` is the service it is for, if it is for one; `place` names also the swarm or cluster."""
        self._about = about
        self._closed = threading.Event()
        self._recorder: Recorder | None = None
        # used by the kernel's thread, the one that follows and the one that sends requests
        self._lock = threading.RLock()
        self.box = VBox([HTML(CSS, layout={"display": "none"}), *parts])
        self.box.add_class("swk-panel")
        if older := self._open.get((type(self), place)):
            older.close()
        self._open[type(self), place] = self

    def __repr__(self) -> str:
        return type(self).__name__ + (f" of {self._about}" if self._about else "")

    def _repr_mimebundle_(self, **how: Any) -> dict[str, Any]:
        # The HTML is for readers without widgets: in the stored notebook, on GitHub, or before the notebook is trusted.
        stand_in = still(self.box) + texts.warning(_("{control}: to use it, run this cell.").format(control=self))
        return {**self.box._repr_mimebundle_(**how), "text/plain": repr(self), "text/html": stand_in}

    def close(self) -> None:
        """Stop following and sending; the box then says that a newer one has replaced it."""
        with self._lock:
            if self._closed.is_set():
                return
            self._closed.set()
            parts = self.box.children
            told = _("Another cell shows this control now. To have it here again, run this cell.")
            self.box.children = [HTML(f"<i>{escape(told)}</i>")]
        for part in parts:
            _discard(part)
        if self._recorder:
            self._recorder.wake()

    def _follow(self, recorder: Recorder, seen: Callable[[Observation | Gap], None]) -> None:
        """Call `seen` with each state that the recorder keeps from now on; with the present one at once."""
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

        known = recorder.wait(0, FIRST_LOOK_MAX_SECONDS)
        show()
        self._start(lambda: run(known))

    def _start(self, run: Callable[[], None]) -> None:
        # A daemon: it must not keep a notebook's kernel from ending.
        threading.Thread(target=run, name=f"swarm-{type(self).__name__}", daemon=True).start()

    def _guarded(self, show: Callable[[], None]) -> None:
        """Call `show`, and show its error in the panel: a thread that printed it would write into another cell."""
        with self._lock:
            if self._closed.is_set():
                return
            try:
                show()
            except Exception as error:  # of any kind, for the same reason
                self._lost(error)

    @abstractmethod
    def _lost(self, error: Exception) -> None:
        """Show an unexpected error in the panel."""


class Control(Panel):
    """A panel that sends requests and shows their docker commands."""

    def __init__(
        self, about: str | None, place: str, title: str, hint: str, parts: Sequence[Widget], example: str
    ) -> None:
        """`hint` is a line of explanation, `example` a command of the kind that it gives."""
        self._state = HTML(escape(_("Looking …")))
        self._said = HTML(texts.example(example), tabbable=True)  # it may have to be scrolled
        self._state.add_class("swk-state")
        self._said.add_class("swk-said")
        head = HTML(f'<div class="swk-title">{escape(title)}</div><div class="swk-about">{escape(hint)}</div>')
        super().__init__(about, place, [head, *parts, self._state, self._said, *notices()])
        self.box.add_class("swk-control")
        self._requests = RequestQueue()

    def close(self) -> None:
        self._requests.drop()
        super().close()

    def _ask(self, subject: Hashable, do: Callable[[], None]) -> None:
        """Do it in another thread; show its docker commands and its result here."""
        self._requests.add(subject, lambda: self._carry_out(do))

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
        except Exception as error:  # of any kind: a thread that raised it would write into another cell
            self._ended(texts.unexpected(error), 0.0)
        else:
            self._ended(texts.command(given, _("✓ accepted"), good=True), time.time())

    def _ended(self, html: str, accepted: float) -> None:
        """Show how a request ended: `accepted` is the time (seconds since the epoch), or 0 if it was refused."""
        self._say(html)

    def _say(self, html: str) -> None:
        with self._lock:
            if not self._closed.is_set():
                self._said.value = html

    def _lost(self, error: Exception) -> None:
        self._said.value = texts.unexpected(error)


class SwarmControl(Control):
    """A control of the desired state. It shows the observed state; during a request it shows what was chosen."""

    _settled = 0.0  # when the last request ended (seconds since the epoch); infinite while one is under way
    _latest: Observation | Gap | None = None
    _known: Observation | None = None  # the latest that is no gap

    def _ask(self, subject: Hashable, do: Callable[[], None]) -> None:
        with self._lock:
            self._settled = float("inf")
        super()._ask(subject, do)

    def _ended(self, html: str, accepted: float) -> None:
        """Show the states observed from then on, or after a refusal the one known before; not while a request waits."""
        super()._ended(html, accepted)
        with self._lock:
            if self._requests.pending:
                return
            self._settled = accepted
            for known in (self._known, self._latest):
                if known:
                    self._guarded(partial(self._seen, known))

    def _seen(self, latest: Observation | Gap) -> None:
        self._latest = latest
        if isinstance(latest, Gap):
            self._state.value = texts.no_manager(latest.error, self._known)
        else:
            self._known = latest
            self._show(latest)

    @abstractmethod
    def _show(self, seen: Observation) -> None:
        """Show that state in the control."""

    def _is_current(self, seen: Observation) -> bool:
        """Whether it was observed after the last request. An older one would move back what was just chosen."""
        return seen.at > self._settled


def notices() -> list[HTML]:
    """Two lines that the style sheet shows only when they are true.

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
