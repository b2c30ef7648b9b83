"""Drawing in pixels, from the top left corner of a card.

Shapes of one look become one collection of matplotlib: hundreds of artists would be slow.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from .palette import BORDER, CARD, INK

PIXELS_PER_INCH = 96  # as browsers count
POINTS_PER_PIXEL = 72 / PIXELS_PER_INCH  # matplotlib counts text and lines in points
DASHES: dict[str, Any] = {"solid": "solid", "dashed": [(0, (3.0, 2.0))], "dotted": [(0, (1.0, 1.6))]}
_HANDLE_LENGTH = 0.5523  # of a Bézier curve that is a quarter of a circle with radius 1

Point = tuple[float, float]


class Look(NamedTuple):
    """What boxes in one collection have in common; sizes are in pixels."""

    layer: float
    line: float
    strokes: str  # a key of `DASHES`
    hatch: str | None
    width: float
    height: float
    radius: float


class Canvas:
    """A card to draw on, with a size in pixels. `figure()` is the result."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._boxes: dict[Look, list[tuple[Point, str, str]]] = defaultdict(list)  # corner, fill, edge
        self._lines: list[PathCollection] = []
        self._texts: list[Text] = []
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
        self._boxes[Look(layer, line, strokes, None, width, height, radius)].append(((x, y), fill, edge))

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
        self._boxes[Look(layer + 0.1, 0, "solid", pattern, width, height, radius)].append(((x, y), "none", color))

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
        self._lines.append(
            PathCollection(
                [Path(points)],
                facecolors=fill,
                edgecolors=color,
                zorder=layer,
                linewidths=width * POINTS_PER_PIXEL,
                linestyles=DASHES["dashed" if dashed else "solid"],
            )
        )

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float = 11,
        color: str = INK,
        *,
        bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
    ) -> None:
        """Write a line of text, `size` pixels high; `align` says which part of it is at x. Its middle is at y."""
        self._texts.append(
            Text(
                x,
                y,
                text,
                color=color,
                fontsize=size * POINTS_PER_PIXEL,
                fontweight="bold" if bold else "normal",
                fontfamily="sans-serif",
                horizontalalignment=align,
                parse_math=False,
                zorder=9,
                verticalalignment="center_baseline",
            )
        )

    def figure(self) -> Figure:
        """The card with everything that was drawn on it."""
        figure = Figure(
            figsize=(self.width / PIXELS_PER_INCH, self.height / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH, facecolor="none"
        )
        size = Affine2D().scale(1 / self.width, -1 / self.height) + figure.transFigure
        pixels = Affine2D().translate(0, -self.height) + size
        for look, boxes in self._boxes.items():
            corners, fills, edges = zip(*boxes, strict=True)
            drawn = PathCollection(
                [_rounded_box(look.width, look.height, min(look.radius, look.width / 2, look.height / 2))],
                offsets=corners,
                offset_transform=pixels,
                facecolors=fills,
                edgecolors=edges,
                linewidths=look.line * POINTS_PER_PIXEL,
                linestyles=DASHES[look.strokes],
                hatch=look.hatch,
                zorder=look.layer,
            )
            drawn.set_transform(size)
            figure.add_artist(drawn)
        for artist in (*self._lines, *self._texts):
            artist.set_transform(pixels)
            figure.add_artist(artist)
        return figure


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
    font = FontProperties(family="sans-serif", weight="bold" if bold else "normal", size=100)
    pair, single = (text_to_path.get_text_width_height_descent(text, font, False)[0] for text in ("n" + letter, "n"))
    return max(0.0, pair - single) / 100


def _rounded_box(right: float, bottom: float, radius: float) -> Path:
    """A rectangle of that size with round corners; its top left corner is the origin."""
    if radius < 1:
        return Path([(0, 0), (right, 0), (right, bottom), (0, bottom), (0, 0)], closed=True)
    far = radius * (1 - _HANDLE_LENGTH)
    corners = [
        (radius, 0),
        (right - radius, 0),
        (right - far, 0),
        (right, far),
        (right, radius),
        (right, bottom - radius),
        (right, bottom - far),
        (right - far, bottom),
        (right - radius, bottom),
        (radius, bottom),
        (far, bottom),
        (0, bottom - far),
        (0, bottom - radius),
        (0, radius),
        (0, far),
        (far, 0),
        (radius, 0),
        (radius, 0),
    ]
    line, curve = [Path.LINETO], [Path.CURVE4] * 3
    return Path(corners, [Path.MOVETO, *line, *curve, *line, *curve, *line, *curve, *line, *curve, Path.CLOSEPOLY])
