"""What became of a service over time."""

from collections import defaultdict
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

LOW, HIGH = 150, 240  # pixels of the plots of replicas and of slots; a second such part for more slots than
MANY = 20
ROWS = 30  # rows of the table, the newest
OVER = ("complete", "failed", "ended")  # kinds of tasks that have ended
MARKED = {"failed": 2.0, "complete": 1.0}  # kinds of ends that have a mark, and how strong its edge is
MARK, GAP = 16, 2  # pixels of such a mark, and between a task and the next one in its row

Count = tuple[float, float, tuple[int, int] | None]  # from, until, and how many are desired and running


def replicas(source: Source, service: str | None = None) -> Chart:
    """How many of the service's replicas should run (dashed), and how many do; None is the only service."""
    record, service, window = _subject(source, service)
    counts = _counts(window, service)
    with LOCK:
        figure = _replicas(record, window, service, counts)
    table = [(_("time"), _("desired"), _("running"))]
    table += [
        (window.clock(start), *(("-", "-") if count is None else map(str, count))) for start, _end, count in counts
    ][-ROWS:]
    return _chart("replicas", record, figure, service, table, window, _("Replicas of {service} over time: {sentence}"))


def slots(source: Source, service: str | None = None) -> Chart:
    """A row for each slot of the service, and in it a bar for each of its tasks; None is the only service."""
    record, service, window = _subject(source, service)
    bars = _bars(window, service)
    with LOCK:
        figure = _slots(record, window, service, bars)
    table = [(_("time"), _("slot"), _("node"), _("state"))]
    seen = sorted(
        (start, _row_name(bar.task), bar.task.node or "-", word)
        for bar in bars
        for start, _end, _kind, word in bar.parts
    )
    table += [(window.clock(start), *rest) for start, *rest in seen[-ROWS:]]
    return _chart("slots", record, figure, service, table, window, _("Slots of {service} over time: {sentence}"))


def _subject(source: Source, service: str | None) -> tuple[Record, str, Window]:
    """The source's record, the service that is meant (if none is named, the first), and what is shown of its time."""
    record = Record.of(source)
    if not service:
        service = record.last.services[0].name if record.last and record.last.services else ""
    return record, service, Window.of(record, service)


def _chart(name: str, record: Record, figure: Figure, service: str, table: list, window: Window, alt: str) -> Chart:
    told = caption(record, service or None)
    alt = alt.format(service=service or _("no service"), sentence=told)
    return Chart(name, figure, told, alt, table, window.changes_at)


def _counts(window: Window, service: str) -> list[Count]:
    """How many should run and how many do, from when to when; None where nobody answered."""
    counts: list[Count] = []
    kinds = palette.Kinds()
    for start, end, seen in window.spans():
        count = None if isinstance(seen, Gap) else _count(seen, service, kinds)
        if counts and counts[-1][2] == count:
            start = counts.pop()[0]
        counts.append((start, end, count))
    return counts


def _count(seen: Observation, name: str, kinds: palette.Kinds) -> tuple[int, int]:
    """How many tasks of the service should run, and in how many slots (or on how many nodes) one does."""
    tasks = seen.tasks_of(name)
    service = seen.service(name)
    running = {task.slot or task.node for task in tasks if kinds.of(seen, task) == "running"}
    if service is None:
        return 0, len(running)
    wanted = {task.slot or task.node for task in tasks if task.wanted}
    return len(wanted) if service.replicas is None else service.replicas, len(running)


def _replicas(record: Record, window: Window, service: str, counts: list[Count]) -> Figure:
    bottom = TOP + LOW
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    most = max([1, *(max(count) for _start, _end, count in counts if count)])

    def y(number: float) -> float:
        return bottom - number / most * (LOW - 12)

    legend(canvas, MARGIN, MARGIN + 6, record, {}, service or _("no service"))
    last = next((count for _start, _end, count in reversed(counts) if count), (0, 0))
    if not record.gap:
        _key(canvas, *last)
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, most) if most / step <= 7)
    for number in range(0, most + 1, step):
        canvas.line([(LEFT, y(number)), (window.plot_right, y(number))], palette.RULE)
        canvas.text(LEFT - 10, y(number), str(number), 10.5, QUIET, across="right")
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
    """What the two lines are, and their values now."""
    right = WIDTH - MARGIN
    for text, color, dashed in (
        (_("{n} running").format(n=running), GREEN, False),
        (_("{n} desired").format(n=desired), INK, True),
    ):
        right -= width_of(text, 11)
        canvas.text(right, MARGIN + 6, text, 11)
        canvas.line([(right - 34, MARGIN + 6), (right - 8, MARGIN + 6)], color, width=2.2, dashed=dashed, layer=3)
        right -= 52


def _runs(counts: list[Count]) -> list[list[Count]]:
    """The counts, cut where nobody answered."""
    runs: list[list[Count]] = [[]]
    for entry in counts:
        if entry[2] is None:
            runs.append([])
        else:
            runs[-1].append(entry)
    return [run for run in runs if run]


@dataclass
class Bar:
    """A task's life, as far as it was seen: its parts are start, end, kind and word."""

    task: Task
    parts: list[tuple[float, float, str, str]]
    lane: int = 0

    @property
    def start(self) -> float:
        return self.parts[0][0]

    @property
    def end(self) -> float:
        """When it had ended, or the last moment that is shown."""
        start, end, kind, _word = self.parts[-1]
        return start if kind in OVER else end

    @property
    def mark(self) -> str | None:
        """The kind of its end, if that is one to be marked: a task that was told to stop just ends."""
        kind = self.parts[-1][2]
        return kind if kind in MARKED else None


def _bars(window: Window, service: str) -> list[Bar]:
    """The tasks of the service, in the order in which they were seen first."""
    bars: dict[str, Bar] = {}
    kinds = palette.Kinds()
    for start, end, seen in window.spans():
        for task in seen.tasks if isinstance(seen, Observation) else ():
            # One that was seen before is drawn on: tasks of a removed service do not know its name any more.
            if task.id not in bars and (task.service != service or task.ended):
                continue
            bar = bars.setdefault(task.id, Bar(task, []))
            bar.task = task
            kind = kinds.of(seen, task)
            word = palette.word(kind, task)
            before = bar.parts[-1] if bar.parts else None
            if before and before[3] == word and before[1] == start:
                bar.parts[-1] = (before[0], end, kind, word)
            elif not (task.ended and before and before[2] in OVER):
                bar.parts.append((start, end, kind, word))
    return list(bars.values())


def _row_name(task: Task) -> str:
    return str(task.slot) if task.slot else task.node or "-"


def _slots(record: Record, window: Window, service: str, bars: list[Bar]) -> Figure:
    rows: dict[str, list[Bar]] = defaultdict(list)
    for bar in bars:
        rows[_row_name(bar.task)].append(bar)
    names = sorted(rows, key=natural_key)
    room = HIGH if len(names) <= MANY else 2 * HIGH
    bottom = TOP + room
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    kinds = {
        kind: palette.title(kind)
        for bar in bars
        for _start, _end, kind, _word in bar.parts
        if kind not in OVER or kind in MARKED
    }
    legend(canvas, MARGIN, MARGIN + 6, record, kinds, service or _("no service"))
    high = min(30, room / max(len(names), 1))
    every = max(1, round(13 / high + 0.5)) if high < 13 else 1
    for number, name in enumerate(names):
        y = TOP + number * high
        if number % every == 0:
            text = _("slot {n}").format(n=name) if name.isdigit() else name
            canvas.text(LEFT - 10, y + high / 2, text, min(11, max(8, high)), QUIET, across="right")
        _row(canvas, window, rows[name], y + high * 0.08, high * 0.84)
    window.draw(canvas, bottom)
    return canvas.figure()


def _row(canvas: Canvas, window: Window, bars: list[Bar], y: float, high: float) -> None:
    """The tasks of one slot; two that are there at the same time are one under the other."""
    before = None
    for bar in bars:
        bar.lane = 1 - before.lane if before and before.end > bar.start else 0
        before = bar
    lanes = max(bar.lane for bar in bars) + 1
    for bar in bars:
        _bar(canvas, window, bar, y + bar.lane * high / lanes, high / lanes - (1 if lanes > 1 else 0))


def _bar(canvas: Canvas, window: Window, bar: Bar, y: float, high: float) -> None:
    """One outline for the task; its phases are the shades in it, with their signs where there is room."""
    left = window.x(bar.start)
    right = max(left + 2, window.x(bar.end) - GAP)
    size = min(10.5, high - 2)
    label, fate = bar.task.node or bar.parts[-1][3], bar.parts[-1][3]
    lived = [part for part in bar.parts if part[2] not in OVER]
    longest = max(lived, key=lambda part: part[1] - part[0], default=None)
    for part in lived:
        start, end, kind, _word = part
        style, x = STYLES[kind], window.x(start)
        wide = min(window.x(end), right) - x
        canvas.box(x, y, max(1.5, wide), high, style.fill)
        if style.hatch:
            canvas.hatch(x, y, max(1.5, wide), high, style.hatch, "#d6dadf")
        room = wide - (MARK if bar.mark and part is lived[-1] else 0)
        if size < 7.5:
            continue
        if part is longest and width_of(label, size) + 8 <= room:
            canvas.text(x + 5, y + high / 2, label, size)
            if room < wide and width_of(label + fate, size) + 20 <= room:
                canvas.text(x + room - 5, y + high / 2, fate, size, across="right")
        elif width_of(style.sign, size) + 4 <= room:
            canvas.text(x + room / 2, y + high / 2, style.sign, size, QUIET, across="center")
    canvas.box(left, y, right - left, high, "none", QUIET, radius=3, line=1.3, layer=2.5)
    if bar.mark:
        _mark(canvas, bar.mark, max(left, right - MARK), y, high)


def _mark(canvas: Canvas, kind: str, x: float, y: float, high: float) -> None:
    """How a task ended: always as wide, and above what follows, so that the end of a short life is seen too."""
    style = STYLES[kind]
    legible = high >= 9
    canvas.box(
        x, y, MARK, high, style.fill if legible else style.edge, style.edge, radius=2, line=MARKED[kind], layer=4
    )
    if legible:
        canvas.text(x + MARK / 2, y + high / 2, style.sign, min(13, high - 1), bold=True, across="center")
