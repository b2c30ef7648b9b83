"""The course as it is and solved, on a real engine and on simulated ones: all cells run, and the outputs are the same.

Both languages have the same code, by a test; what only the texts differ in, a simulated swarm shows as well.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.engine.simulator import temporary_simulator

ROOT = Path(__file__).parents[2]
SPEED = 20  # simulated seconds in one of ours
ENGLISH, INDONESIAN, SOLVED = "notebooks/en", "notebooks/id", "tests/notebooks"
Runs = Mapping[tuple[str, str], Future["subprocess.CompletedProcess[str]"]]  # by test and part

again = pytest.mark.exhaustive("always, solved notebooks run on a simulated swarm, and unsolved ones on a real one")


@contextmanager
def one_by_one(parts: Sequence[str], **environment: str) -> Iterator[list[Future["subprocess.CompletedProcess[str]"]]]:
    """Run the parts in the background, one after the other with that environment; what is left at the end is ended."""
    processes: list[subprocess.Popen[str]] = []

    def run(part: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=short", part]
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            processes.append(process)
            said, _nothing = process.communicate()
        return subprocess.CompletedProcess(command, process.returncode, said)

    with ThreadPoolExecutor(1) as pool:
        try:
            yield [pool.submit(run, part) for part in parts]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.terminate()


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> Iterator[Runs]:
    """All parts that this session has a test of: those on the real engine, beside those on a simulated one.

    Most of the former is waiting.
    """
    chosen = [
        (item.originalname, item.callspec.params["part"])
        for item in request.session.items
        if isinstance(item, pytest.Function) and item.path == request.path and not item.get_closest_marker("skip")
    ]
    with ExitStack() as leaving:
        url = leaving.enter_context(temporary_simulator(speed=SPEED))
        found: dict[tuple[str, str], Future[subprocess.CompletedProcess[str]]] = {}
        for test, environment in ((ON_REAL, {}), (ON_SIMULATED, {"DOCKER_HOST": url})):
            keys = [key for key in chosen if key[0] == test]
            found |= zip(
                keys, leaving.enter_context(one_by_one([part for _test, part in keys], **environment)), strict=True
            )
        yield found


def check(done: "subprocess.CompletedProcess[str]") -> None:
    """The part has run, all of it, and passed."""
    assert done.returncode == 0, done.stdout[-3000:]
    assert "skipped" not in done.stdout.splitlines()[-1]
    assert "deselected" not in done.stdout.splitlines()[-1]


@pytest.mark.parametrize("part", [SOLVED, *(pytest.param(part, marks=again) for part in (ENGLISH, INDONESIAN))])
def test_the_course_runs_on_a_simulation_as_on_a_real_swarm(runs: Runs, part: str) -> None:
    check(runs[ON_SIMULATED, part].result())


@pytest.mark.parametrize("part", [ENGLISH, pytest.param(SOLVED, marks=again)])
def test_the_course_runs_on_a_real_swarm(engine: Engine, runs: Runs, part: str) -> None:
    check(runs[ON_REAL, part].result())


ON_SIMULATED = test_the_course_runs_on_a_simulation_as_on_a_real_swarm.__name__
ON_REAL = test_the_course_runs_on_a_real_swarm.__name__
