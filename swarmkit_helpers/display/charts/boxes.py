"""The boxes of tasks in a chart: their size, the texts on them, and how they are drawn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ...language import _
from ...records import Task
from . import palette
from .canvas import Canvas, width_of
from .palette import INK, QUIET, STYLES

SERVICE_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class BoxSize(NamedTuple):
    """The size of boxes in pixels; 0 for boxes without text."""

    width: float
    height: float
    gap: float  # between two boxes
    text: float


# The first size with which the boxes of every column fit is taken.
BOX_SIZES = (
    BoxSize(120, 42, 7, 12),
    BoxSize(68, 40, 6, 12),
    BoxSize(44, 32, 5, 11),
    BoxSize(30, 20, 3, 10),
    BoxSize(21, 16, 3, 8.5),
    BoxSize(14, 14, 3, 8),
    BoxSize(9, 9, 2, 0),
    BoxSize(5, 5, 1, 0),
    BoxSize(3, 3, 1, 0),
)


@dataclass(frozen=True)
class Box:
    """A task and its kind."""

    task: Task
    kind: str

    @property
    def word(self) -> str:
        """The word for its state."""
        return palette.word(self.kind, self.task)

    @property
    def sign(self) -> str:
        """The sign for its state, where there is room for one letter only."""
        return STYLES[self.kind].sign


@dataclass(frozen=True)
class BoxLook:
    """What all boxes have in common: their size and texts."""

    size: BoxSize
    names: Mapping[str, str]  # on the boxes, by the task's id
    signs: bool  # whether there is room for the sign beside the name on all of them


def box_size(wide: float, high: float, counts: Sequence[int]) -> BoxSize:
    """The largest size with which so many boxes fit into each column of this width and height."""
    most = max(counts, default=0)
    return next(
        (
            size
            for size in BOX_SIZES
            if most
            <= int((wide + size.gap) // (size.width + size.gap)) * int((high + size.gap) // (size.height + size.gap))
        ),
        BOX_SIZES[-1],
    )


def box_look(boxes: Sequence[Box], size: BoxSize) -> BoxLook:
    """The longest form of the tasks' names that fits on all boxes of that size, with signs if they fit too."""
    letters = dict(zip(sorted({box.task.service for box in boxes}), SERVICE_LETTERS, strict=False))
    several = len(letters) > 1
    forms: Sequence[Callable[[Task], str]] = (
        lambda task: f"{task.service}.{task.slot}" if task.slot else task.service,
        lambda task: (letters.get(task.service, "*") if several else "") + (str(task.slot) if task.slot else ""),
        lambda task: letters.get(task.service, "*") if several else "",
    )
    for form in forms if size.text else ():
        names = {box.task.id: form(box.task) for box in boxes}
        if all(width_of(name, size.text, bold=True) <= size.width - 8 for name in names.values()):
            return BoxLook(
                size,
                names,
                all(
                    width_of(f"{names[box.task.id]} {box.sign}", size.text, bold=True) <= size.width - 3
                    for box in boxes
                ),
            )
    return BoxLook(size, {}, False)


def service_names(boxes: Sequence[Box], names: Mapping[str, str]) -> str:
    """The services of the letters on the boxes, if there are letters; else the name of the only service."""
    services = sorted({box.task.service for box in boxes})
    if len(services) <= 1:
        return services[0] if services else _("no tasks")
    if all(names.get(box.task.id, "").startswith(box.task.service) for box in boxes):
        return _("{n} services").format(n=len(services))
    return "   ".join(f"{letter} {name}" for letter, name in zip(SERVICE_LETTERS, services, strict=False))


def draw_boxes(canvas: Canvas, x: float, y: float, room: float, boxes: Sequence[Box], look: BoxLook) -> None:
    """Draw the boxes, in rows from the left."""
    width, height, gap, _text = look.size
    per_row = max(1, int((room + gap) // (width + gap)))
    width = min(width * 1.2, (room - gap * (per_row - 1)) / per_row)
    for number, box in enumerate(boxes):
        _box(canvas, x + number % per_row * (width + gap), y + number // per_row * (height + gap), width, box, look)


def _box(canvas: Canvas, x: float, y: float, width: float, box: Box, look: BoxLook) -> None:
    """Draw one task: its name over its state; with less room, its name and a sign; with little, one of them."""
    height, text, style, name = look.size.height, look.size.text, STYLES[box.kind], look.names.get(box.task.id, "")
    ink = QUIET if box.kind == "ended" else INK
    canvas.box(
        x, y, width, height, style.fill, style.edge, radius=5, dashed=style.dashed, line=1.4 if height > 20 else 1
    )
    if style.hatch:
        canvas.hatch(x, y, width, height, style.hatch, "#d6dadf", radius=5)
    middle = x + width / 2
    if height >= 32 and width_of(box.word, text - 2) <= width - 6:
        canvas.text(middle, y + height * 0.32, name, text, ink, bold=True, align="center")
        canvas.text(middle, y + height * 0.7, box.word, text - 2, ink, align="center")
        return
    # Where signs do not fit on all boxes, running tasks have none.
    label = name if box.kind == "running" and name and not look.signs else f"{name} {box.sign}".strip()
    for written in (label, box.sign) if text else ():
        if width_of(written, text, bold=True) <= width - 3:
            canvas.text(middle, y + height / 2, written, text, ink, bold=True, align="center")
            return
