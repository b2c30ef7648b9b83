"""Each section as a teacher runs it: papermill, other parameters, and the answer cells filled in."""

from pathlib import Path

import nbformat
import papermill
import pytest
from support.solutions import SOLUTIONS

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "en"
RESULT = "application/vnd.swarmlab.result+json"
POINTS = {"00-start": 0, "01-orchestration": 10, "02-configure-swarm": 15, "03-deploy": 20, "04-scale": 25,
          "05-drain": 20, "06-clean-up": 10}  # fmt: skip
OTHERS = {"nodes": 5, "replicas": 12, "replicas_down": 6, "node_to_drain": "node3"}


def is_code_answer(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "code" and "answer" in cell.metadata.get("tags", ())


def parameters_of(notebook: nbformat.NotebookNode) -> set[str]:
    return {line.partition(" = ")[0] for line in notebook.cells[first_code(notebook)].source.splitlines()}


def first_code(notebook: nbformat.NotebookNode) -> int:
    return next(number for number, cell in enumerate(notebook.cells) if cell.cell_type == "code")


@pytest.mark.parametrize("name", POINTS)
def test_solved_with_other_parameters_it_gives_full_points(name: str, tmp_path: Path):
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    answers = {cell.id: cell for cell in notebook.cells if is_code_answer(cell)}
    assert set(answers) == set(SOLUTIONS[name])
    for cell_id, source in SOLUTIONS[name].items():
        answers[cell_id].source = source
    nbformat.write(notebook, tmp_path / "solved.ipynb")
    parameters = {key: value for key, value in OTHERS.items() if key in parameters_of(notebook)}

    ran = papermill.execute_notebook(
        tmp_path / "solved.ipynb", tmp_path / "ran.ipynb", parameters, cwd=NOTEBOOKS, progress_bar=False
    )

    outputs = [output for cell in ran.cells if cell.cell_type == "code" for output in cell.outputs]
    results = {
        output.data[RESULT]["exercise"]: output.data[RESULT] for output in outputs if RESULT in output.get("data", {})
    }
    assert [result["message"] for result in results.values() if result["outcome"] != "passed"] == []
    assert sum(result["points"] for result in results.values()) == POINTS[name]
