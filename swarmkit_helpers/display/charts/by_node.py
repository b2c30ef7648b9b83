"""Which task is on which node."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from matplotlib.figure import Figure

from ...language import _
from ...records import Node, Observation, Task
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart, Record, Source, caption, legend
from .ended_tasks import LINGER_SECONDS, left
from .palette import BORDER, CARD, COLUMN, INK, QUIET, RULE, STYLES

WIDTH, MARGIN, TOP, STRIP = 920, 16, 50, 56  # pixels: of the card, around it, its first line, the strip at the bottom
HEAD = 48  # pixels of a column's head
ALONE, BESIDE = 6, 10  # nodes that share one row; nodes in a row when there are several
BODIES = {1: 196, 2: 130, 3: 96}  # pixels for boxes in a column, by the number of rows
WIDEST = 288  # pixels of a column
HATCHES = {"drain": "///", "pause": "--"}  # of a column; else it is not ready
PADDING = 9  # pixels between a column's edge and its boxes
SERVICES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Size(NamedTuple):
    """How large boxes are, in pixels: width, height, the gap between two, the size of the text."""

    width: float
    height: float
    gap: float
    text: float


# The first that fits in every column is taken.
SIZES = (Size(120, 42, 7, 12), Size(68, 40, 6, 12), Size(44, 32, 5, 11), Size(30, 20, 3, 10), Size(21, 16, 3, 8.5),
         Size(14, 14, 3, 8), Size(9, 9, 2, 0), Size(5, 5, 1, 0), Size(3, 3, 1, 0))  # fmt: skip


@dataclass(frozen=True)
class Box:
    """A task as it is drawn."""

    task: Task
    kind: str

    @property
    def word(self) -> str:
        """Its state, as it is written."""
        return palette.word(self.kind, self.task)

    @property
    def sign(self) -> str:
        """Its state, if there is room for one letter."""
        return STYLES[self.kind].sign


@dataclass(frozen=True)
class Look:
    """What all boxes have in common."""

    size: Size
    names: Mapping[str, str]  # what is written on a task's box, by the task's id
    signs: bool  # whether there is room for the sign beside the name on all of them


def placement(source: Source, service: str | None = None) -> Chart:
    """A column for each node, and in it a box for each task; of all services, or of one.

    Tasks that have ended stay for some seconds, pale: one sees them go. Tasks without a node are at the bottom.
    """
    record = Record.of(source)
    seen = record.last or Observation(record.now, (), (), ())
    gone = left(record)
    boxes = _boxes(record, seen, [task for task, _when in gone], service)
    nodes = tuple({node.name: seen.node(node.name) for node in seen.nodes}.values())
    with LOCK:
        figure = _drawn(record, seen, nodes, boxes)
    told = caption(record, service)
    rows = [
        (_("task"), _("node"), _("state")),
        *((box.task.name, box.task.node or "-", box.word) for group in boxes.values() for box in group),
    ]
    ends = [when + LINGER_SECONDS for _task, when in gone]
    return Chart(
        "placement", figure, told, _("Tasks by node: {sentence}").format(sentence=told), rows, min(ends, default=None)
    )


def _boxes(record: Record, seen: Observation, gone: Sequence[Task], service: str | None) -> dict[str | None, list[Box]]:
    """What is drawn in the column of each node, and of None, for tasks that have no node."""
    boxes = defaultdict(list)
    ended = {task.id for task in gone}
    present = [task for task in seen.tasks if not task.ended or task.wanted or task.id in ended]
    known = {task.id for task in present}
    services = {service.name for service in seen.services}
    shown = [
        task if task.service in services else record.named(task)
        for task in (*present, *(task for task in gone if task.id not in known))
    ]
    for task in sorted(shown, key=lambda task: (task.service, task.slot, task.created_at)):
        kind = palette.kind(seen, task) if task.id in known else "ended"
        if service in (None, task.service) and (task.node or task.wanted):
            boxes[task.node].append(Box(task, kind))
    return boxes


def _drawn(record: Record, seen: Observation, nodes: Sequence[Node], boxes: dict[str | None, list[Box]]) -> Figure:
    """The figure. Its size depends on the number of nodes alone, so that it stays while tasks come and go."""
    across = len(nodes) if len(nodes) <= ALONE else math.ceil(len(nodes) / math.ceil(len(nodes) / BESIDE))
    down = math.ceil(len(nodes) / across) if nodes else 1
    gap, body = 12 if across <= ALONE else 8, BODIES.get(down, 76)
    wide = min(WIDEST, (WIDTH - 2 * MARGIN - gap * (across - 1)) / max(across, 1))
    canvas = Canvas(WIDTH, TOP + down * (HEAD + body + gap) + STRIP + MARGIN - gap + 12)
    size = _size(wide - 2 * PADDING, body - PADDING, [len(boxes[node.name]) for node in nodes])
    shown = [box for group in boxes.values() for box in group]
    look = _look(shown, size)
    kinds = Counter(box.kind for box in shown)
    legend(
        canvas,
        MARGIN,
        MARGIN + 10,
        record,
        {kind: f"{number} {palette.title(kind)}" for kind, number in kinds.items()},
        _services(shown, look.names),
    )
    facts = _facts(nodes, wide - 2 * PADDING)
    for number, node in enumerate(nodes):
        x = MARGIN + number % across * (wide + gap)
        y = TOP + number // across * (HEAD + body + gap)
        _column(canvas, x, y, wide, HEAD + body, node, facts[number], bool(boxes[node.name]))
        _fill(canvas, x + PADDING, y + HEAD, wide - 2 * PADDING, boxes[node.name], look)
    _strip(canvas, canvas.height - MARGIN - STRIP, boxes[None], look)
    return canvas.figure()


def _column(canvas: Canvas, x: float, y: float, wide: float, high: float, node: Node, facts: str, used: bool) -> None:
    """The place of a node. One that takes no tasks is hatched, and says so on a dark label."""
    why = _why(node)
    heard = node.state == "ready"
    canvas.box(x, y, wide, high, COLUMN, QUIET if why else BORDER, radius=7, dashed=not heard, layer=1)
    canvas.text(x + PADDING, y + 16, shortened(node.name, 13, wide - 2 * PADDING), 13, bold=True)
    if why:
        canvas.hatch(x, y + HEAD - 4, wide, high - HEAD + 4, HATCHES.get(why, "xxx"), "#cdd3d9", radius=7, layer=1)
        label = width_of(why, 11, bold=True) + 14
        beside = width_of(node.name, 13, bold=True) + label + 2 * PADDING <= wide
        left, top = (x + wide - label - 6, y + 7) if beside else (x + PADDING - 2, y + 26)
        canvas.box(left, top, label, 18, QUIET if heard else INK, radius=9)
        canvas.text(left + label / 2, top + 9, why, 11, CARD, bold=True, across="center")
        facts = facts if beside else ""
    canvas.text(x + PADDING, y + 34, facts, 10, QUIET)
    if not used and wide > 100:
        text = _("no tasks")
        if why:  # so that the hatching does not run through it
            canvas.box(x + PADDING - 3, y + HEAD + 3, width_of(text, 11) + 6, 18, COLUMN, radius=4)
        canvas.text(x + PADDING, y + HEAD + 12, text, 11, QUIET)


def _why(node: Node) -> str | None:
    """The state or availability for which the node gets no tasks, if there is one."""
    if node.state != "ready":
        return node.state
    return node.availability if node.availability != "active" else None


def _facts(nodes: Sequence[Node], room: float) -> list[str]:
    """What is written under each node's name: as much as there is room for on all of them."""
    forms = (
        lambda node: f"{_('manager, leader') if node.leader else node.role} · {node.state} · {node.availability}",
        lambda node: f"{node.role} · {node.state} · {node.availability}",
        lambda node: f"{node.role} · {node.availability}",
        lambda node: node.role,
    )
    written = ([form(node) for node in nodes] for form in forms)
    return next((texts for texts in written if all(width_of(text, 10) <= room for text in texts)), [""] * len(nodes))


def _strip(canvas: Canvas, y: float, boxes: list[Box], look: Look) -> None:
    """The place of tasks that have no node. It is there even if nothing is in it."""
    canvas.box(
        MARGIN, y, WIDTH - 2 * MARGIN, STRIP, CARD, palette.ORANGE if boxes else RULE, radius=7, dashed=True, layer=1
    )
    title = _("not on a node") if boxes else _("not on a node: none")
    canvas.text(MARGIN + PADDING, y + STRIP / 2, title, 11, INK if boxes else QUIET, bold=bool(boxes))
    x = MARGIN + PADDING * 2 + max(90, width_of(title, 11, bold=True))
    room = WIDTH - MARGIN - PADDING - x
    fitting = _size(room, STRIP - 14, [len(boxes)])
    _fill(canvas, x, y + 8, room, boxes, look if look.size <= fitting else _look(boxes, fitting))


def _size(wide: float, high: float, counts: Sequence[int]) -> Size:
    """The largest size of boxes of which that many fit in each column."""
    most = max(counts, default=0)
    return next(
        (
            size
            for size in SIZES
            if most
            <= int((wide + size.gap) // (size.width + size.gap)) * int((high + size.gap) // (size.height + size.gap))
        ),
        SIZES[-1],
    )


def _look(boxes: Sequence[Box], size: Size) -> Look:
    """As much of the tasks' names as fits on all boxes of that size, and signs if they do, too."""
    letters = dict(zip(sorted({box.task.service for box in boxes}), SERVICES, strict=False))
    several = len(letters) > 1
    forms = (
        lambda task: f"{task.service}.{task.slot}" if task.slot else task.service,
        lambda task: (letters.get(task.service, "*") if several else "") + (str(task.slot) if task.slot else ""),
        lambda task: letters.get(task.service, "*") if several else "",
    )
    for form in forms if size.text else ():
        names = {box.task.id: form(box.task) for box in boxes}
        if all(width_of(name, size.text, bold=True) <= size.width - 8 for name in names.values()):
            return Look(
                size,
                names,
                all(
                    width_of(f"{names[box.task.id]} {box.sign}", size.text, bold=True) <= size.width - 3
                    for box in boxes
                ),
            )
    return Look(size, {}, False)


def _services(boxes: Sequence[Box], names: Mapping[str, str]) -> str:
    """What the letters on the boxes stand for, if there are any; else the name of the only service."""
    services = sorted({box.task.service for box in boxes})
    if len(services) <= 1:
        return services[0] if services else _("no tasks")
    if all(names.get(box.task.id, "").startswith(box.task.service) for box in boxes):
        return _("{n} services").format(n=len(services))
    return "   ".join(f"{letter} {name}" for letter, name in zip(SERVICES, services, strict=False))


def _fill(canvas: Canvas, x: float, y: float, room: float, boxes: Sequence[Box], look: Look) -> None:
    """The boxes, in rows from the left."""
    width, height, gap, _text = look.size
    across = max(1, int((room + gap) // (width + gap)))
    width = min(width * 1.2, (room - gap * (across - 1)) / across)
    for number, box in enumerate(boxes):
        _box(canvas, x + number % across * (width + gap), y + number // across * (height + gap), width, box, look)


def _box(canvas: Canvas, x: float, y: float, width: float, box: Box, look: Look) -> None:
    """One task: its name over its state; if there is little room, its name and a sign; if less, one of them."""
    height, text, style, name = look.size.height, look.size.text, STYLES[box.kind], look.names.get(box.task.id, "")
    ink = QUIET if box.kind == "ended" else INK
    canvas.box(
        x, y, width, height, style.fill, style.edge, radius=5, dashed=style.dashed, line=1.4 if height > 20 else 1
    )
    if style.hatch:
        canvas.hatch(x, y, width, height, style.hatch, "#d6dadf", radius=5)
    middle = x + width / 2
    if height >= 32 and width_of(box.word, text - 2) <= width - 6:
        canvas.text(middle, y + height * 0.32, name, text, ink, bold=True, across="center")
        canvas.text(middle, y + height * 0.7, box.word, text - 2, ink, across="center")
        return
    # Where signs do not fit everywhere, only what is not as usual has one.
    label = name if box.kind == "running" and name and not look.signs else f"{name} {box.sign}".strip()
    for written in (label, box.sign) if text else ():
        if width_of(written, text, bold=True) <= width - 3:
            canvas.text(middle, y + height / 2, written, text, ink, bold=True, across="center")
            return
