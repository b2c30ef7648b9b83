"""The legend above a chart: which services it shows, and the words for the colours."""

from collections.abc import Mapping

from ...language import _
from . import palette
from .canvas import Canvas, shortened, width_of
from .chart import Record
from .palette import CARD, INK, QUIET, ServiceStyle

MARGIN, KEY_SIZE = 16, 15  # pixels: around the card, of a service's letter in its box
SERVICES_Y, KINDS_Y = 22, 44  # pixels of the two lines
TEXT_SIZES = (12, 11, 10, 9)  # pixels of the words; the first size that fits is taken
# Pixels beside each word: its sample or letter, and what separates it from the next.
SAMPLE_ROOM, KEY_ROOM = 32, 34


def draw_legend(
    canvas: Canvas,
    record: Record,
    services: Mapping[str, ServiceStyle],
    kinds: Mapping[str, str],
    nothing: str,
    by_hand: str = "",
    *,
    lettered: bool,
    edges: bool = True,
) -> None:
    """Draw a line with the services, and one with the words for the kinds of tasks.

    With `lettered` the services have their letters. `nothing` is written if there is no service, `by_hand` beside a
    sample of a container run by hand. With `edges`, the colour of a box's edge belongs to the kind. If no manager
    answers, this stands where the first line ends.
    """
    right = canvas.width - MARGIN
    if record.gap:
        text = _("no manager answers: seen last") if record.last else _("no manager answers")
        wide = width_of(text, 11, bold=True) + 16
        right -= wide
        canvas.box(right, SERVICES_Y - 12, wide, 24, INK, radius=5)
        canvas.text(right + wide / 2, SERVICES_Y, text, 11, CARD, bold=True, align="center")
        right -= 10
    if services and lettered:
        _services(canvas, services, right)
    else:
        canvas.text(
            MARGIN, SERVICES_Y, shortened(next(iter(services), nothing), 13, right - MARGIN - 10), 13, bold=True
        )
    _kinds(canvas, kinds, by_hand, edges)


def _services(canvas: Canvas, services: Mapping[str, ServiceStyle], right: float) -> None:
    """Draw the letters and names of the services; of many smaller, and at last with shorter names."""
    size, names = _fitting(list(services), KEY_ROOM, right - MARGIN)
    x: float = MARGIN
    for name, style in zip(names, services.values(), strict=True):
        canvas.box(x, SERVICES_Y - KEY_SIZE / 2, KEY_SIZE, KEY_SIZE, CARD, style.edge, radius=4, line=1.8)
        canvas.text(x + KEY_SIZE / 2, SERVICES_Y, style.letter, 10, bold=True, align="center")
        canvas.text(x + KEY_SIZE + 5, SERVICES_Y, name, size)
        x += width_of(name, size) + KEY_ROOM


def _kinds(canvas: Canvas, kinds: Mapping[str, str], by_hand: str, edges: bool) -> None:
    """Draw a sample of each kind with its words; of many kinds smaller, and at last with shorter words."""
    shown = [style for kind, style in palette.STYLES.items() if kind in kinds]
    words = [f"{style.sign} {kinds[kind]}" for kind, style in palette.STYLES.items() if kind in kinds]
    if by_hand:
        shown.append(palette.HAND_STYLE)
        words.append(by_hand)
    size, words = _fitting(words, SAMPLE_ROOM, canvas.width - 2 * MARGIN)
    x: float = MARGIN
    for style, text in zip(shown, words, strict=True):
        edge = style.edge if edges or style.dotted else QUIET
        canvas.box(
            x, KINDS_Y - 7, 14, 14, style.fill, edge, radius=3, dashed=style.dashed, dotted=style.dotted, line=1.4
        )
        canvas.text(x + 19, KINDS_Y, text, size)
        x += width_of(text, size) + SAMPLE_ROOM


def _fitting(texts: list[str], beside: float, room: float) -> tuple[float, list[str]]:
    """The largest size with which the texts fit, each with so many pixels beside it; else the texts are shortened."""
    for size in TEXT_SIZES:
        if sum(width_of(text, size) + beside for text in texts) <= room + beside - KEY_SIZE:
            return size, texts
    size = TEXT_SIZES[-1]
    return size, [shortened(text, size, room / len(texts) - beside) for text in texts]
