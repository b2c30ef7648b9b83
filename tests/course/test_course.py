"""The course on a real engine and on simulated ones: the same notebooks with the same stored outputs, and solved."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.engine.simulator import temporary_simulator

ROOT = Path(__file__).parents[2]
SPEED = 20
PARTS = ("notebooks/en", "notebooks/id", "tests/notebooks")  # strictly compared in both languages; and solved
Parts = Mapping[str, tuple["subprocess.Popen[str]", Path]]


@contextmanager
def at_once(folder: Path, engines: Mapping[str, Mapping[str, str]]) -> Iterator[Parts]:
    """Each part, running with that environment, and the file that it writes to: most of the time is waiting."""
    with ExitStack() as leaving:
        started = {}
        for number, (part, environment) in enumerate(engines.items()):
            said = folder / f"{number}.txt"
            command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", part]
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | environment,
                text=True,
                stdout=leaving.enter_context(said.open("w")),
                stderr=subprocess.STDOUT,
            )
            leaving.callback(process.wait)
            leaving.callback(process.terminate)
            started[part] = process, said
        yield started


def check(parts: Parts, part: str) -> None:
    """The part has run, all of it, and passed."""
    process, said = parts[part]
    status = process.wait()
    assert status == 0, said.read_text()[-3000:]
    assert "skipped" not in said.read_text().splitlines()[-1]


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with ExitStack() as leaving:
        engines = {part: {"DOCKER_HOST": leaving.enter_context(temporary_simulator(speed=SPEED))} for part in PARTS}
        yield leaving.enter_context(at_once(tmp_path_factory.mktemp("simulated"), engines))


@pytest.fixture(scope="module")
def real(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    with at_once(tmp_path_factory.mktemp("real"), {part: {} for part in PARTS}) as parts:
        yield parts


@pytest.mark.parametrize("part", PARTS)
def test_the_course_runs_on_a_simulation_as_on_a_real_swarm(simulated: Parts, part: str) -> None:
    check(simulated, part)


@pytest.mark.parametrize("part", PARTS)
def test_the_course_runs_on_a_real_swarm(real: Parts, part: str) -> None:
    check(real, part)
