"""The boxes of tasks in a chart: their size, their places and the texts on them, as plain data."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from ...records import Container, Task
from . import palette
from .canvas import shortened, width_of
from .palette import STYLES, ServiceStyle


class BoxSize(NamedTuple):
    """The size of boxes in pixels; 0 for boxes without text."""

    width: float
    height: float
    gap: float  # between two boxes
    text: float


# The first size with which the boxes of every column fit is taken. No text is smaller than 9 pixels.
BOX_SIZES = (
    BoxSize(120, 42, 7, 12),
    BoxSize(83, 40, 6, 11),
    BoxSize(68, 40, 6, 11),
    BoxSize(52, 36, 5, 11),
    BoxSize(44, 32, 5, 11),
    BoxSize(30, 20, 3, 10),
    BoxSize(21, 16, 3, 9),
    BoxSize(14, 14, 3, 9),
    BoxSize(9, 9, 2, 0),
    BoxSize(5, 5, 1, 0),
    BoxSize(3, 3, 1, 0),
)
REGULAR_SHARE = 0.88  # of the width of a bold text that the same regular text has, at least
SECOND_LINE = 2  # pixels by which the text of the state is smaller than the name


@dataclass(frozen=True)
class Box:
    """A task, its kind, and the look of its service."""

    task: Task
    kind: str
    service: ServiceStyle

    @property
    def word(self) -> str:
        """The word for its state."""
        return palette.word(self.kind, self.task)

    @property
    def sign(self) -> str:
        """The sign for its state, where there is room for one letter only."""
        return STYLES[self.kind].sign


@dataclass(frozen=True)
class ContainerBox:
    """A container that a person runs by hand, and its kind."""

    container: Container
    kind: str
    word: str  # for its state

    @property
    def sign(self) -> str:
        """The sign for its state, where there is room for one letter only."""
        return STYLES[self.kind].sign


AnyBox = TypeVar("AnyBox", Box, ContainerBox)


@dataclass(frozen=True)
class BoxLook:
    """What all boxes have in common: their size and texts."""

    size: BoxSize
    names: Mapping[str, str]  # on the boxes, by the task's id
    signs: bool  # whether there is room for the sign beside the name on all of them


@dataclass(frozen=True)
class PlacedBox(Generic[AnyBox]):
    """A box with its place in pixels, and the texts on it."""

    box: AnyBox
    x: float
    y: float
    width: float
    height: float
    lines: tuple[str, ...]  # its name over its state, or one line, or none
    text: float  # height of the first line


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
    several = len({box.task.service for box in boxes}) > 1
    forms: Sequence[Callable[[Box], str]] = (
        lambda box: f"{box.task.service}.{box.task.slot}" if box.task.slot else box.task.service,
        lambda box: (box.service.letter if several else "") + (str(box.task.slot) if box.task.slot else ""),
        lambda box: box.service.letter if several else "",
    )
    for form in forms if size.text else ():
        names = {box.task.id: form(box) for box in boxes}
        if all(width_of(name, size.text, bold=True) <= size.width - 6 for name in names.values()):
            return BoxLook(
                size,
                names,
                all(
                    width_of(f"{names[box.task.id]} {box.sign}", size.text, bold=True) <= size.width - 3
                    for box in boxes
                ),
            )
    return BoxLook(size, {}, False)


def placed_boxes(
    x: float, y: float, room: float, boxes: Sequence[AnyBox], look: BoxLook, before: int = 0
) -> tuple[PlacedBox[AnyBox], ...]:
    """Place the boxes in rows from the left, beginning at that corner, after so many others."""
    width, height, gap, text = look.size
    per_row = max(1, int((room + gap) // (width + gap)))
    width = min(width * 1.2, (room - gap * (per_row - 1)) / per_row)
    return tuple(
        PlacedBox(
            box,
            x + number % per_row * (width + gap),
            y + number // per_row * (height + gap),
            width,
            height,
            _lines(box, width, look),
            text,
        )
        for number, box in enumerate(boxes, before)
    )


def _lines(box: Box | ContainerBox, width: float, look: BoxLook) -> tuple[str, ...]:
    """Its name and its state; with less room, its name and a sign; with little, one of them."""
    height, text = look.size.height, look.size.text
    if isinstance(box, Box):
        name = look.names.get(box.task.id, "")
    else:  # a name that a person or the engine has chosen may have any length
        name = shortened(box.container.name, text, (width - 6) * REGULAR_SHARE) if text and width > 40 else ""
    if height >= 32 and width_of(box.word, text - SECOND_LINE) <= width - 6:
        return name, box.word
    # Where signs do not fit on all boxes, running tasks have none.
    label = name if box.kind == "running" and name and not look.signs else f"{name} {box.sign}".strip()
    fitting = (written for written in (label, box.sign) if text and width_of(written, text, bold=True) <= width - 3)
    return (*fitting,)[:1]
