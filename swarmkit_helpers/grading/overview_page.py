"""overview.html: the results of the class, for the teacher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from ..course.checks import formatted, whole
from ..course.sections import SECTIONS
from ..language import _, decimal, ngettext
from ..records import natural_key
from .entry import Entry, maximum
from .exam import ExerciseResult
from .feedback_page import outcomes
from .html_pages import bar, table
from .html_pages import page as html_page

REMARKS_MAX = 6  # that the page shows of one notebook


@dataclass(frozen=True)
class MissedExercise:
    """A message of a check that did not pass, and how often it was given."""

    section: str
    exercise: str
    message: str
    times: int


def page(
    students: Mapping[str, Sequence[Entry]],
    points_of: Mapping[str, int],
    answers_of: Mapping[str, int],
    missed: Sequence[MissedExercise],
) -> str:
    """The page of the class; `points_of` are the sections that it handed in, with their points.

    `answers_of` are those of which answers in words are marked, with the points of these.
    """
    most = sum(points_of.values())
    totals = {student: whole(sum(entry.points for entry in entries)) for student, entries in students.items()}
    ranked = sorted(points for student, points in totals.items() if maximum(students[student], points_of))
    notebooks = sum(each.result is not None for entries in students.values() for each in entries)
    ungraded = sum(bool(each.problems) and not each.missing for entries in students.values() for each in entries)
    median = (ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2 if ranked else 0
    body = [
        f"<h1>{escape(_('Docker Swarm practicum: the class'))}</h1>",
        '<p class="soft">',
        escape(
            _(
                "{students} students, {notebooks} notebooks; {points} points can be reached; the median is {median}"
            ).format(students=len(students), notebooks=notebooks, points=most, median=decimal(median))
        ),
        escape(_ungraded(ungraded)),
        "</p>",
        *_untraced(students),
        f"<h2>{escape(_('Who may need attention'))}</h2>",
        _attention(students, totals, points_of),
        f"<h2>{escape(_('How the points are distributed'))}</h2>",
        _histogram(ranked, most),
    ]
    body += [f"<h2>{escape(_('How each exercise went'))}</h2>", _exercises(students)]
    if missed:
        rows = [[f"{each.times} ×", _exercise(each.section, each.exercise), formatted(each.message)] for each in missed]
        body += [
            f"<h2>{escape(_('What was missed most often'))}</h2>",
            table([_("how often"), _("exercise"), _("what the check said, for example")], rows, numbers={0}),
        ]
    graded = [entry for entries in students.values() for entry in entries if not entry.missing]
    problems = [problem for entry in graded for problem in entry.problems]
    if problems:
        items = "".join(f"<li>{escape(problem)}</li>" for problem in problems)
        body += [f"<h2>{escape(_('What could not be graded'))}</h2><ul>{items}</ul>"]
    body += _remarks(students)
    body += [f"<h2>{escape(_('Students'))}</h2>", _students(students, totals, points_of, answers_of)]
    return html_page(_("The class"), body)


def _ungraded(number: int) -> str:
    """How many hand-ins could not be graded, after the other numbers; empty if none."""
    text = ngettext("{n} hand-in could not be graded", "{n} hand-ins could not be graded", number)
    return "; " + text.format(n=number) if number else ""


def _attention(
    students: Mapping[str, Sequence[Entry]], totals: Mapping[str, float], points_of: Mapping[str, int]
) -> str:
    """A table of the students with less than half of the points, or a problem; the fewest points first."""
    rows = []
    for student in sorted(students, key=lambda student: (totals[student], natural_key(student))):
        problems = sum(bool(entry.problems) and not entry.missing for entry in students[student])
        late = ", ".join(entry.submission.section.partition("-")[0] for entry in students[student] if entry.out_of_time)
        half = maximum(students[student], points_of) / 2
        if problems or late or totals[student] < half:
            seen = {entry.submission.section for entry in students[student]}
            missing = set() if "" in seen else set(points_of) - seen
            why = [_("ran out of time: {sections}").format(sections=late)] if late else []
            if any(entry.missing for entry in students[student]):
                why.append(_("nothing was handed in"))
            if problems:
                text = ngettext("{n} notebook could not be graded", "{n} notebooks could not be graded", problems)
                why.append(text.format(n=problems))
            if missing:
                numbers = ", ".join(sorted(section.partition("-")[0] for section in missing))
                why.append(_("not handed in: {sections}").format(sections=numbers))
            if totals[student] < half:
                why.append(_("less than half of the points"))
            rows.append(
                [
                    _named(student, students[student]),
                    f"<strong>{decimal(totals[student])}</strong>",
                    escape("; ".join(why)),
                    escape(outcomes(students[student]) if seen & set(points_of) else ""),
                ]
            )
    if not rows:
        return f"<p>{escape(_('All students have half of the points or more, and all notebooks could be graded.'))}</p>"
    return table([_("student"), _("points"), _("why"), _("exercises")], rows, numbers={1})


def _untraced(students: Mapping[str, Sequence[Entry]]) -> list[str]:
    """The students with points of a notebook that is not there: their code has ended what would have written it."""
    found = [
        f"<li>{_link(student)} · <code>{escape(entry.submission.section)}</code>: {decimal(entry.points)}</li>"
        for student, entries in students.items()
        for entry in entries
        if entry.untraced
    ]
    if not found:
        return []
    said = _("The code of these has ended the examination before its notebook was written. Look at what was handed in.")
    return [
        f"<h2>{escape(_('Points without a trace'))}</h2><p>{escape(said)}</p><ul>{''.join(found)}</ul>",
    ]


def _remarks(students: Mapping[str, Sequence[Entry]]) -> list[str]:
    """What was remarked, of each student."""
    rows = []
    for student in sorted(students, key=natural_key):
        for entry in students[student]:
            said = [*entry.for_teacher, *entry.notes]
            said += [
                f"{each.cell or ''} {each.text}".strip() for each in (entry.result.remarks if entry.result else ())
            ]
            if said:
                more = len(said) - REMARKS_MAX
                shown = [*said[:REMARKS_MAX], _("and {n} more").format(n=more)] if more > 0 else said
                text = "".join(f"<div>{escape(each)}</div>" for each in shown)
                rows.append([_link(student), f"<code>{escape(entry.submission.section)}</code>", text])
    if not rows:
        return []
    titles = [_("student"), _("section"), _("what was remarked")]
    return [f"<h2>{escape(_('Remarks'))}</h2>", table(titles, rows, numbers=set())]


def _histogram(totals: Sequence[float], most: int) -> str:
    """The number of students in each tenth of the points."""
    counts = [0] * 10
    for points in totals:
        counts[min(9, int(10 * points / (most or 1)))] += 1
    largest = max(counts) or 1
    names = [f"{10 * tenth}–{10 * tenth + 10} %" for tenth in range(10)]
    bars = "".join(
        f'<div>{count or ""}<i style="height: {130 * count / largest:.0f}px"></i>{name}</div>'
        for name, count in zip(names, counts, strict=True)
    )
    label = ", ".join(f"{name}: {count}" for name, count in zip(names, counts, strict=True))
    return f'<div class="histogram" role="img" aria-label="{escape(label)}">{bars}</div>'


def _exercises(students: Mapping[str, Sequence[Entry]]) -> str:
    by_exercise: dict[tuple[str, str], list[ExerciseResult]] = {}
    for entries in students.values():
        for entry in entries:
            for each in entry.results:
                by_exercise.setdefault((each.section, each.exercise), []).append(each)
    order = list(SECTIONS)
    rows = []
    for (section, exercise), results in sorted(by_exercise.items(), key=lambda item: order.index(item[0][0])):
        passed = sum(each.outcome == "passed" for each in results)
        otherwise = sum(each.outcome == "not as predicted" for each in results)
        tried = sum(each.outcome == "not yet" for each in results)
        share = _marked(f"{100 * passed / len(results):.0f} %", 2 * passed < len(results))
        rows.append(
            [
                _exercise(section, exercise),
                bar({"passed": passed, "not-as-predicted": otherwise, "not-yet": tried}, len(results)),
                share,
                f"{passed}",
                f"{otherwise}",
                f"{tried}",
                f"{len(results) - passed - otherwise - tried}",
            ]
        )
    titles = [_("exercise"), "", _("share passed"), _("passed"), _("not as predicted")]
    titles += [_("not yet"), _("not attempted")]
    return table(titles, rows, numbers={2, 3, 4, 5, 6})


def _students(
    students: Mapping[str, Sequence[Entry]],
    totals: Mapping[str, float],
    points_of: Mapping[str, int],
    answers_of: Mapping[str, int],
) -> str:
    rows = []
    for student in sorted(students, key=natural_key):
        by_section = {entry.submission.section: entry for entry in students[student] if entry.result or entry.overrides}
        cells = [_points(by_section.get(section)) for section in points_of]
        total = _marked(decimal(totals[student]), 2 * totals[student] < maximum(students[student], points_of))
        answers = [decimal(whole(sum(each.answer_points for each in students[student])))] if answers_of else []
        rows.append([_named(student, students[student]), *cells, total, *answers])
    titles = [_("student"), *(f"{section.partition('-')[0]} ({of})" for section, of in points_of.items()), _("all")]
    titles += [_("answers ({n})").format(n=sum(answers_of.values()))] if answers_of else []
    return table(titles, rows, numbers=set(range(1, len(titles))))


def _points(entry: Entry | None) -> str:
    if entry is None or not (entry.counts or entry.excused):
        return "–"
    return escape(_("excused")) if entry.excused else decimal(entry.points)


def _link(student: str) -> str:
    return f'<a href="students/{escape(student)}/feedback.html">{escape(student)}</a>'


def _named(student: str, entries: Sequence[Entry]) -> str:
    """The student with the name that the roster or the platform has for them."""
    name = entries[0].submission.name
    return f"{_link(student)} {escape(name)}" if name and name != student else _link(student)


def _marked(text: str, low: bool) -> str:
    """The text, with a mark if its number is low."""
    return f'<span class="low">▼ {text}</span>' if low else f"<strong>{text}</strong>"


def _exercise(section: str, exercise: str) -> str:
    return f"<code>{escape(section)}</code> <code>{escape(exercise)}</code>"
