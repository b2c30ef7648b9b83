"""Figures in a notebook cell that are redrawn in place: live charts, and the progress of long work."""

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

FRAME_MIN_SECONDS = 0.25  # between two frames
FIRST_FRAME_MAX_SECONDS = 2.0  # that the first frame waits for something to show


class NotebookProgress:
    """Phases of one cell as lines of one figure; the last frame stays in the saved notebook."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._lines: list[str] = []

    def new_cell(self, *_: object) -> None:
        """Start a new figure, because another cell runs now (IPython's event pre_run_cell)."""
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
    """The line of one phase, with a bar while it runs."""

    def __init__(self, place: NotebookProgress, text: str) -> None:
        self._place, self._text = place, escape(text)
        self._start = self._shown = time.monotonic()
        place.show([*place._lines, f"… {self._text}"])

    def advance(self, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._shown >= FRAME_MIN_SECONDS:
            self._shown = now
            bar = f'<progress value="{done}" max="{total}" aria-label="{self._text}"></progress>'
            self._place.show([*self._place._lines, f"… {self._text} {bar}"])

    def rename(self, text: str) -> None:
        self._text = escape(text)

    def end(self, mark: str) -> None:
        self._place._lines.append(f"{mark} {self._text} <small>({time.monotonic() - self._start:.1f} s)</small>")
        self._place.show(self._place._lines)


class FrameLimiter:
    """Decides when the next frame may be drawn. The clock is a parameter so that a test can stop it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._next = clock()

    def pause(self) -> float:
        """Seconds until a frame may be drawn; the first may be at once."""
        return max(0.0, self._next - self._clock())

    def note_frame(self) -> None:
        """Remember that a frame is drawn now."""
        self._next = self._clock() + FRAME_MIN_SECONDS


class Watch:
    """A chart of a swarm that is redrawn when something changes, at most four times a second."""

    def __init__(
        self,
        swarm: NamedObservable,
        chart: charts.Maker = charts.placement,
        service: str | None = None,
        show: Callable[[str], object] = lambda html: None,
        told: bool = True,
    ) -> None:
        """Pass each frame as HTML to `show`: the first before this returns, the others in a thread.

        With `told` the chart has its sentence under it.
        """
        self.chart, self._service, self._show, self._told = chart, service, show, told
        self._recorder = recorder.shared(swarm)
        self._limiter = FrameLimiter()
        self._stopping = threading.Event()
        self._shown = ""
        self._seen = self._recorder.wait(0, timeout=FIRST_FRAME_MAX_SECONDS)
        self._changes_at = self._draw()
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name=f"watch-{chart.__name__}", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"(live chart: {self.chart.__name__})"

    def _ipython_display_(self) -> None:
        """Show nothing at the end of a cell: the chart is in its output already."""

    def stop(self) -> None:
        """Stop drawing; the last frame stays. Does nothing if it was stopped before."""
        self._stopping.set()
        self._recorder.wake()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            due = self._changes_at
            timeout = None if due is None else max(0.0, due - time.time())
            count = self._recorder.wait(self._seen, timeout, self._stopping)
            if count == self._seen and (due is None or time.time() < due):
                continue  # woken to stop
            self._stopping.wait(self._limiter.pause())
            self._seen = self._recorder.wait(0)
            self._changes_at = self._draw()

    def _draw(self) -> float | None:
        """Draw the chart, and return the time at which it changes without any event (None: never)."""
        self._limiter.note_frame()
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
    """Show a chart of the swarm in this cell, and redraw it when something changes, also while other cells run.

    With `told` the chart has its sentence under it. It goes on until `stop()`, until the same chart of the same
    swarm is watched again, or until the kernel ends.
    """
    key = swarm.name, chart.__name__
    if key in _watches:
        _watches.pop(key).stop()
    output = _CellOutput(f"(live chart: {chart.__name__})")
    _watches[key] = Watch(swarm, chart, service, output.show, told)
    return _watches[key]


class _CellOutput:
    """One output of a cell, whose HTML can be replaced."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._handle: DisplayHandle | None = None

    def show(self, html: str) -> None:
        bundle = {"text/plain": self._text, "text/html": html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)
