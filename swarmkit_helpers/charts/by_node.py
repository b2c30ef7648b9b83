"""Which task is on which node."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from .. import narration
from ..language import _
from ..records import Node, Observation, Task
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import LOCK, Chart, Record, Source, last_seen, legend
from .leaving import LINGER, left
from .palette import BORDER, CARD, COLUMN, INK, QUIET, RULE, STYLES

WIDTH, MARGIN, TOP, STRIP = 920, 16, 50, 58  # pixels: of the card, around it, its first line, the strip at the bottom
HEAD = 48  # pixels of a column's head
ALONE, BESIDE = 6, 10  # nodes that share one row; nodes in a row when there are several
BODIES = {1: 196, 2: 130, 3: 96}  # pixels for boxes in a column, by the number of rows
WIDEST = 288  # pixels of a column
PADDING = 9  # pixels between a column's edge and its boxes
# Width and height of a box, the gap between two, the size of its text. The first that fits everywhere is taken.
SIZES = ((120, 42, 7, 12), (68, 40, 6, 12), (44, 32, 5, 11), (31, 22, 4, 10), (22, 17, 3, 9), (14, 14, 3, 8),
         (9, 9, 2, 0), (5, 5, 1, 0), (3, 3, 1, 0))  # fmt: skip
SERVICES = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True)
class Box:
    """A task as it is drawn."""

    task: Task
    kind: str

    @property
    def word(self) -> str:
        return palette.word(self.kind, self.task)


def placement(source: Source, service: str | None = None) -> Chart:
    """A column for each node, and in it a box for each task; of all services, or of one.

    Tasks that have ended stay for some seconds, pale: one sees them go. Tasks without a node are at the bottom.
    """
    record = Record.of(source)
    seen = record.last or Observation(record.now, (), (), ())
    gone = left(record)
    boxes = _boxes(seen, [task for task, _when in gone], service)
    nodes = tuple({node.name: seen.node(node.name) for node in seen.nodes}.values())
    with LOCK:
        figure = _drawn(record, seen, nodes, boxes)
    caption = last_seen(record) + narration.sentence(seen, service) if record.last else _("Nothing was seen yet.")
    rows = [(_("task"), _("node"), _("state")),
            *((box.task.name, box.task.node or "-", box.word) for group in boxes.values() for box in group)]
    ends = [when + LINGER for _task, when in gone]
    return Chart("placement", figure, caption, _("Tasks by node: {sentence}").format(sentence=caption), rows,
                 min(ends, default=None))


def _boxes(seen: Observation, gone: Sequence[Task], service: str | None) -> dict[str | None, list[Box]]:
    """What is drawn in the column of each node, and of None, for tasks that have no node."""
    boxes = defaultdict(list)
    ended = {task.id for task in gone}
    present = [task for task in seen.tasks if not task.ended or task.wanted or task.id in ended]
    known = {task.id for task in present}
    for task in sorted([*present, *(task for task in gone if task.id not in known)],
                       key=lambda task: (task.service, task.slot, task.created_at)):
        kind = palette.kind(seen, task) if task.id in known else "ended"
        if service in (None, task.service) and (task.node or task.wanted):
            boxes[task.node].append(Box(task, kind))
    return boxes


def _drawn(record: Record, seen: Observation, nodes: Sequence[Node], boxes: dict[str | None, list[Box]]):
    """The figure. Its size depends on the number of nodes alone, so that it stays while tasks come and go."""
    across = len(nodes) if len(nodes) <= ALONE else math.ceil(len(nodes) / math.ceil(len(nodes) / BESIDE))
    down = math.ceil(len(nodes) / across) if nodes else 1
    gap, body = 12 if across <= ALONE else 8, BODIES.get(down, 76)
    wide = min(WIDEST, (WIDTH - 2 * MARGIN - gap * (across - 1)) / max(across, 1))
    canvas = Canvas(WIDTH, TOP + down * (HEAD + body + gap) + STRIP + MARGIN - gap + 12)
    size = _size(wide - 2 * PADDING, body - PADDING, [len(boxes[node.name]) for node in nodes])
    shown = [box for group in boxes.values() for box in group]
    names = _names(shown, size)
    legend(canvas, MARGIN, MARGIN + 10, record, Counter(box.kind for box in shown), _services(shown, names))
    for number, node in enumerate(nodes):
        x = MARGIN + number % across * (wide + gap)
        y = TOP + number // across * (HEAD + body + gap)
        _column(canvas, x, y, wide, HEAD + body, node, bool(boxes[node.name]))
        _fill(canvas, x + PADDING, y + HEAD, wide - 2 * PADDING, boxes[node.name], size, names)
    _strip(canvas, canvas.height - MARGIN - STRIP, boxes[None], size, names)
    return canvas.figure()


def _column(canvas: Canvas, x: float, y: float, wide: float, high: float, node: Node, used: bool) -> None:
    """The place of a node. One that takes no tasks is hatched, and says so on a dark label."""
    why = node.state if node.state != "ready" else node.availability if node.availability != "active" else None
    heard = node.state == "ready"
    canvas.box(x, y, wide, high, COLUMN, QUIET if why else BORDER, radius=7, dashed=not heard, layer=1)
    if why:
        pattern = {"drain": "///", "pause": "..."}.get(why, "xxx")
        canvas.hatch(x, y + HEAD - 4, wide, high - HEAD + 4, pattern, "#cdd3d9", radius=7, layer=1)
    room = wide - 2 * PADDING
    if why:
        label = width_of(why, 11, bold=True) + 14
        room -= label
        canvas.box(x + wide - label - 6, y + 7, label, 19, QUIET if heard else INK, radius=9)
        canvas.text(x + wide - 6 - label / 2, y + 16.5, why, 11, CARD, bold=True, across="center")
    canvas.text(x + PADDING, y + 16, shortened(node.name, 13, room), 13, bold=True)
    role = _("{role}, leader").format(role=node.role) if node.leader else node.role
    facts = [f"{role} · {node.state} · {node.availability}", f"{node.role} · {why or node.availability}", node.role]
    fitting = (text for text in facts if width_of(text, 10) <= wide - 2 * PADDING)
    canvas.text(x + PADDING, y + 34, next(fitting, ""), 10, QUIET)
    if not used and wide > 100:
        text = _("no tasks")
        canvas.box(x + PADDING, y + HEAD + 2, width_of(text, 11) + 12, 20, COLUMN, radius=4)
        canvas.text(x + PADDING + 6, y + HEAD + 12, text, 11, QUIET)


def _strip(canvas: Canvas, y: float, boxes: list[Box], size: tuple, names: dict[str, str]) -> None:
    """The place of tasks that have no node. It is there even if nothing is in it."""
    canvas.box(MARGIN, y, WIDTH - 2 * MARGIN, STRIP, CARD, palette.ORANGE if boxes else RULE, radius=7, dashed=True)
    title = _("not on a node")
    canvas.text(MARGIN + PADDING, y + STRIP / 2, title, 11, INK if boxes else QUIET, bold=bool(boxes))
    x = MARGIN + PADDING * 2 + max(90, width_of(title, 11, bold=True))
    room = WIDTH - MARGIN - PADDING - x
    smallest = _size(room, STRIP - 14, [len(boxes)])
    size = min(size, smallest)  # no larger than the boxes on the nodes
    _fill(canvas, x, y + 8, room, boxes, size, names if size[3] else {})


def _size(wide: float, high: float, counts: Sequence[int]) -> tuple[float, float, float, float]:
    """The largest size of boxes of which that many fit in each column."""
    most = max(counts, default=0)
    for size in SIZES:
        width, height, gap, _text = size
        if int((wide + gap) // (width + gap)) * int((high + gap) // (height + gap)) >= most:
            return size
    return SIZES[-1]


def _names(boxes: Sequence[Box], size: tuple) -> dict[str, str]:
    """What is written on each task's box, by its id: as much of its name as fits on all of them."""
    width, _height, _gap, text = size
    letters = dict(zip(sorted({box.task.service for box in boxes}), SERVICES, strict=False))
    several = len(letters) > 1
    forms = (lambda task: f"{task.service}.{task.slot}" if task.slot else task.service,
             lambda task: (letters.get(task.service, "*") if several else "") + (str(task.slot) if task.slot else ""),
             lambda task: letters.get(task.service, "*") if several else "")
    for form in forms if text else ():
        names = {box.task.id: form(box.task) for box in boxes}
        if all(width_of(name, text, bold=True) <= width - 8 for name in names.values()):
            return names
    return {}


def _services(boxes: Sequence[Box], names: dict[str, str]) -> str:
    """What the letters on the boxes stand for, if there are any; else the name of the only service."""
    services = sorted({box.task.service for box in boxes})
    if len(services) <= 1:
        return services[0] if services else ""
    if all(names.get(box.task.id, "").startswith(box.task.service) for box in boxes):
        return ""
    return "   ".join(f"{letter} {name}" for letter, name in zip(SERVICES, services, strict=False))


def _fill(canvas: Canvas, x: float, y: float, room: float, boxes: Sequence[Box], size: tuple,
          names: dict[str, str]) -> None:
    """The boxes, in rows from the left."""
    width, height, gap, text = size
    across = max(1, int((room + gap) // (width + gap)))
    width = min(width * 1.2, (room - gap * (across - 1)) / across)
    for number, box in enumerate(boxes):
        left, top = x + number % across * (width + gap), y + number // across * (height + gap)
        _box(canvas, left, top, width, height, text, box, names.get(box.task.id, ""))


def _box(canvas: Canvas, x: float, y: float, width: float, height: float, text: float, box: Box, name: str) -> None:
    """One task: its name over its state; if there is little room, its name and a sign; if less, one of them."""
    style = STYLES[box.kind]
    ink = QUIET if box.kind == "ended" else INK
    canvas.box(x, y, width, height, style.fill, style.edge, radius=5, dashed=style.dashed,
               line=1.4 if height > 20 else 1)
    if style.hatch:
        canvas.hatch(x, y, width, height, style.hatch, "#d6dadf", radius=5)
    middle = x + width / 2
    if height >= 32 and width_of(box.word, text - 2) <= width - 6:
        canvas.text(middle, y + height * 0.32, name, text, ink, bold=True, across="center")
        canvas.text(middle, y + height * 0.7, box.word, text - 2, ink, across="center")
        return
    with_sign = f"{name} {style.sign}".strip()
    short = style.sign if box.kind != "running" or not name else name
    for label in (with_sign, short) if text else ():
        if width_of(label, text, bold=True) <= width - 3:
            canvas.text(middle, y + height / 2, label, text, ink, bold=True, across="center")
            return
