"""What is stored of an examination: read again as it was, or not at all."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swarmkit_helpers.course.journal import Event
from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.grading import run, workers
from swarmkit_helpers.grading.exam import Examined, ExamRequest, ExamResult, ExerciseResult, Remark, SavedChart
from swarmkit_helpers.grading.result_store import FOLDER, ResultStore

SECTION = "06-clean-up"
REQUEST = ExamRequest(SECTION, "s01", "en", {"cells": []}, "simulated", 20.0, 300, 20.0, 1 << 20)
RESULT = ExamResult(
    results=(ExerciseResult(SECTION, "empty", "passed", 1.5, 6, "Well done.", "", "en", None),),
    remarks=(Remark(None, "late"), Remark("answer-empty", "\ud800")),
    charts=(SavedChart("sleep-app", "<figure></figure>"),),
    timeline=(Event(1.0, "node", "node1", "ready"),),
    seconds={"total": 2},
    memory=1,
    ended="completed",
)


@pytest.fixture
def store(tmp_path: Path) -> ResultStore:
    return ResultStore.create(tmp_path, [])


def test_what_is_written_is_read_again(store: ResultStore):
    assert ExamRequest.from_json(json.loads(json.dumps(REQUEST.to_json()))) == REQUEST
    store.save("abc", Examined(RESULT, "{}"))
    assert store.result("abc") == RESULT
    assert store.notebook("abc").read_text() == "{}"
    store.save("abc", Examined(RESULT, None))
    assert store.notebook("abc") is None


@pytest.mark.parametrize(
    "change",
    [
        {"section": "04-scale"},
        {"student": "s02"},
        {"language": "id"},
        {"notebook": {"cells": [1]}},
        {"engine": "real"},
        {"speed": 1.0},
        {"timeout": 301},
        {"cell_timeout": 1},
        {"output_max_bytes": 1},
        {"parameters": {"nodes": 5}},
        {"of": "s02"},
    ],
)
def test_a_request_that_differs_in_anything_but_its_cluster_is_another(change: dict[str, Any]):
    assert replace(REQUEST, **change).digest != REQUEST.digest
    assert replace(REQUEST, cluster="exam-7-0123abcd").digest == REQUEST.digest


@pytest.mark.parametrize(
    "change",
    [
        {"memory": None},
        {"memory": True},
        {"seconds": {"total": float("nan")}},
        {"seconds": {"total": "1"}},
        {"ended": "well"},
        {"remarks": [{"cell": None}]},
        {"remarks": [{"cell": 7, "text": ""}]},
        {"results": {}},
        {"charts": [["title", "html"]]},
        {"more": 1},
        {"timeline": [{"at": 1e300, "what": "", "name": "", "text": ""}]},
    ],
)
def test_what_an_examiner_should_not_write_is_no_result(change: dict[str, Any]):
    body = json.loads(json.dumps(RESULT.to_json() | change))
    with pytest.raises((ValueError, TypeError)):
        ExamResult.from_json(body)


def test_results_of_another_version_are_graded_again_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    handed_in, out = tmp_path / "s01" / "x.ipynb", tmp_path / "graded"
    handed_in.parent.mkdir()
    handed_in.write_text(json.dumps(pristine(SECTION, "en")), encoding="utf-8")
    (out / FOLDER).mkdir(parents=True)
    old = {
        "result": {"results": [], "ended": "completed"},
        "seconds": 1.0,
        "executed": False,
    }  # as version 0.1.0 had it
    (out / FOLDER / "0123.json").write_text(json.dumps(old))
    monkeypatch.setattr(workers, "examine_all", lambda requests, store, *_: _store_all(requests, store))
    for said in ("are of another version of the course", "1 notebook is graded already"):
        assert run.grade([handed_in], out) == 0
        assert said in capsys.readouterr().out
    grades = json.loads((out / "grades.json").read_text(encoding="utf-8"))
    assert [each["points"] for each in grades["notebooks"]] == [1.5]


def _store_all(requests: dict[str, ExamRequest], store: ResultStore) -> dict[str, str]:
    for digest in requests:
        store.save(digest, Examined(RESULT, None))
    return {}


def test_a_broken_result_is_as_none(tmp_path: Path, store: ResultStore):
    store.save("abc", Examined(RESULT, None))
    path = tmp_path / FOLDER / "abc.json"
    for text in ("", "[]", "{}", path.read_text()[:-9], path.read_text().replace('"passed"', '"won"')):
        path.write_text(text)
        assert store.result("abc") is None


def test_the_store_is_not_in_what_was_handed_in(tmp_path: Path):
    with pytest.raises(BadInput, match="is in"):
        ResultStore.create(tmp_path / "out", [tmp_path])
