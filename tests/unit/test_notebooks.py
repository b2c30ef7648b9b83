"""The shape of a section, as DESIGN has it; and a guard, as strict nbval passes what was never executed."""

import re
from pathlib import Path

import nbformat
import pytest

from swarmkit_helpers import language
from swarmkit_helpers.course.checks import Prediction
from swarmkit_helpers.course.sections import SECTIONS

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*/*.ipynb"))
MOST_LINES = 8  # of code in a cell


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def notebook(request) -> nbformat.NotebookNode:
    """Read once for all tests; none of them changes it."""
    return nbformat.read(request.param, as_version=4)


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parts(notebook: nbformat.NotebookNode) -> list[list[nbformat.NotebookNode]]:
    """The cells below each heading of the second level, with that heading."""
    found: list[list[nbformat.NotebookNode]] = []
    for cell in notebook.cells:
        if cell.source.startswith("## ") or not found:
            found.append([])
        found[-1].append(cell)
    return found


def prose(cells: list[nbformat.NotebookNode]) -> str:
    """The text of the cells; a cell of code ends what stands below a heading, as another heading does."""
    return "\n\n".join(cell.source if cell.cell_type == "markdown" else "## (code)" for cell in cells)


def headings(notebook: nbformat.NotebookNode) -> list[str]:
    return [
        line
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if line.startswith("#")
    ]


def section_id(notebook: nbformat.NotebookNode) -> str:
    return re.search(r'Section\("([0-9a-z-]+)"', code(notebook)[1].source)[1]


def language_of(notebook: nbformat.NotebookNode) -> str:
    return notebook.metadata.get("swarmlab", {}).get("language", "en")


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


def test_a_control_is_stored_as_text_and_picture_and_not_as_a_widget(notebook):
    """A widget of a kernel that is gone says only that its model was not found."""
    assert "widgets" not in notebook.metadata
    outputs = [output for cell in code(notebook) for output in cell.outputs]
    assert not [output for output in outputs if "application/vnd.jupyter.widget-view+json" in output.get("data", {})]


def test_no_student_has_left_traces(notebook):
    """The outputs are those of somebody who has not begun: what was noted on the author's machine is not in them."""
    for cell in code(notebook):
        for output in cell.outputs:
            result = output.get("data", {}).get("application/vnd.swarmlab.result+json")
            assert result is None or result["outcome"] == "not attempted", cell.id


def test_what_asks_for_a_prediction_is_stored_as_the_code_says_it(notebook):
    """Strict nbval compares it, also where a translation was changed and no notebook was executed."""
    section = SECTIONS[section_id(notebook)]
    asked = {each.id: each for each in section.EXERCISES if isinstance(each, Prediction)}
    with language.temporarily(language_of(notebook)):
        for cell in code(notebook):
            if cell.id.startswith("predict-") and cell.id.removeprefix("predict-") in asked:
                [output] = cell.outputs
                assert output.data["text/plain"] == asked[cell.id.removeprefix("predict-")].ask()


def test_cells_are_short(notebook):
    lines = {cell.id: len([line for line in cell.source.splitlines() if line.strip()]) for cell in code(notebook)}
    assert not {name: count for name, count in lines.items() if count > MOST_LINES}


def test_it_begins_with_one_title_parameters_and_setup(notebook):
    assert [line for line in headings(notebook) if line.startswith("# ")] == headings(notebook)[:1]
    tags = [cell.metadata.get("tags", []) for cell in code(notebook)]
    assert tags[:2] == [["parameters"], ["setup"]]
    assert not [cell_tags for cell_tags in tags[2:] if {"parameters", "setup"} & {*cell_tags}]


def test_its_title_is_that_of_the_section_in_tables_and_reports(notebook):
    section = section_id(notebook)
    with language.temporarily(language_of(notebook)):
        assert headings(notebook)[0] == f"# {section.partition('-')[0]} · {SECTIONS[section].title()}"


def test_every_parameter_is_explained_as_papermill_reads_it(notebook):
    for line in code(notebook)[0].source.splitlines():
        assert re.fullmatch(r"\w+ = \S.*  # type: \w+ \w.*", line)


def test_set_up_gives_the_section_every_parameter_before_a_machine_starts(notebook):
    parameters, setup = code(notebook)[:2]
    names = re.findall(r"^(\w+) = ", parameters.source, re.MULTILINE)
    before = setup.source.partition("Cluster.up(")[0]
    assert [name for name in names if f"{name}={name}" not in before] == ["cluster_name"]


def test_a_check_is_one_line_and_what_it_checks_was_asked_for_above(notebook):
    asked: set[str] = set()
    for cell in code(notebook):
        if found := re.fullmatch(r'section\.(predict|task|check)\("([a-z-]+)"(, \.\.\.)?\)', cell.source):
            verb, exercise, _ = found.groups()
            assert cell.id == f"{verb}-{exercise}"
            assert verb != "check" or (exercise in asked and cell.metadata.tags == ["check"])
            asked.add(exercise)
        assert ("section.check" in cell.source) == (cell.metadata.get("tags") == ["check"])


def test_an_answer_is_three_dots_and_nothing_else_waits_for_the_student(notebook):
    for cell in code(notebook):
        answer = "answer" in cell.metadata.get("tags", [])
        assert answer == ("..." in cell.source)
        assert not answer or cell.source == "..." or re.fullmatch(r'section\.predict\("[a-z-]+", \.\.\.\)', cell.source)


def test_outputs_are_compared_unless_a_command_line_shows_chance(notebook):
    """Placements and what is particular to a machine may be left out; helpers never, but for the doctor."""
    left_out = [cell for cell in code(notebook) if "nbval-ignore-output" in cell.metadata.get("tags", [])]
    assert not [cell.id for cell in left_out if "docker " not in cell.source and cell.id != "doctor"]
    assert all(cell.outputs for cell in left_out)
    assert len(left_out) <= len(code(notebook)) / 4


def test_episodes_are_questions_and_go_in_order(notebook):
    """Predict, Do, Observe, Explain, Check: some may lack, none comes before one that stands before it."""
    order = ["Predict", "Do", "Observe", "Explain", "Check"]
    place = -1
    for heading in headings(notebook):
        if heading.startswith("## "):
            place = -1
        elif heading.startswith("### ") and notebook.metadata.get("swarmlab", {}).get("language", "en") == "en":
            assert order.index(heading.removeprefix("### ")) > place
            place = order.index(heading.removeprefix("### "))


def test_every_question_to_predict_has_its_cell_and_its_check(notebook):
    """A heading Predict has a prediction below it, and its check stands in the same part of the notebook."""
    for part in parts(notebook):
        asked = [found[1] for cell in part if (found := re.match(r'section\.predict\("([a-z-]+)"', cell.source))]
        assert bool(asked) == bool(re.search(r"^### (Predict|Prediksi)$", prose(part), re.MULTILINE))
        checked = [cell.id.removeprefix("check-") for cell in part if cell.metadata.get("tags") == ["check"]]
        assert not asked or checked == asked


def test_what_explains_is_folded(notebook):
    """Only a paragraph that leads to the next cell stands outside of the fold."""
    for part in parts(notebook):
        for text in re.split(r"^### (?:Explain|Jelaskan)$", prose(part), flags=re.MULTILINE)[1:]:
            explained = re.split(r"^###? ", text, flags=re.MULTILINE)[0].strip()
            folded = re.fullmatch(r"<details><summary>[^<]+</summary>\n\n(?s:.+)\n\n</details>(?:\n\n(.*))?", explained)
            assert folded, explained
            assert len((folded[1] or "").split()) <= 30


def test_every_link_to_a_file_leads_somewhere(request, notebook):
    path = request.node.callspec.params["notebook"]
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", prose)
    assert not [target for target in targets if not (path.parent / target).exists()]
