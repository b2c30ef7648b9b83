"""A picture with its words: the sentence for those who cannot see it, and the table behind it."""

import base64
import io
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html import escape
from os import PathLike
from typing import Any, Self

import matplotlib as mpl
from matplotlib.figure import Figure

from ...docker_commands import Command
from ...language import _
from ...recorder import Gap, Observable, Recorder
from ...records import Observation, Task
from .. import summary
from ..tables import data, figure, grid
from . import palette
from .canvas import SCREEN, Canvas, shortened, width_of

# Matplotlib's font cache and parser are not for two threads at a time (matplotlib/ipympl pull 621).
LOCK = threading.RLock()
REMEMBERED = 60.0  # seconds for which the name of a removed service is known: its tasks take some to stop


@dataclass(frozen=True)
class Record:
    """What was seen up to a moment, and the commands given meanwhile."""

    history: tuple[Observation | Gap, ...]
    markers: tuple[Command, ...] = ()
    at: float | None = None  # seconds since the epoch; None is the moment of the last entry

    @classmethod
    def of(cls, source: "Record | Recorder | Observable") -> Self:
        """The source's record; of a swarm, one observation taken now."""
        if isinstance(source, Record):
            return source
        if isinstance(source, Recorder):
            return cls(source.history, source.markers, time.time())
        return cls((source.observe(),))

    @property
    def now(self) -> float:
        """The moment the record was taken, in seconds since the epoch."""
        if self.at is not None:
            return self.at
        return self.history[-1].at if self.history else 0.0

    @property
    def last(self) -> Observation | None:
        """The newest observation, even if no manager has answered since."""
        return next((seen for seen in reversed(self.history) if isinstance(seen, Observation)), None)

    @property
    def gap(self) -> Gap | None:
        """What kept the newest look from being an observation, if anything did."""
        return self.history[-1] if self.history and isinstance(self.history[-1], Gap) else None

    def named(self, task: Task) -> Task:
        """The task, with its service's name if the service was removed and the name was seen not long ago."""
        names = (
            service.name
            for seen in reversed(self.since(self.now - REMEMBERED))
            if isinstance(seen, Observation)
            for service in seen.services
            if service.id == task.service
        )
        return replace(task, service=next(names, task.service))

    def since(self, start: float) -> tuple[Observation | Gap, ...]:
        """What was so from that moment on: the entries since, and the one before them."""
        first = next((number for number in range(len(self.history) - 1, -1, -1) if self.history[number].at <= start), 0)
        return self.history[first:]


@dataclass(frozen=True)
class Chart:
    """A figure, what it says in one sentence, and its data as a table."""

    name: str  # placement, replicas, slots
    figure: Figure
    caption: str
    alt: str
    rows: Sequence[Sequence[str]]  # the first has the titles
    changes_at: float | None = None  # seconds since the epoch: when time alone will make it look different

    def to_png(self, path: str | PathLike[str], dpi: int = 150) -> None:
        """The picture is in that file."""
        with LOCK:
            self.figure.savefig(path, format="png", dpi=dpi)

    def svg(self) -> bytes:
        """The picture; the same picture is the same bytes. Its words are text."""
        file = io.BytesIO()
        with LOCK, _settings({"svg.fonttype": "none", "svg.hashsalt": "swarmlab"}):
            self.figure.savefig(file, format="svg", metadata={"Date": None})
        return file.getvalue()

    def html(self, with_caption: bool = True) -> str:
        """The picture with its table, for a notebook; also legible on a dark page.

        Its sentence is under it, unless not `with_caption`, for where the page says it already. Those who cannot see the
        picture have it in any case.
        """
        width, height = (round(inches * SCREEN) for inches in self.figure.get_size_inches())
        source = base64.b64encode(self.svg()).decode()
        # The size is given, so that the page does not jump when one frame follows the other.
        picture = (
            f'<img alt="{escape(self.alt)}" width="{width}" height="{height}" '
            f'style="max-width: 100%; height: auto" src="data:image/svg+xml;base64,{source}">'
        )
        titles, *rows = self.rows
        table = (
            f"<details><summary>{escape(_('The same as a table'))}</summary>{grid(titles, map(data, rows))}</details>"
        )
        return figure(picture, (escape(self.caption) if with_caption else "") + table)

    def _repr_html_(self) -> str:
        return self.html()

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))

    def __repr__(self) -> str:
        return f"(chart: {self.name})"


Source = Record | Recorder | Observable
Maker = Callable[..., Chart]  # of a source, and the name of a service or None


@contextmanager
def _settings(wanted: dict[str, str]) -> Iterator[None]:
    """These settings of matplotlib for the block. Its own context manager would also undo what others set meanwhile."""
    before = {key: mpl.rcParams[key] for key in wanted}
    mpl.rcParams.update(wanted)
    try:
        yield
    finally:
        mpl.rcParams.update(before)


def legend(canvas: Canvas, x: float, y: float, record: Record, kinds: Mapping[str, str], services: str) -> None:
    """The first line of a picture: which service, and the words for the colours; or that nobody answers."""
    if services:
        canvas.text(x, y, shortened(services, 13, canvas.width / 2.5), 13, bold=True)
    if record.gap:
        text = _("no manager answers: this is what was seen last") if record.last else _("no manager answers")
        wide = width_of(text, 11, bold=True) + 16
        canvas.box(canvas.width - x - wide, y - 12, wide, 24, palette.INK, radius=5)
        canvas.text(canvas.width - x - wide / 2, y, text, 11, palette.CARD, bold=True, across="center")
        return
    right = canvas.width - x
    for kind, style in reversed(palette.STYLES.items()):
        if kind in kinds:
            text = f"{style.sign} {kinds[kind]}"
            right -= width_of(text, 11)
            canvas.text(right, y, text, 11, palette.INK)
            right -= 20
            canvas.box(right, y - 7, 14, 14, style.fill, style.edge, radius=3, dashed=style.dashed, line=1.4)
            right -= 16


def caption(record: Record, service: str | None) -> str:
    """The sentence under a picture: what was seen last, and whether anybody answers now."""
    if record.last is None:
        return _("No manager answers, and nothing was seen yet.") if record.gap else _("Nothing was seen yet.")
    told = summary.sentence(record.last, service)
    return _("No manager answers now; what was seen last: {sentence}").format(sentence=told) if record.gap else told
