"""A chart that stands still: when it was so, and how it looked at each command before."""

import time
from collections.abc import Callable, Sequence
from html import escape

from ..display.charts import Chart, Record
from ..docker_commands import Command, only_reads, recordable, redacted
from ..language import _
from .kept_stills import KeptStill, Moment, as_text

MOMENTS_MAX, MOMENTS_MAX_CHARS = 12, 60_000  # of a still: pictures of moments before, and their HTML in all
MOMENT_WIDTH, MOMENT_COLOURS = 640, 32  # pixels, colours of such a picture


def still(
    draw: Callable[[Record], Chart], record: Record, episode: float, told: bool
) -> tuple[dict[str, str], KeptStill]:
    """Draw the end of the record, by MIME type. Below are the moments at which its episode's commands were given.

    `episode` is when that began, in seconds since the epoch. With `told` the chart has its sentence under it. The
    second value is the same as data, to be kept.
    """
    drawn = draw(record)
    requests = [command for command in record.markers if not only_reads(command.text)]
    given = [command for command in requests if command.at >= episode]
    last = given[-1] if given else None
    said, moments = _seen(record.now, last), tuple[Moment, ...]()
    if not drawn.over_time:  # a chart over time has the commands on its axis
        listed, moments = _moments(draw, record, given)
        said += listed
    bundle = drawn.still(said, told)
    command = recordable(last.text) if last else ""
    rows = tuple(map(tuple, drawn.rows))
    return bundle, KeptStill(
        record.now, drawn.name, command, drawn.caption, drawn.alt, rows, bundle["image/png"], moments
    )


def _seen(at: float, last: Command | None) -> str:
    """The HTML that says when it was so, and after which command."""
    text = _("Seen at {time}, after {command}.") if last else _("Seen at {time}.")
    return f"<div><small>{text.format(time=_clock(at), command=_code(last) if last else '')}</small></div>"


def _moments(
    draw: Callable[[Record], Chart], record: Record, commands: Sequence[Command]
) -> tuple[str, tuple[Moment, ...]]:
    """The HTML of a list of the newest of these commands, each with the picture of the moment when it was given.

    The second value are the moments that have a picture, as data.
    """
    items: list[str] = []
    moments: list[Moment] = []
    length, later = 0, b""
    for command in reversed(commands[-MOMENTS_MAX:]):
        drawn = draw(record.until(command.at))
        png = drawn.png(MOMENT_WIDTH, MOMENT_COLOURS)
        line = f"{_clock(command.at)} {_code(command)}"
        # Where nothing has changed until the next command, one picture is enough.
        alike = png == later
        item = (
            f"<li>{line}</li>"
            if alike
            else f"<li><details><summary>{line}</summary>{drawn.image_of(png)}</details></li>"
        )
        length, later = length + len(item), png
        if length > MOMENTS_MAX_CHARS:
            break
        items.insert(0, item)
        if not alike:
            moments.insert(0, Moment(command.at, recordable(command.text), drawn.alt, as_text(png)))
    if not items:
        return "", ()
    title = escape(_("How it looked when each command was given"))
    return f"<details><summary>{title}</summary><ol>{''.join(items)}</ol></details>", tuple(moments)


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def _code(command: Command) -> str:
    return f"<code>{escape(redacted(command.text))}</code>"
