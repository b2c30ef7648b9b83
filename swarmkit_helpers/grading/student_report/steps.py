"""The steps of a section: commands, and the picture in which they ended, with its replay."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ...course.journal import Event
from ...display.tables import data, grid
from ...language import _, ngettext
from ...notebook.kept_stills import KeptStill


@dataclass(frozen=True)
class Step:
    """The commands since the step before, and the picture at its end; None after the last picture."""

    commands: tuple[Event, ...]
    still: KeptStill | None


def steps(stills: Sequence[KeptStill], timeline: Sequence[Event]) -> list[Step]:
    """The steps in the order of time."""
    commands = sorted((event for event in timeline if event.what == "command"), key=lambda event: event.at)
    found, done = list[Step](), 0.0
    for still in sorted(stills, key=lambda still: still.at):
        found.append(Step(tuple(each for each in commands if done < each.at <= still.at), still))
        done = still.at
    if rest := tuple(each for each in commands if each.at > done):
        found.append(Step(rest, None))
    return found


def html(found: Sequence[Step], room: int) -> str:
    """The HTML of the steps; pictures take at most that many characters. The newest come first, then their replays."""
    pictures = {place: _picture(step.still, False) for place, step in enumerate(found) if step.still}
    kept: dict[int, str] = {}
    for place in reversed(pictures):
        if len(pictures[place]) <= room:
            kept[place] = pictures[place]
            room -= len(pictures[place])
    for place in reversed(kept):
        still = found[place].still
        whole = _picture(still, True) if still and still.moments else ""
        if whole and len(whole) - len(kept[place]) <= room:
            room -= len(whole) - len(kept[place])
            kept[place] = whole
    parts = []
    if left := len(pictures) - len(kept):
        text = ngettext(
            "{n} earlier picture is left out, so that the report stays small.",
            "{n} earlier pictures are left out, so that the report stays small.",
            left,
        )
        parts.append(f'<p class="soft">{escape(text.format(n=left))}</p>')
    for place, step in enumerate(found):
        title = escape(_("Step {n}").format(n=place + 1))
        parts.append(
            f'<div class="step"><h3>{title} <span class="soft">{_date(step)}</span></h3>'
            f"{_commands(step.commands)}{kept.get(place, '')}</div>"
        )
    return "".join(parts)


def moment(at: float) -> str:
    """The date and the time of the day."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))


def _date(step: Step) -> str:
    """The day of the step, for all its times."""
    at = step.still.at if step.still else step.commands[-1].at
    return time.strftime("%Y-%m-%d", time.localtime(at))


def _time(at: float) -> str:
    """The time of the day."""
    return time.strftime("%H:%M:%S", time.localtime(at))


def _commands(commands: Sequence[Event]) -> str:
    items = "".join(
        f'<li><span class="soft">{_time(each.at)} {escape(each.name)}</span> <code>{escape(each.text)}</code></li>'
        for each in commands
    )
    return f"<ol class=commands>{items}</ol>" if items else ""


def _picture(still: KeptStill, replayed: bool) -> str:
    """The HTML of the still: its picture or its replay, its sentence and its table."""
    text = _("Seen at {time}, after {command}.") if still.command else _("Seen at {time}.")
    seen = text.format(time=_time(still.at), command=f"<code>{escape(still.command)}</code>")
    frames = [
        _frame(each.png, each.alt, f"{_time(each.at)} <code>{escape(each.command)}</code>", hidden=True)
        for each in (still.moments if replayed else ())
    ]
    frames.append(_frame(still.png, still.alt, f"{seen} {escape(still.sentence)}", hidden=False))
    body = frames[0]
    if len(frames) > 1:
        last, label = len(frames) - 1, escape(_("Replay: how it looked when each command was given"))
        body = (
            f'<div class="replay"><label class="slider">{label}'
            f'<input type="range" min="0" max="{last}" value="{last}" hidden></label>{"".join(frames)}</div>'
        )
    titles, *rows = still.rows or ((),)
    table = f"<details><summary>{escape(_('The same as a table'))}</summary>{grid(titles, map(data, rows))}</details>"
    return f"<figure>{body}{table}</figure>"


def _frame(png: str, alt: str, words: str, hidden: bool) -> str:
    return (
        f'<div class="frame"{" hidden" if hidden else ""}><img alt="{escape(alt)}" src="data:image/png;base64,{png}">'
        f"<p>{words}</p></div>"
    )
