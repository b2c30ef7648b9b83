"""Showing in a notebook cell what changes: one figure, redrawn in place."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape

from IPython.display import DisplayHandle, display

from .. import recorder
from ..display import charts
from ..display.tables import figure
from ..progress import Phase
from ..recorder import NamedObservable

FRAME = 0.25  # seconds between two redrawings at least
FIRST = 2.0  # seconds that the first frame waits for something to show


class NotebookProgress:
    """Phases of one cell as lines of one figure; the last frame stays in the saved notebook."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._lines: list[str] = []

    def new_cell(self, *_: object) -> None:
        """What is shown from now on belongs to another cell (IPython's event pre_run_cell)."""
        self._handle, self._lines = None, []

    @contextmanager
    def phase(self, text: str) -> Iterator[Phase]:
        line = _Line(self, text)
        try:
            yield line
            line.end("✓")
        except BaseException:
            line.end("✗")
            raise

    def show(self, lines: list[str]) -> None:
        html = figure("".join(f"<div>{line}</div>" for line in lines), "")
        bundle = {"text/plain": "(progress)", "text/html": html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _Line:
    """One phase, as a line with its bar while it runs."""

    def __init__(self, place: NotebookProgress, text: str) -> None:
        self._place, self._text = place, escape(text)
        self._start = self._shown = time.monotonic()
        place.show([*place._lines, f"… {self._text}"])

    def advance(self, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._shown >= FRAME:
            self._shown = now
            bar = f'<progress value="{done}" max="{total}" aria-label="{self._text}"></progress>'
            self._place.show([*self._place._lines, f"… {self._text} {bar}"])

    def rename(self, text: str) -> None:
        self._text = escape(text)

    def end(self, mark: str) -> None:
        self._place._lines.append(f"{mark} {self._text} <small>({time.monotonic() - self._start:.1f} s)</small>")
        self._place.show(self._place._lines)


class Tempo:
    """When the next frame may be drawn. The clock is a parameter so that a test can hold it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock()

    def pause(self) -> float:
        """Seconds until a frame may be drawn; the first may be at once."""
        return max(0.0, self._next - self._clock())

    def note_frame(self) -> None:
        """A frame is being drawn."""
        self._next = self._clock() + FRAME


class Watch:
    """A chart of a swarm that is drawn anew when something changes, at most four times a second."""

    def __init__(
        self,
        swarm: NamedObservable,
        chart: charts.Maker = charts.placement,
        service: str | None = None,
        show: Callable[[str], object] = lambda html: None,
        told: bool = True,
    ) -> None:
        """From now on `show` gets each frame as HTML: the first before this returns, the others in a thread.

        With `told` the chart's sentence is under it.
        """
        self.chart, self._service, self._show, self._told = chart, service, show, told
        self._recorder = recorder.shared(swarm)
        self._tempo = Tempo()
        self._stopping = threading.Event()
        self._shown = ""
        self._seen = self._recorder.wait(0, timeout=FIRST)
        self._changes_at = self._draw()
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name=f"watch-{chart.__name__}", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"(live chart: {self.chart.__name__})"

    def _ipython_display_(self) -> None:
        """Nothing more is shown of it at the end of a cell: what it draws is shown already."""

    def stop(self) -> None:
        """It is drawn no more; the last frame stays. Nothing happens if it was stopped before."""
        self._stopping.set()
        self._recorder.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            patience = None if self._changes_at is None else max(0.0, self._changes_at - time.time())
            count = self._recorder.wait(self._seen, patience, self._stopping)
            if count == self._seen and (patience is None or time.time() < self._changes_at):
                continue  # woken to stop
            self._stopping.wait(self._tempo.pause())
            self._seen = self._recorder.wait(0)
            self._changes_at = self._draw()

    def _draw(self) -> float | None:
        """What there is to see is shown; returns when time alone will have changed it."""
        self._tempo.note_frame()
        drawn = self.chart(self._recorder, self._service)
        html = drawn.html(self._told)
        if html != self._shown:
            self._show(html)
            self._shown = html
        return drawn.changes_at


_watches: dict[tuple[str, str], Watch] = {}


def watch(
    swarm: NamedObservable, chart: charts.Maker = charts.placement, service: str | None = None, told: bool = True
) -> Watch:
    """The chart is in this cell, and follows the swarm, also while other cells run; `told` is as in `Watch`.

    It goes on until `stop()`, until the same chart of the same swarm is watched anew, or until the kernel ends.
    """
    key = swarm.name, chart.__name__
    if key in _watches:
        _watches.pop(key).stop()
    place = _Place(f"(live chart: {chart.__name__})")
    _watches[key] = Watch(swarm, chart, service, place.show, told)
    return _watches[key]


class _Place:
    """One output of a cell, whose HTML is replaced."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._handle: DisplayHandle | None = None

    def show(self, html: str) -> None:
        bundle = {"text/plain": self._text, "text/html": html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
