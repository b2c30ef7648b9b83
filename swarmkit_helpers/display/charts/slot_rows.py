"""The chart of the tasks of a service's slots over time."""

from collections import defaultdict
from dataclasses import dataclass

from ...language import _
from ...recorder import Gap
from ...records import Task, natural_key
from . import palette
from .canvas import Canvas, width_of
from .chart import LOCK, Chart, Record, Source
from .names import Names
from .palette import QUIET, STYLES
from .time_axis import BELOW, LEFT, MARGIN, TABLE_MAX_ROWS, TOP, WIDTH, Window, chart_over_time, draw_heading, subject

PLOT_HEIGHT = 240  # pixels
LANE_MAX_HEIGHT, ROW_MIN_LANES = 15, 2  # pixels of one of several tasks in a row; of a row, in lanes
PLOT_MAX_SLOTS = 20  # of more slots, the plot is twice as high
ENDED_KINDS = ("complete", "failed", "ended")  # of tasks
MARK_EDGES = {"failed": 2.0, "complete": 1.0}  # kinds of ends that have a mark: pixels of its edge
MARK_WIDTH, TASK_GAP = 16, 2  # pixels: of such a mark, between a task and the next one in its row


def slots(source: Source, service: str | None = None) -> Chart:
    """Draw a row for each slot of the service, with a bar for each task; None is the first service."""
    record, service, window = subject(source, service)
    names = Names(record.history)
    bars = _bars(window, service, names)
    with LOCK:
        canvas = _canvas(record, window, service, bars, names)
    parts = sorted(
        (start, _row_name(bar.task), bar.task.node or "-", word)
        for bar in bars
        for start, _end, _kind, word in bar.parts
    )
    rows = [(window.clock(start), *rest) for start, *rest in parts[-TABLE_MAX_ROWS:]]
    table = [(_("time"), _("slot"), _("node"), _("state")), *rows]
    return chart_over_time(
        "slots", record, canvas, service, table, window, _("Slots of {service} over time: {sentence}")
    )


@dataclass
class Bar:
    """A task's life, as far as it was seen. Its parts are start and end (seconds since the epoch), kind and word."""

    task: Task  # as last seen, with names in the place of ids
    parts: list[tuple[float, float, str, str]]
    lane: int = 0  # of its slot's row; tasks at the same time are in different lanes

    @property
    def start(self) -> float:
        return self.parts[0][0]

    @property
    def end(self) -> float:
        """When it ended, or the last time that is shown."""
        start, end, kind, _word = self.parts[-1]
        return start if kind in ENDED_KINDS else end

    @property
    def mark(self) -> str | None:
        """The kind of its end, if that has a mark: a task that the swarm has stopped has none."""
        kind = self.parts[-1][2]
        return kind if kind in MARK_EDGES else None


def _bars(window: Window, service: str, names: Names) -> list[Bar]:
    """The tasks of the service, in the order in which they were seen first."""
    bars: dict[str, Bar] = {}
    kinds = palette.Kinds()
    for start, end, seen in window.spans():
        if isinstance(seen, Gap):
            continue
        for task in seen.tasks:
            # A task that was seen before goes on: tasks of a removed service have lost its name.
            if task.id not in bars and (task.service != service or task.ended):
                continue
            bar = bars.setdefault(task.id, Bar(task, []))
            bar.task = names.of(task)
            kind = kinds.of(seen, task)
            word = palette.word(kind, task)
            before = bar.parts[-1] if bar.parts else None
            if before and before[3] == word and before[1] == start:
                bar.parts[-1] = (before[0], end, kind, word)
            elif not (task.ended and before and before[2] in ENDED_KINDS):
                bar.parts.append((start, end, kind, word))
    return list(bars.values())


def _row_name(task: Task) -> str:
    return str(task.slot) if task.slot else task.node or "-"


def _canvas(record: Record, window: Window, service: str, bars: list[Bar], names: Names) -> Canvas:
    rows: dict[str, list[Bar]] = defaultdict(list)
    for bar in bars:
        rows[_row_name(bar.task)].append(bar)
    order = sorted(rows, key=natural_key)
    room = PLOT_HEIGHT if len(order) <= PLOT_MAX_SLOTS else 2 * PLOT_HEIGHT
    bottom = TOP + room
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    kinds = {
        kind: palette.title(kind)
        for bar in bars
        for _start, _end, kind, _word in bar.parts
        if kind not in ENDED_KINDS or kind in MARK_EDGES
    }
    draw_heading(canvas, record, names, service, kinds)
    lanes = {name: max(ROW_MIN_LANES, _lanes(rows[name])) for name in order}
    lane_height = min(LANE_MAX_HEIGHT, room / max(sum(lanes.values()), 1))
    usual = ROW_MIN_LANES * lane_height
    every = max(1, round(13 / usual + 0.5)) if usual < 13 else 1
    y: float = TOP
    for number, name in enumerate(order):
        high = lanes[name] * lane_height
        if number % every == 0:
            text = _("slot {n}").format(n=name) if name.isdigit() else name
            canvas.text(LEFT - 10, y + high / 2, text, min(11, max(9, usual)), QUIET, align="right")
        _row(canvas, window, rows[name], y + high * 0.08, high * 0.84)
        y += high
    window.draw(canvas, bottom)
    return canvas


def _lanes(bars: list[Bar]) -> int:
    """Give each task of one slot a lane of its own for its time, and return how many lanes these are."""
    ends: list[float] = []  # of the last task in each lane, in seconds since the epoch
    for bar in bars:
        bar.lane = next((lane for lane, end in enumerate(ends) if end <= bar.start), len(ends))
        ends[bar.lane : bar.lane + 1] = [bar.end]
    return len(ends)


def _row(canvas: Canvas, window: Window, bars: list[Bar], y: float, high: float) -> None:
    """Draw the tasks of one slot; two tasks at the same time are one below the other."""
    lanes = max(bar.lane for bar in bars) + 1
    for bar in bars:
        _bar(canvas, window, bar, y + bar.lane * high / lanes, high / lanes - (1 if lanes > 1 else 0))


def _bar(canvas: Canvas, window: Window, bar: Bar, y: float, high: float) -> None:
    """Draw an outline for the task, with a shade for each of its phases and their signs where there is room."""
    left = window.x(bar.start)
    right = max(left + 2, window.x(bar.end) - TASK_GAP)
    size = min(10.5, high - 2)
    label, last_word = bar.task.node or bar.parts[-1][3], bar.parts[-1][3]
    phases = [part for part in bar.parts if part[2] not in ENDED_KINDS]
    longest = max(phases, key=lambda part: part[1] - part[0], default=None)
    for part in phases:
        start, end, kind, _word = part
        style, x = STYLES[kind], window.x(start)
        wide = min(window.x(end), right) - x
        canvas.box(x, y, max(1.5, wide), high, style.fill)
        if style.hatch:
            canvas.hatch(x, y, max(1.5, wide), high, style.hatch, "#d6dadf")
        room = wide - (MARK_WIDTH if bar.mark and part is phases[-1] else 0)
        if size < 9:
            continue
        if part is longest and width_of(label, size) + 8 <= room:
            canvas.text(x + 5, y + high / 2, label, size)
            if room < wide and width_of(label + last_word, size) + 20 <= room:
                canvas.text(x + room - 5, y + high / 2, last_word, size, align="right")
        elif width_of(style.sign, size) + 4 <= room:
            canvas.text(x + room / 2, y + high / 2, style.sign, size, QUIET, align="center")
    canvas.box(left, y, right - left, high, "none", QUIET, radius=3, line=1.3, layer=2.5)
    if bar.mark:
        _mark(canvas, bar.mark, max(left, right - MARK_WIDTH), y, high)


def _mark(canvas: Canvas, kind: str, x: float, y: float, high: float) -> None:
    """Draw how a task ended: a mark of one width, which covers what follows and so is always seen."""
    style = STYLES[kind]
    legible = high >= 10
    canvas.box(
        x,
        y,
        MARK_WIDTH,
        high,
        style.fill if legible else style.edge,
        style.edge,
        radius=2,
        line=MARK_EDGES[kind],
        layer=4,
    )
    if legible:
        canvas.text(x + MARK_WIDTH / 2, y + high / 2, style.sign, min(13, high - 1), bold=True, align="center")
