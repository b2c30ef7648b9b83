"""Every picture of the course shows what its text says: the cells run, and the pictures that stay are read."""

import os
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from swarmkit_helpers.engine.simulator import temporary_simulator

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "en"
SPEED = 20  # simulated seconds in one of ours
SEVEN = r"sleep-app: 7 of 7 replicas run, (?=.*3 on node)(?=.*2 on node).*after docker service scale sleep-app=7\b"
# By section, then by the id of a cell: its pictures, with their words and the note below.
PICTURES = {
    "01-orchestration": {
        "orchestrator-service": r"3 of 3 replicas run, 1 on node1, 1 on node2, 1 on node3.*after docker service create",
        "orchestrator-slots": r"3 of 3 replicas run.*failed.*after docker kill",
        "talk-picture": r"visitor: 1 of 1 replica runs, 1 on node1\. web: 2 of 2 replicas run, 1 on node2, 1 on node3",
    },
    "02-configure-swarm": {"join-node2": r"Tasks by node: 3 nodes and no service\..*after docker swarm join"},
    "03-deploy": {
        "where-chart": r"Tasks by node: sleep-app: 1 of 1 replica runs, 1 on node\d\. .*after docker service create",
        "task-where": r"sleep-app: 1 of 1 replica runs.*running.*failed.*running.*after docker kill",
    },
    "04-scale": {
        "up": f"Tasks by node: {SEVEN}",
        "up-replicas": rf"Replicas.*{SEVEN}",
        "down-slots": r"sleep-app: 4 of 4 replicas run, [^;]*2 on [^;]*\. .*stopping.*after .*scale.*=4\b",
        "slider": r"sleep-app: 4 of 4 replicas run, [^;]*2 on [^;]*\. .*after docker service scale.*=4\b",
        "newcomer-chart": r"sleep-app: 4 of 4 replicas run, (?!.*\d on node4).*after docker swarm join",
    },
    "05-drain": {
        "drain": r"sleep-app: 4 of 4 replicas run, (?!.*\d on node2).*node2 is drained\. .*after docker node update",
        "drain-slots": r"sleep-app: 4 of 4 replicas run.*stopping.*ended.*after docker node update.*drain node2",
        "back-chart": r"4 of 4 replicas run, (?!.*\d on node2)(?!.*drained).*after docker node update.*active node2",
        "control-chart": r"5 of 5 replicas run.*node3 is paused",
        "kill": r"4 of 4 replicas run, (?!.*\d on node3\b).*node3 is down\. .*after docker kill",
        "kill-chart": r"4 of 4 replicas run.*node3 is down\. .*unknown.*after docker kill",
    },
    "06-clean-up": {"service-rm": r"Tasks by node: 3 nodes and no service\..*after docker service rm sleep-app"},
}
again = pytest.mark.exhaustive("it runs a whole section, as the tests of the course do")
SECTIONS = [section if section == "04-scale" else pytest.param(section, marks=again) for section in PICTURES]


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with temporary_simulator(speed=SPEED) as url:
        yield url


def pictures(cell: nbformat.NotebookNode) -> Iterator[str]:
    """The alternative text, table and note of each still in the outputs of the cell."""
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            html = data["text/html"]
            yield " ".join([unescape(re.search(r'alt="([^"]*)"', html)[1]), said(html, "table"), said(html, "small")])


def said(html: str, tag: str) -> str:
    """The words inside the first element of that tag."""
    found = re.search(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
    return unescape(re.sub(r"<[^>]*>", " ", found[1]).replace("  ", " ")) if found else ""


@pytest.mark.parametrize("section", SECTIONS)
def test_a_picture_shows_its_step(section: str, simulator: str, tmp_path: Path):
    notebook = nbformat.read(NOTEBOOKS / f"{section}.ipynb", as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | {"DOCKER_HOST": simulator, "JUPYTER_DATA_DIR": str(tmp_path)})
    cells = {cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
    for id, expected in PICTURES[section].items():
        [picture] = pictures(cells[id])
        assert re.search(expected, re.sub(r"\s+", " ", picture)), f"{id}: {picture}"
    notebook.metadata.pop("widgets", None)  # JupyterLab writes only what is not the default, this client all
    assert len(nbformat.writes(notebook)) < 500_000
