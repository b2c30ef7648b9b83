"""The student's id, said once: it is put into the notebooks of the working copy.

From there grading takes it, too: the numbers of the exercises are made from the id in the notebook. What was said last
is also remembered for the user of this computer, but another person may work as the same user: so a new working copy
only offers that id, and takes it once the student has agreed.
"""

import re

from ..errors import BadInput
from ..language import _
from ..records import Json
from . import atomic_write, journal

_LINE = re.compile(r"""^(student = )(["'])(.*?)\2""", re.MULTILINE)


def is_possible(student: str) -> bool:
    """Whether this can be an id."""
    return bool(re.fullmatch(r"[\w.@+-]{1,64}", student))


def checked(student: str) -> str:
    """The id, if it can be one. Raises `BadInput`."""
    if not is_possible(student):
        raise BadInput(
            _("{student} cannot be a student id").format(student=repr(student)),
            _("use letters, digits and . @ + - _, at most 64 of them"),
        )
    return student


def remember(student: str) -> None:
    """Keep the id in the folder of the journals, to offer it in another working copy. Raises `BadInput`, `Refused`."""
    journal.folder().mkdir(parents=True, exist_ok=True)
    atomic_write.write(journal.folder() / "student", checked(student) + "\n")


def remembered() -> str:
    """The id that was said last; empty if none was."""
    try:
        return checked((journal.folder() / "student").read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError, BadInput):  # not there, or damaged: it can be said again
        return ""


def written(notebook: Json) -> str | None:
    """The id in the notebook's parameters; None if they have no line for one."""
    found = [_LINE.search(cell["source"]) for cell in notebook["cells"] if _is_parameters(cell)]
    return next((line[3] for line in found if line), None)


def with_id(notebook: Json, student: str) -> Json:
    """The notebook with that id in its parameters."""
    cells = [
        {**cell, "source": _LINE.sub(rf'\g<1>"{student}"', cell["source"])} if _is_parameters(cell) else cell
        for cell in notebook["cells"]
    ]
    return {**notebook, "cells": cells}


def _is_parameters(cell: Json) -> bool:
    return "parameters" in cell["metadata"].get("tags", ())
