"""What `doctor` finds, as a notebook shows it: a sentence, what is missing with its fix, and all facts folded."""

from dataclasses import dataclass
from html import escape

from ..course.checks import box
from ..language import _
from .facts import Fact

_COLOURS = {True: "#2e8b57", False: "#c77700"}  # nothing is missing, or something is


@dataclass(frozen=True)
class Examination:
    """The facts about this computer, and the sentence that says what they mean for the sections."""

    facts: tuple[Fact, ...]
    outlook: str

    def __repr__(self) -> str:
        return "\n".join([self._sentence(), *(f"{what}\n  {fix}" for what, fix in self._missing())])

    def _repr_html_(self) -> str:
        missing = [f"<div><b>{escape(what)}</b><br>{escape(fix)}</div>" for what, fix in self._missing()]
        facts = "".join(
            f"<li>{escape(f'{fact.mark} {fact.name}: {fact.detail}')}"
            + (f"<br>{escape(_('Fix: {fix}').format(fix=fact.fix))}" if fact.fix and not fact.ok else "")
            + "</li>"
            for fact in self.facts
        )
        looked = f"<details><summary>{escape(_('What was looked at'))}</summary><ul>{facts}</ul></details>"
        sentence = f"<div><b>{escape(self._sentence())}</b></div>"
        return box("swk-note", _COLOURS[not missing], "".join([sentence, *missing, looked]))

    def _sentence(self) -> str:
        return self.outlook if self._missing() else f"✓ {_('Your computer is able.')} {self.outlook}"

    def _missing(self) -> list[tuple[str, str]]:
        """Each fact that keeps the sections from running, and its fix."""
        return [
            (f"✗ {fact.name}: {fact.detail}", _("Fix: {fix}").format(fix=fact.fix))
            for fact in self.facts
            if fact.needed and fact.ok is False
        ]
