"""The frames of a live chart."""

import threading
import time
from collections.abc import Callable

from .. import recorder
from ..display import charts
from ..recorder import NamedObservable

FRAME_MIN_SECONDS = 0.25  # between two frames
FIRST_FRAME_MAX_SECONDS = 2.0  # that the first frame waits for something to show


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
        look: Callable[[], float | None] = lambda: None,
    ) -> None:
        """Pass each frame as HTML to `show`: the first before this returns, the others in a thread.

        With `told` the chart has its sentence under it. Before each frame `look` is called, which may call `stop`; it
        returns the time at which to call it again, if nothing changes before.
        """
        self.chart, self._service, self._show, self._told, self._look = chart, service, show, told, look
        self._recorder = recorder.shared(swarm)
        self._limiter = FrameLimiter()
        self._stopping = threading.Event()
        self._shown = ""
        self._seen = self._recorder.wait(0, timeout=FIRST_FRAME_MAX_SECONDS)
        self._changes_at = self._draw()
        # A daemon: it must not keep a notebook's kernel from ending.
        self._thread = threading.Thread(target=self._run, name=f"watch-{chart.__name__}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop drawing; the last frame stays. Does nothing if it was stopped before."""
        self._stopping.set()
        self._recorder.wake()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        changed = False
        while True:
            look_at = self._look()
            if self._stopping.is_set():
                return
            if changed:
                self._stopping.wait(self._limiter.pause())
                self._seen = self._recorder.wait(0)
                self._changes_at = self._draw()
            times = [at for at in (self._changes_at, look_at) if at is not None]
            timeout = max(0.0, min(times) - time.time()) if times else None
            count = self._recorder.wait(self._seen, timeout, self._stopping)
            changed = count > self._seen or (self._changes_at is not None and time.time() >= self._changes_at)

    def _draw(self) -> float | None:
        """Draw the chart, and return the time at which it changes without any event (None: never)."""
        self._limiter.note_frame()
        drawn = self.chart(self._recorder, self._service)
        html = drawn.html(self._told)
        if html != self._shown:
            self._show(html)
            self._shown = html
        return drawn.changes_at
