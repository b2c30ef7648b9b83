"""The page on which a teacher marks: all answers to one question, and beside them its rubric.

It works without its script, which saves a mark without loading the page again, and knows some keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from ...course.checks import formatted, points
from ...course.own_words import ANSWER_MAX_CHARS, QUESTION_POINTS, questions
from ...course.sections import SECTIONS
from ...language import _, current, decimal, ngettext
from .. import html_pages
from ..printable import shown, shown_lines
from .class_answers import ClassAnswer, Marks, grouped
from .rubric import rubrics

Question = tuple[str, str]  # its section, and its cell's id
COMMENT_MAX_CHARS = 1000
_STYLE = """
body { max-width: 1180px; } #sections { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 0 0 20px; padding: 0; }
#sections li { list-style: none; white-space: nowrap; } #sections a { padding: 4px; display: inline-block; }
#sections a[aria-current] { font-weight: 650; background: var(--fill); border-radius: 4px; color: var(--ink); }
main { display: grid; grid-template-columns: minmax(0, 1fr) 330px; gap: 0 28px; align-items: start; }
h1, #problem { grid-column: 1 / -1; } #problem:not(:empty) { border: 2px solid var(--part); padding: 10px 14px; }
aside { position: sticky; top: 12px; background: var(--fill); border-radius: 6px; padding: 4px 16px 12px; }
aside h2 { margin-top: 16px; } aside dt { font-weight: 650; margin-top: 8px; } aside dd { margin: 0; }
kbd { border: 1px solid var(--line); border-radius: 3px; padding: 0 5px; background: var(--paper); }
#progress { margin: 12px 0 16px; } #progress span { display: block; } main > div > p:first-child { margin-top: 0; }
.answer { white-space: pre-wrap; unicode-bidi: isolate; margin: 6px 0 10px; max-height: 26em; overflow-y: auto; }
article.marked { border-left-color: var(--good); }
article:focus-within, article:focus { outline: 3px solid var(--accent); }
article form { display: flex; flex-wrap: wrap; gap: 8px; align-items: end; } article label { flex: 1 1 220px; }
textarea { display: block; width: 100%; font: inherit; color: inherit; background: var(--paper);
  border: 1px solid var(--none); border-radius: 4px; }
button { font: inherit; min-width: 44px; min-height: 40px; color: var(--ink); background: var(--fill);
  border: 1px solid var(--none); border-radius: 4px; cursor: pointer; }
button[aria-pressed=true] { background: var(--accent); color: var(--paper); border-color: var(--accent); }
article details { display: inline-block; margin: 0 0 0 12px; }
@media (max-width: 800px) { main { grid-template-columns: minmax(0, 1fr); } aside { position: static; order: -1; }
  h1, #problem { order: -2; } }
"""


@dataclass(frozen=True)
class View:
    """What the page shows."""

    question: Question
    apart: bool  # whether equal answers stand each by itself
    address: str  # of the pages: the path with the secret in it

    def place(self, question: Question) -> str:
        """The address of that question's page."""
        return f"{self.address}{'/'.join(question)}{'?apart' if self.apart else ''}"


def page(view: View, answers: Mapping[Question, Sequence[ClassAnswer]], marks: Marks, problem: str = "") -> str:
    """The whole page in the language in use; `problem` says why a mark was not saved."""
    mine = answers[view.question]
    section, id = view.question
    groups = grouped(marks.to_mark(mine), marks, view.apart)
    articles = [_article(view, group, marks, place, len(groups)) for place, group in enumerate(groups, 1)]
    body = [
        _sections(view, answers, marks),
        f"<main><h1>{formatted(questions(section, current())[id].strip('*'))}</h1>",
        f'<p id="problem" role="alert">{formatted(problem)}</p>',
        f'<div><p class="soft">{_switch(view)}</p>',
        *articles,
        _without(mine),
        f"</div><aside>{_progress(view, answers, marks)}{_worth(view.question)}</aside></main>",
    ]
    return html_pages.page(
        _("Marking: {question}").format(question=f"{section} {_number(id)}"),
        body,
        style=_STYLE,
        script=script(),
        policy=html_pages.SERVED_POLICY,
    )


def problem_page(problem: str) -> str:
    """The page where overrides.csv cannot be read."""
    body = [f'<p id="problem" role="alert">{formatted(problem)}</p><p>{escape(_("Then load this page again."))}</p>']
    return html_pages.page(_("Marking"), body)


@cache
def script() -> str:
    """The page's script."""
    return Path(__file__).with_name("mark.js").read_text(encoding="utf-8")


def _number(id: str) -> str:
    return id.rpartition("-")[2]


def _sections(view: View, answers: Mapping[Question, Sequence[ClassAnswer]], marks: Marks) -> str:
    """A link to each question, with how many of its answers are marked."""
    items = []
    for section in SECTIONS:
        links = []
        for question in (each for each in answers if each[0] == section):
            all_of, left = len(marks.to_mark(answers[question])), len(marks.unmarked(answers[question]))
            text = f"{_number(question[1])}: {all_of - left}/{all_of}"
            here = ' aria-current="page"' if question == view.question else ""
            links.append(f'<a href="{escape(view.place(question))}"{here}>{text}</a>')
        if links:
            items.append(f"<li><strong>{section.partition('-')[0]}</strong> {' '.join(links)}</li>")
    return f'<nav aria-label="{escape(_("Questions"))}"><ul id="sections">{"".join(items)}</ul></nav>'


def _progress(view: View, answers: Mapping[Question, Sequence[ClassAnswer]], marks: Marks) -> str:
    """How many of this question's answers are marked, and the way to the next question with one that is not."""
    order = [*answers]
    here = order.index(view.question)
    all_of, left = len(marks.to_mark(answers[view.question])), len(marks.unmarked(answers[view.question]))
    said = _("{n} of {all} marked").format(n=all_of - left, all=all_of)
    open_still = (each for each in order[here + 1 :] + order[:here] if marks.unmarked(answers[each]))
    question = next(open_still, None)
    link = f'<em id="next" tabindex="-1">{escape(_("all others are marked"))}</em>'
    if question:
        text = _("next question with unmarked answers: {question}")
        name = f"{question[0].partition('-')[0]} · {_number(question[1])}"
        link = f'<a id="next" href="{escape(view.place(question))}">{escape(text.format(question=name))}</a>'
    return f'<div id="progress" role="status"><strong>{escape(said)}</strong><span>{link}</span></div>'


def _switch(view: View) -> str:
    """The link to the same page with equal answers together, or each by itself."""
    other = View(view.question, not view.apart, view.address)
    said = _("mark equal answers together") if view.apart else _("mark each answer by itself")
    return f'<a href="{escape(other.place(view.question))}">{escape(said)}</a>'


def _article(view: View, group: Sequence[ClassAnswer], marks: Marks, place: int, of: int) -> str:
    """One answer, or several that are equal, with the form for its mark."""
    first, mark = group[0], marks.mark(group[0])
    got = marks.points(first)
    changed = ""
    if mark and marks.has_changed(first):
        text = _("The student has changed this answer since it was marked ({n} of {of}): mark it again.")
        said = text.format(n=decimal(mark.points or 0), of=QUESTION_POINTS)
        changed = f'<p class="low">{escape(said)}</p>'
    head = _("Answer {n} of {all}").format(n=place, all=of)
    if len(group) > 1:
        head += " · " + ngettext("{n} student wrote this", "{n} students wrote this", len(group)).format(n=len(group))
    who = ", ".join(shown(f"{each.student} {each.name}".strip()) for each in group)
    long = _("Only its first {n} characters are shown.").format(n=ANSWER_MAX_CHARS)
    cut = f'<p class="low">{escape(long)}</p>' if len(first.text) >= ANSWER_MAX_CHARS else ""
    hidden = "".join(f'<input type="hidden" name="answer" value="{each.id}">' for each in group)
    hidden += '<input type="hidden" name="apart" value="yes">' if view.apart else ""
    buttons = "".join(_button(number, number == got) for number in range(QUESTION_POINTS + 1))
    if got is not None:
        if got not in range(QUESTION_POINTS + 1):
            buttons += f"<strong>{decimal(got)}</strong>"
        buttons += f'<button name="points" value="">{escape(_("take back"))}</button>'
    state = "open" if got is None else "marked"
    return (
        f'<article id="{first.id}" tabindex="-1" class="{state}" aria-label="{escape(head)}">'
        f'<div class="soft">{escape(head)}<details><summary>{escape(_("who?"))}</summary>{escape(who)}</details></div>'
        f'<div class="answer" dir="auto" tabindex="0" role="group" aria-label="{escape(_("the answer"))}">'
        f"{escape(shown_lines(first.text))}</div>{cut}{changed}"
        f'<form method="post" action="{escape(view.place(view.question))}" data-lost="{escape(_lost())}">{hidden}'
        f"<label>{escape(_('Comment for the student; it is saved with the points'))}"
        f' <strong class="low unsaved" hidden>· {escape(_("not saved yet"))}</strong>'
        f'<textarea name="comment" rows="1" maxlength="{COMMENT_MAX_CHARS}">{escape(mark.comment if mark else "")}'
        f"</textarea></label>{buttons}</form></article>"
    )


def _button(number: int, pressed: bool) -> str:
    label = escape(points(number))
    return (
        f'<button name="points" value="{number}" aria-label="{label}" title="{label}" '
        f'aria-pressed="{str(pressed).lower()}">{number}</button>'
    )


def _lost() -> str:
    return _("The mark was not saved: the program in the terminal does not answer. Start it again there.")


def _without(answers: Sequence[ClassAnswer]) -> str:
    """The students who have answered nothing."""
    names = [shown(f"{each.student} {each.name}".strip()) for each in answers if not each.text]
    if not names:
        return ""
    text = ngettext(
        "{n} student gave no answer: 0 points, nothing to mark",
        "{n} students gave no answer: 0 points, nothing to mark",
        len(names),
    )
    return (
        f"<details><summary>{escape(text.format(n=len(names)))}</summary>{escape(', '.join(sorted(names)))}</details>"
    )


def _worth(question: Question) -> str:
    """The rubric, and the keys."""
    rubric = rubrics(current())[question]
    worth = {
        points(QUESTION_POINTS): formatted(rubric.full),
        points(1): formatted(rubric.half),
        points(0): escape(_("Nothing of it, or another thing.")),
    }
    keys = {
        "0 1 2": _("give that many points, and go on"),
        "Enter": _("next unmarked answer, or question"),
        "↓ ↑": _("next answer, or the one before"),
        "C": _("write a comment; Enter ends it"),
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{text}</dd>" for name, text in worth.items())
    named = "".join(
        f"<li>{' '.join(f'<kbd>{key}</kbd>' for key in name.split())} {escape(text)}</li>"
        for name, text in keys.items()
    )
    return (
        f"<h2>{escape(_('What an answer is worth'))}</h2><dl>{listed}</dl><h2>{escape(_('Keys'))}</h2><ul>{named}</ul>"
    )
