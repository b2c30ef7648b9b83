"""report.html: the graded work of one student, to read or to print: what they wrote, and what their swarm did."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from .. import language
from ..course.pristine import is_answer
from ..course.sections import SECTIONS
from ..language import _
from ..records import Json
from . import feedback_page
from .entry import Entry
from .html_pages import page as html_page
from .printable import shown_lines
from .student_report.report_page import STYLE
from .submissions.notebook import too_many_parts

CODE_MAX_CHARS = 3000  # of an answer that is shown


def has_sections(entries: Sequence[Entry]) -> bool:
    """Whether there is a graded section to show; one whose notebook was stopped is graded too."""
    return any(entry.result and not entry.excused for entry in entries)


def page(student: str, entries: Sequence[Entry], answers_of: Mapping[str, int]) -> str:
    """The page of that student, in the language of the notebooks.

    `answers_of` are the sections of which answers in words are marked, with the points of these.
    """
    with language.temporarily(feedback_page.language_of(entries)):
        name = entries[0].submission.name
        body = [
            f"<h1>{escape(_('Docker Swarm practicum: report'))}</h1>",
            f'<p class="big">{escape(student)}</p><p class="soft">{escape(name if name != student else "")}</p>',
            *(
                _section(entry, entry.submission.section in answers_of)
                for entry in entries
                if entry.result and not entry.excused
            ),
        ]
        return html_page(_("Report of {student}").format(student=student), body, style=STYLE + feedback_page.STYLE)


def _section(entry: Entry, marked: bool) -> str:
    section = entry.submission.section
    title = f"{section.partition('-')[0]} · {SECTIONS[section].title()}"
    points = f"{language.decimal(entry.points)} / {sum(each.of for each in entry.results)}"
    code = _code(entry.notebook) if entry.notebook else {}
    exercises = [
        code.get(each.exercise, "") + result
        for each, result in zip(entry.results, feedback_page.exercises(entry), strict=True)
    ]
    return "".join(
        [
            f'<section><h2>{escape(title)} <span class="points">{points}</span></h2>',
            f"<h3>{escape(_('What you wrote, and its results'))}</h3>",
            *exercises,
            feedback_page.charts(entry),
            feedback_page.answers(entry, marked),
            "</section>",
        ]
    )


def _code(notebook: Path) -> dict[str, str]:
    """The student's code for each exercise and prediction, as HTML."""
    try:
        content = notebook.read_bytes()
        if too_many_parts(content):  # of its outputs, which are whatever the student's code displayed
            return {}
        cells: list[Json] = json.loads(content)["cells"]
        sources = {
            cell["id"]: "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code" and is_answer(cell)
        }
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return {}
    return {
        id.partition("-")[2]: f"<pre>{escape(shown_lines(source[:CODE_MAX_CHARS]))}</pre>"
        for id, source in sources.items()
    }
