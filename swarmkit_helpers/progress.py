"""Saying how far long work has come: one line per phase, and a bar inside it where it is long.

What works says `with progress.current().phase("...")`; how that looks is decided here for a terminal and
in `live` for a notebook.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from tqdm import tqdm


class Phase(Protocol):
    """A piece of work that is under way."""

    def advance(self, done: float, total: float) -> None:
        """`done` of `total` units of it are behind us."""

    def rename(self, text: str) -> None:
        """What it came to, said in the place of what it was called."""


class Progress(Protocol):
    """A place where phases are shown, one after the other."""

    def phase(self, text: str) -> AbstractContextManager[Phase]:
        """Shows the phase while the block runs, and at its end whether it worked and how long it took."""


class _Bar:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tqdm = tqdm(
            total=1,
            desc=f"  {text}",
            leave=False,
            delay=0.5,
            file=sys.stdout,
            disable=None,
            bar_format="{desc} {bar:30} {percentage:3.0f} % {elapsed}, {remaining} left",
        )

    def advance(self, done: float, total: float) -> None:
        self.tqdm.total = total
        self.tqdm.update(done - self.tqdm.n)

    def rename(self, text: str) -> None:
        self.text = text


class Terminal:
    """Lines on stdout; the bar only where stdout is a terminal."""

    @contextmanager
    def phase(self, text: str) -> Iterator[Phase]:
        start = time.monotonic()
        bar = _Bar(text)
        mark = "✗"
        try:
            yield bar
            mark = "✓"
        finally:
            bar.tqdm.close()
            print(f" {mark} {bar.text} ({time.monotonic() - start:.1f} s)", flush=True)


_current: Progress = Terminal()


def current() -> Progress:
    """Where phases are shown in this process."""
    return _current


def use(progress: Progress) -> None:
    """From now on phases are shown there."""
    global _current
    _current = progress
