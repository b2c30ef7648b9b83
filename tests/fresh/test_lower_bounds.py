"""The lowest versions that pyproject.toml allows are enough: section 04 runs with them on the simulated engine."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers import installation
from swarmkit_helpers.bootstrap import uv

ROOT = Path(__file__).parents[2]
SECTION = ROOT / "notebooks" / "en" / "04-scale.ipynb"
RUN = """
import subprocess, sys
from swarmkit_helpers.engine.simulator import temporary_docker_host
with temporary_docker_host(speed=20):
    subprocess.run([sys.executable, "-m", "papermill", "--no-progress-bar", *sys.argv[1:]], check=True)
"""
pytestmark = [
    pytest.mark.exhaustive("it makes an environment of a gigabyte"),
    pytest.mark.skipif(sys.version_info >= (3, 13), reason="the lowest matplotlib has no wheel for this Python"),
]


def test_section_04_runs_with_the_lowest_versions(tmp_path: Path):
    pip = [sys.executable, "-m", "pip"]
    options, variables = uv.settings(pip) or ([], {})
    if not (program := uv.find(pip, tmp_path)):
        pytest.skip("uv, which knows how to choose the lowest versions, cannot be had here")
    if not shutil.which("docker"):
        pytest.skip("a simulated node has no docker command of its own")
    python = tmp_path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = installation.requirements("lab")
    environment = os.environ | variables | {"PYTHONPATH": str(ROOT), "SWARMLAB_CLUSTER": "pytest-lowest"}
    lowest = ["--resolution=lowest-direct", "--index-strategy=unsafe-best-match", *options, *requirements]

    def run(*command: str | Path) -> str:
        done = subprocess.run(command, cwd=tmp_path, env=environment, text=True, capture_output=True, timeout=600)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout

    run(sys.executable, "-m", "venv", "--without-pip", tmp_path)
    run(program, "pip", "install", "--quiet", "--python", python, *lowest)
    # The resolver kept to it: `requests` is of the lowest version, and not just any.
    assert run(python, "-c", "import requests; print(requests.__version__)") == "2.32.2\n"
    run(python, "-c", RUN, SECTION, tmp_path / "section.ipynb")
