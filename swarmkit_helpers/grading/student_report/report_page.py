"""The page of a report: a heading for each section, its steps with their pictures, predictions, checks and answers."""

from collections.abc import Mapping, Sequence
from html import escape

from ...course import prediction_questions
from ...course.checks import MEASURED, Exercise, Prediction, formatted, in_words, outcome_words, points
from ...course.earned_points import section_points
from ...course.journal import Event
from ...course.own_words import Answer
from ...course.sections import SECTIONS
from ...language import _, current, decimal
from ...notebook.kept_stills import KeptStill
from ..evidence import review, signed_file, signed_page
from ..evidence.signed_file import Evidence, Result
from ..html_pages import bar, table
from ..html_pages import page as html_page
from . import steps

STYLE = """
.step { margin: 18px 0; } h3 .soft { font-weight: 400; } .commands { padding-left: 2.4em; }
.commands code, pre { white-space: pre-wrap; }
figure img { max-width: 100%; width: 640px; height: auto; display: block; } .frame p { margin: 6px 0; }
figure code { background: #f3f6f9; } .frame[hidden] { display: none; }
.slider { display: block; color: #5b6878; } .slider input { display: block; width: 100%; max-width: 640px; }
.slider:has(input[hidden]) { display: none; } .answer { white-space: pre-wrap; border-left: 3px solid var(--line);
  padding-left: 12px; margin: 4px 0 16px; }
@page { size: A4; margin: 16mm; }
@media print {
  :root { --ink: #1d2733; --paper: #fff; --soft: #5b6878; --line: #d5dce4; --fill: #f3f6f9; }
  body { padding: 0; font-size: 11pt; }
  h2, h3, .commands li:is(:first-child, :last-child), thead { break-after: avoid; }
  figure, tr, .question, .commands li { break-inside: avoid; } figure { padding: 0; margin: 6px 0; }
  figure img { width: 130mm; } .scroll { overflow: visible; }
  .slider, .slider:has(input), .replay .frame { display: none; }
  .replay .frame:last-child, .replay .frame[hidden]:last-child { display: block; }
}
"""


def page(
    evidence: Evidence, stills: Mapping[str, Sequence[KeptStill]], answers: Mapping[str, Sequence[Answer]], room: int
) -> str:
    """The whole page in the language in use, without its evidence; pictures take at most `room` characters."""
    done = {section for section, found in answers.items() if any(each.text for each in found)}
    done |= {*stills, *evidence.timeline, *(result.section for result in evidence.results)}
    shown = [section for section in SECTIONS if section in done]
    got, of = review.earned_points(evidence), review.maximum_points()
    body = [
        f"<h1>{escape(_('Docker Swarm practicum: report'))}</h1>",
        f'<p class="big">{escape(evidence.student)}</p>',
        bar({"all": got}, of),
        f"<p>{escape(_('{n} of {points}').format(n=decimal(got), points=points(of)))}</p>",
        _facts(evidence),
        _contents(evidence),
    ]
    share = room // max(1, len([section for section in shown if stills.get(section)]))
    for section in shown:
        body.append(_section(section, evidence, stills.get(section, ()), answers.get(section, ()), share))
    signed = _(
        "This page carries signed data. The signature shows that the page was not changed since, and with which key it "
        "was signed. It proves neither who did the work nor that the swarm was real."
    )
    body.append(f'<p class="soft">{escape(signed)}</p>')
    return html_page(
        _("Report of {student}").format(student=evidence.student), body, style=STYLE, script=signed_page.SCRIPT
    )


def _facts(evidence: Evidence) -> str:
    """The line of what the report was made with, and when."""
    facts = {
        _("Made"): steps.moment(evidence.made),
        _("Cluster"): evidence.cluster,
        _("Docker on the nodes"): ", ".join(review.engines(evidence)) or "-",
        _("Course"): evidence.versions["swarmkit-helpers"],
        "Python": evidence.versions["python"],
        _("System"): evidence.versions["system"],
    }
    line = " · ".join(f"{name}: {value}" for name, value in facts.items())
    return f'<p class="soft">{escape(line)}</p>'


def _contents(evidence: Evidence) -> str:
    """All sections of the course with their points, also those without any work: so the rows add up."""
    rows = [[escape(_title(each)), _points(each, evidence)] for each in SECTIONS]
    return table([_("Section"), _("Points")], rows, {1})


def _title(section: str) -> str:
    return f"{section.partition('-')[0]} · {SECTIONS[section].title()}"


def _points(section: str, evidence: Evidence) -> str:
    """The points of the section; empty if it has none to give."""
    asked = SECTIONS[section].EXERCISES
    results = {each.exercise: each for each in evidence.results if each.section == section}
    of = sum(each.points for each in asked)
    return f"{decimal(section_points(section, asked, results))} / {of}" if of else ""


def _section(
    section: str, evidence: Evidence, stills: Sequence[KeptStill], answers: Sequence[Answer], room: int
) -> str:
    results = {each.exercise: each for each in evidence.results if each.section == section}
    asked = {each.id: each for each in SECTIONS[section].EXERCISES}
    share = f'<span class="points">{_points(section, evidence)}</span>'
    return "".join(
        [
            f"<section><h2>{escape(_title(section))} {share}</h2>",
            steps.html(steps.steps(stills, evidence.timeline.get(section, ())), room),
            _predictions(section, evidence, results, asked),
            _checks(results, asked),
            _answers(answers),
            "</section>",
        ]
    )


def _predictions(
    section: str, evidence: Evidence, results: Mapping[str, Result], asked: Mapping[str, Exercise | Prediction]
) -> str:
    """The predictions with their questions, each beside its outcome."""
    questions = prediction_questions.questions(section, current())
    rows = [
        [
            f"{formatted(questions.get(each.exercise, ''))} <code>{escape(each.exercise)}</code>",
            escape(in_words(each.value)),
            escape(_became(each, results.get(each.exercise), evidence.timeline.get(section, ()))),
            steps.moment(each.at),
        ]
        for each in sorted(evidence.predictions, key=lambda each: each.at)
        if each.section == section and isinstance(asked.get(each.exercise), Prediction)
    ]
    titles = [_("Question"), _("You predicted"), _("It was"), _("Predicted at")]
    return f"<h3>{escape(_('Predictions'))}</h3>{table(titles, rows, set())}" if rows else ""


def _became(prediction: signed_file.Prediction, result: Result | None, events: Sequence[Event]) -> str:
    """What the swarm did, if that is known, and whether it was as predicted.

    In results of before, a wrong prediction is "not yet" with half of its points, and what was so is not known.
    """
    if result is None:
        return _("not checked")
    if result.outcome == "passed":
        was = in_words(prediction.value) if prediction.at <= result.at or not result.at else ""
        told = _("as predicted")
    elif result.outcome == "not as predicted" or result.points:
        was, told = _measured(result.exercise, events), _("not as predicted")
    else:
        return _("not seen yet")
    return f"{was} ({told})" if was else told


def _measured(exercise: str, events: Sequence[Event]) -> str:
    """What the swarm did instead of what was predicted, as the last check has seen it; empty if none has."""
    told = [event.text for event in events if (event.what, event.name) == ("result", exercise)]
    return in_words(next((text.partition(MEASURED)[2] for text in reversed(told) if MEASURED in text), ""))


def _checks(results: Mapping[str, Result], asked: Mapping[str, Exercise | Prediction]) -> str:
    """The best result of each exercise."""
    words = outcome_words()
    rows = [
        [
            f"<code>{escape(id)}</code>",
            escape(words.get(each.outcome, each.outcome)),
            steps.moment(each.at) if each.at else "-",
            f"{decimal(each.points)} / {each.of}",
        ]
        for id, each in results.items()
        if not isinstance(asked.get(id), Prediction)
    ]
    titles = [_("Exercise"), _("Result"), _("When"), _("Points")]
    return f"<h3>{escape(_('Checks'))}</h3>{table(titles, rows, {3})}" if rows else ""


def _answers(answers: Sequence[Answer]) -> str:
    """The course's questions with the student's answers."""
    parts = [
        f'<div class="question"><p><strong>{formatted(each.question.strip("*"))}</strong></p>'
        f'<div class="answer">{escape(each.text or _("(no answer yet)"))}</div></div>'
        for each in answers
    ]
    return f"<h3>{escape(_('In my own words'))}</h3>{''.join(parts)}" if parts else ""
