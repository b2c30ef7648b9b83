"""What charts over time have in common: the time axis, with the commands on it and the gaps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

from ...docker_commands import Command
from ...language import _
from ...recorder import Gap
from ...recorder.pace import CALM_SECONDS
from ...records import Observation, Service
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import Chart, Record, Source, caption
from .legend import draw_legend
from .names import Names

WIDTH, MARGIN, LEFT, TOP = 640, 16, 100, 76  # pixels: of the card, around it, left of the plot, above it
MAX_SECONDS, MIN_SECONDS = 90, 10  # that are shown
OVER_MIN_SECONDS = 1  # that are shown of a record that is over
OVER_TAIL = 0.04  # of the time that is shown: so much more of it, for what happened in its last moment to be seen
TICK_SECONDS = (1, 2, 5, 10, 15, 30)  # between two ticks; the first with few enough ticks is taken
MAX_TICKS = 9
MAX_COMMANDS = 4  # that are written out, the newest
COMMAND_HEIGHT = 18  # pixels of such a line
BELOW = 62 + MAX_COMMANDS * COMMAND_HEIGHT  # pixels of ticks and commands
TABLE_MAX_ROWS = 30  # the newest
FLAG_SIZE, FLAG_TEXT = 15, 9.5  # pixels: height of a command's number on the axis, and of its digits


@dataclass(frozen=True)
class Window:
    """The time that a chart shows: the last `MAX_SECONDS` in which anything changed."""

    record: Record
    origin: float  # when the service was seen first, in seconds since the epoch, as the next two
    start: float
    end: float
    creation: Command | None  # the command that created the service, if it is known

    @classmethod
    def of(cls, record: Record, service: str) -> "Window":
        """The window of the service in the record, up to some seconds after the last change.

        It begins where the record says, else where the service begins.
        """
        origin, since = _begin(record, service) if record.start is None else (record.start, record.start)
        made = [command for command in record.markers if since <= command.at < origin and service in command.text]
        least = OVER_MIN_SECONDS if record.over else MIN_SECONDS
        end = max(origin + least, min(record.now, _last_change(record) + CALM_SECONDS))
        if record.over:
            end += (end - origin) * OVER_TAIL
        return cls(record, origin, max(origin, end - MAX_SECONDS), end, made[-1] if made and service else None)

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
        kept = self.record.since(self.start)
        # While no manager answers, a new gap tells only what changes around the swarm.
        again = {id(now) for before, now in pairwise(kept) if isinstance(before, Gap) and isinstance(now, Gap)}
        entries = [seen for seen in kept if id(seen) not in again]
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
        """The commands given in the time that is shown, numbered from 1.

        Where the service begins, the command that created it is among them, which was given a moment before.
        """
        shown = [command for command in self.record.markers if self.start <= command.at <= self.end]
        made = [self.creation] if self.creation and self.start == self.origin else []
        return list(enumerate(made + shown, 1))

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
        """Draw a line where each was given, with its number; the newest are written out with the same number."""
        commands = self.commands
        for _number, command in commands:
            x = self.x(command.at)
            canvas.line([(x, TOP - 2), (x, bottom)], palette.QUIET, width=0.8, dashed=True, layer=5)
        for flag in _flags([(number, self.x(command.at)) for number, command in commands]):
            flag.draw(canvas, TOP - 9)
        title = _("your commands") if commands else _("no command was given in this time")
        canvas.text(MARGIN, bottom + 36, title, 10.5, palette.QUIET)
        top = bottom + 36
        for number, command in commands[-MAX_COMMANDS:]:
            top += COMMAND_HEIGHT
            Flag(number, number, MARGIN + 8, MARGIN + 8).draw(canvas, top)
            canvas.text(MARGIN + 24, top, self.clock(command.at), 11, palette.QUIET)
            canvas.text(MARGIN + 62, top, shortened(command.text, 11, self.plot_right - MARGIN - 62), 11)


def subject(source: Source, service: str | None) -> tuple[Record, str, Window]:
    """The source's record, the service (if none is named, the first), and the time that is shown."""
    record = Record.of(source)
    if not service:
        service = record.last.services[0].name if record.last and record.last.services else ""
    return record, service, Window.of(record, service)


def draw_heading(
    canvas: Canvas, record: Record, names: Names, service: str, kinds: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Draw the name of the service, with its letter if there are several services, and the words for the colours."""
    several = record.last is not None and len(record.last.services) > 1
    services = {service: names.style(service)} if service else {}
    draw_legend(canvas, record, services, kinds, _("no service"), lettered=several)


def chart_over_time(
    name: str, record: Record, canvas: Canvas, service: str, table: Sequence[Sequence[str]], window: Window, alt: str
) -> Chart:
    """The chart of that name, with its sentence and alternative text; `alt` has {service} and {sentence}."""
    text = caption(record, service or None)
    alt = alt.format(service=service or _("no service"), sentence=text)
    return Chart(name, canvas, text, alt, table, window.changes_at, over_time=True)


@dataclass(frozen=True)
class Flag:
    """The number of a command on the axis; the numbers of several that were given at nearly the same time."""

    first: int
    last: int
    left: float  # where the first command was given, in pixels
    right: float  # where the last one was given

    @property
    def text(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}–{self.last}"

    @property
    def width(self) -> float:
        """Its width in pixels: as wide as high for a digit, wider for more."""
        return max(FLAG_SIZE, width_of(self.text, FLAG_TEXT, bold=True) + 6)

    @property
    def middle(self) -> float:
        """The middle in pixels, so that the flag is inside the card."""
        return min((self.left + self.right) / 2, WIDTH - 3 - self.width / 2)

    def draw(self, canvas: Canvas, y: float) -> None:
        """Draw it, with its middle at that height."""
        left, top = self.middle - self.width / 2, y - FLAG_SIZE / 2
        canvas.box(left, top, self.width, FLAG_SIZE, palette.INK, radius=FLAG_SIZE / 2, layer=6)
        canvas.text(self.middle, y, self.text, FLAG_TEXT, palette.CARD, bold=True, align="center")


def _flags(commands: Sequence[tuple[int, float]]) -> list[Flag]:
    """The flags of these commands (number and pixel); flags that would cover each other are one."""
    flags: list[Flag] = []
    for number, x in commands:
        flag = Flag(number, number, x, x)
        while flags and flag.middle - flag.width / 2 < flags[-1].middle + flags[-1].width / 2 + 1:
            before = flags.pop()
            flag = Flag(before.first, flag.last, before.left, flag.right)
        flags.append(flag)
    return flags


def _begin(record: Record, name: str) -> tuple[float, float]:
    """When the newest service of that name was seen first, and when a former one of that name was seen last.

    Without such a service, the first observation, else the first entry.
    """
    seen = [entry for entry in record.history if isinstance(entry, Observation)]
    begin: tuple[float, Service] | None = None
    for entry in reversed(seen):
        service = entry.service(name)
        if service and begin and service.id != begin[1].id:
            return begin[0], entry.at
        if service:
            begin = entry.at, service
    entries = (*seen[:1], *record.history[:1])
    return begin[0] if begin else entries[0].at if entries else record.now, float("-inf")


def _last_change(record: Record) -> float:
    """The time of the last observed change or command."""
    ends = [entries[-1].at for entries in (record.history, record.markers) if entries]
    return max(ends, default=record.now)
