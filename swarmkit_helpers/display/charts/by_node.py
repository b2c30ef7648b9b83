"""The chart of which task is on which node."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from matplotlib.figure import Figure

from ...language import _
from ...records import Node, Observation, Task
from ...rules.node_info import nodes_by_name
from .. import summary
from . import palette
from .boxes import Box, BoxLook, box_look, box_size, draw_boxes, service_names
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart, Record, Source, caption, legend
from .ended_tasks import LINGER_SECONDS, ended_tasks
from .names import Names
from .palette import BORDER, CARD, COLUMN, INK, QUIET, RULE

WIDTH, MARGIN, TOP, STRIP_HEIGHT = 920, 16, 50, 56  # pixels: of the card, around it, its first line, the strip below
HEAD_HEIGHT = 48  # pixels of a column's head
SINGLE_ROW_MAX_NODES, ROW_MAX_NODES = 6, 10  # if all are in one row; in a row if there are several
BODY_HEIGHTS = {1: 196, 2: 130, 3: 96}  # pixels for the boxes of a column, by the number of rows
COLUMN_MAX_WIDTH = 288  # pixels
HATCHES = {"drain": "///", "pause": "--"}  # of columns, by the availability of the node; "xxx" if it is not ready
PADDING = 9  # pixels between a column's edge and its boxes


def placement(source: Source, service: str | None = None) -> Chart:
    """Draw a column for each node, with a box for each task; of all services, or of one.

    Tasks that have ended stay for some seconds, pale, so that they are seen to end. Tasks without a node are below.
    """
    record = Record.of(source)
    seen = record.last or Observation(record.now, (), (), ())
    ended = ended_tasks(record)
    boxes = _boxes(record, seen, [task for task, _when in ended], service)
    nodes = list(nodes_by_name(seen).values())
    with LOCK:
        figure = _figure(record, seen, nodes, boxes)
    text = caption(record, service)
    rows = [
        (_("task"), _("node"), _("state")),
        *((box.task.name, box.task.node or "-", box.word) for group in boxes.values() for box in group),
    ]
    ends = [when + LINGER_SECONDS for _task, when in ended]
    return Chart(
        "placement", figure, text, _("Tasks by node: {sentence}").format(sentence=text), rows, min(ends, default=None)
    )


def _boxes(
    record: Record, seen: Observation, ended: Sequence[Task], service: str | None
) -> dict[str | None, list[Box]]:
    """The boxes of each node, and those of None: the tasks that have no node."""
    boxes = defaultdict(list)
    ended_ids = {task.id for task in ended}
    present = [task for task in seen.tasks if not task.ended or task.wanted or task.id in ended_ids]
    known = {task.id for task in present}
    names = Names(record.history)
    shown = [
        names.of(task)
        for task in (*present, *(task for task in ended if task.id not in known))
        if names.has_node(task)  # the others are on a node that was removed
    ]
    for task in sorted(shown, key=lambda task: (task.service, task.slot, task.created_at)):
        kind = palette.kind(seen, task) if task.id in known else "ended"
        if service in (None, task.service) and (task.node or task.wanted):
            boxes[task.node].append(Box(task, kind))
    return boxes


def _figure(record: Record, seen: Observation, nodes: Sequence[Node], boxes: dict[str | None, list[Box]]) -> Figure:
    """Draw the figure. Its size depends on the number of nodes alone, so it stays while tasks come and go."""
    per_row = (
        len(nodes)
        if len(nodes) <= SINGLE_ROW_MAX_NODES
        else math.ceil(len(nodes) / math.ceil(len(nodes) / ROW_MAX_NODES))
    )
    rows = math.ceil(len(nodes) / per_row) if nodes else 1
    gap, body = 12 if per_row <= SINGLE_ROW_MAX_NODES else 8, BODY_HEIGHTS.get(rows, 76)
    wide = min(COLUMN_MAX_WIDTH, (WIDTH - 2 * MARGIN - gap * (per_row - 1)) / max(per_row, 1))
    canvas = Canvas(WIDTH, TOP + rows * (HEAD_HEIGHT + body + gap) + STRIP_HEIGHT + MARGIN - gap + 12)
    size = box_size(wide - 2 * PADDING, body - PADDING, [len(boxes[node.name]) for node in nodes])
    shown = [box for group in boxes.values() for box in group]
    look = box_look(shown, size)
    kinds = Counter(box.kind for box in shown)
    legend(
        canvas,
        MARGIN,
        MARGIN + 10,
        record,
        {kind: f"{number} {palette.title(kind)}" for kind, number in kinds.items()},
        service_names(shown, look.names),
    )
    facts = _facts(nodes, wide - 2 * PADDING)
    for number, node in enumerate(nodes):
        x = MARGIN + number % per_row * (wide + gap)
        y = TOP + number // per_row * (HEAD_HEIGHT + body + gap)
        _column(canvas, x, y, wide, HEAD_HEIGHT + body, node, facts[number], bool(boxes[node.name]))
        draw_boxes(canvas, x + PADDING, y + HEAD_HEIGHT, wide - 2 * PADDING, boxes[node.name], look)
    _strip(canvas, canvas.height - MARGIN - STRIP_HEIGHT, boxes[None], look)
    return canvas.figure()


def _column(canvas: Canvas, x: float, y: float, wide: float, high: float, node: Node, facts: str, used: bool) -> None:
    """Draw the column of a node. If the node takes no tasks, the column is hatched and has a dark label."""
    name, why = summary.node_name(node), _unavailability(node)
    ready = node.state == "ready"
    canvas.box(x, y, wide, high, COLUMN, QUIET if why else BORDER, radius=7, dashed=not ready, layer=1)
    canvas.text(x + PADDING, y + 16, shortened(name, 13, wide - 2 * PADDING), 13, bold=True)
    if why:
        canvas.hatch(
            x, y + HEAD_HEIGHT - 4, wide, high - HEAD_HEIGHT + 4, HATCHES.get(why, "xxx"), "#cdd3d9", radius=7, layer=1
        )
        label = width_of(why, 11, bold=True) + 14
        beside = width_of(name, 13, bold=True) + label + 2 * PADDING <= wide
        left, top = (x + wide - label - 6, y + 7) if beside else (x + PADDING - 2, y + 26)
        canvas.box(left, top, label, 18, QUIET if ready else INK, radius=9)
        canvas.text(left + label / 2, top + 9, why, 11, CARD, bold=True, align="center")
        facts = facts if beside else ""
    canvas.text(x + PADDING, y + 34, facts, 10, QUIET)
    if not used and wide > 100:
        text = _("no tasks")
        if why:  # so that the hatching does not run through it
            canvas.box(x + PADDING - 3, y + HEAD_HEIGHT + 3, width_of(text, 11) + 6, 18, COLUMN, radius=4)
        canvas.text(x + PADDING, y + HEAD_HEIGHT + 12, text, 11, QUIET)


def _unavailability(node: Node) -> str | None:
    """The state or availability because of which the node gets no tasks, if there is one."""
    if node.state != "ready":
        return node.state
    return node.availability if node.availability != "active" else None


def _facts(nodes: Sequence[Node], room: float) -> list[str]:
    """The line under each node's name: the longest form that fits on all of them."""
    forms: Sequence[Callable[[Node], str]] = (
        lambda node: f"{_('manager, leader') if node.leader else node.role} · {node.state} · {node.availability}",
        lambda node: f"{node.role} · {node.state} · {node.availability}",
        lambda node: f"{node.role} · {node.availability}",
        lambda node: node.role,
    )
    written = ([form(node) for node in nodes] for form in forms)
    return next((texts for texts in written if all(width_of(text, 10) <= room for text in texts)), [""] * len(nodes))


def _strip(canvas: Canvas, y: float, boxes: list[Box], look: BoxLook) -> None:
    """Draw the strip of tasks that have no node. It is there even if it is empty."""
    canvas.box(
        MARGIN,
        y,
        WIDTH - 2 * MARGIN,
        STRIP_HEIGHT,
        CARD,
        palette.ORANGE if boxes else RULE,
        radius=7,
        dashed=True,
        layer=1,
    )
    title = _("not on a node") if boxes else _("not on a node: none")
    canvas.text(MARGIN + PADDING, y + STRIP_HEIGHT / 2, title, 11, INK if boxes else QUIET, bold=bool(boxes))
    x = MARGIN + PADDING * 2 + max(90, width_of(title, 11, bold=True))
    room = WIDTH - MARGIN - PADDING - x
    fitting = box_size(room, STRIP_HEIGHT - 14, [len(boxes)])
    draw_boxes(canvas, x, y + 8, room, boxes, look if look.size <= fitting else box_look(boxes, fitting))
