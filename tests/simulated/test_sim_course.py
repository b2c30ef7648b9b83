"""The whole course on a simulated engine: the same notebooks, whose stored outputs a real swarm has made."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers.simulation.start import running

ROOT = Path(__file__).parents[2]
SPEED = 10


@pytest.mark.slow
@pytest.mark.parametrize("what", ["notebooks/en", "notebooks/id", "tests/notebooks"])
def test_the_course_runs_on_a_simulation_as_on_a_real_swarm(what: str) -> None:
    with running(speed=SPEED) as url:
        ran = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", what],
                             cwd=ROOT, env=os.environ | {"DOCKER_HOST": url}, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-3000:]
    assert "skipped" not in ran.stdout.splitlines()[-1]
