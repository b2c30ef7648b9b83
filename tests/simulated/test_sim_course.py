"""The whole course on simulated engines: the same notebooks, whose stored outputs a real swarm has made."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from swarmkit_helpers.engine.simulated import running

ROOT = Path(__file__).parents[2]
SPEED = 20
PARTS = ("notebooks/en", "notebooks/id", "tests/notebooks")  # strictly compared in both languages; and solved


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, tuple[subprocess.Popen[str], Path]]]:
    """Each part, running on an engine of its own, and the file that it writes to: most of the time is waiting."""
    with ExitStack() as leaving:
        started = {}
        for part in PARTS:
            url = leaving.enter_context(running(speed=SPEED))
            said = tmp_path_factory.mktemp("course") / "said"
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", part]
            process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"DOCKER_HOST": url}, text=True,
                                       stdout=leaving.enter_context(said.open("w")), stderr=subprocess.STDOUT)
            leaving.callback(process.wait)
            leaving.callback(process.terminate)
            started[part] = process, said
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("part", PARTS)
def test_the_course_runs_on_a_simulation_as_on_a_real_swarm(
        parts: Mapping[str, tuple[subprocess.Popen[str], Path]], part: str) -> None:
    process, said = parts[part]
    status = process.wait()
    assert status == 0, said.read_text()[-3000:]
    assert "skipped" not in said.read_text().splitlines()[-1]
