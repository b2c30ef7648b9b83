"""The chart of a forecast: a row for each node, with its tasks before, and beside them those it may have."""

from collections.abc import Sequence
from typing import NamedTuple

from ...language import _
from ..forecast.task_counts import NodeForecast, Range, number_range
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart
from .palette import BORDER, CARD, COLUMN, INK, QUIET, RULE, STYLES

WIDTH, MARGIN, TOP = 640, 16, 92  # pixels: of the card, around it, above the first row
ROW_HEIGHT, TITLE_HEIGHT, SERVICE_GAP = 34, 30, 8  # pixels of a row, of a service's name, below a service
NAME_WIDTH, NUMBER_WIDTH = 104, 62  # pixels for a node's name, and for a number of tasks
BOX_MAX_SIZE, BOX_MIN_SIZE = 22, 2.0  # pixels of a task's box
BOX_GAP = 3  # pixels between two boxes

# A service, its nodes, its pending tasks now, and the least and the most pending tasks afterwards.
ServiceForecast = tuple[str, Sequence[NodeForecast], int, Range]


class BoxStyle(NamedTuple):
    """The look of a box and its sign."""

    fill: str
    edge: str
    dashed: bool
    sign: str


STAYS = BoxStyle(STYLES["running"].fill, STYLES["running"].edge, False, "")
NEW = BoxStyle(STYLES["starting"].fill, STYLES["starting"].edge, False, "+")
MAYBE = BoxStyle(CARD, palette.ORANGE, True, "?")
PENDING = BoxStyle(STYLES["pending"].fill, STYLES["pending"].edge, True, "…")


def forecast(title: str, services: Sequence[ServiceForecast], sentence: str) -> Chart:
    """Draw how many tasks the nodes have, beside how many they may have after the change."""
    rows = [(_("service"), _("node"), _("before"), _("then"))]
    for service, nodes, pending, pending_then in services:
        rows += [(service, node.node, str(node.now), number_range(node.least, node.most)) for node in nodes]
        if pending or pending_then[1]:
            rows.append((service, _("not on a node"), str(pending), number_range(*pending_then)))
    with LOCK:
        canvas = _canvas(title, services)
    return Chart(
        "forecast", canvas, sentence, _("Forecast, {title}: {sentence}").format(title=title, sentence=sentence), rows
    )


def _canvas(title: str, services: Sequence[ServiceForecast]) -> Canvas:
    rows = [len(nodes) + bool(pending or then[1]) for _service, nodes, pending, then in services]
    height = sum(TITLE_HEIGHT + ROW_HEIGHT * number + SERVICE_GAP for number in rows)
    canvas = Canvas(WIDTH, TOP + height + MARGIN - SERVICE_GAP)
    half = (WIDTH - 2 * MARGIN - NAME_WIDTH) / 2
    left, middle = MARGIN + NAME_WIDTH, MARGIN + NAME_WIDTH + half
    right = middle + 14
    head = _("Forecast: {title}").format(title=title)
    canvas.text(MARGIN, MARGIN + 10, shortened(head, 13, WIDTH - 2 * MARGIN), 13, bold=True)
    _legend(canvas, services)
    canvas.text(left, TOP - 14, _("before"), 11, QUIET, bold=True)
    canvas.text(right, TOP - 14, _("then"), 11, QUIET, bold=True)
    step = max(BOX_MIN_SIZE + 1, min(BOX_MAX_SIZE + BOX_GAP, (half - NUMBER_WIDTH - 20) / _most_tasks(services)))
    y: float = TOP
    for service, nodes, pending, then in services:
        canvas.text(MARGIN, y + TITLE_HEIGHT / 2, shortened(service, 12, NAME_WIDTH + half), 12, bold=True)
        y += TITLE_HEIGHT
        for node in nodes:
            _row(canvas, y, node.node, node.able)
            _boxes(canvas, left, y, step, [(STAYS, node.now)], str(node.now))
            _boxes(canvas, right, y, step, _boxes_then(node), number_range(node.least, node.most))
            y += ROW_HEIGHT
        if pending or then[1]:
            _row(canvas, y, _("not on a node"), True)
            _boxes(canvas, left, y, step, [(PENDING, pending)], str(pending))
            _boxes(canvas, right, y, step, [(PENDING, then[0]), (MAYBE, then[1] - then[0])], number_range(*then))
            y += ROW_HEIGHT
        y += SERVICE_GAP
    canvas.line([(middle, TOP - 24), (middle, y - SERVICE_GAP)], BORDER)
    return canvas


def _most_tasks(services: Sequence[ServiceForecast]) -> int:
    """The largest number of boxes in a row, at least 1."""
    on_nodes = [max(node.now, node.most) for _service, nodes, *_pending in services for node in nodes]
    return max([1, *on_nodes, *(max(pending, then[1]) for *_nodes, pending, then in services)])


def _boxes_then(node: NodeForecast) -> list[tuple[BoxStyle, int]]:
    """The boxes of the tasks that the node may have, by style."""
    return [
        (STAYS, min(node.stay, node.least)),
        (NEW, max(0, node.least - node.stay)),
        (MAYBE, node.most - max(node.least, 0)),
    ]


def _legend(canvas: Canvas, services: Sequence[ServiceForecast]) -> None:
    """Draw the words for the styles of boxes that occur."""
    every = [node for _service, nodes, *_pending in services for node in nodes]
    styles = [
        (STAYS, _("stays"), True),
        (NEW, _("new for certain"), any(node.least > node.stay for node in every)),
        (MAYBE, _("perhaps"), any(node.most > node.least for node in every)),
    ]
    x: float = MARGIN
    for style, word, shown in styles:
        if shown:
            _box(canvas, x, MARGIN + 26, 16, style)
            canvas.text(x + 24, MARGIN + 34, word, 11)
            x += width_of(word, 11) + 40


def _row(canvas: Canvas, y: float, name: str, able: bool) -> None:
    canvas.box(MARGIN, y + 2, WIDTH - 2 * MARGIN, ROW_HEIGHT - 4, COLUMN, RULE, radius=5, layer=1)
    if not able:
        canvas.hatch(MARGIN, y + 2, WIDTH - 2 * MARGIN, ROW_HEIGHT - 4, "///", "#dfe3e7", radius=5, layer=1)
    canvas.text(MARGIN + 10, y + ROW_HEIGHT / 2, shortened(name, 12, NAME_WIDTH - 16), 12, INK if able else QUIET)


def _boxes(canvas: Canvas, x: float, y: float, step: float, boxes: Sequence[tuple[BoxStyle, int]], number: str) -> None:
    """Draw boxes from the left, and after them their number."""
    size = step - min(BOX_GAP, step / 4)
    for style, count in boxes:
        for _each in range(count):
            _box(canvas, x, y + (ROW_HEIGHT - min(size, BOX_MAX_SIZE)) / 2, size, style)
            x += step
    width = width_of(number, 12, bold=True) + 8
    canvas.box(x + 4, y + 8, width, ROW_HEIGHT - 16, COLUMN, radius=3)  # so that no hatching runs through it
    canvas.text(x + 8, y + ROW_HEIGHT / 2, number, 12, INK if number != "0" else QUIET, bold=number != "0")


def _box(canvas: Canvas, x: float, y: float, size: float, style: BoxStyle) -> None:
    size = min(size, BOX_MAX_SIZE)
    canvas.box(x, y, size, size, style.fill, style.edge, radius=4, dashed=style.dashed, line=1.3)
    if size >= 14 and style.sign:
        canvas.text(x + size / 2, y + size / 2, style.sign, 11, INK, bold=True, align="center")
