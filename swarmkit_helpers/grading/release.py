"""The edition for students: answers cleared, checks locked, nothing stored; and as nbgrader wants it.

The folder that is written is a course of nbgrader (its docs: "nbgrader command line", "The nbgrader directory
structure"), and its notebooks can as well be given out without it. Solutions are not in the notebooks to begin with:
they are kept among the tests, which run them.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from .. import language as languages
from ..course import atomic_write
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import _, ngettext
from ..records import Json
from .graft import pristine

CONFIG, MARK = "nbgrader_config.py", "# Written by: swarmlab release"
SCHEMA = 3  # of nbgrader's metadata (nbgrader/nbgraderformat/v3.json)
_CONFIG = f"""{MARK}
import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "swarm"
# A cell waits for the swarm: the longest of the lessons takes 25 s on a real one.
c.ExecutePreprocessor.timeout = 300
# The answers are cleared already, and what stands in their place tells the student how to begin.
c.GenerateAssignment.preprocessors = [
    f"nbgrader.preprocessors.{{name}}"
    for name in ("LockCells", "ComputeChecksums", "CheckCellMetadata", "ClearOutput", "SaveCells", "CheckCellMetadata")
]
# A check's result is shown as its points, which nbgrader counts.
os.environ["SWARMLAB_RESULT"] = "points"
"""


def release(out: Path, wanted: Sequence[str] = ()) -> None:
    """The students' notebooks of those languages (of all, if none is named) are in out/source/swarm-LANGUAGE.

    Raises `BadInput` for a language that there is not, and for a folder that holds anything but an earlier release.
    """
    wanted = wanted or languages.available()
    if unknown := set(wanted) - set(languages.available()):
        raise BadInput(
            _("there are no notebooks in the language {name!r}"),
            _("choose one of these: {known}"),
            name=", ".join(sorted(unknown)),
            known=", ".join(languages.available()),
        )
    config = out / CONFIG
    if out.exists() and any(out.iterdir()) and not (config.exists() and config.read_text().startswith(MARK)):
        raise BadInput(
            _("{out} holds something other than a release"), _("name a folder that is new or empty"), out=out
        )
    for language in wanted:
        folder = out / "source" / f"swarm-{language}"
        folder.mkdir(parents=True, exist_ok=True)
        for section in SECTIONS:
            text = json.dumps(edition(section, language), indent=1, ensure_ascii=False)
            atomic_write.write(folder / f"{section}.ipynb", text + "\n")
        print(
            ngettext("{n} notebook in {folder}", "{n} notebooks in {folder}", len(SECTIONS)).format(
                n=len(SECTIONS), folder=folder
            )
        )
    atomic_write.write(config, _CONFIG)
    print(_("{file} lets nbgrader work on them; docs/TEACHERS.md says how").format(file=config))


def edition(section: str, language: str) -> Json:
    """The section's notebook for students."""
    notebook = pristine(section, language)
    points = {each.id: each.points for each in SECTIONS[section].EXERCISES}
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", ())
        about = {
            "schema_version": SCHEMA,
            "grade_id": f"{section}_{cell['id']}",
            "grade": False,
            "solution": False,
            "locked": True,
            "task": False,
        }
        if "answer" in tags:
            about |= {"solution": True, "locked": False}
        elif "check" in tags:
            about |= {"grade": True, "points": points[cell["id"].removeprefix("check-")]}
        cell["metadata"]["nbgrader"] = about
        if about["locked"] and "parameters" not in tags:  # a student may want five nodes
            cell["metadata"] |= {"editable": False, "deletable": False}
    return notebook
