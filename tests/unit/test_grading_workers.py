"""Examinations on this computer: what runs beside them, and what is said and done about each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from distributed import LocalCluster

from swarmkit_helpers.grading import workers
from swarmkit_helpers.grading.exam import Examined, ExamRequest, ExamResult, ExerciseResult, NotExamined
from swarmkit_helpers.grading.result_store import ResultStore

CLEAN = "06-clean-up"
REQUEST = ExamRequest(CLEAN, "s01", "en", {"cells": []}, "simulated", 20.0, 300, 20.0, 1 << 20)
STUDENTS = {"a": "s01", "b": "s02"}


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    with workers._local_cluster(2) as started:
        yield started


def listening() -> set[tuple[str, int]]:
    """The addresses at which this process listens."""
    connections = psutil.Process().net_connections("inet")
    return {(each.laddr.ip, each.laddr.port) for each in connections if each.status == psutil.CONN_LISTEN}


def examined(points: float, ended: str) -> Examined:
    result = ExerciseResult(CLEAN, "empty", "not yet", points, 8, "", "", "en", None)
    return Examined(ExamResult((result,), (), (), (), {"total": 1.0}, 0, ended), None)


def test_nothing_listens_for_other_computers():
    before = listening()
    with workers._local_cluster(1):
        assert {address for address, _port in listening() - before} == {"127.0.0.1"}


@pytest.mark.parametrize(
    ("second", "points", "ended"),
    [
        (examined(8, "completed"), 8, "completed"),
        (examined(3, "completed"), 4, "time"),
        (NotExamined("the engine is gone"), 4, "time"),
    ],
)
def test_what_ran_out_of_time_is_examined_once_more_alone_and_the_better_counts(
    tmp_path: Path,
    cluster: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    second: Examined | NotExamined,
    points: float,
    ended: str,
):
    answers = {"s01": [examined(4, "time"), second], "s02": [examined(8, "completed")]}
    monkeypatch.setattr(workers, "examine_here", lambda request: answers[request.student].pop(0))
    store = ResultStore.create(tmp_path, [])
    requests = {"a": REQUEST, "b": replace(REQUEST, student="s02")}
    assert workers.examine_all(requests, store, 2, cluster.scheduler_address, STUDENTS) == {}
    assert answers == {"s01": [], "s02": []}
    assert (store.result("a").points, store.result("a").ended) == (points, ended)
    said = capsys.readouterr().out
    assert said.startswith("2 notebooks to grade, 2 at once\n")
    assert "s01, 06-clean-up: 4/8 points (1 s); it ran out of time" in said
    assert "once more: s01, 06-clean-up: " in said
    assert "examine 1 notebook that ran out of time once more, alone; the better result counts" in said
    assert "s02, 06-clean-up: begins" in said


def test_the_last_line_does_not_say_how_long_the_others_take(
    tmp_path: Path, cluster: LocalCluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(workers, "examine_here", lambda request: examined(8, "completed"))
    requests = {"a": REQUEST, "b": replace(REQUEST, student="s02")}
    workers.examine_all(requests, ResultStore.create(tmp_path, []), 2, cluster.scheduler_address, STUDENTS)
    first, last = [line for line in capsys.readouterr().out.splitlines() if " of 2: " in line]
    assert first.endswith("; about 0 min left")
    assert last.endswith("8/8 points (1 s)")
