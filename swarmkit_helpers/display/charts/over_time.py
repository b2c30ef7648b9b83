"""The charts of a service over time: its replicas, and the tasks of its slots."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure

from ...language import _
from ...recorder import Gap
from ...records import Observation, Task, natural_key
from . import palette
from .canvas import Canvas, width_of
from .chart import LOCK, Chart, Record, Source, caption, legend
from .palette import GREEN, INK, QUIET, STYLES
from .time_axis import BELOW, LEFT, MARGIN, TOP, WIDTH, Window

REPLICAS_HEIGHT, SLOTS_HEIGHT = 150, 240  # pixels of the plots
SLOTS_HEIGHT_MAX_SLOTS = 20  # of more slots, the plot is twice as high
TABLE_MAX_ROWS = 30  # the newest
ENDED_KINDS = ("complete", "failed", "ended")  # of tasks
MARK_EDGES = {"failed": 2.0, "complete": 1.0}  # kinds of ends that have a mark: pixels of its edge
MARK_WIDTH, TASK_GAP = 16, 2  # pixels: of such a mark, between a task and the next one in its row

Numbers = tuple[int, int]  # desired and running tasks
# From, until (seconds since the epoch), and the numbers; None while no manager answered.
Count = tuple[float, float, Numbers | None]


def replicas(source: Source, service: str | None = None) -> Chart:
    """Draw how many of the service's replicas are desired (dashed), and how many run; None is the first service."""
    record, service, window = _subject(source, service)
    counts = _counts(window, service)
    with LOCK:
        figure = _replicas(record, window, service, counts)
    numbers = [
        (window.clock(start), *(("-", "-") if count is None else map(str, count))) for start, _end, count in counts
    ]
    table = [(_("time"), _("desired"), _("running")), *numbers[-TABLE_MAX_ROWS:]]
    return _chart("replicas", record, figure, service, table, window, _("Replicas of {service} over time: {sentence}"))


def slots(source: Source, service: str | None = None) -> Chart:
    """Draw a row for each slot of the service, with a bar for each task; None is the first service."""
    record, service, window = _subject(source, service)
    bars = _bars(window, service)
    with LOCK:
        figure = _slots(record, window, service, bars)
    parts = sorted(
        (start, _row_name(bar.task), bar.task.node or "-", word)
        for bar in bars
        for start, _end, _kind, word in bar.parts
    )
    rows = [(window.clock(start), *rest) for start, *rest in parts[-TABLE_MAX_ROWS:]]
    table = [(_("time"), _("slot"), _("node"), _("state")), *rows]
    return _chart("slots", record, figure, service, table, window, _("Slots of {service} over time: {sentence}"))


def _subject(source: Source, service: str | None) -> tuple[Record, str, Window]:
    """The source's record, the service (if none is named, the first), and the time that is shown."""
    record = Record.of(source)
    if not service:
        service = record.last.services[0].name if record.last and record.last.services else ""
    return record, service, Window.of(record, service)


def _chart(
    name: str, record: Record, figure: Figure, service: str, table: Sequence[Sequence[str]], window: Window, alt: str
) -> Chart:
    text = caption(record, service or None)
    alt = alt.format(service=service or _("no service"), sentence=text)
    return Chart(name, figure, text, alt, table, window.changes_at)


def _counts(window: Window, service: str) -> list[Count]:
    """The numbers of desired and running tasks, from when to when; None where no manager answered."""
    counts: list[Count] = []
    kinds = palette.Kinds()
    for start, end, seen in window.spans():
        count = None if isinstance(seen, Gap) else _count(seen, service, kinds)
        if counts and counts[-1][2] == count:
            start = counts.pop()[0]
        counts.append((start, end, count))
    return counts


def _count(seen: Observation, name: str, kinds: palette.Kinds) -> Numbers:
    """How many tasks of the service are desired, and in how many slots (or on how many nodes) one runs."""
    tasks = seen.tasks_of(name)
    service = seen.service(name)
    running = {task.slot or task.node for task in tasks if kinds.of(seen, task) == "running"}
    if service is None:
        return 0, len(running)
    wanted = {task.slot or task.node for task in tasks if task.wanted}
    return len(wanted) if service.replicas is None else service.replicas, len(running)


def _replicas(record: Record, window: Window, service: str, counts: list[Count]) -> Figure:
    bottom = TOP + REPLICAS_HEIGHT
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    most = max([1, *(max(count) for _start, _end, count in counts if count)])

    def y(number: float) -> float:
        return bottom - number / most * (REPLICAS_HEIGHT - 12)

    legend(canvas, MARGIN, MARGIN + 6, record, {}, service or _("no service"))
    last = next((count for _start, _end, count in reversed(counts) if count), (0, 0))
    if not record.gap:
        _key(canvas, *last)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, most) if most / step <= 7)
    for number in range(0, most + 1, step):
        canvas.line([(LEFT, y(number)), (window.plot_right, y(number))], palette.RULE)
        canvas.text(LEFT - 10, y(number), str(number), 10.5, QUIET, align="right")
    for run in _runs(counts):
        desired, running = (
            [(window.x(at), y(count[part])) for start, end, count in run for at in (start, end)] for part in (0, 1)
        )
        canvas.line([(running[0][0], bottom), *running, (running[-1][0], bottom)], "none", fill=STYLES["running"].fill)
        canvas.line(running, GREEN, width=2.2, layer=3)
        canvas.line(desired, INK, width=1.8, dashed=True, layer=3)
    window.draw(canvas, bottom)
    return canvas.figure()


def _key(canvas: Canvas, desired: int, running: int) -> None:
    """Draw the key of the two lines, with their values now."""
    right: float = WIDTH - MARGIN
    for text, color, dashed in (
        (_("{n} running").format(n=running), GREEN, False),
        (_("{n} desired").format(n=desired), INK, True),
    ):
        right -= width_of(text, 11)
        canvas.text(right, MARGIN + 6, text, 11)
        canvas.line([(right - 34, MARGIN + 6), (right - 8, MARGIN + 6)], color, width=2.2, dashed=dashed, layer=3)
        right -= 52


def _runs(counts: list[Count]) -> list[list[tuple[float, float, Numbers]]]:
    """The counts, cut where no manager answered."""
    runs: list[list[tuple[float, float, Numbers]]] = [[]]
    for start, end, count in counts:
        if count is None:
            runs.append([])
        else:
            runs[-1].append((start, end, count))
    return [run for run in runs if run]


@dataclass
class Bar:
    """A task's life, as far as it was seen. Its parts are start and end (seconds since the epoch), kind and word."""

    task: Task
    parts: list[tuple[float, float, str, str]]
    lane: int = 0  # 1 for a task below another of its slot

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


def _bars(window: Window, service: str) -> list[Bar]:
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
            bar.task = task
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


def _slots(record: Record, window: Window, service: str, bars: list[Bar]) -> Figure:
    rows: dict[str, list[Bar]] = defaultdict(list)
    for bar in bars:
        rows[_row_name(bar.task)].append(bar)
    names = sorted(rows, key=natural_key)
    room = SLOTS_HEIGHT if len(names) <= SLOTS_HEIGHT_MAX_SLOTS else 2 * SLOTS_HEIGHT
    bottom = TOP + room
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    kinds = {
        kind: palette.title(kind)
        for bar in bars
        for _start, _end, kind, _word in bar.parts
        if kind not in ENDED_KINDS or kind in MARK_EDGES
    }
    legend(canvas, MARGIN, MARGIN + 6, record, kinds, service or _("no service"))
    high = min(30, room / max(len(names), 1))
    every = max(1, round(13 / high + 0.5)) if high < 13 else 1
    for number, name in enumerate(names):
        y = TOP + number * high
        if number % every == 0:
            text = _("slot {n}").format(n=name) if name.isdigit() else name
            canvas.text(LEFT - 10, y + high / 2, text, min(11, max(8, high)), QUIET, align="right")
        _row(canvas, window, rows[name], y + high * 0.08, high * 0.84)
    window.draw(canvas, bottom)
    return canvas.figure()


def _row(canvas: Canvas, window: Window, bars: list[Bar], y: float, high: float) -> None:
    """Draw the tasks of one slot; two tasks at the same time are one below the other."""
    before = None
    for bar in bars:
        bar.lane = 1 - before.lane if before and before.end > bar.start else 0
        before = bar
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
        if size < 7.5:
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
    legible = high >= 9
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
