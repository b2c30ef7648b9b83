"""What charts over time have in common: the time axis, with the commands on it and the gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from ...docker_commands import Command
from ...language import _
from ...recorder import CALM_SECONDS, Gap
from ...records import Observation
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import Chart, Record, Source, caption

WIDTH, MARGIN, LEFT, TOP = 920, 16, 118, 52  # pixels: of the card, around it, left of the plot, above it
MAX_SECONDS, MIN_SECONDS = 90, 10  # that are shown
TICK_SECONDS = (1, 2, 5, 10, 15, 30)  # between two ticks; the first with few enough ticks is taken
MAX_TICKS = 9
MAX_COMMANDS = 4  # that are written out, the newest
COMMAND_HEIGHT = 18  # pixels of such a line
BELOW = 46 + MAX_COMMANDS * COMMAND_HEIGHT  # pixels of ticks and commands
TABLE_MAX_ROWS = 30  # the newest
FLAG_SIZE = 15  # pixels of a command's number on the axis


@dataclass(frozen=True)
class Window:
    """The time that a chart shows: the last `MAX_SECONDS` in which anything changed."""

    record: Record
    origin: float  # when the service was seen first, in seconds since the epoch, as the next two
    start: float
    end: float

    @classmethod
    def of(cls, record: Record, service: str) -> "Window":
        """The window of the service in the record, up to some seconds after the last change."""
        origin = _begin(record, service)
        end = max(origin + MIN_SECONDS, min(record.now, _last_change(record) + CALM_SECONDS))
        return cls(record, origin, max(origin, end - MAX_SECONDS), end)

    @property
    def changes_at(self) -> float | None:
        """When the chart will look different because time passes, in seconds since the epoch; None if it will not."""
        settled = _last_change(self.record) + CALM_SECONDS
        return settled if self.record.history and self.record.now < settled else None

    @property
    def plot_right(self) -> float:
        """The right end of the plot, in pixels."""
        return WIDTH - MARGIN - 6

    def x(self, at: float) -> float:
        """The pixel of that time, in seconds since the epoch."""
        part = (min(max(at, self.start), self.end) - self.start) / (self.end - self.start)
        return LEFT + part * (self.plot_right - LEFT)

    def spans(self) -> Iterator[tuple[float, float, Observation | Gap]]:
        """The entries of the record, each with its start and end in seconds since the epoch."""
        entries = self.record.since(self.start)
        for number, seen in enumerate(entries):
            until = entries[number + 1].at if number + 1 < len(entries) else self.end
            if until > self.start:
                yield max(seen.at, self.start), min(until, self.end), seen

    def clock(self, at: float) -> str:
        """Minutes and seconds since the service was seen first, as 1:05; earlier times are 0:00."""
        seconds = max(0, round(at - self.origin))
        return f"{seconds // 60}:{seconds % 60:02}"

    @property
    def commands(self) -> list[tuple[int, Command]]:
        """The commands given in the time that is shown, with their numbers since recording began.

        Where the service begins, the command before is among them: it created the service.
        """
        numbered = list(enumerate(self.record.markers, 1))
        shown = [(number, marker) for number, marker in numbered if self.start <= marker.at <= self.end]
        before = [entry for entry in numbered if entry[1].at < self.start] if self.start == self.origin else []
        return before[-1:] + shown

    def draw(self, canvas: Canvas, bottom: float) -> None:
        """Draw the axis at that height, the numbers of commands on it, and the commands below."""
        step = next((step for step in TICK_SECONDS if (self.end - self.start) / step <= MAX_TICKS), TICK_SECONDS[-1])
        first = -int(-(self.start - self.origin) // step)
        for number in range(first, int((self.end - self.origin) // step) + 1):
            at = self.origin + number * step
            canvas.line([(self.x(at), TOP), (self.x(at), bottom)], palette.RULE, layer=1)
            canvas.text(self.x(at), bottom + 12, self.clock(at), 10.5, palette.QUIET, align="center")
        canvas.line([(LEFT, bottom), (self.plot_right, bottom)], palette.QUIET, layer=4)
        canvas.text(MARGIN, bottom + 12, _("time (min:s)"), 10.5, palette.QUIET)
        for start, end, seen in self.spans():
            if isinstance(seen, Gap):
                self._gap(canvas, self.x(start), self.x(end), bottom)
        self._commands(canvas, bottom)

    def _gap(self, canvas: Canvas, left: float, right: float, bottom: float) -> None:
        canvas.box(left, TOP, right - left, bottom - TOP, "#eef0f2", layer=3)
        canvas.hatch(left, TOP, right - left, bottom - TOP, "xx", "#cdd3d9", layer=3)
        text = next((text for text in (_("no manager answered"), "?") if width_of(text, 10) + 8 < right - left), None)
        if text:
            wide = width_of(text, 10) + 8
            canvas.box((left + right - wide) / 2, TOP + 4, wide, 18, palette.CARD, radius=4, layer=4)
            canvas.text((left + right) / 2, TOP + 13, text, 10, palette.INK, align="center")

    def _commands(self, canvas: Canvas, bottom: float) -> None:
        """Draw a numbered flag where each was given; the newest are written out with the same number."""
        commands = self.commands
        top, taken = bottom + 38, 0.0
        for position, (number, command) in enumerate(commands):
            x = self.x(command.at)
            canvas.line([(x, TOP - 2), (x, bottom)], palette.QUIET, width=0.8, dashed=True, layer=5)
            if position >= len(commands) - MAX_COMMANDS:
                flag = min(max(x, taken + FLAG_SIZE + 2), WIDTH - MARGIN)  # flags do not cover each other
                _flag(canvas, flag, TOP - 9, number)
                taken = flag
                _flag(canvas, LEFT + 8, top, number)
                canvas.text(LEFT + 24, top, self.clock(command.at), 11, palette.QUIET)
                canvas.text(LEFT + 62, top, shortened(command.text, 11, self.plot_right - LEFT - 62), 11)
                top += COMMAND_HEIGHT
        title = _("your commands") if commands else _("no command was given in this time")
        canvas.text(
            MARGIN if commands else LEFT,
            bottom + 38,
            shortened(title, 10.5, LEFT - MARGIN) if commands else title,
            10.5,
            palette.QUIET,
        )


def subject(source: Source, service: str | None) -> tuple[Record, str, Window]:
    """The source's record, the service (if none is named, the first), and the time that is shown."""
    record = Record.of(source)
    if not service:
        service = record.last.services[0].name if record.last and record.last.services else ""
    return record, service, Window.of(record, service)


def chart_over_time(
    name: str, record: Record, figure: Figure, service: str, table: Sequence[Sequence[str]], window: Window, alt: str
) -> Chart:
    """The chart of that name, with its sentence and alternative text; `alt` has {service} and {sentence}."""
    text = caption(record, service or None)
    alt = alt.format(service=service or _("no service"), sentence=text)
    return Chart(name, figure, text, alt, table, window.changes_at)


def _flag(canvas: Canvas, x: float, y: float, number: int) -> None:
    canvas.box(x - FLAG_SIZE / 2, y - FLAG_SIZE / 2, FLAG_SIZE, FLAG_SIZE, palette.INK, radius=FLAG_SIZE / 2, layer=6)
    canvas.text(x, y, str(number), 10 if number < 10 else 8, palette.CARD, bold=True, align="center")


def _begin(record: Record, service: str) -> float:
    """When the service was seen first; if never, the first observation, else the first entry."""
    seen = [entry for entry in record.history if isinstance(entry, Observation)]
    entries = (*(entry for entry in seen if entry.service(service)), *seen, *record.history)
    return entries[0].at if entries else record.now


def _last_change(record: Record) -> float:
    """The time of the last observed change or command."""
    ends = [entries[-1].at for entries in (record.history, record.markers) if entries]
    return max(ends, default=record.now)
