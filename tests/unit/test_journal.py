"""The journal keeps predictions and best results, whatever happens to kernels and files."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from swarmkit_helpers.course import journal
from swarmkit_helpers.course.journal import MAX_EVENTS, Event, Journal, Score


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))


PASSED, HALF, NOTHING = Score("passed", 7, 7), Score("not yet", 3, 7), Score("not yet", 0, 7)


def test_nothing_is_kept_at_first_and_reading_makes_no_file():
    assert Journal("course").notes("04-scale") == {}
    assert Journal("course").scores("04-scale") == {}
    assert not journal.folder().exists()


def test_a_note_is_there_for_the_next_kernel_with_its_time():
    Journal("course").note("04-scale", "spread", 3)
    note = Journal("course").notes("04-scale")["spread"]
    assert note.value == 3
    assert note.at > 1_700_000_000


def test_a_later_note_takes_the_place_of_the_one_before():
    Journal("course").note("04-scale", "spread", 3)
    Journal("course").note("04-scale", "spread", 4)
    assert Journal("course").notes("04-scale")["spread"].value == 4


@pytest.mark.parametrize(
    ("scores", "kept"),
    [([NOTHING, HALF], HALF), ([HALF, NOTHING], HALF), ([PASSED, NOTHING], PASSED), ([HALF, PASSED], PASSED)],
)
def test_the_best_result_is_kept(scores, kept):
    for score in scores:
        Journal("course").score("04-scale", "even", score)
    assert Journal("course").scores("04-scale") == {"even": kept}


def test_passing_is_more_than_a_task_without_points():
    Journal("course").score("00-start", "machines", Score("not yet", 0, 0))
    Journal("course").score("00-start", "machines", Score("passed", 0, 0))
    assert Journal("course").scores("00-start")["machines"].outcome == "passed"


def test_the_section_that_was_worked_on_last_is_known_whoever_did_it():
    assert journal.last_section("course") is None
    Journal("course", "s1").add_events("04-scale", [Event(9.0, "start", "course", "")])
    Journal("course", "s2").add_events(
        "05-drain", [Event(1.0, "start", "course", ""), Event(8.0, "result", "left", "")]
    )
    assert journal.last_section("course") == "04-scale"
    assert journal.last_section("other") is None


def test_students_clusters_and_sections_are_kept_apart():
    Journal("course", "s1").score("04-scale", "even", PASSED)
    assert Journal("course", "s2").scores("04-scale") == {}
    assert Journal("other", "s1").scores("04-scale") == {}
    assert Journal("course", "s1").scores("05-drain") == {}


@pytest.mark.parametrize(
    "damaged",
    [
        b"{",
        b"\xff\xfe",
        b"[]",
        b"[1]",
        b'{"": {}}',
        b'{"": {"notes": 3, "scores": {}}}',
        b'{"": {"notes": {"04-scale": {"spread": {"vlaue": 3}}}, "scores": {}}}',
        b'{"": {"notes": {}, "scores": {}, "timeline": {"04-scale": [[1.0, "node"]]}}}',
    ],
)
def test_a_damaged_file_is_set_aside_and_that_is_said(damaged):
    said: list[str] = []
    mine = Journal("course", say=said.append)
    mine.note("04-scale", "spread", 3)
    mine.path.write_bytes(damaged)
    assert mine.notes("04-scale") == {}
    [sentence] = said
    [aside] = journal.folder().glob("*.damaged-*")
    assert aside.name in sentence
    assert aside.read_bytes() == damaged
    mine.note("04-scale", "spread", 4)
    assert mine.notes("04-scale")["spread"].value == 4


def test_what_cannot_be_written_leaves_the_file_as_it_was():
    mine = Journal("course")
    mine.note("04-scale", "spread", 3)
    before = mine.path.read_bytes()
    with pytest.raises(TypeError):
        mine.note("04-scale", "spread", object())
    assert mine.path.read_bytes() == before


def test_two_notebooks_may_write_at_the_same_time():
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: Journal("course").note("04-scale", f"p{number}", number), range(40)))
    assert len(Journal("course").notes("04-scale")) == 40


def test_the_file_is_plain_json():
    mine = Journal("course", "s1")
    mine.score("04-scale", "even", HALF)
    kept = json.loads(mine.path.read_text(encoding="utf-8"))
    even = kept["s1"]["scores"]["04-scale"]["even"]
    assert even.pop("at") > 1_700_000_000
    assert even == {"outcome": "not yet", "points": 3, "of": 7}


def test_a_result_has_the_time_at_which_it_was_reached_first():
    Journal("course").score("04-scale", "even", PASSED)
    reached = Journal("course").scores("04-scale")["even"].at
    Journal("course").score("04-scale", "even", PASSED)
    assert Journal("course").scores("04-scale")["even"].at == reached


def test_a_result_of_a_journal_that_knew_no_times_is_kept():
    mine = Journal("course")
    mine.score("04-scale", "even", HALF)
    kept = json.loads(mine.path.read_text(encoding="utf-8"))
    del kept[""]["scores"]["04-scale"]["even"]["at"]
    mine.path.write_text(json.dumps(kept), encoding="utf-8")
    assert mine.scores("04-scale") == {"even": HALF}


def test_what_happened_is_kept_in_the_order_it_was_told():
    first, second = Event(2.0, "node", "node1", "ready"), Event(1.0, "command", "", "docker node ls")
    Journal("course").add_events("04-scale", [first])
    Journal("course").add_events("04-scale", [second])
    assert Journal("course").timeline("04-scale") == [first, second]
    assert Journal("course").timeline("05-drain") == []
    assert Journal("course").sections() == ["04-scale"]


def test_of_what_happened_the_newest_is_kept():
    Journal("course").add_events(
        "04-scale", [Event(float(at), "node", "node1", "ready") for at in range(MAX_EVENTS + 5)]
    )
    kept = Journal("course").timeline("04-scale")
    assert (len(kept), kept[0].at) == (MAX_EVENTS, 5.0)


def test_what_is_kept_of_a_cluster_can_be_forgotten_and_nothing_else():
    for name in ("course", "course-2"):
        Journal(name).note("04-scale", "spread", 3)
    (journal.folder() / ".progress-course.json.new").write_text("{")  # a writer that was killed leaves this
    (journal.folder() / "progress-course.damaged-1").write_text("{")
    journal.forget("course")
    assert {path.name for path in journal.folder().iterdir()} == {"progress-course-2.json", "progress-course-2.lock"}


def test_work_of_another_id_that_is_worth_more_is_named():
    mine = Journal("course", "s1")
    for other, score in (("", PASSED), ("s2", NOTHING), ("s3", HALF)):
        Journal("course", other).score("04-scale", "even", score)
    assert [other.student for other in mine.others()] == ["", "s3"]
    mine.score("04-scale", "even", HALF)
    assert [other.student for other in mine.others()] == [""]
    mine.score("04-scale", "even", PASSED)
    assert mine.others() == []


def test_of_what_is_taken_over_the_better_result_counts_with_its_prediction_and_what_led_to_it():
    mine, other = Journal("course", "s1"), Journal("course")
    for each, value, spread in ((mine, 3, NOTHING), (other, 4, PASSED)):
        each.note("04-scale", "spread", value)
        each.score("04-scale", "spread", spread)
        each.add_events("04-scale", [Event(value, "prediction", "spread", str(value))])
    mine.score("04-scale", "even", PASSED)
    other.score("04-scale", "even", HALF)
    before, at = other.scores("04-scale"), other.scores("04-scale")["spread"].at
    assert mine.take_over("") == 1
    assert mine.scores("04-scale") == {"even": PASSED, "spread": PASSED}
    assert mine.scores("04-scale")["spread"].at == at
    assert mine.notes("04-scale")["spread"].value == 4
    assert [(event.what, event.text) for event in mine.timeline("04-scale")] == [
        ("prediction", "3"),
        ("prediction", "4"),
        ("take-over", ""),
    ]
    assert other.scores("04-scale") == before
    assert mine.take_over("") == 0
    assert len(mine.timeline("04-scale")) == 3


def test_of_a_section_without_points_the_predictions_and_events_are_taken_over():
    mine, other = Journal("course", "s1"), Journal("course")
    other.note("00-start", "machines", 3)
    other.add_events("00-start", [Event(1.0, "command", "node1", "docker ps")])
    assert mine.take_over("") == 0
    assert mine.notes("00-start") == other.notes("00-start")
    assert [event.what for event in mine.timeline("00-start")] == ["command", "take-over"]


def test_from_an_id_that_is_not_known_nothing_is_taken_over():
    assert Journal("course", "s1").take_over("s9") == 0
