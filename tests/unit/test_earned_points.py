"""Points of before: a journal of the version before keeps them, and no section gives more than its sum."""

import json
from pathlib import Path

import pytest
from support.evidence_files import NOW, good

from swarmkit_helpers.course.earned_points import section_points
from swarmkit_helpers.course.journal import Event, Journal, Score
from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.course.sections.progress_table import Row
from swarmkit_helpers.grading import evidence
from swarmkit_helpers.grading.evidence import review
from swarmkit_helpers.grading.evidence.signed_file import Prediction, Result

SCALE = "04-scale"
BEFORE = {
    "spread": {"outcome": "passed", "points": 3, "of": 3, "at": NOW},
    "restarted": {"outcome": "not yet", "points": 1.5, "of": 3, "at": NOW},  # wrong, and made in time
    "emptiest": {"outcome": "passed", "points": 3, "of": 3, "at": NOW},
    "newcomer": {"outcome": "not yet", "points": 0, "of": 3, "at": NOW},  # not seen
    "own-number": {"outcome": "passed", "points": 6, "of": 6, "at": NOW},
    "even": {"outcome": "not yet", "points": 3, "of": 7, "at": NOW},
}


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journal:
    """A journal as the version before has written it."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    found = Journal("course")
    found.path.parent.mkdir(parents=True)
    work = {"notes": {SCALE: {"spread": {"value": 3, "at": NOW}}}, "scores": {SCALE: BEFORE}, "timeline": {}}
    found.path.write_text(json.dumps({"": work}), encoding="utf-8")
    return found


def row(journal: Journal) -> Row:
    return Row(SCALE, "Scale", journal.scores(SCALE), SECTIONS[SCALE].EXERCISES, here=True)


def test_a_journal_of_before_keeps_its_points_and_what_was_done(journal: Journal):
    assert (row(journal).points, row(journal).done) == (16.5, 4)


def test_a_section_that_was_full_is_full(journal: Journal):
    for id, of in (("restarted", 3), ("newcomer", 3), ("even", 7)):
        journal.score(SCALE, id, Score("passed", of, of))
    assert row(journal).points == 25


def test_what_is_done_again_under_the_new_points_costs_none(journal: Journal):
    for id in ("spread", "restarted", "emptiest", "newcomer"):
        journal.score(SCALE, id, Score("passed", 1, 1))
    assert row(journal).points == 17.5  # newcomer has the point that it did not have
    assert journal.scores(SCALE)["restarted"].points == 1.5


def test_no_section_gives_more_than_its_sum(journal: Journal):
    for id, of in (("newcomer", 1), ("even", 7), ("fullest", 8)):
        journal.score(SCALE, id, Score("passed", of, of))
    assert row(journal).points == 25


def test_a_result_counts_at_most_what_a_version_of_the_course_gives():
    assert section_points(SCALE, SECTIONS[SCALE].EXERCISES, {"spread": Score("passed", 9, 9)}) == 1
    assert section_points(SCALE, SECTIONS[SCALE].EXERCISES, {"spread": Score("passed", 9, 3)}) == 3


def test_evidence_of_before_is_read_and_nothing_in_it_is_to_be_looked_at():
    results = tuple(Result(SCALE, id, **score) for id, score in BEFORE.items() if id != "newcomer")
    events = (
        *(Event(NOW - 9, "prediction", id, "3") for id in ("spread", "restarted", "emptiest")),
        *(Event(NOW, "result", id, "") for id in BEFORE),
    )
    before = good(results=results, predictions=(Prediction(SCALE, "spread", 3, NOW - 9),), timeline={SCALE: events})
    assert review.earned_points(before) == 16.5
    assert review.warnings(before, evidence.versions(), NOW) == []
