"""What a report holds of the student, said before it is written; and the command that writes it, from a notebook.

The report is made by `swarmlab report`, in a process of its own: it needs nothing of the kernel but what is on disk.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ..errors import BadInput, NotFound
from ..language import _, current
from . import own_words


def file_name(student: str) -> str:
    """The name of the report's file."""
    return f"report-{student}.html"


def contents(student: str, path: str) -> str:
    """The sentences that name what the report holds."""
    return _(
        "The report {path} holds: your student id {student}; your predictions, results and answers with their times; "
        "the commands that you gave to the nodes, with what you wrote in them; pictures of your swarm; the versions of "
        "the course, of Python and of Docker; and the kind of operating system. It holds nothing else of this computer."
    ).format(path=path, student=student)


def answers_found(answers: Mapping[str, Sequence[own_words.Answer]], folder: Path) -> str:
    """Say how many answers in words the notebooks in the folder have, and what to do where some are missing."""
    asked = sum(map(len, answers.values()))
    missing = [id for id, each in answers.items() if not all(answer.text for answer in each)]
    found = sum(bool(answer.text) for each in answers.values() for answer in each)
    where = {"n": found, "all": asked, "folder": folder.resolve()}
    if not found:
        return _(
            "Answers in your own words: none of {all} was found in {folder}. If you have written some, save your "
            "notebooks first (Ctrl+S in each). In a terminal, name the folder with your notebooks: `report FOLDER`; "
            "notebooks in another language need `--lang`."
        ).format(**where)
    text = _("Answers in your own words: {n} of {all} were found in {folder}.").format(**where)
    if missing:
        text += " " + _(
            "Without an answer: {sections}. If you have written it, save that notebook first (Ctrl+S)."
        ).format(sections=", ".join(id.partition("-")[0] for id in missing))
    return text


def agreed() -> bool:
    """Ask at the terminal whether to write it. Raises `BadInput` where a person cannot answer."""
    if not sys.stdin.isatty():
        raise BadInput(_("the report is written only after you have agreed"), _("agree with --yes"))
    return input(_("Write it? (yes/no)") + " ").strip().lower() in ("y", "yes", "ya")


def asked(student: str) -> str:
    """What a notebook says before the report is written."""
    if not student:
        return _(
            'The report needs your student id. Write it instead of ID and run the cell: `section.report("ID")`. You '
            "see what the report holds before it is written."
        )
    return _("{contents}\nTo write it, run: {call}").format(
        contents=f"{contents(student, file_name(student))}{_answers_here()}",
        call=f'`section.report("{student}", yes=True)`',
    )


def written(student: str, cluster: str) -> str:
    """Write the report into the folder of the notebook, and say so. Raises `BadInput`."""
    arguments = ["report", ".", "--student", student, "--name", cluster, "--lang", current(), "--yes"]
    made = subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers.cli", *arguments],
        capture_output=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    if made.returncode:
        problem, _end, fix = made.stderr.strip().partition("\n")
        raise BadInput(problem, fix.strip().partition(": ")[2])
    return f"{made.stdout.strip().splitlines()[-1]}{_answers_here()}"


def _answers_here() -> str:
    """How many answers the notebooks beside this one have, on a line of its own."""
    folder = own_words.notebooks_in(Path.cwd(), current())
    try:
        return "\n" + answers_found(own_words.answers(folder, current()), folder)
    except NotFound:  # an examination has no notebooks of the course, and none of the student's
        return ""
