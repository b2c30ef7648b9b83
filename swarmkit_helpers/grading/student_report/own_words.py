"""The student's own words: the answers in the Markdown cells of the working copy that are tagged `answer`."""

import json
from dataclasses import dataclass
from pathlib import Path

from ...course.pristine import pristine
from ...course.sections import SECTIONS
from ...records import Json

NOTEBOOK_MAX_BYTES = 20_000_000
ANSWER_MAX_CHARS = 5000  # in a report


@dataclass(frozen=True)
class Answer:
    """A question of the course, and what the student has written below it; empty if that is nothing."""

    question: str
    text: str


def answers(folder: Path, language: str) -> dict[str, list[Answer]]:
    """The questions of each section with the answers in that folder of notebooks; a notebook may be missing there."""
    return {section: _of_section(folder / f"{section}.ipynb", section, language) for section in SECTIONS}


def _of_section(path: Path, section: str, language: str) -> list[Answer]:
    mine = _sources(path)
    return [
        _answer(cell["source"], mine.get(cell["id"], ""))
        for cell in pristine(section, language)["cells"]
        if cell["cell_type"] == "markdown" and "answer" in cell["metadata"].get("tags", ())
    ]


def _answer(course: str, mine: str) -> Answer:
    """What the student's cell has beside the question, which is the first paragraph, and beside the three dots."""
    question = course.partition("\n\n")[0]
    text = mine.replace(question, "", 1).strip()
    text = text.removeprefix("...").removesuffix("...").strip()
    return Answer(question, text[:ANSWER_MAX_CHARS])


def _sources(path: Path) -> dict[str, str]:
    """The text of each cell by its id; none if the file is no notebook."""
    try:
        if path.stat().st_size > NOTEBOOK_MAX_BYTES:
            return {}
        notebook: Json = json.loads(path.read_text(encoding="utf-8"))
        return {str(cell.get("id")): "".join(cell["source"]) for cell in notebook["cells"]}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
