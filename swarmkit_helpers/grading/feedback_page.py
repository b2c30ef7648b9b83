"""feedback.html: the results of one student, in the language of their notebooks."""

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape

from .. import language
from ..course.checks import formatted, outcome_words, whole
from ..course.own_words import QUESTION_POINTS
from ..course.sections import SECTIONS
from ..language import _
from .entry import Entry, maximum
from .exam import ExerciseResult, Remark
from .html_pages import bar
from .html_pages import page as html_page
from .overrides import Override
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
            *(_sum(points, of_all, entries) if of_all else [f'<p class="big">{escape(_("excused"))}</p>']),
        ]
        if of_answers := maximum(entries, answers_of):
            sums = {"points": language.decimal(whole(sum(each.answer_points for each in entries)))}
            text = _("Your answers in words have {points} of {of} points besides.")
            body.append(f"<p>{escape(text.format(**sums, of=of_answers))}</p>")
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
            if section in by_section and not by_section[section].excused:
                body.append(answers(by_section[section], section in answers_of))
        return html_page(_("Results of {student}").format(student=student), body, style=STYLE)


def _sum(points: float, of: int, entries: Sequence[Entry]) -> list[str]:
    """The points of all sections, and how they came about."""
    return [
        f'<p><span class="big">{language.decimal(points)}</span> {escape(_("of {n} points").format(n=of))}</p>',
        bar({"all": points}, of),
        f'<p class="soft">{escape(outcomes(entries))}</p>',
    ]


def language_of(entries: Sequence[Entry]) -> str:
    """The language of a student's notebooks, else the one in use."""
    return next((entry.submission.language for entry in entries if entry.submission.language), language.current())


def exercises(entry: Entry) -> list[str]:
    """The results of the exercises and predictions, as HTML."""
    return [_exercise(each, entry.decided.get(each.exercise), _is_lost(entry, each)) for each in entry.results]


def charts(entry: Entry) -> str:
    """The charts of what the student's swarm did, as HTML; empty if there are none."""
    made = entry.result.charts if entry.result else ()
    return "".join(f"<h3>{escape(chart.title)}</h3>{chart.html}" for chart in made)


def outcomes(entries: Sequence[Entry]) -> str:
    """How many exercises have which outcome, of those that there are."""
    number = Counter(
        "lost" if _is_lost(entry, each) else each.outcome
        for entry in entries
        if not entry.excused
        for each in entry.results
    )
    texts = {
        "passed": _("{n} passed"),
        "not yet": _("{n} not yet"),
        "not attempted": _("{n} not attempted"),
        "not as predicted": _("{n} not as predicted"),
        "lost": _("{n} without a result"),
    }
    return ", ".join(text.format(n=number[outcome]) for outcome, text in texts.items() if number[outcome])


def _section(section: str, of: int, entry: Entry | None, with_notebook: bool) -> str:
    title = f"{section.partition('-')[0]} · {SECTIONS[section].title()}"
    points = f"{language.decimal(entry.points)} / {of}" if entry else f"0 / {of}"
    if entry and entry.excused:
        comments = "".join(f"<p>{escape(each.comment)}</p>" for each in entry.overrides if each.excused)
        return f'<h2>{escape(title)} <span class="points">{escape(_("excused"))}</span></h2>{comments}'
    parts = [f'<h2>{escape(title)} <span class="points">{points}</span></h2>']
    if entry is None or entry.result is None:
        decided = "".join(f"<p>{escape(each.text)}</p>" for each in (entry.decisions if entry else ()))
        return f'{parts[0]}<p class="soft">{escape(_("Not handed in."))}</p>{decided}'
    boxes = {each.exercise for each in entry.results}
    parts += [f"<p>{escape(each.text)}</p>" for each in entry.decisions if each.exercise not in boxes]
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


def _is_lost(entry: Entry, result: ExerciseResult) -> bool:
    """Whether the notebook was stopped without this result: the student may have attempted the exercise."""
    return entry.result is not None and entry.result.ended != "completed" and result.outcome == "not attempted"


def _exercise(result: ExerciseResult, decision: Override | None, lost: bool) -> str:
    """The box of a result, with the teacher's decision."""
    heading, message, comment = outcome_words()[result.outcome], formatted(result.message), ""
    if decision and decision.points is not None:
        heading = decision.verdict(result.of)
        message = f"{escape(_('The check said'))}: {message}"
    elif decision:
        comment = f"<div><strong>{escape(decision.verdict(result.of))}</strong></div>"
    elif lost:
        heading = _("Without a result")
    shown = result.hint and result.outcome != "passed"
    hint = f"<div><em>{escape(_('What to try'))}:</em> {formatted(result.hint)}</div>" if shown else ""
    points = f"{language.decimal(result.points)} / {result.of}" if result.of else _("for practice, without points")
    return (
        f'<article class="{result.outcome.replace(" ", "-")}"><span class="points">{escape(points)}'
        f'</span><strong><span class="sign" aria-hidden="true">{_SIGNS[result.outcome]}</span> '
        f"{escape(heading)}</strong> · <code>{escape(result.exercise)}</code>"
        f"{comment}<div>{message}</div>{hint}</article>"
    )


def _remark(remark: Remark) -> str:
    return f"{remark.cell}: {remark.text}" if remark.cell else remark.text
