"""What is and what may be: a row for each node, its tasks now on the left, those it may have on the right."""

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.figure import Figure

from ...language import _
from ..forecast.comparison import Share, span
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart
from .palette import BORDER, CARD, COLUMN, INK, QUIET, RULE, STYLES

WIDTH, MARGIN, TOP = 920, 16, 74  # pixels: of the card, around it, above the first row
ROW, HEAD, GAP = 34, 30, 8  # pixels of a row, of a service's name, below a service
NAME, NUMBER = 120, 70  # pixels for a node's name, and for a number of tasks
BOX, LEAST = 22, 2.0  # pixels of a task's box at most, and at least
BETWEEN = 3  # pixels between two boxes

Table = tuple[str, Sequence[Share], int, tuple[int, int]]  # a service, its nodes, its pending tasks: now, and then


class Kind(NamedTuple):
    """What a box says of a task, and how it looks."""

    fill: str
    edge: str
    dashed: bool
    sign: str


NOW = Kind(STYLES["running"].fill, STYLES["running"].edge, False, "")
NEW = Kind(STYLES["starting"].fill, STYLES["starting"].edge, False, "+")
MAYBE = Kind(CARD, palette.ORANGE, True, "?")
WAITS = Kind(STYLES["pending"].fill, STYLES["pending"].edge, True, "…")


def forecast(title: str, tables: Sequence[Table], sentence: str) -> Chart:
    """Beside each other how many tasks the nodes have, and how many they may have when that has been asked for."""
    rows = [(_("service"), _("node"), _("now"), _("then"))]
    for service, shares, now, then in tables:
        rows += [(service, share.node, str(share.now), span(share.least, share.most)) for share in shares]
        if now or then[1]:
            rows.append((service, _("not on a node"), str(now), span(*then)))
    with LOCK:
        figure = _drawn(title, tables)
    return Chart(
        "forecast", figure, sentence, _("Forecast, {title}: {sentence}").format(title=title, sentence=sentence), rows
    )


def _drawn(title: str, tables: Sequence[Table]) -> Figure:
    lines = [len(shares) + bool(now or then[1]) for _service, shares, now, then in tables]
    canvas = Canvas(WIDTH, TOP + sum(HEAD + ROW * number + GAP for number in lines) + MARGIN - GAP)
    half = (WIDTH - 2 * MARGIN - NAME) / 2
    left, right = MARGIN + NAME, MARGIN + NAME + half
    head = _("Forecast: {title}").format(title=title)
    canvas.text(MARGIN, MARGIN + 10, shortened(head, 13, WIDTH / 2), 13, bold=True)
    _legend(canvas, tables)
    canvas.text(left, TOP - 14, _("now"), 11, QUIET, bold=True)
    canvas.text(right + 14, TOP - 14, _("then"), 11, QUIET, bold=True)
    most = max((max(share.now, share.most) for _service, shares, *_rest in tables for share in shares), default=1)
    most = max(most, *(max(now, then[1]) for *_rest, now, then in tables), 1)
    step = max(LEAST + 1, min(BOX + BETWEEN, (half - NUMBER - 20) / most))
    y = TOP
    for service, shares, now, then in tables:
        canvas.text(MARGIN, y + HEAD / 2, shortened(service, 12, NAME + half), 12, bold=True)
        y += HEAD
        for share in shares:
            _row(canvas, y, share.node, share.able)
            _boxes(canvas, left, y, step, [(NOW, share.now)], str(share.now))
            _boxes(
                canvas,
                right + 14,
                y,
                step,
                [
                    (NOW, min(share.stay, share.least)),
                    (NEW, max(0, share.least - share.stay)),
                    (MAYBE, share.most - max(share.least, 0)),
                ],
                span(share.least, share.most),
            )
            y += ROW
        if now or then[1]:
            _row(canvas, y, _("not on a node"), True)
            _boxes(canvas, left, y, step, [(WAITS, now)], str(now))
            _boxes(canvas, right + 14, y, step, [(WAITS, then[0]), (MAYBE, then[1] - then[0])], span(*then))
            y += ROW
        y += GAP
    canvas.line([(right, TOP - 24), (right, y - GAP)], BORDER)
    return canvas.figure()


def _legend(canvas: Canvas, tables: Sequence[Table]) -> None:
    """The words for the kinds of boxes that there are."""
    shares = [share for _service, every, *_rest in tables for share in every]
    kinds = [
        (NOW, _("stays"), True),
        (NEW, _("new for certain"), any(share.least > share.stay for share in shares)),
        (MAYBE, _("perhaps"), any(share.most > share.least for share in shares)),
    ]
    x = WIDTH - MARGIN
    for kind, word, shown in reversed(kinds):
        if shown:
            x -= width_of(word, 11)
            canvas.text(x, MARGIN + 10, word, 11)
            x -= 24
            _box(canvas, x, MARGIN + 2, 16, kind)
            x -= 16


def _row(canvas: Canvas, y: float, name: str, able: bool) -> None:
    canvas.box(MARGIN, y + 2, WIDTH - 2 * MARGIN, ROW - 4, COLUMN, RULE, radius=5, layer=1)
    if not able:
        canvas.hatch(MARGIN, y + 2, WIDTH - 2 * MARGIN, ROW - 4, "///", "#dfe3e7", radius=5, layer=1)
    canvas.text(MARGIN + 10, y + ROW / 2, shortened(name, 12, NAME - 16), 12, INK if able else QUIET)


def _boxes(canvas: Canvas, x: float, y: float, step: float, kinds: Sequence[tuple[Kind, int]], number: str) -> None:
    """Boxes from the left, and after them their number."""
    size = step - min(BETWEEN, step / 4)
    for kind, count in kinds:
        for _each in range(count):
            _box(canvas, x, y + (ROW - min(size, BOX)) / 2, size, kind)
            x += step
    wide = width_of(number, 12, bold=True) + 8
    canvas.box(x + 4, y + 8, wide, ROW - 16, COLUMN, radius=3)  # so that no hatching runs through it
    canvas.text(x + 8, y + ROW / 2, number, 12, INK if number != "0" else QUIET, bold=number != "0")


def _box(canvas: Canvas, x: float, y: float, size: float, kind: Kind) -> None:
    size = min(size, BOX)
    canvas.box(x, y, size, size, kind.fill, kind.edge, radius=4, dashed=kind.dashed, line=1.3)
    if size >= 14 and kind.sign:
        canvas.text(x + size / 2, y + size / 2, kind.sign, 11, INK, bold=True, across="center")
