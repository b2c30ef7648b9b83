"""The form for the student's id in a notebook: it does what `lab --student` does."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from ..language import _
from ..notebook import slips
from ..notebook.controls.student_form import StudentForm
from . import student_id, working_copy
from .checks import Card


def form(student: str, take: Callable[[str], Sequence[str]]) -> StudentForm | Card:
    """The form, where `lab` or a hub has opened the notebook; elsewhere a text on where the id goes.

    `student` is the id of the notebook until now. `take` is called with the new one, and returns sentences.
    """
    folder = Path.cwd()
    if not (slips.is_loaded() and working_copy.is_one(folder.parent)):
        return Card(
            "swk-note",
            "",
            _(
                "Where `lab` has opened the notebook, a form stands here. Elsewhere, put your student id between the "
                "quotes of `student` in the first code cell of each notebook."
            ),
        )
    this = _this_notebook()

    def accept(said: str) -> list[str]:
        student_id.remember(said)
        changed = working_copy.write_student_id(folder.parent, folder.name, said, replace=True, but=this)
        return [
            *changed,
            _(
                "All your notebooks have the id now. If another one is open, run the two cells under Setup there "
                "again. If JupyterLab asks there about a file that has changed on disk, choose Overwrite, so that "
                "your changes stay, and press the button here again."
            ),
            *take(said),
        ]

    others = _others(working_copy.other_ids(folder.parent, folder.name, student, this))
    known = working_copy.student(folder.parent) or student_id.remembered()
    return StudentForm(student, accept, others, offered=known)


def _others(ids: Mapping[str, str]) -> list[str]:
    """A sentence for each notebook with that other id, or with none."""
    return [
        _("{name} has the student id {before}.").format(name=name, before=before)
        if before
        else _("{name} has no student id.").format(name=name)
        for name, before in ids.items()
    ]


def _this_notebook() -> str:
    """The name of the notebook's file, which JupyterLab itself writes; Jupyter's server tells its kernels."""
    return Path(os.environ.get("JPY_SESSION_NAME", "")).name
