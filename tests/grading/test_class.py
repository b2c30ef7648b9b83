"""Grade a class: the points are exact, the same the second time, and survive the end of the grader."""

import csv
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.class_of_thirty import CLASS, ONE_OF_EACH, UNREADABLE, expected, hand_in

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.grading import containers, examination
from swarmkit_helpers.polling import wait_until

FEW = tuple(ONE_OF_EACH.values())  # one has no notebook that can be read
THIRTY = pytest.mark.exhaustive("thirty students take minutes; one of each kind is graded where a grader is killed")
KILLS = pytest.mark.exhaustive("twenty kills at random moments take minutes; one is tested always")
FAULT = pytest.mark.exhaustive("a grader that is killed is the hardest of these faults, and is tested always")


def grade(handed_in: Path, out: Path, *options: str, **more: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "swarmkit_helpers", "grade", str(handed_in), "--out", str(out), *options]
    return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def graded(handed_in: Path, out: Path, *options: str) -> str:
    """Grade, and return what the grader printed."""
    process = grade(handed_in, out, *options)
    said, _nothing = process.communicate(timeout=900)
    assert process.returncode == 0, said
    return said


def points(out: Path) -> dict[tuple[str, str], float]:
    with (out / "exercises.csv").open(encoding="utf-8-sig") as file:
        return {
            (row["student"], row["exercise"]): float(row["points"]) for row in csv.DictReader(file) if row["exercise"]
        }


def examined(out: Path) -> dict[str, int]:
    """When each examination was written."""
    return {path.name: path.stat().st_mtime_ns for path in (out / ".swarmlab").glob("*.json")}


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Iterator[tuple[Path, Path]]:
    """What the class of thirty handed in, and what was graded."""
    handed_in, out = tmp_path_factory.mktemp("class"), tmp_path_factory.mktemp("graded")
    hand_in(handed_in)
    graded(handed_in, out, "--jobs", "2")
    yield handed_in, out


@THIRTY
def test_a_class_of_thirty_gets_what_it_has_earned(everybody: tuple[Path, Path]):
    _handed_in, out = everybody
    assert points(out) == expected()
    twin = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    assert {each["student"] for each in twin["notebooks"] if each["problems"]} == set(UNREADABLE)
    assert {path.name for path in (out / "students").iterdir()} == set(CLASS)
    assert 'lang="id"' in (out / "students" / "s02" / "feedback.html").read_text(encoding="utf-8")


@THIRTY
def test_what_did_not_change_is_not_graded_again(everybody: tuple[Path, Path]):
    handed_in, out = everybody
    before, table = examined(out), (out / "grades.csv").read_bytes()
    said = graded(handed_in, out)
    assert "27 notebooks are graded already" in said
    assert examined(out) == before
    assert (out / "grades.csv").read_bytes() == table


@THIRTY
def test_another_order_and_one_at_a_time_make_no_difference(everybody: tuple[Path, Path], tmp_path: Path):
    _handed_in, out = everybody
    folders = []
    for student in reversed(FEW):
        (tmp_path / student).mkdir()
        hand_in(tmp_path / student, (student,))
        folders += sorted((tmp_path / student).iterdir())
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "swarmkit_helpers",
            "grade",
            *map(str, folders),
            "--out",
            str(tmp_path / "out"),
            "--jobs",
            "1",
        ],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    assert points(tmp_path / "out") == {key: value for key, value in points(out).items() if key[0] in FEW}


def test_a_grader_that_is_killed_goes_on_where_it_was(tmp_path: Path, engine: Engine):
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    hand_in(handed_in, FEW)
    process = grade(handed_in, out, "--jobs", "2", start_new_session=True)
    wait_until(lambda: len(examined(out)) >= 2 or process.poll() is not None, 200, lambda: AssertionError("too slow"))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    before = examined(out)
    assert 0 < len(before) < len(FEW) - 1

    graded(handed_in, out, "--jobs", "2")

    assert points(out) == expected(FEW)
    twin = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    assert {each["student"] for each in twin["notebooks"] if each["problems"]} == {ONE_OF_EACH["a damaged file"]}
    assert {path.name for path in (out / "students").iterdir()} == set(FEW)
    after = examined(out)
    assert len(after) == len(FEW) - 1  # one is unreadable
    assert {name: after[name] for name in before} == before
    assert engine.api.get("containers", "json", all=True, filters={"label": [containers.LABEL]}) == []
    assert list(Path(tempfile.gettempdir()).glob(f"swarmlab-exam-{process.pid}-*")) == []


@KILLS
def test_a_grader_that_is_killed_twenty_times_loses_nothing(tmp_path: Path, engine: Engine):
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    hand_in(handed_in, FEW)
    chance, kept = random.Random(7), dict[str, int]()
    for _kill in range(20):
        process = grade(handed_in, out, "--jobs", "2", start_new_session=True)
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0.5, 20))
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        now = examined(out)
        assert {name: now[name] for name in kept} == kept
        kept = now
    graded(handed_in, out, "--jobs", "2")
    assert points(out) == expected(FEW)
    assert engine.api.get("containers", "json", all=True, filters={"label": [containers.LABEL]}) == []


@FAULT
def test_a_grader_that_is_interrupted_leaves_nothing(tmp_path: Path, engine: Engine):
    (tmp_path / "in").mkdir()
    hand_in(tmp_path / "in", FEW)
    process = grade(tmp_path / "in", tmp_path / "out", "--jobs", "2")
    mine = {"label": [f"{containers.LABEL}={process.pid}"]}
    wait_until(
        lambda: len(engine.api.get("containers", "json", filters=mine)) == 4 or process.poll() is not None,
        60,
        lambda: AssertionError("too slow"),
    )
    process.send_signal(signal.SIGTERM)
    said, _nothing = process.communicate(timeout=60)
    assert (process.returncode, "the same command goes on from here" in said) == (130, True)
    assert engine.api.get("containers", "json", all=True, filters=mine) == []
    assert not engine.api.get("volumes", filters=mine)["Volumes"]


@FAULT
def test_a_worker_that_is_lost_costs_nothing(tmp_path: Path, engine: Engine):
    handed_in, out = tmp_path / "in", tmp_path / "out"
    handed_in.mkdir()
    hand_in(handed_in, FEW)
    scheduler = subprocess.Popen([sys.executable, "-c", SCHEDULER], stdout=subprocess.PIPE, text=True)
    address = scheduler.stdout.readline().strip()
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, address], cwd=tmp_path) for _number in range(2)]
    try:
        process = grade(handed_in, out, "--scheduler", address)
        wait_until(lambda: examined(out) or process.poll() is not None, 200, lambda: AssertionError("too slow"))
        workers[0].kill()
        said, _nothing = process.communicate(timeout=600)
        assert process.returncode == 0, said
        assert points(out) == expected(FEW)
        assert len(examined(out)) == len(FEW) - 1
    finally:
        for each in (*workers, scheduler):
            each.terminate()
            each.wait()
        examination.prepare(engine, "simulated")  # what the killed worker left


SCHEDULER = """
import asyncio
from distributed import Scheduler
async def run():
    async with Scheduler(host="127.0.0.1", port=0, dashboard=False) as scheduler:
        print(scheduler.address, flush=True)
        await scheduler.finished()
asyncio.run(run())
"""
WORKER = """
import asyncio, sys
from distributed import Worker
async def run():
    async with Worker(sys.argv[1], nthreads=1, dashboard=False) as worker:
        await worker.finished()
asyncio.run(run())
"""
