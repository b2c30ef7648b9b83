"""Drawing in pixels from the top left, as one thinks of a page.

Shapes that look alike become one collection of matplotlib: hundreds of artists would be slow.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from .palette import BORDER, CARD, INK

SCREEN = 96  # pixels of an inch, as browsers have it
POINT = 72 / SCREEN  # points of a pixel: matplotlib counts text and lines in points
_BEND = 0.5523  # how far a Bézier curve's handles reach for it to be a quarter of a circle
DASHES = (0, (3.0, 2.0))

Point = tuple[float, float]


class Canvas:
    """A card of a size in pixels, to draw on. `figure()` is the result."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._boxes: dict[tuple, list[tuple[Point, str, str]]] = defaultdict(list)
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
        line: float = 1,
        layer: int = 2,
    ) -> None:
        """A rectangle; layers with higher numbers cover lower ones."""
        self._boxes[layer, line, dashed, None, width, height, radius].append(((x, y), fill, edge))

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
        layer: int = 2,
    ) -> None:
        """A rectangle that is only hatched."""
        self._boxes[layer + 0.1, 0, False, pattern, width, height, radius].append(((x, y), "none", color))

    def line(
        self,
        points: Sequence[Point],
        color: str,
        *,
        width: float = 1,
        dashed: bool = False,
        fill: str = "none",
        layer: int = 1,
    ) -> None:
        """A line through the points, and with `fill` what it surrounds."""
        self._lines.append(
            PathCollection(
                [Path(points)],
                facecolors=fill,
                edgecolors=color,
                zorder=layer,
                linewidths=width * POINT,
                linestyles=[DASHES] if dashed else "solid",
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
        across: str = "left",
        down: str = "center",
    ) -> None:
        """A line of text; `across` and `down` say which part of it is at the point."""
        self._texts.append(
            Text(
                x,
                y,
                text,
                color=color,
                fontsize=size * POINT,
                fontweight="bold" if bold else "normal",
                fontfamily="sans-serif",
                horizontalalignment=across,
                parse_math=False,
                zorder=9,
                verticalalignment="center_baseline" if down == "center" else down,
            )
        )

    def figure(self) -> Figure:
        """The card with all that was drawn on it."""
        figure = Figure(figsize=(self.width / SCREEN, self.height / SCREEN), dpi=SCREEN, facecolor="none")
        size = Affine2D().scale(1 / self.width, -1 / self.height) + figure.transFigure
        pixels = Affine2D().translate(0, -self.height) + size
        for (layer, line, dashed, hatch, width, height, radius), boxes in self._boxes.items():
            corners, fills, edges = zip(*boxes, strict=True)
            drawn = PathCollection(
                [_rounded(width, height, min(radius, width / 2, height / 2))],
                offsets=corners,
                offset_transform=pixels,
                facecolors=fills,
                edgecolors=edges,
                linewidths=line * POINT,
                linestyles=[DASHES] if dashed else "solid",
                hatch=hatch,
                zorder=layer,
            )
            drawn.set_transform(size)
            figure.add_artist(drawn)
        for artist in (*self._lines, *self._texts):
            artist.set_transform(pixels)
            figure.add_artist(artist)
        return figure


def width_of(text: str, size: float, bold: bool = False) -> float:
    """The width of the text in pixels, in the font matplotlib brings: others are as wide or narrower."""
    return size * sum(_advance(letter, bold) for letter in text)


def shortened(text: str, size: float, room: float) -> str:
    """The text, or as much of its beginning as there is room for."""
    if width_of(text, size) <= room:
        return text
    while text and width_of(text + "…", size) > room:
        text = text[:-1]
    return text + "…"


@lru_cache(maxsize=1000)
def _advance(letter: str, bold: bool) -> float:
    """The letter's width at size 1."""
    font = FontProperties(family="sans-serif", weight="bold" if bold else "normal", size=100)
    pair, single = (text_to_path.get_text_width_height_descent(text, font, False)[0] for text in ("n" + letter, "n"))
    return max(0.0, pair - single) / 100


def _rounded(right: float, bottom: float, radius: float) -> Path:
    """A rectangle of that size with its top left corner at the origin."""
    if radius < 1:
        return Path([(0, 0), (right, 0), (right, bottom), (0, bottom), (0, 0)], closed=True)
    far = radius * (1 - _BEND)
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
