"""The progress of long work, in the cell that does it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from IPython.display import DisplayHandle, display

from ..display.tables import figure
from ..language import _, decimal
from ..progress import Phase

FRAME_MIN_SECONDS = 0.25  # between two frames


class NotebookProgress:
    """Phases of one cell as lines of one figure; the last frame stays in the saved notebook."""

    def __init__(self) -> None:
        self._handle: DisplayHandle | None = None
        self._lines: list[str] = []

    def new_cell(self, *event: object) -> None:
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
        html = figure("".join(lines), "")
        bundle = {"text/plain": "(progress)", "text/html": html}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class _Line:
    """The line of one phase; while it runs, with a bar or with what it waits for."""

    def __init__(self, place: NotebookProgress, text: str) -> None:
        self._place, self._text = place, escape(text)
        self._start = self._shown = time.monotonic()
        self._draw_now(self._text)

    def advance(self, done: float, total: float) -> None:
        self._draw(f'{self._text} <progress value="{done}" max="{total}" aria-label="{self._text}"></progress>')

    def note(self, text: str) -> None:
        self._draw(f"{self._text}: {escape(text)}")

    def rename(self, text: str) -> None:
        self._text = escape(text)

    def _draw(self, line: str) -> None:
        now = time.monotonic()
        if now - self._shown >= FRAME_MIN_SECONDS:
            self._shown = now
            self._draw_now(line)

    def _draw_now(self, line: str) -> None:
        """Draw the line with what the extension swarm-progress puts in its place, if this kernel ends before it."""
        stopped = _("✗ {work}: stopped, because its kernel has ended").format(work=self._text)
        self._place.show([*self._place._lines, f'<div data-stopped="{stopped}">… {line}</div>'])

    def end(self, mark: str) -> None:
        seconds = decimal(time.monotonic() - self._start, 1)
        self._place._lines.append(f"<div>{mark} {self._text} <small>({seconds} s)</small></div>")
        self._place.show(self._place._lines)
