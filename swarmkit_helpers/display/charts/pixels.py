"""A canvas as a figure of matplotlib.

Shapes of one look become one collection: hundreds of artists would be slow.
"""

from pathlib import Path as FilePath
from typing import Any

from matplotlib import get_cachedir
from matplotlib.artist import Artist
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontManager
from matplotlib.path import Path
from matplotlib.text import Text as TextArtist
from matplotlib.transforms import Affine2D, Transform

from .canvas import DASHES, PIXELS_PER_INCH, TEXT_LAYER, Box, Canvas, Line, Look, Text

POINTS_PER_PIXEL = 72 / PIXELS_PER_INCH  # matplotlib counts text and lines in points
_HANDLE_LENGTH = 0.5523  # of a Bézier curve that is a quarter of a circle with radius 1


def figure_of(canvas: Canvas) -> Figure:
    """The card with everything that was drawn on it."""
    figure = Figure(
        figsize=(canvas.width / PIXELS_PER_INCH, canvas.height / PIXELS_PER_INCH), dpi=PIXELS_PER_INCH, facecolor="none"
    )
    size = Affine2D().scale(1 / canvas.width, -1 / canvas.height) + figure.transFigure
    pixels = Affine2D().translate(0, -canvas.height) + size
    for look, boxes in canvas.boxes.items():
        drawn = _boxes(look, boxes, pixels)
        drawn.set_transform(size)
        figure.add_artist(drawn)
    artists: list[Artist] = [*map(_line, canvas.lines), *map(_text, canvas.texts)]
    for artist in artists:
        artist.set_transform(pixels)
        figure.add_artist(artist)
    return figure


def font_list() -> FilePath:
    """The file in which matplotlib keeps what fonts there are: a container without it reads them all again."""
    return FilePath(get_cachedir(), f"fontlist-v{FontManager.__version__}.json")


def _boxes(look: Look, boxes: list[Box], pixels: Transform) -> PathCollection:
    corners, fills, edges = zip(*boxes, strict=True)
    return PathCollection(
        [_rounded_box(look.width, look.height, look.radius)],
        offsets=corners,
        offset_transform=pixels,
        facecolors=fills,
        edgecolors=edges,
        linewidths=look.line * POINTS_PER_PIXEL,
        linestyles=_strokes(look.strokes),
        hatch=look.hatch,
        zorder=look.layer,
    )


def _line(line: Line) -> PathCollection:
    return PathCollection(
        [Path(line.points)],
        facecolors=line.fill,
        edgecolors=line.color,
        zorder=line.layer,
        linewidths=line.width * POINTS_PER_PIXEL,
        linestyles=_strokes(line.strokes),
    )


def _text(text: Text) -> TextArtist:
    return TextArtist(
        text.x,
        text.y,
        text.text,
        color=text.color,
        fontsize=text.size * POINTS_PER_PIXEL,
        fontweight="bold" if text.bold else "normal",
        fontfamily="sans-serif",
        horizontalalignment=text.align,
        parse_math=False,
        zorder=TEXT_LAYER,
        verticalalignment="center_baseline",
    )


def _strokes(name: str) -> Any:
    return [(0, DASHES[name])] if DASHES[name] else "solid"


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
