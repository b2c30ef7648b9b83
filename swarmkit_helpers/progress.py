"""Show how far long work has come: one line for each phase, with a bar while the phase runs.

Code that works says `with progress.current().phase("...")`. How a phase looks is decided here for a terminal, and in
`notebook.cell_progress` for a notebook. Standard library only: `bootstrap` shows the progress of pip with the same bar.
"""

import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol

from .language import _, decimal

BAR_CHARS = 30
BAR_DELAY_SECONDS = 0.5  # a shorter phase shows no bar
REDRAW_SECONDS = 0.1  # between two drawings of the bar, at least


class Phase(Protocol):
    """One phase of long work, while it runs."""

    def advance(self, done: float, total: float) -> None:
        """Show that `done` of `total` units of the phase are done."""

    def note(self, text: str) -> None:
        """Show beside the phase what it waits for at this moment."""

    def rename(self, text: str) -> None:
        """Replace the text of the phase, such as by its result."""


class Progress(Protocol):
    """A place where phases are shown, one after the other."""

    def phase(self, text: str) -> AbstractContextManager[Phase]:
        """Show the phase while the block runs, and at its end whether it succeeded and how long it took."""


class Bar:
    """The phase that runs now, as one line of a terminal that is redrawn in place.

    It writes nothing where stdout is not a terminal. The clock is a parameter so that a test can hold it.
    """

    def __init__(self, text: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.text = text
        self._clock = clock
        self._start = clock()
        self._next = self._start + BAR_DELAY_SECONDS
        self._line_chars = 0  # length of the line that is shown

    @property
    def seconds(self) -> float:
        """Time since the start of the phase."""
        return self._clock() - self._start

    def advance(self, done: float, total: float) -> None:
        if not sys.stdout.isatty() or self._clock() < self._next:
            return
        self._next = self._clock() + REDRAW_SECONDS
        share = min(done / total, 1) if total else 0
        bar = "█" * round(share * BAR_CHARS)
        left = _minutes(self.seconds * (1 / share - 1)) if share else "?"
        left = _("{time} left").format(time=left)
        self._draw(f"  {self.text} {bar:{BAR_CHARS}} {share * 100:3.0f} % {_minutes(self.seconds)}, {left}")

    def note(self, text: str) -> None:
        if sys.stdout.isatty() and self._clock() >= self._next:
            self._next = self._clock() + REDRAW_SECONDS
            self._draw(f"  {self.text}: {text}")

    def rename(self, text: str) -> None:
        self.text = text

    def clear(self) -> None:
        """Remove the line from the terminal."""
        if self._line_chars:
            self._draw("")
            print(end="\r", flush=True)

    def _draw(self, line: str) -> None:
        line = line[: shutil.get_terminal_size().columns - 1]  # a longer one would go on in a second line
        print("\r" + line.ljust(self._line_chars), end="", flush=True)
        self._line_chars = len(line)


def _minutes(seconds: float) -> str:
    """The time as minutes and seconds, such as 01:30."""
    return f"{int(seconds) // 60:02}:{int(seconds) % 60:02}"


class Terminal:
    """Phases as lines on stdout."""

    @contextmanager
    def phase(self, text: str) -> Iterator[Phase]:
        bar = Bar(text)
        mark = "✗"
        try:
            yield bar
            mark = "✓"
        finally:
            bar.clear()
            print(f" {mark} {bar.text} ({decimal(bar.seconds, 1)} s)", flush=True)


class Silent:
    """A place that shows nothing, for a phase whose parts need no lines of their own."""

    def phase(self, text: str) -> AbstractContextManager[Phase]:
        return nullcontext(self)

    def advance(self, done: float, total: float) -> None: ...

    def note(self, text: str) -> None: ...

    def rename(self, text: str) -> None: ...


_current: Progress = Terminal()


def current() -> Progress:
    """The place where this process shows phases."""
    return _current


def use(progress: Progress) -> None:
    """Show phases there from now on."""
    global _current
    _current = progress


@contextmanager
def shown_on(progress: Progress) -> Iterator[None]:
    """Show phases there during the block."""
    before = current()
    use(progress)
    try:
        yield
    finally:
        use(before)
