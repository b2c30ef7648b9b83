"""A figure with its text: the sentence for readers who cannot see it, and its data as a table."""

import base64
import io
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from os import PathLike
from typing import TYPE_CHECKING, Any

from ...docker_commands import Command
from ...language import _
from ...recorder import Gap, Observable, Recording
from ...records import Observation
from .. import machine_states, summary
from ..tables import data, figure, grid
from .canvas import Canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Only one thread at a time may use matplotlib's font cache and parser (matplotlib/ipympl pull 621).
LOCK = threading.RLock()
PNG_WIDTH, PNG_COLOURS = 960, 128  # pixels: 1.5 for each of a column of 640; colours, those of the edges of letters too


@dataclass(frozen=True)
class Record:
    """The observations up to a moment, and the commands given in that time."""

    history: tuple[Observation | Gap, ...]
    markers: tuple[Command, ...] = ()
    at: float | None = None  # seconds since the epoch; None is the time of the last entry
    start: float | None = None  # seconds since the epoch, of the time that charts over time show; None: they choose
    over: bool = False  # whether it stays as it is: nothing is drawn after its end

    @classmethod
    def of(cls, source: "Record | Recording | Observable") -> "Record":
        """The source's record; of a swarm, one observation that is taken now."""
        if isinstance(source, Record):
            return source
        if isinstance(source, Recording):
            return cls(source.history, source.markers, time.time())
        return cls((source.observe(),))

    @classmethod
    def as_of(cls, recording: Recording, number: int | None = None) -> "Record":
        """The record as it was when the entry of that number was the last one; by default as it is now.

        What this process has recorded is shown without what earlier ones have: between two days anything may have
        happened.
        """
        entries = recording.since(0) if number is None else recording.until(number)
        if entries and entries[-1][0] > recording.began:
            entries = [each for each in entries if each[0] > recording.began]
        history = tuple(entry for _number, entry in entries if not isinstance(entry, Command))
        markers = tuple(entry for _number, entry in entries if isinstance(entry, Command))
        return cls(history, markers, time.time() if number is None else entries[-1][1].at if entries else None)

    @property
    def now(self) -> float:
        """The time of the record, in seconds since the epoch."""
        if self.at is not None:
            return self.at
        return self.history[-1].at if self.history else 0.0

    @property
    def last(self) -> Observation | None:
        """The newest observation, even if no manager has answered since then."""
        return next((seen for seen in reversed(self.history) if isinstance(seen, Observation)), None)

    @property
    def gap(self) -> Gap | None:
        """The last entry, if no manager answered then."""
        return self.history[-1] if self.history and isinstance(self.history[-1], Gap) else None

    def until(self, at: float) -> "Record":
        """The record as it was at that time, in seconds since the epoch."""
        history = tuple(entry for entry in self.history if entry.at <= at)
        return replace(self, history=history, markers=tuple(each for each in self.markers if each.at <= at), at=at)

    def since(self, start: float) -> tuple[Observation | Gap, ...]:
        """The entries since that time, and the one before them, which was still true then."""
        first = next((number for number in range(len(self.history) - 1, -1, -1) if self.history[number].at <= start), 0)
        return self.history[first:]


@dataclass(frozen=True)
class Chart:
    """A figure, what it shows in one sentence, and its data as a table. It shows itself."""

    name: str  # placement, replicas, slots, forecast
    canvas: Canvas
    caption: str
    alt: str
    rows: Sequence[Sequence[str]]  # the first has the titles
    changes_at: float | None = None  # seconds since the epoch: when it will look different although nothing happened
    over_time: bool = False  # whether it shows more than a moment

    @cached_property
    def figure(self) -> "Figure":
        """The drawing as a figure of matplotlib."""
        from .pixels import figure_of  # matplotlib is slow to import, and not every chart is shown

        return figure_of(self.canvas)

    def to_png(self, path: str | PathLike[str], dpi: int = 150) -> None:
        """Write the figure to that file, as a PNG."""
        with LOCK:
            self.figure.savefig(path, format="png", dpi=dpi)

    def svg(self) -> bytes:
        """The figure as SVG. Equal figures are equal bytes, and words are text."""
        file = io.BytesIO()
        with LOCK, _svg_settings():
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    def png(self, width: int = PNG_WIDTH, colours: int = PNG_COLOURS) -> bytes:
        """The figure as a PNG of that width in pixels, with few colours: a notebook is to stay small."""
        from PIL import Image

        file, small = io.BytesIO(), io.BytesIO()
        with LOCK:
            self.figure.savefig(file, format="png", dpi=width / self.figure.get_figwidth())
        Image.open(file).quantize(colours, method=Image.Quantize.FASTOCTREE).save(small, "PNG", optimize=True)
        return small.getvalue()

    def html(self, with_caption: bool = True) -> str:
        """The figure with its table as HTML, for a notebook, as SVG; also legible on a dark page.

        Its sentence is under it, except without `with_caption`, where the page has it already. The alternative text
        has it in any case.
        """
        return self._html(
            "svg+xml", base64.b64encode(self.svg()).decode(), escape(self.caption) if with_caption else ""
        )

    def still(self, seen: str = "", with_caption: bool = True) -> dict[str, str]:
        """The figure by MIME type: its PNG, and HTML with the same PNG, its words and its table.

        Viewers that show no HTML have the PNG; a PNG alone has no alternative text. `seen` is HTML that says when
        it was so.
        """
        source = base64.b64encode(self.png()).decode()
        words = " ".join(filter(None, [escape(self.caption) if with_caption else "", seen]))
        return {"text/html": self._html("png", source, words), "image/png": source}

    def image_of(self, png: bytes) -> str:
        """The HTML of that PNG of the figure, with its alternative text."""
        return self._image("png", base64.b64encode(png).decode())

    def _html(self, kind: str, source: str, words: str) -> str:
        """The picture, the HTML of the words under it, and the table."""
        titles, *rows = self.rows
        table = (
            f"<details><summary>{escape(_('The same as a table'))}</summary>{grid(titles, map(data, rows))}</details>"
        )
        return figure(self._image(kind, source), words + table)

    def _image(self, kind: str, source: str) -> str:
        width, height = round(self.canvas.width), round(self.canvas.height)
        # With a size, the page does not jump when one figure follows another.
        return (
            f'<img alt="{escape(self.alt)}" width="{width}" height="{height}" '
            f'style="max-width: 100%; height: auto" src="data:image/{kind};base64,{source}">'
        )

    def _repr_mimebundle_(self, **how: object) -> dict[str, str]:
        return {"text/plain": repr(self), **self.still()}

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        return f"(chart: {self.name})"


Source = Record | Recording | Observable
Maker = Callable[..., Chart]  # called with a source, and the name of a service or None


@contextmanager
def _svg_settings() -> Iterator[None]:
    """Set how matplotlib writes SVG, for the block.

    Matplotlib's own `rc_context` would also undo what other threads set in that time.
    """
    from matplotlib import rcParams

    fonttype, hashsalt = rcParams["svg.fonttype"], rcParams["svg.hashsalt"]
    rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "swarmlab"})
    try:
        yield
    finally:
        rcParams.update({"svg.fonttype": fonttype, "svg.hashsalt": hashsalt})


def caption(record: Record, service: str | None) -> str:
    """The sentence under a chart: what was seen last, and whether a manager answers now."""
    if record.last is None:
        return _("No manager answers, and nothing was seen yet.") if record.gap else _("Nothing was seen yet.")
    text = summary.sentence(record.last, service)
    if not record.gap:
        return text
    faults = [machine_states.fault(machine.node, machine.state) for machine in record.gap.machines]
    text = _("No manager answers now; what was seen last: {sentence}").format(sentence=text)
    return " ".join([text, *(f"{each}." for each in faults if each)])
