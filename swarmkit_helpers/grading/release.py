"""`release --nbgrader`: the notebooks with empty answers, locked checks and no outputs, as a course of nbgrader.

Its docs: "nbgrader command line", "The nbgrader directory structure". Solutions were never in the notebooks: they
are among the tests, which run them.
"""

from collections.abc import Sequence
from pathlib import Path

from ..course import atomic_write
from ..course.pristine import GLOSSARY, glossary, pristine, text
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import _, ngettext
from ..records import Json
from .student_edition import checked

CONFIG_NAME = "nbgrader_config.py"
FIRST_LINE = "# Written by: swarmlab release"  # of the config
METADATA_SCHEMA = 3  # of nbgrader's metadata (nbgrader/nbgraderformat/v3.json)
_CONFIG = f"""{FIRST_LINE}
import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "swarm"
# A cell waits for the swarm: the longest of the lessons takes 25 s on a real one.
c.ExecutePreprocessor.timeout = 300
# The answers are empty already, and the text in their place says how to begin.
c.GenerateAssignment.preprocessors = [
    f"nbgrader.preprocessors.{{name}}"
    for name in ("LockCells", "ComputeChecksums", "CheckCellMetadata", "ClearOutput", "SaveCells", "CheckCellMetadata")
]
# A check's result is shown as its points, which nbgrader counts.
os.environ["SWARMLAB_RESULT"] = "points"
"""


def release(out: Path, languages: Sequence[str] = ()) -> None:
    """Write the students' notebooks of those languages, or of all, into out/source/swarm-LANGUAGE.

    Raises `BadInput` for an unknown language, and for a folder that holds anything but an earlier release.
    """
    languages = checked(languages)
    config = out / CONFIG_NAME
    if out.exists() and any(out.iterdir()) and not (config.exists() and config.read_text().startswith(FIRST_LINE)):
        raise BadInput(
            _("{out} holds something other than a release"), _("name a folder that is new or empty"), out=out
        )
    for language in languages:
        folder = out / "source" / f"swarm-{language}"
        folder.mkdir(parents=True, exist_ok=True)
        for section in SECTIONS:
            atomic_write.write(folder / f"{section}.ipynb", text(edition(section, language)))
        atomic_write.write(folder / GLOSSARY, glossary())
        print(
            ngettext("{n} notebook in {folder}", "{n} notebooks in {folder}", len(SECTIONS)).format(
                n=len(SECTIONS), folder=folder
            )
        )
    atomic_write.write(config, _CONFIG)
    print(_("{file} has the settings for nbgrader; docs/ways/nbgrader.md says how to use it").format(file=config))


def edition(section: str, language: str) -> Json:
    """The section's notebook for students, with nbgrader's metadata."""
    notebook = pristine(section, language)
    points = {each.id: each.points for each in SECTIONS[section].EXERCISES}
    for cell in notebook["cells"]:
        tags = cell["metadata"].get("tags", ())
        metadata = {
            "schema_version": METADATA_SCHEMA,
            "grade_id": f"{section}_{cell['id']}",
            "grade": False,
            "solution": False,
            "locked": True,
            "task": False,
        }
        if "answer" in tags:  # nbgrader takes text as a solution only if it is marked by hand
            metadata |= {"solution": cell["cell_type"] == "code", "locked": False}
        elif "check" in tags:
            metadata |= {"grade": True, "points": points[cell["id"].removeprefix("check-")]}
        cell["metadata"]["nbgrader"] = metadata
        if metadata["locked"] and "parameters" not in tags:  # a student may change these, to have five nodes
            cell["metadata"] |= {"editable": False, "deletable": False}
    return notebook
