"""Drawing in pixels, from the top left corner of a card. A drawing is data, of which `pixels` makes a figure."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from .palette import BORDER, CARD, INK

PIXELS_PER_INCH = 96  # as browsers count
TEXT_LAYER = 9  # above all that the charts draw
# Stroke and gap, in widths of the line.
DASHES: dict[str, tuple[float, ...]] = {"solid": (), "dashed": (3.0, 2.0), "dotted": (1.0, 1.6)}

Point = tuple[float, float]
Align = Literal["left", "center", "right"]


class Look(NamedTuple):
    """What boxes that are drawn together have in common; sizes are in pixels."""

    layer: float
    line: float
    strokes: str  # a key of `DASHES`
    hatch: str | None
    width: float
    height: float
    radius: float


class Box(NamedTuple):
    """The place and the colours of a box."""

    corner: Point
    fill: str
    edge: str


class Line(NamedTuple):
    """A line through points; with a fill also the area inside it."""

    points: Sequence[Point]
    color: str
    width: float  # pixels
    strokes: str  # a key of `DASHES`
    fill: str
    layer: float


class Text(NamedTuple):
    """A line of text; sizes are in pixels, and its middle is at y."""

    x: float
    y: float
    text: str
    size: float
    color: str
    bold: bool
    align: Align


class Canvas:
    """A card to draw on, with a size in pixels. Higher layers cover lower ones; texts are above all."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.boxes: dict[Look, list[Box]] = defaultdict(list)
        self.lines: list[Line] = []
        self.texts: list[Text] = []
        self.box(0.5, 0.5, width - 1, height - 1, CARD, BORDER, radius=8, layer=0)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        edge: str = "none",
        *,
        radius: float = 0,
        dashed: bool = False,
        dotted: bool = False,
        line: float = 1,
        layer: float = 2,
    ) -> None:
        """Draw a rectangle; layers with higher numbers cover lower ones."""
        strokes = "dotted" if dotted else "dashed" if dashed else "solid"
        radius = min(radius, width / 2, height / 2)
        self.boxes[Look(layer, line, strokes, None, width, height, radius)].append(Box((x, y), fill, edge))

    def hatch(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        pattern: str,
        color: str,
        *,
        radius: float = 0,
        layer: float = 2,
    ) -> None:
        """Draw only the hatching of a rectangle."""
        look = Look(layer + 0.1, 0, "solid", pattern, width, height, min(radius, width / 2, height / 2))
        self.boxes[look].append(Box((x, y), "none", color))

    def line(
        self,
        points: Sequence[Point],
        color: str,
        *,
        width: float = 1,
        dashed: bool = False,
        fill: str = "none",
        layer: float = 1,
    ) -> None:
        """Draw a line through the points, and with `fill` the area inside it."""
        self.lines.append(Line(tuple(points), color, width, "dashed" if dashed else "solid", fill, layer))

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        color: str = INK,
        *,
        bold: bool = False,
        align: Align = "left",
    ) -> None:
        """Write a line of text, `size` pixels high; `align` says which part of it is at x. Its middle is at y."""
        self.texts.append(Text(x, y, text, size, color, bold, align))


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of the text in pixels, in the font that comes with matplotlib: others are as wide or narrower."""
    return size * sum(_advance(letter, bold) for letter in text)


def shortened(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as fits into `room` pixels."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


@lru_cache(maxsize=1000)
def _advance(letter: str, bold: bool) -> float:
    """The width of the letter in pixels at size 1."""
    from matplotlib.font_manager import FontProperties  # slow to import, and not every notebook draws
    from matplotlib.textpath import text_to_path

    font = FontProperties(family="sans-serif", weight="bold" if bold else "normal", size=100)
    pair, single = (text_to_path.get_text_width_height_descent(text, font, False)[0] for text in ("n" + letter, "n"))
    return max(0.0, pair - single) / 100
