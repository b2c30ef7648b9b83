"""What a section remembers on one student's way through it: what was predicted in time, and the best points."""

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.section_histories import GIVEN, ONE, SEVEN, app

from swarmkit_helpers import Section, recorder
from swarmkit_helpers.course.journal import Journal
from swarmkit_helpers.errors import NotFound
from swarmkit_helpers.notebook import kept_stills
from swarmkit_helpers.notebook.kept_stills import KeptStill, Owner
from swarmkit_helpers.records import Observation

PNG = base64.b64encode(b"\x89PNG and more").decode()


class Table:
    """A cluster whose swarm is seen as it was put here."""

    def __init__(self, name: str) -> None:
        self.name, self.seen = name, ONE

    def swarm(self) -> "Table":
        return self

    def observe(self) -> Observation:
        return replace(self.seen, at=time.time())


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    table = Table(tmp_path.name)
    yield table
    recorder.shared(table).stop()


def begin(table: Table) -> Section:
    """Section 04, as after its set-up."""
    table.seen = ONE
    section = Section("04-scale", language="en")
    section.attend(table, GIVEN)
    return section


def test_what_is_said_after_the_swarm_has_done_it_is_no_prediction(table: Table):
    section = begin(table)
    table.seen = SEVEN
    assert repr(section.predict("spread", 3)) == (
        "It has happened already, so this is no prediction any more. To predict first, run the two cells under Setup "
        "again."
    )
    checked = section.check("spread")
    assert checked.outcome == "not attempted"
    assert checked.message.startswith("It has happened already")
    assert repr(section.predict("emptiest", 1)) == "Noted: you predict 1."


def test_a_prediction_can_be_changed_until_the_swarm_has_done_it(table: Table):
    section = begin(table)
    section.predict("spread", 7)
    section.predict("spread", 4)
    table.seen = SEVEN
    assert "so that stays" in repr(section.predict("spread", 3))
    assert section.check("spread").outcome == "not as predicted"
    section = begin(table)
    table.seen = SEVEN
    assert "so that stays" in repr(section.predict("spread", 3))
    section = begin(table)
    section.predict("spread", 3)
    table.seen = SEVEN
    assert section.check("spread").outcome == "passed"


def test_what_holds_all_the_time_can_be_predicted_until_it_is_checked(table: Table):
    section = Section("02-configure-swarm", language="en")
    section.attend(table, GIVEN)
    assert repr(section.predict("nodes-before", 0)) == "Noted: you predict 0."
    assert repr(section.predict("nodes-before", 3)) == "Noted: you predict 3."
    assert section.check("nodes-before").outcome == "passed"
    assert "so that stays" in repr(section.predict("nodes-before", 0))


def test_points_are_kept_when_the_section_is_begun_again(table: Table):
    section = begin(table)
    table.seen = app(["node1", "node2", "node3"] * 3)
    assert "You keep" not in section.check("own-number").message
    assert "You keep" not in section.check("own-number").message
    section = begin(table)
    result = section.check("own-number")
    assert (result.outcome, result.points) == ("not attempted", 0)
    assert result.message.endswith(" You keep the 6 points from before.")
    assert repr(result).startswith("Not done this time (0 of 6 points).")
    assert section.progress().rows[4].points == 6


def test_the_hint_leads_further_with_each_check_that_does_not_pass(table: Table):
    section = begin(table)
    table.seen = app(["node1", "node2"])
    hints = [section.check("own-number").hint for _time in range(4)]
    assert len(set(hints)) == 3
    assert hints[2] == hints[3]
    assert begin(table).check("own-number").hint == ""


def test_points_there_never_were_are_not_kept(table: Table):
    assert "You keep" not in begin(table).check("own-number").message


def test_a_prediction_can_be_asked_for_again(table: Table):
    section = begin(table)
    assert section.predicted("spread") is None
    section.predict("spread", ...)
    assert section.predicted("spread") is None
    section.predict("spread", 3)
    assert section.predicted("spread") == 3


def test_what_happened_is_told_up_to_each_prediction_and_result(table: Table):
    section = begin(table)
    section.predict("spread", 3)
    table.seen = SEVEN
    section.check("spread")
    told = [(event.what, event.name, event.text) for event in Journal(table.name).timeline("04-scale")]
    assert told[3:] == [
        ("service", "sleep-app", "asked 1; running 1 on node1"),
        ("start", table.name, "nodes 3, image busybox, up 7, down 4, node node2"),
        ("prediction", "spread", "3"),
        ("service", "sleep-app", "asked 7; running 3 on node1, 2 on node2, 2 on node3"),
        ("result", "spread", "passed, 1 of 1"),
    ]


def test_what_happened_instead_of_the_prediction_is_told_with_the_result(table: Table):
    section = begin(table)
    section.predict("spread", 5)
    table.seen = SEVEN
    section.check("spread")
    assert Journal(table.name).timeline("04-scale")[-1].text == "not as predicted, 1 of 1: it was 3"


def test_points_under_another_id_can_be_taken_over(table: Table):
    section = begin(table)
    table.seen = app(["node1", "node2", "node3"] * 3)
    section.check("own-number")
    mine = Section("04-scale", "s042", language="en")
    mine.attend(table, GIVEN)
    progress = mine.progress()
    assert (progress.student, progress.rows[4].points, progress.others) == ("s042", 0, {"": 6})
    with pytest.raises(NotFound, match="'s43' has no results on this cluster that are worth more; these have: ''"):
        mine.take_over("s43")
    progress = mine.take_over("")
    assert (progress.rows[4].points, progress.others) == (6, {})
    with pytest.raises(NotFound, match="these have: none"):
        mine.take_over("")


def test_with_another_id_it_is_said_where_the_points_are_and_their_pictures_are_taken_over(table: Table):
    section = begin(table)
    table.seen = app(["node1", "node2", "node3"] * 3)
    section.check("own-number")
    for owner in (Owner(table.name, "00-start", ""), Owner(table.name, "04-scale", "")):
        kept_stills.belong_to(table.name, owner)
        kept_stills.keep(table.name, KeptStill(1.0, "placement", "", "", "", (), PNG))
    [told] = section._take_id("s042")
    assert "Without a student id: 6 points" in told
    assert "section.take_over('')" in told
    section.take_over("")
    assert [*kept_stills.read(table.name, "s042")] == [*kept_stills.read(table.name, "")] == ["00-start", "04-scale"]
    assert section._take_id("s042") == []
