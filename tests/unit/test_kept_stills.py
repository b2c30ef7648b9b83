"""The stills of a section are kept on disk: whose they are, how many, and nothing that is damaged."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from swarmkit_helpers.course import journal
from swarmkit_helpers.notebook import kept_stills
from swarmkit_helpers.notebook.kept_stills import KeptStill, Moment, Owner

PNG = base64.b64encode(b"\x89PNG and more").decode()
STILL = KeptStill(
    1_800_000_000.0,
    "placement",
    "docker service scale web=7",
    "7 of 7 replicas run.",
    "Tasks by node",
    (("NODE", "TASKS"), ("node1", "7")),
    PNG,
    (Moment(1_799_999_990.0, "docker service scale web=7", "Tasks by node, before", PNG),),
)


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(kept_stills, "_owners", {})


def test_what_is_kept_is_read_again_by_section_and_student():
    for section, student, chart in [("04-scale", "s1", "one"), ("05-drain", "s1", "two"), ("04-scale", "s2", "three")]:
        kept_stills.belong_to("swarm", Owner("course", section, student))
        kept_stills.keep("swarm", replace(STILL, chart=chart))
    assert kept_stills.read("course", "s1") == {
        "04-scale": [replace(STILL, chart="one")],
        "05-drain": [replace(STILL, chart="two")],
    }
    assert kept_stills.read("other", "s1") == {}


def test_without_a_section_nothing_is_kept(tmp_path: Path):
    kept_stills.keep("swarm", STILL)
    assert not any(tmp_path.iterdir())


def test_the_oldest_are_deleted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(kept_stills, "STILLS_MAX", 3)
    kept_stills.belong_to("swarm", Owner("course", "04-scale", ""))
    for number in range(5):
        kept_stills.keep("swarm", replace(STILL, sentence=str(number)))
    assert [each.sentence for each in kept_stills.read("course", "")["04-scale"]] == ["2", "3", "4"]


def test_stills_that_are_taken_over_belong_to_both_ids(tmp_path: Path):
    kept_stills.belong_to("swarm", Owner("course", "04-scale", "s1"))
    kept_stills.keep("swarm", STILL)
    assert [kept_stills.take_over("course", "s1", student) for student in ("s2", "s2", "s1")] == [1, 0, 0]
    assert kept_stills.take_over("course", "s2", "s3") == 1
    for student in ("s1", "s2", "s3"):
        assert kept_stills.read("course", student) == {"04-scale": [STILL]}
    assert len([*kept_stills.folder("course").iterdir()]) == 1


def test_a_full_disk_stops_no_lesson(tmp_path: Path):
    (tmp_path / "swarmlab").write_text("in the place of the folder")
    kept_stills.belong_to("swarm", Owner("course", "04-scale", ""))
    kept_stills.keep("swarm", STILL)
    assert kept_stills.read("course", "") == {}


@pytest.mark.parametrize(
    "change", [{"png": "<script>"}, {"png": base64.b64encode(b"GIF89a").decode()}, {"moments": 1}, {"more": 1}]
)
def test_what_is_no_still_counts_as_none(change: dict):
    kept_stills.belong_to("swarm", Owner("course", "04-scale", ""))
    kept_stills.keep("swarm", STILL)
    [path] = kept_stills.folder("course").glob("*.json")
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    assert kept_stills.read("course", "") == {}


def test_forgetting_the_progress_forgets_the_stills():
    kept_stills.belong_to("swarm", Owner("course", "04-scale", ""))
    kept_stills.keep("swarm", STILL)
    journal.forget("course")
    assert kept_stills.read("course", "") == {}
