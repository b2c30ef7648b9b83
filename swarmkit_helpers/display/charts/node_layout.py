"""Where nodes and their tasks stand in a picture of any width, as plain data in reading order.

The placement chart is drawn from it, and a page can show the same as HTML.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ...language import _
from ...records import Node, Observation
from ...rules.node_info import nodes_by_name
from .. import summary
from . import palette
from .boxes import Box, BoxLook, ContainerBox, PlacedBox, box_look, box_size, placed_boxes
from .canvas import width_of
from .chart import Record
from .ended_tasks import ended_containers, ended_tasks
from .names import Names
from .palette import ServiceStyle

WIDTH, MARGIN, TOP, STRIP_HEIGHT = 640, 16, 60, 56  # pixels: of the card, around it, its legend, the strip below
HEAD_HEIGHT = 48  # pixels of a column's head
# Pixels of the narrowest column if all are in one row, and if there are several rows.
SINGLE_ROW_COLUMN_WIDTH, COLUMN_MIN_WIDTH, COLUMN_MAX_WIDTH = 90, 66, 288
BODY_HEIGHTS = {1: 196, 2: 130, 3: 96}  # pixels for the boxes of a column, by the number of rows; 76 for more
PADDING = 8  # pixels between a column's edge and its boxes


@dataclass(frozen=True)
class NodeColumn:
    """A node, the tasks on it, and the containers that a person runs there by hand."""

    node: Node
    name: str
    facts: str  # its role, state and availability, as far as there is room
    why: str | None  # the state or availability because of which it gets no tasks, if there is one
    x: float
    y: float
    width: float
    height: float
    boxes: tuple[PlacedBox[Box], ...]
    by_hand: tuple[PlacedBox[ContainerBox], ...]


@dataclass(frozen=True)
class Strip:
    """The place of tasks that have no node. It is there even if it is empty."""

    title: str
    x: float
    y: float
    width: float
    height: float
    boxes: tuple[PlacedBox[Box], ...]


@dataclass(frozen=True)
class NodeLayout:
    """Everything in the picture. Sizes and places are in pixels, from the top left corner."""

    width: float
    height: float
    columns: tuple[NodeColumn, ...]
    strip: Strip
    services: Mapping[str, ServiceStyle]  # that have a box, by name
    kinds: Mapping[str, int]  # how many boxes of each kind there are

    @property
    def boxes(self) -> tuple[PlacedBox[Box], ...]:
        """All boxes of tasks, node by node; those of tasks without a node at the end."""
        return (*(placed for column in self.columns for placed in column.boxes), *self.strip.boxes)

    @property
    def by_hand(self) -> tuple[PlacedBox[ContainerBox], ...]:
        """All boxes of containers run by hand, node by node."""
        return tuple(placed for column in self.columns for placed in column.by_hand)


def node_layout(record: Record, service: str | None = None, width: float = WIDTH) -> NodeLayout:
    """Lay the nodes out with all tasks and containers, or with the tasks of one service.

    The height depends on the width and the number of nodes alone, so it stays while tasks come and go.
    """
    seen = record.last or Observation(record.now, (), (), ())
    nodes, boxes = list(nodes_by_name(seen).values()), _boxes(record, seen, service)
    by_hand = boxes_by_hand(record) if service is None else {}
    per_row, rows = _rows(len(nodes), width - 2 * MARGIN)
    gap, body = 12 if rows == 1 else 8, BODY_HEIGHTS.get(rows, 76)
    wide = min(COLUMN_MAX_WIDTH, (width - 2 * MARGIN - gap * (per_row - 1)) / per_row)
    size = box_size(
        wide - 2 * PADDING, body - PADDING, [len(boxes[node.name]) + len(by_hand.get(node.name, ())) for node in nodes]
    )
    shown = [box for group in boxes.values() for box in group]
    look = box_look(shown, size)
    facts = _facts(nodes, wide - 2 * PADDING)
    columns = []
    for number, node in enumerate(nodes):
        x = MARGIN + number % per_row * (wide + gap)
        y = TOP + number // per_row * (HEAD_HEIGHT + body + gap)
        corner = x + PADDING, y + HEAD_HEIGHT, wide - 2 * PADDING
        placed = placed_boxes(*corner, boxes[node.name], look)
        hand = placed_boxes(*corner, by_hand.get(node.name, ()), look, len(placed))
        name, why = summary.node_name(node), _unavailability(node)
        columns.append(NodeColumn(node, name, facts[number], why, x, y, wide, HEAD_HEIGHT + body, placed, hand))
    bottom = TOP + rows * (HEAD_HEIGHT + body + gap) - gap + 12
    return NodeLayout(
        width,
        bottom + STRIP_HEIGHT + MARGIN,
        tuple(columns),
        _strip(bottom, width - 2 * MARGIN, boxes[None], look),
        {box.task.service: box.service for box in sorted(shown, key=lambda box: box.service.letter)},
        Counter(box.kind for box in shown),
    )


def _boxes(record: Record, seen: Observation, service: str | None) -> dict[str | None, list[Box]]:
    """The boxes of each node, and those of None: the tasks that have no node."""
    boxes = defaultdict(list)
    ended = [task for task, _when in ended_tasks(record)]
    ended_ids = {task.id for task in ended}
    present = [task for task in seen.tasks if not task.ended or task.wanted or task.id in ended_ids]
    known = {task.id: task for task in present}
    names = Names(record.history)
    shown = [
        names.of(task)
        for task in (*present, *(task for task in ended if task.id not in known))
        if names.has_node(task)  # the others are on a node that was removed
    ]
    for task in sorted(shown, key=lambda task: (task.service, task.slot, task.created_at)):
        kind = palette.kind(seen, known[task.id]) if task.id in known else "ended"
        if service in (None, task.service) and (task.node or task.wanted):
            boxes[task.node].append(Box(task, kind, names.style(task.service)))
    return boxes


def boxes_by_hand(record: Record) -> dict[str, list[ContainerBox]]:
    """By node the boxes of the containers run by hand: those that are not over, or have ended just now.

    They are known also where no manager answers, and on machines that are in no swarm.
    """
    around = record.gap if record.gap and record.gap.machines else record.last
    if around is None:
        return {}
    boxes = defaultdict(list)
    frozen = {machine.node for machine in around.machines if machine.state == "paused"}
    states = {each: "paused" if each.node in frozen else each.state for each in around.containers if each.runs}
    states |= {each: "exited" for each, _when in ended_containers(record)}
    for container, state in sorted(states.items(), key=lambda pair: pair[0].name):
        boxes[container.node].append(ContainerBox(container, palette.container_kind(state), state))
    return boxes


def _rows(nodes: int, room: float) -> tuple[int, int]:
    """How many columns there are in a row, and how many rows; the rows are nearly equal."""
    if nodes * (SINGLE_ROW_COLUMN_WIDTH + 12) <= room + 12:
        return max(1, nodes), 1
    rows = math.ceil(nodes / max(1, (room + 8) // (COLUMN_MIN_WIDTH + 8)))
    rows = max(2, rows)
    return math.ceil(nodes / rows), rows


def _unavailability(node: Node) -> str | None:
    if node.state != "ready":
        return node.state
    return node.availability if node.availability != "active" else None


def _facts(nodes: Sequence[Node], room: float) -> list[str]:
    """The line under each node's name: the longest form that fits on all of them."""
    forms: Sequence[Callable[[Node], str]] = (
        lambda node: f"{_('manager, leader') if node.leader else node.role} · {node.state} · {node.availability}",
        lambda node: f"{_('leader') if node.leader else node.role} · {node.state} · {node.availability}",
        lambda node: f"{_('leader') if node.leader else node.role} · {node.availability}",
        lambda node: _("leader") if node.leader else node.role,
    )
    written = ([form(node) for node in nodes] for form in forms)
    return next((texts for texts in written if all(width_of(text, 10) <= room for text in texts)), [""] * len(nodes))


def _strip(y: float, width: float, boxes: list[Box], look: BoxLook) -> Strip:
    title = _("not on a node") if boxes else _("not on a node: none")
    x = MARGIN + PADDING * 2 + max(90, width_of(title, 11, bold=True))
    room = MARGIN + width - PADDING - x
    fitting = box_size(room, STRIP_HEIGHT - 14, [len(boxes)])
    look = look if look.size <= fitting else box_look(boxes, fitting)
    return Strip(title, MARGIN, y, width, STRIP_HEIGHT, placed_boxes(x, y + 8, room, boxes, look))
