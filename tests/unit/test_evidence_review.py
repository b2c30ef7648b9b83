"""What does not fit together in evidence whose signature is right, and what is no reason to ask."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.evidence_files import NOW, SECTION, good

from swarmkit_helpers.course.journal import MAX_EVENTS, Event
from swarmkit_helpers.grading import evidence
from swarmkit_helpers.grading.evidence import review, signed_file
from swarmkit_helpers.grading.evidence.signed_file import Prediction

MAXIMUM = 100


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))


def said(**changes: Any) -> list[str]:
    return review.warnings(good(**changes), evidence.versions(), NOW)


def test_with_which_all_is_well_nothing_is_to_be_looked_at():
    assert said() == []


def result(**changes: Any) -> dict[str, Any]:
    return {"results": (replace(good().results[0], **changes),)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (result(points=4), "4 of 1 points, and the course gives 1"),
        (result(points=-1), "-1 of 1 points"),
        (result(points=30, of=30), "30 of 30 points, and the course gives 1"),
        (result(points=0), "'passed' does not go with 0 of 1 points"),
        (result(outcome="not as predicted", points=0), "'not as predicted' does not go with 0 of 1 points"),
        (result(exercise="bonus"), "the course has no exercise of that name"),
        (result(at=NOW - 95), "does not show where this result comes from"),
        (result(at=NOW - 200), "the result is older than the prediction"),
        ({"results": good().results * 2}, "more than one result"),
        ({"predictions": (), "timeline": {}}, "the result is older than the prediction"),
        (
            {"timeline": {SECTION: (*good().timeline[SECTION], Event(NOW - 500, "node", "node1", "ready"))}},
            "the computer's clock went back by 410 s",
        ),
        ({"made": NOW - 95}, "it has events that are later than the file itself"),
        ({"made": NOW + 7200}, "made in the future"),
        ({"versions": {**evidence.versions(), "swarmkit-helpers": "9.9"}}, "made with version 9.9 of the course"),
        ({"versions": {**evidence.versions(), "code": "00"}}, "the code of the course was not the same as yours"),
        ({"versions": {}}, "made with version ?"),
        ({"worked_as": ""}, "without the student id"),
        (
            {"timeline": {SECTION: (*good().timeline[SECTION], Event(NOW - 50, "take-over", "s05", ""))}},
            "work of student id s05 was taken over",
        ),
    ],
)
def test_what_does_not_fit_together_is_said(changes: dict[str, Any], sentence: str):
    assert any(sentence in each for each in said(**changes)), said(**changes)


def test_a_prediction_of_a_later_round_is_no_reason_to_ask():
    assert said(predictions=(Prediction(SECTION, "spread", 4, NOW - 10),)) == []


def test_of_a_timeline_that_is_full_the_beginning_is_not_missed():
    full = tuple(Event(NOW - 50, "node", f"node{number}", "ready") for number in range(MAX_EVENTS))
    assert said(predictions=(), timeline={SECTION: full}) == []


def test_points_over_the_maximum_do_not_count():
    assert review.earned_points(good(**result(points=50, of=50))) == 1
    assert review.earned_points(good(results=good().results * 5)) == 1
    assert review.maximum_points() == MAXIMUM


def test_the_same_work_or_key_of_two_students_is_said(tmp_path: Path):
    first = signed_file.write(good(), tmp_path / "a")
    second = signed_file.write(good(student="s002", made=NOW + 5), tmp_path / "b")
    for sentences, name in zip(review.across([first, second]), ("s002", "s001"), strict=True):
        assert sentences[0] == f"the same work, to the second, was handed in by {name}"
        assert sentences[1].startswith("signed with the same key")
    assert review.across([first, first]) == [[], []]
    stranger = replace(second, key="0" * 16, evidence=replace(second.evidence, results=()))
    assert review.across([first, stranger]) == [[], []]


def test_a_student_who_has_a_new_key_is_asked_about_it(tmp_path: Path):
    first = signed_file.write(good(), tmp_path / "a")
    assert "s001 signs with 2 different keys" in review.across([first, replace(first, key="0" * 16)])[0][0]


def test_a_copy_with_one_time_moved_is_said(tmp_path: Path):
    theirs = good()
    events = theirs.timeline[SECTION]
    moved = (replace(events[0], at=events[0].at + 0.001), *events[1:])
    more = tuple(replace(events[0], at=NOW - 80 + n) for n in range(3))
    one = signed_file.write(good(timeline={SECTION: (*events, *more)}), tmp_path / "one")
    other = signed_file.write(good(student="s002", timeline={SECTION: (*moved, *more)}), tmp_path / "other")
    for sentences, name in zip(review.across([one, other]), ("s002", "s001"), strict=True):
        assert sentences[0] == f"most of its times are also in the work of {name}"


def test_an_id_in_letters_of_full_width_is_the_same(tmp_path: Path):
    one = signed_file.write(good(), tmp_path / "one")
    other = signed_file.write(good(student="ｓ００１"), tmp_path / "other")
    assert review.across([one, other]) == [[], []]
