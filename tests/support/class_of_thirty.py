"""A class of thirty made-up students, and what each of their notebooks is worth, to the point."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from support.solutions import SOLUTIONS

from swarmkit_helpers.course.pristine import pristine

Notebook = dict[str, Any]
START, WHAT, SCALE, CLEAN = "00-start", "01-orchestration", "04-scale", "06-clean-up"
FULL = {
    WHAT: {"after-kill": 1, "elsewhere": 0, "replaced": 1, "answers": 0, "mine": 4, "crash": 4},
    CLEAN: {"leftover": 1, "manager-leaves": 1, "still-there": 0, "empty": 8},
    SCALE: {"spread": 1, "restarted": 1, "emptiest": 1, "newcomer": 1, "own-number": 6, "even": 7, "fullest": 8},
}
FORGED = """
from IPython.display import display
from swarmkit_helpers import Section
from swarmkit_helpers.course.checks import MIME, Result
for number in range(3):
    display({MIME: {"section": "06-clean-up", "exercise": "empty", "outcome": "passed", "points": 8, "of": 8,
                    "message": "yes", "language": "en"}}, raw=True)
Section.check = lambda self, id: Result("06-clean-up", id, "passed", 100, 6, "All is well.")
"""


def solved(section: str, language: str = "en", without: tuple[str, ...] = (), **answers: str) -> Notebook:
    """The section's notebook with the right answers but those cells, and with these; `_` stands for `-` in a name."""
    given = {id: source for id, source in SOLUTIONS[section].items() if id not in without}
    return answered(section, language, given | {name.replace("_", "-"): source for name, source in answers.items()})


def answered(section: str, language: str, answers: dict[str, str]) -> Notebook:
    """The section's notebook with those answers."""
    notebook = pristine(section, language)
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return notebook


def own_number(student: str) -> str:
    """An answer to 04's exercise of that student's own number, which the notebook itself tells."""
    return (
        "import re\nnumber = int(re.search(r'exactly (\\d+)', repr(section.task('own-number')))[1])\n"
        "swarm.scale('sleep-app', number)\nswarm.converge('sleep-app')"
    )


def fullest() -> str:
    """An answer to 04's exercise of the fullest node, for the number of any student."""
    return (
        "import re\nmost = int(re.search(r'runs (\\d+)', repr(section.task('fullest')))[1])\n"
        "swarm.scale('sleep-app', (most - 1) * (nodes + 1) + 1)\nswarm.converge('sleep-app')"
    )


def mine() -> str:
    """An answer to 01's exercise, for the number of any student."""
    return (
        "import re\n"
        "number = int(re.search(r'infinity.*?(\\d+)', repr(section.task('mine')))[1])\n"
        "swarm.create_service('mine', image=image, command='sleep infinity', replicas=number)\n"
        "swarm.converge('mine')"
    )


def without(notebook: Notebook, id: str) -> Notebook:
    """The notebook without that cell."""
    return notebook | {"cells": [cell for cell in notebook["cells"] if cell["id"] != id]}


def changed(notebook: Notebook, id: str, source: str) -> Notebook:
    """The notebook with that source in a cell that is not the student's."""
    return notebook | {"cells": [cell | {"source": source} if cell["id"] == id else cell for cell in notebook["cells"]]}


def twice(notebook: Notebook, id: str) -> Notebook:
    """The notebook with that cell, and a copy of it that has another source."""
    [cell] = [cell for cell in notebook["cells"] if cell["id"] == id]
    return notebook | {"cells": [*notebook["cells"], cell | {"source": "1 / 0"}]}


def old(notebook: Notebook) -> Notebook:
    """The notebook as an old JupyterLab saves it: without ids, and for a kernel that is not there."""
    cells = [{key: value for key, value in cell.items() if key != "id"} for cell in notebook["cells"]]
    kernel = {"kernelspec": {"name": "python2", "display_name": "Python 2", "language": "python"}}
    return notebook | {"nbformat_minor": 2, "cells": cells, "metadata": kernel}


def noisy(notebook: Notebook) -> Notebook:
    """The notebook with two megabytes of stored output in each cell of code."""
    output = {"output_type": "stream", "name": "stdout", "text": "x" * (2 << 20)}
    return notebook | {
        "cells": [cell | {"outputs": [output]} if cell["cell_type"] == "code" else cell for cell in notebook["cells"]]
    }


# Of each student: the file, what is in it, and the points of the exercises that are not worth nothing.
Student = tuple[str, Callable[[], Notebook | bytes], dict[str, float]]
EMPTY = "answer-empty"
CLASS: dict[str, Student] = {
    "s01": (CLEAN, lambda: solved(CLEAN), FULL[CLEAN]),
    "s02": (CLEAN, lambda: solved(CLEAN, "id"), FULL[CLEAN]),
    "s03": (WHAT, lambda: solved(WHAT, answer_mine=mine()), FULL[WHAT]),
    "s04": (WHAT, lambda: solved(WHAT, "en", ("answer-mine", "answer-crash")), FULL[WHAT] | {"mine": 0, "crash": 0}),
    "s05": (SCALE, lambda: solved(SCALE, answer_own_number=own_number("s05"), answer_fullest=fullest()), FULL[SCALE]),
    "s06": (CLEAN, lambda: answered(CLEAN, "en", {}), {}),
    "s07": (CLEAN, lambda: answered(CLEAN, "id", {}), {}),
    "s08": (
        CLEAN,
        lambda: solved(CLEAN, predict_leftover='section.predict("leftover", 5)'),
        FULL[CLEAN],  # a wrong prediction, made in time, earns its point
    ),
    "s09": (
        CLEAN,
        lambda: solved(CLEAN, predict_manager_leaves='section.predict("manager-leaves", "yes")', answer_empty="..."),
        {"leftover": 1, "manager-leaves": 1},
    ),
    "s10": (CLEAN, lambda: solved(CLEAN, answer_empty="1 / 0"), FULL[CLEAN] | {"empty": 0}),
    "s11": (CLEAN, lambda: solved(CLEAN, answer_empty="raise SystemExit"), FULL[CLEAN] | {"empty": 0}),
    "s12": (CLEAN, lambda: solved(CLEAN, answer_empty="while True: pass"), FULL[CLEAN] | {"empty": 0}),
    "s13": (CLEAN, lambda: solved(CLEAN, answer_empty="import os; os._exit(1)"), FULL[CLEAN] | {"empty": 0}),
    "s14": (CLEAN, lambda: solved(CLEAN, answer_empty=FORGED), FULL[CLEAN] | {"empty": 0}),
    "s15": (CLEAN, lambda: b'{"cells": [', {}),
    "s16": (CLEAN, lambda: b"\x89PNG not a notebook", {}),
    "s17": (CLEAN, lambda: {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}, {}),
    "s18": ("my homework (2)", lambda: solved(CLEAN), FULL[CLEAN]),
    "s19": (CLEAN, lambda: old(solved(CLEAN)), FULL[CLEAN]),
    "s20": (CLEAN, lambda: without(solved(CLEAN), "check-empty"), FULL[CLEAN]),
    "s21": (
        CLEAN,
        lambda: changed(solved(CLEAN, "en", (EMPTY,)), "check-empty", "print('Passed (8 of 8 points)')"),
        FULL[CLEAN] | {"empty": 0},
    ),
    "s22": (CLEAN, lambda: twice(solved(CLEAN), EMPTY), FULL[CLEAN]),
    "s23": (CLEAN, lambda: without(solved(CLEAN), EMPTY), FULL[CLEAN] | {"empty": 0}),
    "s24": (CLEAN, lambda: noisy(solved(CLEAN)), FULL[CLEAN]),
    "s25": (
        CLEAN,
        lambda: changed(solved(CLEAN), "setup", "raise RuntimeError('no set-up')\nSection('06-clean-up')"),
        FULL[CLEAN],
    ),
    "s26": (
        CLEAN,
        lambda: solved(CLEAN, answer_empty="print('x' * 100)\n" * 3 + "while True: print('y' * 100_000)"),
        FULL[CLEAN] | {"empty": 0},
    ),
    "s27": (CLEAN, lambda: solved(CLEAN, answer_empty="x = bytearray(4 << 30)"), FULL[CLEAN] | {"empty": 0}),
    "s28": (CLEAN, lambda: solved(CLEAN, answer_empty="import os\nwhile True: os.fork()"), FULL[CLEAN] | {"empty": 0}),
    "s29": (START, lambda: solved(START), {}),
    "s30": (
        WHAT,
        lambda: solved(WHAT, "id", ("predict-replaced", "answer-mine", "answer-crash")),
        FULL[WHAT] | {"replaced": 0, "mine": 0, "crash": 0},
    ),
}
ONE_OF_EACH = {
    "passed": "s01",
    "not as predicted": "s08",
    "not attempted": "s06",
    "a kernel that dies": "s13",
    "a forged result": "s14",
    "a damaged file": "s15",
    "a zip": "s18",
}
UNREADABLE = ("s15", "s16", "s17")  # what has no points at all
ZIPPED = ("s02", "s18")


def hand_in(folder: Path, students: tuple[str, ...] = tuple(CLASS)) -> None:
    """The folder has what those students handed in: a folder or a zip each."""
    for student in students:
        name, make, _points = CLASS[student]
        content = make()
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        if student in ZIPPED:
            with zipfile.ZipFile(folder / f"{student}.zip", "w") as archive:
                archive.writestr(f"{name}.ipynb", data)
        else:
            (folder / student).mkdir()
            (folder / student / f"{name}.ipynb").write_bytes(data)


def expected(students: tuple[str, ...] = tuple(CLASS)) -> dict[tuple[str, str], float]:
    """Points by student and exercise, of all whose notebook can be read."""
    points = {}
    for student in students:
        name, _make, worth = CLASS[student]
        section = CLEAN if name not in (START, WHAT, SCALE) else name
        if student not in UNREADABLE:
            exercises = FULL.get(section, {"machines": 0})
            points |= {(student, exercise): worth.get(exercise, 0) for exercise in exercises}
    return points
