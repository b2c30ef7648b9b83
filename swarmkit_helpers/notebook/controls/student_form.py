"""A form that asks for the student's id: a field and a button."""

from collections.abc import Callable, Sequence
from html import escape

from comm import create_comm
from ipywidgets import HTML, Button, HBox, Text

from ...errors import SwarmkitError
from ...language import _
from . import texts
from .panel import Panel, notices

TARGET = "swarm-student"  # JupyterLab's extension of that name writes the id into the notebook with the form


class StudentForm(Panel):
    """Asks for the student's id, shows it, and says what became of the notebooks."""

    def __init__(
        self, student: str, accept: Callable[[str], Sequence[str]], others: Sequence[str] = (), offered: str = ""
    ) -> None:
        """`student` is the id until now; `accept` takes the new one, raises `BadInput`, and returns sentences.

        `others` are sentences about the notebooks that have another id, or none. While there is no id, `offered` stands
        in the field: it may be that of another person.
        """
        self._accept = accept
        self._whose, self._said = HTML(_whose(student, others, offered)), HTML()
        whole = {"description_width": "initial"}  # a longer word is not cut off
        self.field = Text(student or offered, description=_("Student id"), placeholder=_("such as s042"), style=whole)
        self.button = Button(description=_("Take this id"))
        about = _(
            "Type it once. It is written into all your notebooks, and your own numbers are made from it. If other "
            "notebooks are open, save them first (Ctrl+S in each)."
        )
        head = HTML(
            f'<div class="swk-title">{escape(_("Your student id"))}</div><div class="swk-about">{escape(about)}</div>'
        )
        row = HBox([self.field, self.button])
        row.add_class("swk-row")
        super().__init__(None, "student", [head, row, self._whose, self._said, *notices()])
        self.box.add_class("swk-control")
        self.button.on_click(lambda _button: self._guarded(self._take))

    def _take(self) -> None:
        student = self.field.value.strip()
        try:
            said = self._accept(student)
        except SwarmkitError as error:
            self._said.value = texts.problem(error.problem, error.fix)
            return
        self._whose.value = _whose(student)
        self._said.value = texts.status("<br>".join(map(escape, said)))
        create_comm(target_name=TARGET, data={"student": student})

    def _lost(self, error: Exception) -> None:
        self._said.value = texts.unexpected(error)


def _whose(student: str, others: Sequence[str] = (), offered: str = "") -> str:
    if not student:
        asked = _(
            "Are you {student}? That id was used on this computer before. If it is yours, press the button. If not, "
            "type your own first."
        ).format(student=offered)
        return f"<b>{escape(_('No student id is known yet.'))}</b>" + (f"<br>{escape(asked)}" if offered else "")
    if not others:
        return f"<b>{escape(_('The notebooks are those of student {student}.').format(student=student))}</b>"
    this = _("This notebook is that of student {student}; others are not:").format(student=student)
    offer = _("The button writes {student} into all of them.").format(student=student)
    return f"<b>{escape(this)}</b><br>{'<br>'.join(map(escape, others))}<br>{escape(offer)}"
