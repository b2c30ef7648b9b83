"""What a report holds of the student, said before it is written; and the command that writes it, from a notebook.

The report is made by `swarmlab report`, in a process of its own: it needs nothing of the kernel but what is on disk.
"""

import os
import subprocess
import sys

from ..errors import BadInput
from ..language import _, current


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
        contents=contents(student, file_name(student)), call=f'`section.report("{student}", yes=True)`'
    )


def written(student: str, cluster: str) -> str:
    """Write the report into the folder of the notebook, and say so. Raises `BadInput`."""
    arguments = ["report", "--student", student, "--name", cluster, "--lang", current(), "--yes"]
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
    return made.stdout.strip()
