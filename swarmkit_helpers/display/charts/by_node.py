"""The chart of which task is on which node."""

from ...language import _, ngettext
from . import palette
from .boxes import SECOND_LINE, Box, ContainerBox, PlacedBox
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart, Record, Source, caption
from .ended_tasks import changes_at
from .legend import draw_legend
from .node_layout import HEAD_HEIGHT, PADDING, NodeColumn, NodeLayout, Strip, node_layout
from .palette import BORDER, CARD, COLUMN, HAND_STYLE, INK, QUIET, RULE, STYLES

HATCHES = {"drain": "///", "pause": "--"}  # of columns, by the availability of the node; "xxx" if it is not ready


def placement(source: Source, service: str | None = None) -> Chart:
    """Draw a column for each node, with a box for each task; of all services, or of one.

    Tasks that have ended stay for some seconds, pale, so that they are seen to end. Tasks without a node are below.
    With all services, containers that a person runs by hand are there too: their edge is dotted.
    """
    record = Record.of(source)
    with LOCK:
        layout = node_layout(record, service)
        canvas = _canvas(record, layout)
    text = caption(record, service)
    rows = [
        (_("task"), _("node"), _("state")),
        *((placed.box.task.name, placed.box.task.node or "-", placed.box.word) for placed in layout.boxes),
        *(
            (box.container.name, box.container.node, _("{state} (run by hand)").format(state=box.word))
            for box in (placed.box for placed in layout.by_hand)
        ),
    ]
    alt = _("Tasks by node: {sentence}").format(sentence=text)
    return Chart("placement", canvas, text, alt, rows, changes_at(record))


def _canvas(record: Record, layout: NodeLayout) -> Canvas:
    canvas = Canvas(layout.width, layout.height)
    kinds = {kind: f"{number} {palette.title(kind)}" for kind, number in layout.kinds.items()}
    hand = len(layout.by_hand)
    by_hand = ngettext("{n} container run by hand", "{n} containers run by hand", hand).format(n=hand) if hand else ""
    lettered = len(layout.services) > 1
    draw_legend(canvas, record, layout.services, kinds, _("no tasks"), by_hand, lettered=lettered, edges=False)
    for column in layout.columns:
        _column(canvas, column)
    _strip(canvas, layout.strip)
    for placed in layout.boxes:
        _box(canvas, placed, placed.box.service.edge, dashed=STYLES[placed.box.kind].dashed)
    for container in layout.by_hand:
        _box(canvas, container, HAND_STYLE.edge, dotted=True)
    return canvas


def _column(canvas: Canvas, column: NodeColumn) -> None:
    """Draw the column of a node. If the node takes no tasks, the column is hatched and has a dark label."""
    x, y, wide, high, why, facts = column.x, column.y, column.width, column.height, column.why, column.facts
    size, room = 13 if wide > 100 else 11, wide - 2 * PADDING
    ready = column.node.state == "ready"
    canvas.box(x, y, wide, high, COLUMN, QUIET if why else BORDER, radius=7, dashed=not ready, layer=1)
    canvas.text(x + PADDING, y + 16, shortened(column.name, size, room), size, bold=True)
    if why:
        canvas.hatch(
            x, y + HEAD_HEIGHT - 4, wide, high - HEAD_HEIGHT + 4, HATCHES.get(why, "xxx"), "#cdd3d9", radius=7, layer=1
        )
        label = width_of(why, 11, bold=True) + 14
        beside = width_of(column.name, size, bold=True) + label + 2 * PADDING <= wide
        left, top = (x + wide - label - 6, y + 7) if beside else (x + PADDING - 2, y + 26)
        canvas.box(left, top, label, 18, QUIET if ready else INK, radius=9)
        canvas.text(left + label / 2, top + 9, why, 11, CARD, bold=True, align="center")
        facts = facts if beside else ""
    canvas.text(x + PADDING, y + 34, facts, 10, QUIET)
    if not (column.boxes or column.by_hand) and wide > 88:
        text = _("no tasks")
        if why:  # so that the hatching does not run through it
            canvas.box(x + PADDING - 3, y + HEAD_HEIGHT + 3, width_of(text, 11) + 6, 18, COLUMN, radius=4)
        canvas.text(x + PADDING, y + HEAD_HEIGHT + 12, text, 11, QUIET)


def _strip(canvas: Canvas, strip: Strip) -> None:
    used = bool(strip.boxes)
    edge = palette.ORANGE if used else RULE
    canvas.box(strip.x, strip.y, strip.width, strip.height, CARD, edge, radius=7, dashed=True, layer=1)
    ink = INK if used else QUIET
    canvas.text(strip.x + PADDING, strip.y + strip.height / 2, strip.title, 11, ink, bold=used)


def _box(
    canvas: Canvas,
    placed: PlacedBox[Box] | PlacedBox[ContainerBox],
    edge: str,
    *,
    dashed: bool = False,
    dotted: bool = False,
) -> None:
    """Draw a task or container: the fill says its state, and the edge of which service it is, if of any."""
    x, y, width, height, kind = placed.x, placed.y, placed.width, placed.height, placed.box.kind
    style, ink = STYLES[kind], QUIET if kind == "ended" else INK
    line = 1.8 if height > 20 else 1
    canvas.box(x, y, width, height, style.fill, edge, radius=5, dashed=dashed, dotted=dotted, line=line)
    if style.hatch:
        canvas.hatch(x, y, width, height, style.hatch, "#d6dadf", radius=5)
    middle = x + width / 2
    if len(placed.lines) == 2:
        name, word = placed.lines
        canvas.text(middle, y + height * 0.32, name, placed.text, ink, bold=True, align="center")
        canvas.text(middle, y + height * 0.7, word, placed.text - SECOND_LINE, ink, align="center")
    for line_of_text in placed.lines if len(placed.lines) == 1 else ():
        canvas.text(middle, y + height / 2, line_of_text, placed.text, ink, bold=True, align="center")
