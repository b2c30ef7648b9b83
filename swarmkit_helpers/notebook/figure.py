"""Charts in the cells of a notebook: each is live during its step, and then stands still."""

import os
import threading
import time

from IPython.display import DisplayHandle, display

from .. import recorder
from ..display import charts
from ..engine import exam_sockets
from ..recorder import NamedObservable
from . import kept_stills, step, still
from .still_button import StillButton
from .watch import Watch


class Figure:
    """A chart of a swarm in the output of a cell. It shows its step: live until that ends, then as a still.

    During an examination it is not drawn.
    """

    def __init__(
        self, swarm: NamedObservable, chart: charts.Maker, service: str | None, told: bool, playing: bool = False
    ) -> None:
        """With `told` the chart has its sentence under it. If it is for `playing`, it is live at first in any case."""
        self._swarm, self._chart, self._service, self._told, self._playing = swarm, chart, service, told, playing
        self._recorder = recorder.shared(swarm)
        self._step = step.of_kernel()
        self._lock = threading.RLock()
        self._output = _CellOutput(repr(self))
        self._watch: Watch | None = None  # while it is live
        self._still: dict[str, str] | None = None
        self._live_since = time.time()
        self._button: StillButton | None = None
        if exam_sockets.folder():  # the pictures of the feedback are the examiner's, and nobody keeps these
            self._output.show({})
            return
        if self._step.done and not playing:
            self._show_still()
        else:
            self._go_live()
        # Jupyter's server says so to the kernel of an open notebook. Elsewhere there is no page with buttons.
        if "JPY_SESSION_NAME" in os.environ:
            self._button = StillButton(self._switch)
            self._button.show(standing=self._watch is None)

    def __repr__(self) -> str:
        return f"(live chart: {self._chart.__name__})"

    def _ipython_display_(self) -> None:
        """Show nothing at the end of a cell: the chart is in its output already."""

    def stop(self) -> None:
        """Let it stand still from now on."""
        self.stand_still()

    def stand_still(self, at: float | None = None) -> None:
        """Let it stand still, as it is now or was at that time (seconds since the epoch)."""
        with self._lock:
            watch, self._watch = self._watch, None
        if watch is None:
            return
        self._step.discard(self)
        watch.stop()
        self._show_still(at)

    def wake(self) -> None:
        """Look whether the step is over."""
        self._recorder.wake()

    def _switch(self) -> None:
        """Go live again, or back to the still."""
        if self._watch is None:
            self._go_live()
        else:
            self.stand_still()

    def _go_live(self) -> None:
        with self._lock:  # the frames' thread waits until it is known as the present one
            self._live_since = time.time()
            self._step.add(self)
            self._watch = Watch(self._swarm, self._frame, self._service, self._output.show_live, self._told, self._look)
        if self._button:
            self._button.show(standing=False)

    def _frame(self, record: recorder.Recorder, service: str | None) -> charts.Chart:
        """Draw what is so now, over time from the beginning of the step on; after the step, without a beginning."""
        start = None if self._still or self._playing else self._step.began
        return self._chart(charts.Record(record.history, record.markers, time.time(), start), service)

    def _look(self) -> float | None:
        """Stand still if the step is over, and return the time at which it is if nothing changes before."""
        started = self._step.started_elsewhere(self._swarm.name)
        if started > self._live_since:
            self.stand_still(started)
            return None
        history = self._recorder.history
        settles = self._step.settles_at(history[-1]) if history else None
        if settles is not None and time.time() >= settles:
            self._step.finish()
            return None
        return settles

    def _show_still(self, at: float | None = None) -> None:
        if self._still is None:
            if at is None:
                self._recorder.look()
            self._still = self._drawn(at or time.time())
        self._output.show(self._still)
        if self._button:
            self._button.show(standing=True)

    def _drawn(self, at: float) -> dict[str, str]:
        """Draw and keep the still of that time: its step begins with its first command, else with the figure."""
        start = (None if self._playing else self._step.began) or self._live_since
        record = charts.Record(self._recorder.history, self._recorder.markers, None, start, over=True).until(at)
        episode = start if self._playing else min(start, self._step.episode)
        bundle, kept = still.still(lambda moment: self._chart(moment, self._service), record, episode, self._told)
        kept_stills.keep(self._swarm.name, kept)
        return bundle


_figures: dict[tuple[str, str], Figure] = {}


def watch(swarm: NamedObservable, chart: charts.Maker = charts.placement, service: str | None = None) -> Figure:
    """Show a chart of the swarm in this cell, live while this step lasts, also while other cells run.

    The step ends when everything that cells ask for from now on runs, or when `converge` ends; at the latest when the
    student predicts or checks, or starts a section. Then the chart stands still and says when it was so. What was
    asked for and done before is shown as a still at once.
    """
    _stop_older(swarm, chart)
    return _figures.setdefault((swarm.name, chart.__name__), Figure(swarm, chart, service, told=True))


def play(swarm: NamedObservable, chart: charts.Maker, service: str) -> None:
    """Show a chart to play with, beside the controls of the service; they say its sentence. It is live in any case."""
    _stop_older(swarm, chart)
    _figures[swarm.name, chart.__name__] = Figure(swarm, chart, service, told=False, playing=True)


def _stop_older(swarm: NamedObservable, chart: charts.Maker) -> None:
    """Let the last figure of that chart stand still."""
    if older := _figures.pop((swarm.name, chart.__name__), None):
        older.stop()


class _CellOutput:
    """One output of a cell, which can be replaced."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._handle: DisplayHandle | None = None

    def show_live(self, html: str) -> None:
        self.show({"text/html": html})

    def show(self, data: dict[str, str]) -> None:
        bundle = {"text/plain": self._text, **data}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
