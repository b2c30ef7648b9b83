"""The chart of how many replicas of a service are desired, and how many run, over time."""

from ...language import _
from ...recorder import Gap
from ...records import Observation
from . import palette
from .canvas import Canvas, width_of
from .chart import LOCK, Chart, Record, Source
from .legend import KINDS_Y
from .names import Names
from .palette import GREEN, INK, QUIET, STYLES
from .time_axis import BELOW, LEFT, MARGIN, TABLE_MAX_ROWS, TOP, WIDTH, Window, chart_over_time, draw_heading, subject

PLOT_HEIGHT = 150  # pixels

Numbers = tuple[int, int]  # desired and running tasks
# From, until (seconds since the epoch), and the numbers; None while no manager answered.
Count = tuple[float, float, Numbers | None]


def replicas(source: Source, service: str | None = None) -> Chart:
    """Draw how many of the service's replicas are desired (dashed), and how many run; None is the first service."""
    record, service, window = subject(source, service)
    counts = _counts(window, service)
    with LOCK:
        canvas = _canvas(record, window, service, counts)
    numbers = [
        (window.clock(start), *(("-", "-") if count is None else map(str, count))) for start, _end, count in counts
    ]
    table = [(_("time"), _("desired"), _("running")), *numbers[-TABLE_MAX_ROWS:]]
    return chart_over_time(
        "replicas", record, canvas, service, table, window, _("Replicas of {service} over time: {sentence}")
    )


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


def _canvas(record: Record, window: Window, service: str, counts: list[Count]) -> Canvas:
    bottom = TOP + PLOT_HEIGHT
    canvas = Canvas(WIDTH, bottom + BELOW + MARGIN)
    most = max([1, *(max(count) for _start, _end, count in counts if count)])

    def y(number: float) -> float:
        return bottom - number / most * (PLOT_HEIGHT - 12)

    draw_heading(canvas, record, Names(record.history), service)
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
    return canvas


def _key(canvas: Canvas, desired: int, running: int) -> None:
    """Draw the key of the two lines, with their values now."""
    x: float = MARGIN
    for text, color, dashed in (
        (_("{n} desired").format(n=desired), INK, True),
        (_("{n} running").format(n=running), GREEN, False),
    ):
        canvas.line([(x, KINDS_Y), (x + 26, KINDS_Y)], color, width=2.2, dashed=dashed, layer=3)
        canvas.text(x + 34, KINDS_Y, text, 11)
        x += width_of(text, 11) + 52


def _runs(counts: list[Count]) -> list[list[tuple[float, float, Numbers]]]:
    """The counts, cut where no manager answered."""
    runs: list[list[tuple[float, float, Numbers]]] = [[]]
    for start, end, count in counts:
        if count is None:
            runs.append([])
        else:
            runs[-1].append((start, end, count))
    return [run for run in runs if run]
