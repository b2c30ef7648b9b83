"""Showing progress in a notebook cell: one figure, redrawn in place."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from IPython.display import DisplayHandle, display

from .progress import Phase
from .tables import figure

FRAME = 0.25  # seconds between two redrawings at least


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
