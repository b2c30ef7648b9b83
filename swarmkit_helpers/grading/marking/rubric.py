"""The rubric of each question: what a full answer has, and what half of one. It is for teachers only.

It is kept in a file for each language, and not in the catalogues: students get those.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ...errors import NotFound
from ...language import SOURCE, _

FOLDER = Path(__file__).parent / "rubrics"


@dataclass(frozen=True)
class Rubric:
    """What an answer has that gets all points, and what one that gets half of them."""

    full: str
    half: str


@cache
def rubrics(language: str) -> dict[tuple[str, str], Rubric]:
    """The rubrics in that language, else in English, by section and question. Raises `NotFound` if left out."""
    path = FOLDER / f"{language}.toml"
    path = path if path.exists() else FOLDER / f"{SOURCE}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(
            _("there is no {path}"),
            _("mark with your clone of the course: students' editions have no rubrics"),
            path=path,
        ) from error
    return {
        (section, question): Rubric(**texts)
        for section, questions in table.items()
        for question, texts in questions.items()
    }
