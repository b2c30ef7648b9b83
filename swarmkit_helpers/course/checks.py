"""Exercises and predictions, their checks and their results.

An exercise is passed, not yet, or not attempted. A prediction that was made in time earns its point, right or wrong:
what is asked of a student is to commit to an answer before the swarm gives it.
"""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any, Literal
from urllib.parse import quote

from ..errors import BadInput, SwarmkitError
from ..language import _, current, decimal, ngettext
from .scene import Scene

Outcome = Literal["passed", "not as predicted", "not yet", "not attempted"]
Value = int | str
Text = Callable[[], str]  # called when it is shown, because the language may be chosen late
Hints = tuple[Text, Text, Text]  # each leads one step further, and none hands over the answer
MIME = "application/vnd.swarmlab.result+json"
NOTE_MIME = "application/vnd.swarmlab.note+json"
MEASURED = ": it was "  # in the journal's event of a wrong prediction, before what the swarm did


class Unmet(Exception):
    """A condition of a check that is not met: the outcome, what is so instead, and a hint."""

    def __init__(self, outcome: Outcome, message: str, hint: str = "", points: int = 0) -> None:
        super().__init__(message)
        self.outcome, self.message, self.hint, self.points = outcome, message, hint, points


def attempted(truth: object, message: str) -> None:
    """Raise `Unmet` (not attempted) if the student has not begun; the message says how to begin."""
    if not truth:
        raise Unmet("not attempted", message)


def expect(truth: object, message: str, hint: str = "", points: int = 0) -> None:
    """Raise `Unmet` (not yet) if this is not so; the message says what is so instead, the hint what to try.

    `points` are those for the part of the task that is done by then.
    """
    if not truth:
        raise Unmet("not yet", message, hint, points)


@dataclass(frozen=True)
class Result:
    """The result of checking an exercise or a prediction."""

    section: str
    exercise: str
    outcome: Outcome
    points: float  # an int where it is whole
    of: int
    message: str
    hint: str = ""
    language: str = field(default_factory=current)
    heading: str = ""  # instead of the outcome
    measured: Value | None = field(default=None, compare=False)  # of a prediction: what the swarm did, once it is seen

    def __repr__(self) -> str:
        return " ".join(filter(None, [f"{_heading(self)} ({_share(self)}).", self.message, self.hint]))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        symbol, colour = _LOOKS[self.outcome]
        heading = f"{symbol} {_heading(self)}"
        hint = f"<div><em>{escape(_('What to try'))}:</em> {formatted(self.hint)}</div>" if self.hint else ""
        title = f"<div><strong>{escape(heading)}</strong> · <code>{escape(self.exercise)}</code> · {_share(self)}</div>"
        kept = ("section", "exercise", "outcome", "points", "of", "message", "language")
        # nbgrader takes a float that a check shows for its points (nbgrader/utils.py, determine_grade).
        plain = str(float(self.points)) if os.environ.get("SWARMLAB_RESULT") == "points" else repr(self)
        return {
            "text/plain": plain,
            "text/html": box("swk-result", colour, f"{title}<div>{formatted(self.message)}</div>{hint}"),
            MIME: {name: getattr(self, name) for name in kept},
        }


@dataclass(frozen=True)
class Card:
    """A text in a box: the task of an exercise, or the answer to a prediction."""

    kind: str  # class of the box
    title: str
    text: str
    note: Mapping[str, Value] | None = None  # of a prediction: its section, exercise and value
    link: str = ""  # a file beside the notebook, whose name stands in the text

    def __repr__(self) -> str:
        return f"{self.title}: {self.text}" if self.title else self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        title = f"<div><strong>{formatted(self.title)}</strong></div>" if self.title else ""
        text, name = formatted(self.text), escape(self.link, quote=False)
        if name:
            text = text.replace(name, f'<a href="{quote(self.link)}">{name}</a>', 1)
        return {
            "text/plain": repr(self),
            "text/html": box(self.kind, _NEUTRAL, f"{title}<div>{text}</div>"),
            **({NOTE_MIME: dict(self.note)} if self.note else {}),
        }


@dataclass(frozen=True)
class Exercise:
    """A task for the student. `check` returns a message if it is done; else it raises `Unmet`."""

    id: str
    points: int
    text: Callable[[Scene], str]
    check: Callable[[Scene], str]  # the message when it has passed
    hints: Hints

    def result(self, section: str, scene: Scene, failed: int = 0) -> Result:
        """Run the check and return its result. Each check that `failed` before lets its hint lead one step further."""
        try:
            return Result(section, self.id, "passed", self.points, self.points, self.check(scene))
        except Unmet as unmet:
            hint = unmet.hint or self._hint(failed if unmet.outcome == "not yet" else failed - 1)
            return Result(section, self.id, unmet.outcome, unmet.points, self.points, unmet.message, hint)
        except SwarmkitError as error:
            return _cannot_look(section, self, error)

    def _hint(self, step: int) -> str:
        """The hint of that step, the last one from the third step on; none before the first step."""
        if step < 0:
            return ""
        if step >= len(self.hints) - 1:
            return self.hints[-1]()
        return f"{self.hints[step]()} {_('Run the check again for another hint.')}"


@dataclass(frozen=True)
class Prediction:
    """A question about what the swarm will do. The right answer is measured, not written here."""

    id: str
    points: int
    measure: Callable[[Scene], Value | None]  # what the swarm did; None before it did
    first: Text  # what has to be done before it can be measured
    why: Text  # why the swarm did so
    choices: tuple[str, ...] = ()  # none: a whole number is asked for
    standing: bool = False  # whether it is about a fact that is always so, and can be measured at any time
    unusual: Callable[[Scene], str] = lambda scene: ""  # what made the outcome another than usual; empty if nothing

    def checked(self, value: object) -> Value:
        """Return the value as it is saved. Raises `BadInput` if it is not an answer."""
        if self.choices:
            word = str(value).strip().lower()
            for choice in self.choices:
                if word in (choice, in_words(choice)):
                    return choice
            raise BadInput(
                _("{value} is not one of the answers to {id}").format(value=repr(value), id=repr(self.id)),
                _("put {choices}").format(choices=self._choices()),
            )
        if isinstance(value, str) and value.strip().isdecimal():
            raise BadInput(_('"{number}" is a text'), _("write it without quotes: {number}"), number=int(value))
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise BadInput(
                _("{value} is not an answer to {id}, which asks for a number").format(
                    value=repr(value), id=repr(self.id)
                ),
                _('put a whole number, for example section.predict("{id}", 5)').format(id=self.id),
            )
        return value

    def ask(self) -> str:
        """The text that says how to predict, while no prediction is saved."""
        if self.choices:
            return _(
                'Nothing is noted yet: write {choices} instead of `...` in `section.predict("{id}", ...)` and '
                "run that cell."
            ).format(choices=self._choices("`"), id=self.id)
        return _(
            'Nothing is noted yet: write a whole number instead of `...` in `section.predict("{id}", ...)` and '
            "run that cell."
        ).format(id=self.id)

    def result(
        self, section: str, noted: Value | None, look: Callable[[], Value | None], unusual: Text = lambda: ""
    ) -> Result:
        """Compare the saved prediction with what the swarm did, which `look()` returns (None: not yet)."""
        if noted is None:
            return Result(section, self.id, "not attempted", 0, self.points, self.ask())
        try:
            done = look()
        except SwarmkitError as error:
            return _cannot_look(section, self, error)
        if done is None:
            return Result(
                section,
                self.id,
                "not yet",
                0,
                self.points,
                _("You predict {value}; what happens is not to be seen yet.").format(value=in_words(noted)),
                self.first(),
            )
        why = " ".join(filter(None, [self.why(), unusual()]))
        if done == noted:
            text = _("You predicted {value}, and so it was: {why}").format(value=in_words(noted), why=why)
            return self._seen(section, "passed", done, text, _("As you predicted"))
        text = _("You predicted {value}; it was {done}: {why}").format(
            value=in_words(noted), done=in_words(done), why=why
        )
        return self._seen(section, "not as predicted", done, text)

    def _seen(self, section: str, outcome: Outcome, done: Value, message: str, heading: str = "") -> Result:
        """The result of a prediction that was made in time, once it is seen what happened: its point is earned."""
        return Result(section, self.id, outcome, self.points, self.points, message, heading=heading, measured=done)

    def _choices(self, mark: str = "") -> str:
        """The choices in the language in use, as Python writes them, each between those marks."""
        written = [choice if choice.isdecimal() else f'"{in_words(choice)}"' for choice in self.choices]
        return _(" or ").join(f"{mark}{choice}{mark}" for choice in written)


def _cannot_look(section: str, asked: Exercise | Prediction, error: SwarmkitError) -> Result:
    return Result(section, asked.id, "not yet", 0, asked.points, f"{error.problem}.", f"{error.fix}.")


def in_words(value: Value) -> str:
    """The value of a prediction in the language in use: yes and no are translated, Docker's own words are not."""
    return {"yes": _("yes"), "no": _("no")}.get(str(value), str(value))


def whole(number: float) -> float:
    """The same number, as an int where it is whole: 2 and not 2.0, but 1.5."""
    return int(number) if number == int(number) else number


def points(number: int) -> str:
    """1 point, 3 points."""
    return ngettext("{n} point", "{n} points", number).format(n=number)


# How it looks ---------------------------------------------------------------------------------------------

# JupyterLab's sanitizer, through which a notebook from elsewhere is shown, keeps plain colours and no theme
# variables. So texts have no colour of their own and take the theme's; these stand out on white and on black.
_NEUTRAL = "#6b7f99"
_LOOKS = {
    "passed": ("✓", "#2e8b57"),
    "not as predicted": ("≠", _NEUTRAL),
    "not yet": ("△", "#c77700"),
    "not attempted": ("○", "#808080"),
}


def box(kind: str, colour: str, inside: str) -> str:
    """The HTML in a box with a coloured edge, marked with the language in use."""
    style = (
        f"border: 1px solid {colour}; border-left: 6px solid {colour}; "
        "padding: 8px 12px; margin: 4px 0px; max-width: 720px; line-height: 1.5"
    )
    return f'<div class="{kind}" lang="{current()}" style="{style}">{inside}</div>'


def formatted(text: str) -> str:
    """The text as HTML, with `code` as code and an empty line between paragraphs as a break."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False)).replace("\n", "<br>")


def outcome_words() -> dict[str, str]:
    """Each outcome in the language in use."""
    return {
        "passed": _("Passed"),
        "not as predicted": _("Not as you predicted"),
        "not yet": _("Not yet"),
        "not attempted": _("Not attempted yet"),
    }


def _heading(result: Result) -> str:
    return result.heading or outcome_words()[result.outcome]


def _share(result: Result) -> str:
    if not result.of:
        return _("for practice, without points")
    return _("{n} of {points}").format(n=decimal(result.points), points=points(result.of))
