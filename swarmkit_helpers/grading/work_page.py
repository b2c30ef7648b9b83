"""report.html: what one student did, from the notebooks as they ran, with their pictures: a page to read or to print.

The pictures are those that the student's kernel has drawn; points are those of the grader.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path

from .. import language
from ..course.checks import formatted
from ..course.sections import SECTIONS
from ..language import _, ngettext
from ..records import Json
from . import feedback_page
from .entry import Entry
from .html_pages import page as html_page
from .printable import shown, shown_lines
from .student_report.report_page import STYLE

PICTURES_MAX_CHARS = 500_000  # of a section's pictures; those of a lesson have 150,000
SOURCE_MAX_CHARS = 1000  # of a cell that is shown beside its picture
_PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/]+={0,2}")  # base64 of what begins as every PNG does
_ALT = re.compile(r'<img [^>]*?alt="([^"]*)"')


@dataclass(frozen=True)
class Picture:
    """A picture in an executed notebook: below which heading, of which cell, and what it shows in words."""

    heading: str
    source: str
    alt: str
    png: str  # base64


def pictures(entries: Sequence[Entry]) -> dict[str, list[Picture]]:
    """The pictures of each section that has any."""
    found = {
        entry.submission.section: [*_of_notebook(entry.notebook)]
        for entry in entries
        if entry.notebook and entry.result
    }
    return {section: each for section, each in found.items() if each}


def page(
    student: str, entries: Sequence[Entry], found: Mapping[str, Sequence[Picture]], answers_of: Mapping[str, int]
) -> str:
    """The page of that student in the language of the notebooks, with these pictures by section."""
    done = [entry for entry in entries if entry.result]
    with language.temporarily(feedback_page.language_of(entries)):
        name = entries[0].submission.name
        body = [
            f"<h1>{escape(_('Docker Swarm practicum: report'))}</h1>",
            f'<p class="big">{escape(student)}</p><p class="soft">{escape(name if name != student else "")}</p>',
        ]
        for entry in done:
            section = entry.submission.section
            of = sum(each.of for each in entry.results)
            title = f"{section.partition('-')[0]} · {SECTIONS[section].title()}"
            points = f"{language.decimal(entry.points)} / {of}"
            body += [
                f'<section><h2>{escape(title)} <span class="points">{points}</span></h2>',
                _steps(found.get(section, ())),
                *feedback_page.exercises(entry),
                feedback_page.answers(entry, section in answers_of),
                "</section>",
            ]
        said = _("The pictures are those of the notebook as it ran when it was graded.")
        body.append(f'<p class="soft">{escape(said)}</p>')
        return html_page(_("Report of {student}").format(student=student), body, style=STYLE + feedback_page.STYLE)


def _of_notebook(path: Path) -> Iterator[Picture]:
    try:
        cells: list[Json] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return
    heading = ""
    for cell in cells:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            titles = re.findall(r"^## (.*)$", source, re.MULTILINE)
            heading = titles[-1] if titles else heading
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            png = "".join(_text(data.get("image/png")).split())
            if _PNG.fullmatch(png):
                alt = _ALT.search(_text(data.get("text/html")))
                yield Picture(heading, source, unescape(alt[1]) if alt else "", png)


def _text(value: object) -> str:
    """A text of a notebook, which may also be a list of its lines; empty if the kernel sent another thing."""
    lines = value if isinstance(value, list) else [value]
    return "".join(line for line in lines if isinstance(line, str))


def _steps(found: Sequence[Picture]) -> str:
    """The pictures below their headings, each with its cell."""
    parts, room, left_out, heading, source = [], PICTURES_MAX_CHARS, 0, "", ""
    for each in found:
        room -= len(each.png)
        if room < 0:
            left_out += 1
            continue
        if each.heading != heading:
            parts.append(f"<h3>{formatted(shown(each.heading))}</h3>")
        if each.source != source:
            parts.append(f"<pre>{escape(shown_lines(each.source[:SOURCE_MAX_CHARS]))}</pre>")
        heading, source = each.heading, each.source
        alt = escape(shown(each.alt, SOURCE_MAX_CHARS))
        parts.append(f'<figure><img alt="{alt}" src="data:image/png;base64,{each.png}"></figure>')
    if left_out:
        text = ngettext(
            "{n} picture is left out, as there are too many.",
            "{n} pictures are left out, as there are too many.",
            left_out,
        )
        parts.append(f'<p class="soft">{escape(text.format(n=left_out))}</p>')
    return "".join(parts)
