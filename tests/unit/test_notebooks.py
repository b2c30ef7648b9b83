"""The shape of a section, as DESIGN has it; and a guard, as strict nbval passes what was never executed."""

import re
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
MOST_LINES = 8  # of code in a cell


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def notebook(request) -> nbformat.NotebookNode:
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert NOTEBOOKS


def test_it_is_valid_and_its_cells_have_names(notebook):
    nbformat.validate(notebook)
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)
    assert not [name for name in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]


def test_every_code_cell_was_executed_from_start_to_end(notebook):
    assert [cell.execution_count for cell in code(notebook)] == list(range(1, len(code(notebook)) + 1))


def test_no_output_is_an_error_and_none_holds_a_join_token(notebook):
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not re.search(r"SWMTKN-1-[0-9a-z]+-", nbformat.writes(notebook))


def test_cells_are_short(notebook):
    lines = {cell.id: len([line for line in cell.source.splitlines() if line.strip()]) for cell in code(notebook)}
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}


def test_it_begins_with_one_title_parameters_and_setup(notebook):
    headings = [line for cell in notebook.cells if cell.cell_type == "markdown"
                for line in cell.source.splitlines() if line.startswith("#")]
    assert [line for line in headings if line.startswith("# ")] == headings[:1]
    tags = [cell.metadata.get("tags", []) for cell in code(notebook)]
    assert tags[:2] == [["parameters"], ["setup"]]
    assert not [cell_tags for cell_tags in tags[2:] if {"parameters", "setup"} & {*cell_tags}]


def test_every_parameter_is_explained_as_papermill_reads_it(notebook):
    for line in code(notebook)[0].source.splitlines():
        assert re.fullmatch(r"\w+ = \S.*  # type: \w+ \w.*", line)


def test_every_link_to_a_file_leads_somewhere(request, notebook):
    path = request.node.callspec.params["notebook"]
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose)
    assert not [target for target in targets if not (path.parent / target).exists()]
