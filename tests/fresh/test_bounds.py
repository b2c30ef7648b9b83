"""The lowest versions that pyproject.toml allows are enough, and the newest of all do no harm."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from swarmkit_helpers import installation
from swarmkit_helpers.bootstrap import uv
from swarmkit_helpers.engine.discover import Engine

ROOT = Path(__file__).parents[2]
SECTION = ROOT / "notebooks" / "en" / "04-scale.ipynb"
SIMULATED = """
import subprocess, sys
from swarmkit_helpers.engine.simulator import temporary_docker_host
with temporary_docker_host(speed=20):
    subprocess.run([sys.executable, "-m", "papermill", "--no-progress-bar", *sys.argv[1:]], check=True)
"""
REAL = """
import sys
from swarmkit_helpers import Cluster
print([node.name for node in Cluster.up(sys.argv[1], nodes=1).ensure_swarm().nodes()])
"""
# Tests of what our code asks of the SDK and requests, matplotlib, ipywidgets, IPython, nbformat, babel, cryptography.
QUICK = ("charts*", "control*", "discover", "engine_versions", "evidence", "handout", "language", "magics", "watch")
LOWEST = pytest.mark.skipif(sys.version_info >= (3, 13), reason="the lowest matplotlib has no wheel for this Python")
pytestmark = pytest.mark.exhaustive("it makes two environments of half a gigabyte")

Run = Callable[..., str]  # runs Python with these arguments in the environment, and returns its output


@pytest.fixture(scope="module", params=[pytest.param("lowest-direct", marks=LOWEST), "highest"])
def resolution(request: pytest.FixtureRequest) -> str:
    """Which versions the resolver chooses."""
    return str(request.param)


@pytest.fixture(scope="module")
def run(resolution: str, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """An environment with these versions, made from the index or the caches."""
    folder = tmp_path_factory.mktemp(resolution)
    pip = [sys.executable, "-m", "pip"]
    options, variables = uv.settings(pip) or ([], {})
    if not (program := uv.find(pip, folder)):
        pytest.skip("uv, which knows how to choose versions, cannot be had here")
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    environment = os.environ | variables | {"PYTHONPATH": str(ROOT), "SWARMLAB_CLUSTER": "pytest-bounds"}

    def command(*arguments: str | Path, cwd: Path = folder) -> str:
        done = subprocess.run(arguments, cwd=cwd, env=environment, text=True, capture_output=True, timeout=600)
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout

    command(sys.executable, "-m", "venv", "--without-pip", folder)
    pytest_too = [each for each in installation.requirements("test") if each.startswith("pytest>")]
    wanted = [*installation.requirements("lab"), *pytest_too]
    choice = [f"--resolution={resolution}", "--index-strategy=unsafe-best-match", *options]
    command(program, "pip", "install", "--quiet", "--python", python, *choice, *wanted)
    return lambda *arguments, **others: command(python, *arguments, **others)


def test_the_versions_are_those_asked_for(run: Run, resolution: str):
    found = run("-c", "import requests; print(requests.__version__)")
    assert (found == "2.32.2\n") == (resolution == "lowest-direct")


def test_section_04_runs_on_a_simulated_swarm(run: Run, tmp_path: Path):
    if not shutil.which("docker"):
        pytest.skip("a simulated node has no docker command of its own")
    run("-c", SIMULATED, SECTION, tmp_path / "section.ipynb")


def test_quick_tests_pass(run: Run):
    files = [file for name in QUICK for file in (ROOT / "tests" / "unit").glob(f"test_{name}.py")]
    run("-X", "dev", "-m", "pytest", "-q", "-p", "no:cacheprovider", *files, cwd=ROOT)


def test_a_real_swarm_answers(run: Run, engine: Engine, cluster_name: str):
    assert run("-c", REAL, cluster_name).splitlines()[-1] == "['node1']"
