"""The pictures in the stored notebooks are stills that show what their text says, and the notebooks are small."""

import re
from html import unescape
from pathlib import Path

import nbformat
import pytest
from support.pictures import PICTURES, pictures, wrong_pictures

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
MAX_BYTES = 600_000  # of a finished section


def stored(language: str, section: str) -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOKS / language / f"{section}.ipynb", as_version=4)


@pytest.mark.parametrize("section", PICTURES)
def test_a_stored_picture_shows_what_its_text_says(section: str):
    assert wrong_pictures(section, stored("en", section)) == {}


@pytest.mark.parametrize("section", PICTURES)
def test_the_pictures_of_the_translation_are_stills_too(section: str):
    notebook = stored("id", section)
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    assert [id for id in PICTURES[section] if len([*pictures(cells[id])]) != 1] == []


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("section", PICTURES)
def test_a_stored_notebook_is_small(language: str, section: str):
    stored(language, section)
    assert (NOTEBOOKS / language / f"{section}.ipynb").stat().st_size < MAX_BYTES


@pytest.mark.parametrize("language", ["en", "id"])
@pytest.mark.parametrize("section", PICTURES)
def test_no_picture_speaks_of_raw_ids(language: str, section: str):
    words = " ".join(re.findall(r' alt="([^"]*)"', nbformat.writes(stored(language, section)).replace('\\"', '"')))
    assert re.findall(r"\b[0-9a-z]{25}\b", unescape(words)) == []
