"""Every picture of the course shows what its text says: the cells run, and the pictures that stay are read."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from support.pictures import PICTURES, wrong_pictures

from swarmkit_helpers.engine.simulator import temporary_simulator

NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "en"
SPEED = 20  # simulated seconds in one of ours
again = pytest.mark.exhaustive("it runs a whole section, as the tests of the course do")
SECTIONS = [section if section == "04-scale" else pytest.param(section, marks=again) for section in PICTURES]


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with temporary_simulator(speed=SPEED) as url:
        yield url


@pytest.mark.parametrize("section", SECTIONS)
def test_a_picture_shows_its_step(section: str, simulator: str, tmp_path: Path):
    notebook = nbformat.read(NOTEBOOKS / f"{section}.ipynb", as_version=4)
    resources = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources)
    client.execute(env=os.environ | {"DOCKER_HOST": simulator, "JUPYTER_DATA_DIR": str(tmp_path)})
    assert wrong_pictures(section, notebook) == {}
    notebook.metadata.pop("widgets", None)  # JupyterLab writes only what is not the default, this client all
    assert len(nbformat.writes(notebook)) < 500_000
