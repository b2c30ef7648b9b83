"""feedback.html: the results of one student, in the language of their notebooks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from .. import language
from ..course.checks import formatted, outcome_words, whole
from ..course.sections import SECTIONS
from ..language import _
from .entry import Entry, maximum
from .exam import ExerciseResult, Remark
from .html_pages import bar
from .html_pages import page as html_page
from .own_words import QUESTION_POINTS
from .printable import shown_lines

REPORT = "report.html"  # beside the page
STYLE = """
.answer { white-space: pre-wrap; unicode-bidi: isolate; border-left: 3px solid var(--line); padding-left: 12px; }
"""
_SIGNS = {"passed": "✓", "not as predicted": "≠", "not yet": "△", "not attempted": "○"}


def page(
    student: str,
    entries: Sequence[Entry],
    points_of: Mapping[str, int],
    answers_of: Mapping[str, int],
    *,
    with_notebooks: bool = True,
    with_report: bool = False,
) -> str:
    """The page of that student; `points_of` are the sections that the class handed in, with their points.

    `answers_of` are those of which answers in words are marked, with the points of these. `with_notebooks` says
    whether the executed notebooks lie beside the page, `with_report` whether the report does.
    """
    with language.temporarily(language_of(entries)):
        name = entries[0].submission.name if entries else ""
        who = f"{student} · {name}" if name and name != student else student
        points, of_all = whole(sum(entry.points for entry in entries)), maximum(entries, points_of)
        body = [
            f"<h1>{escape(_('Docker Swarm practicum: your results'))}</h1>",
            f'<p class="soft">{escape(who)}</p>',
            f'<p><span class="big">{language.decimal(points)}</span> {escape(_("of {n} points").format(n=of_all))}</p>',
            bar({"all": points}, of_all),
            f'<p class="soft">{escape(outcomes(entries))}</p>',
        ]
        if answers_of:
            sums = {"points": language.decimal(whole(sum(each.answer_points for each in entries)))}
            text = _("Your answers in words have {points} of {of} points besides.")
            body.append(f"<p>{escape(text.format(**sums, of=maximum(entries, answers_of)))}</p>")
        if with_report:
            body.append(f'<p><a href="{REPORT}">{escape(_("Your report, to read or to print"))}</a></p>')
        by_section = {entry.submission.section: entry for entry in entries if entry.result or entry.overrides}
        ungraded = escape(_("This could not be graded. Your teacher knows:"))
        body += [
            f"<article><strong>{ungraded}</strong><div>{escape(problem)}</div></article>"
            for entry in entries
            for problem in (() if entry.missing else entry.problems)
        ]
        for section, of in points_of.items():
            body.append(_section(section, of, by_section.get(section), with_notebooks))
            if section in by_section:
                body.append(answers(by_section[section], section in answers_of))
        return html_page(_("Results of {student}").format(student=student), body, style=STYLE)


def language_of(entries: Sequence[Entry]) -> str:
    """The language of a student's notebooks, else the one in use."""
    return next((entry.submission.language for entry in entries if entry.submission.language), language.current())


def exercises(entry: Entry) -> list[str]:
    """The results of the exercises and predictions, as HTML."""
    return [_exercise(each) for each in entry.results]


def charts(entry: Entry) -> str:
    """The charts of what the student's swarm did, as HTML; empty if there are none."""
    made = entry.result.charts if entry.result else ()
    return "".join(f"<h3>{escape(chart.title)}</h3>{chart.html}" for chart in made)


def outcomes(entries: Sequence[Entry]) -> str:
    """A sentence that says how many exercises have which outcome."""
    number = Counter(each.outcome for entry in entries for each in entry.results)
    return _("{passed} passed, {tried} not yet, {left} not attempted, {otherwise} not as predicted").format(
        passed=number["passed"],
        tried=number["not yet"],
        left=number["not attempted"],
        otherwise=number["not as predicted"],
    )


def _section(section: str, of: int, entry: Entry | None, with_notebook: bool) -> str:
    title = f"{section.partition('-')[0]} · {SECTIONS[section].title()}"
    points = f"{language.decimal(entry.points)} / {of}" if entry else f"0 / {of}"
    if entry and entry.excused:
        points = escape(_("excused"))
    parts = [f'<h2>{escape(title)} <span class="points">{points}</span></h2>']
    if entry is None or entry.result is None:
        decided = "".join(f"<p>{escape(each.text)}</p>" for each in (entry.decisions if entry else ()))
        return f'{parts[0]}<p class="soft">{escape(_("Not handed in."))}</p>{decided}'
    parts += [f"<p>{escape(each.text)}</p>" for each in entry.decisions]
    parts += exercises(entry)
    remarks = [*entry.remarks, *(_remark(each) for each in entry.result.remarks)]
    if remarks:
        items = "".join(f"<li>{escape(text)}</li>" for text in remarks)
        parts.append(f"<h3>{escape(_('To know about this notebook'))}</h3><ul>{items}</ul>")
    if shown := charts(entry):
        parts.append(f"<details open><summary>{escape(_('What your swarm did'))}</summary>{shown}</details>")
    if timeline := entry.result.timeline:
        rows = "".join(
            f'<tr><td class="n">{event.at - timeline[0].at:.1f} s</td><td>{escape(event.what)}</td>'
            f"<td>{escape(event.name)}</td><td>{escape(event.text)}</td></tr>"
            for event in timeline
        )
        parts.append(
            f"<details><summary>{escape(_('Everything that happened, in the order of time'))}</summary>"
            f'<div class="scroll"><table><tbody>{rows}</tbody></table></div></details>'
        )
    if entry.notebook and with_notebook:
        parts.append(f'<p><a href="{section}.ipynb">{escape(_("Your notebook, as it ran"))}</a></p>')
    return "".join(parts)


def answers(entry: Entry, marked: bool) -> str:
    """The questions with the student's answers; where the class's are marked, with their points and comments."""
    parts = []
    for id, answer in entry.answers.items():
        mark = entry.marks.get(id)
        got = "0" if mark is None and not answer.text else ""
        if mark is not None and mark.points is not None:
            got = language.decimal(mark.points)
        points = f"{got} / {QUESTION_POINTS}" if got else _("not marked yet")
        said = f"<div>{escape(mark.comment)}</div>" if mark and mark.comment else ""
        parts.append(
            f"<article>{f'<span class=points>{escape(points)}</span>' if marked else ''}"
            f"<strong>{formatted(answer.question.strip('*'))}</strong>"
            f'<div class="answer" dir="auto">{escape(shown_lines(answer.text)) or escape(_("(no answer)"))}</div>{said}'
            "</article>"
        )
    return f"<h3>{escape(_('In your own words'))}</h3>{''.join(parts)}" if parts else ""


def _exercise(result: ExerciseResult) -> str:
    hint = f"<div><em>{escape(_('What to try'))}:</em> {formatted(result.hint)}</div>" if result.hint else ""
    points = f"{language.decimal(result.points)} / {result.of}" if result.of else _("for practice, without points")
    return (
        f'<article class="{result.outcome.replace(" ", "-")}"><span class="points">{escape(points)}'
        f'</span><strong><span class="sign" aria-hidden="true">{_SIGNS[result.outcome]}</span> '
        f"{escape(outcome_words()[result.outcome])}</strong> · <code>{escape(result.exercise)}</code>"
        f"<div>{formatted(result.message)}</div>{hint}</article>"
    )


def _remark(remark: Remark) -> str:
    return f"{remark.cell}: {remark.text}" if remark.cell else remark.text
