"""The student's own words: the answers in the Markdown cells of a notebook that are tagged `answer`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..language import SOURCE
from ..records import Json
from .pristine import is_in_words, pristine, sections

NOTEBOOK_MAX_BYTES = 60_000_000  # as `grade` reads them: one that ran may have many outputs
ANSWER_MAX_CHARS = 5000  # that a page shows
QUESTION_POINTS = 2  # of a full answer; half of an answer has 1


@dataclass(frozen=True)
class Answer:
    """A question of the course, and what the student has written below it; empty if that is nothing."""

    question: str
    text: str


def answers(folder: Path, language: str) -> dict[str, list[Answer]]:
    """The questions of each section with the answers in that folder of notebooks; a notebook may be missing there."""
    return {
        section: [*in_notebook(folder / f"{section}.ipynb", section, language).values()] for section in sections(SOURCE)
    }


def notebooks_in(folder: Path, language: str) -> Path:
    """Where the notebooks of that language are: in the folder's own folder for it, or else in the folder itself."""
    own = folder / language
    return own if own.is_dir() else folder


def in_notebook(path: Path, section: str, language: str) -> dict[str, Answer]:
    """The section's questions with the answers in that notebook, by the ids of their cells."""
    mine = _sources(path)
    return {id: _answer(source, mine.get(id, "")) for id, source in _cells(section, language).items()}


def questions(section: str, language: str) -> dict[str, str]:
    """The section's questions in that language, by the ids of their cells."""
    return {id: _question(source) for id, source in _cells(section, language).items()}


def maximum(section: str) -> int:
    """The points of full answers to the section's questions."""
    return QUESTION_POINTS * len(_cells(section, SOURCE))


@cache
def _cells(section: str, language: str) -> dict[str, str]:
    """The course's cells for answers in words, with their ids."""
    return {cell["id"]: cell["source"] for cell in pristine(section, language)["cells"] if is_in_words(cell)}


def _question(source: str) -> str:
    """The question is the first paragraph of its cell."""
    return source.partition("\n\n")[0]


def _answer(course: str, mine: str) -> Answer:
    """What the student's cell has beside the question and beside the three dots."""
    question = _question(course)
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
