"""What becomes of a student's cells, ids, parameters and numbers: as much is graded as makes sense, and it is said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.class_of_thirty import solved

from swarmkit_helpers.course.pristine import is_answer, is_in_words, pristine
from swarmkit_helpers.grading import run, submissions
from swarmkit_helpers.grading.graft import graft
from swarmkit_helpers.grading.parameters import own_parameters
from swarmkit_helpers.grading.release import edition

SCALE = "04-scale"
ORIGINAL = pristine(SCALE, "en")
Cells = list[dict[str, Any]]


def own(source: str) -> dict[str, Any]:
    return {"cell_type": "code", "id": "0a1b2c3d", "metadata": {}, "source": source, "outputs": []}


def cells_with(change: Callable[[Cells], None]) -> Cells:
    """The cells of a solved notebook, changed."""
    cells: Cells = solved(SCALE)["cells"]
    change(cells)
    return cells


def at(cells: Cells, id: str) -> int:
    return next(number for number, cell in enumerate(cells) if cell["id"] == id)


def read(tmp_path: Path, cells: Cells, **more: Any) -> submissions.Submission:
    """The notebook with these cells as it is read when student s01 hands it in."""
    (tmp_path / "class" / "s01").mkdir(parents=True, exist_ok=True)
    notebook = ORIGINAL | {"cells": cells} | more
    (tmp_path / "class" / "s01" / "a.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    [found] = submissions.find([tmp_path / "class"])
    return found


def grafted(tmp_path: Path, cells: Cells, **more: Any) -> tuple[dict[str, str], list[str]]:
    """The sources of the cells that are run, in their order by id, and the remarks."""
    notebook, remarks = graft(ORIGINAL, read(tmp_path, cells, **more).notebook)
    return {cell["id"]: cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"}, remarks


ANSWERS = {cell["id"]: cell["source"] for cell in solved(SCALE)["cells"] if is_answer(cell) and not is_in_words(cell)}
EVEN = ANSWERS["answer-even"]


def test_a_helper_beside_an_answer_is_run_before_it(tmp_path: Path):
    sources, remarks = grafted(tmp_path, cells_with(lambda cells: cells.insert(at(cells, "answer-even"), own("n = 3"))))
    ids = list(sources)
    assert ids[ids.index("answer-even") - 1] == "own-1"
    assert (sources["own-1"], sources["answer-even"]) == ("n = 3", EVEN)
    assert remarks == ["1 own cell beside an answer was run with it."]


@pytest.mark.parametrize("kept", ["ids", "Colab"])
def test_answers_in_words_are_taken_and_run_nothing(tmp_path: Path, kept: str):
    def write(cells: Cells) -> None:
        cell = cells[at(cells, "words-1")]
        cell["source"] = "The emptiest node."
        for number, each in enumerate(cells if kept == "Colab" else ()):
            each |= {"id": f"{number:08x}", "metadata": {"id": each["id"]}}

    notebook, _remarks = graft(ORIGINAL, read(tmp_path, cells_with(write)).notebook)
    cell = notebook["cells"][at(notebook["cells"], "words-1")]
    assert (cell["cell_type"], cell["source"]) == ("markdown", "The emptiest node.")


def test_nbgrader_takes_answers_in_words_as_plain_text():
    cells = edition(SCALE, "en")["cells"]
    kinds = {name: cells[at(cells, name)]["metadata"]["nbgrader"] for name in ("words-1", "answer-even")}
    assert [kind["solution"] for kind in kinds.values()] == [False, True]
    assert not any(kind["locked"] for kind in kinds.values())


def test_an_own_cell_elsewhere_is_not_run_and_that_is_said(tmp_path: Path):
    sources, remarks = grafted(tmp_path, cells_with(lambda cells: cells.insert(at(cells, "up-ps"), own("1 / 0"))))
    assert "1 / 0" not in sources.values()
    assert "1 own cell elsewhere was not run" in remarks[0]


@pytest.mark.parametrize("place", ["answer-even", "check-even"])
def test_an_answer_in_a_new_cell_below_counts(tmp_path: Path, place: str):
    def move(cells: Cells) -> None:
        cells[at(cells, "answer-even")]["source"] = "..."
        cells.insert(at(cells, place) + 1, own(EVEN))

    sources, _remarks = grafted(tmp_path, cells_with(move))
    assert sources["answer-even"] == EVEN


def test_an_answer_whose_cell_was_deleted_and_made_again_counts(tmp_path: Path):
    def make_again(cells: Cells) -> None:
        for id in ("answer-even", "predict-newcomer"):
            number = at(cells, id)
            cells[number] = own(cells[number]["source"])

    sources, remarks = grafted(tmp_path, cells_with(make_again))
    assert {id: sources[id] for id in ANSWERS} == ANSWERS
    assert remarks == []


@pytest.mark.parametrize("kept", ["nbgrader", "Colab", "nothing", "nothing, of an old format"])
def test_answers_are_found_though_ids_are_lost(tmp_path: Path, kept: str):
    def lose(cells: Cells) -> None:
        released = {cell["id"]: cell["metadata"] for cell in edition(SCALE, "en")["cells"]}
        for number, cell in enumerate(cells):
            metadata = {"nbgrader": released[cell["id"]], "Colab": {"id": cell["id"]}}.get(kept, {})
            metadata = {"nbgrader": metadata["nbgrader"]} if "nbgrader" in metadata else metadata
            cell |= {"id": f"{number:08x}", "metadata": metadata}
        cells.insert(next(n for n, cell in enumerate(cells) if cell["source"] == EVEN), own("print('trying')"))

    minor = 4 if "old" in kept else 5
    sources, remarks = grafted(tmp_path, cells_with(lose), nbformat_minor=minor)
    answers = {**ANSWERS}
    if "nothing" in kept:  # which of two cells is the answer makes no difference to what runs
        assert [sources.pop("answer-even"), sources.pop("own-1")] == ["print('trying')", answers.pop("answer-even")]
    assert {id: sources[id] for id in answers} == answers
    assert ("order" if "nothing" in kept else "nbgrader or Colab") in remarks[0]


@pytest.mark.parametrize(
    ("written", "used", "said"),
    [
        ("nodes = 5\nreplicas = 9", {"nodes": 5, "replicas": 9}, "its own parameters: nodes = 5, replicas = 9"),
        ("replicas_down = 9", {}, "were not used, but those of the course: replicas_down"),
        ("nodes = 1\nimage = 'nginx'", {}, "were not used, but those of the course: nodes, image"),
        ("nodes = True\nreplicas = 10 ** 9", {}, "nodes"),
        ("nodes = 3; language = 'id'; student = 's05'", {}, ""),
        ("nodes = (", {}, ""),
    ],
)
def test_parameters_of_one_s_own_count_where_they_are_safe(tmp_path: Path, written: str, used: Any, said: str):
    def write(cells: Cells) -> None:
        cells[at(cells, "parameters")]["source"] += f"\n{written}"

    found, remarks = own_parameters(ORIGINAL, read(tmp_path, cells_with(write)).notebook)
    assert found == used
    assert said in " ".join(remarks)
    assert bool(said) == bool(remarks)


@pytest.mark.parametrize(
    ("entry", "written", "numbers", "told"),
    [
        ("s01", "s01", "s01", ""),
        ("s01", "", "", ""),
        ("s01", "s05", "s05", "The numbers of its exercises were those of the student id in the notebook: s05."),
        ("s01", "s02", "s02", "which is also in or of the hand-in of s02"),
        ("Ani_1001_assignsubmission_file_", "s05", "s05", ""),
    ],
)
def test_numbers_are_those_of_the_notebook_and_identity_is_not(
    tmp_path: Path, entry: str, written: str, numbers: str, told: str
):
    for name, student in ((entry, written), ("s02" if "_" not in entry else "Budi_2_assignsubmission_file_", "")):
        (tmp_path / "class" / name).mkdir(parents=True)
        notebook = json.dumps(solved(SCALE)).replace('student = \\"\\"', f'student = \\"{student}\\"')
        (tmp_path / "class" / name / "a.ipynb").write_text(notebook, encoding="utf-8")
    found = submissions.find([tmp_path / "class"])
    said = run.numbers.remarks_for_teacher(found)
    work = run._work(found[0], said[0], "simulated", 300)
    assert work.submission.student == entry.partition("_")[0]
    assert work.request.student == numbers
    remarks = [*work.for_teacher, *(each for each in work.remarks if "numbers" in each)]
    assert told in " ".join(remarks)
    assert bool(told) == bool(remarks)
