"""Evidence as a student makes it and a teacher verifies it: a change of any field is found."""

import base64
import json
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from support.evidence_files import SECTION, good

from swarmkit_helpers import cli
from swarmkit_helpers.course import student_id
from swarmkit_helpers.course.journal import Event, Journal, Score
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.grading import evidence
from swarmkit_helpers.grading.evidence import signed_file


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SWARMLAB_CLUSTER", raising=False)
    monkeypatch.chdir(tmp_path)


def work(student: str = "", cluster: str = "course") -> None:
    """As sections leave it in the journal: a prediction, what the swarm did, and a result."""
    journal = Journal(cluster, student)
    journal.note(SECTION, "spread", 3)
    journal.add_events(
        SECTION,
        [
            Event(time.time(), "node", "node1", "ready, active, leader, Docker 20.10.24"),
            Event(time.time(), "prediction", "spread", "3"),
        ],
    )
    journal.score(SECTION, "spread", Score("passed", 3, 3))
    journal.add_events(SECTION, [Event(time.time(), "result", "spread", "passed, 3 of 3")])


def leaves(body: Any, path: tuple = ()) -> Iterator[tuple]:
    """The way to each value that holds no others."""
    if isinstance(body, dict | list) and body:
        for key, value in body.items() if isinstance(body, dict) else enumerate(body):
            yield from leaves(value, (*path, key))
    else:
        yield path


def changed(body: Any, path: tuple, change: Callable[[Any], Any]) -> Any:
    body = deepcopy(body)
    place = body
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = change(place[path[-1]])
    return body


def other(value: Any) -> Any:
    if isinstance(value, str):
        return ("A" if value[:1] != "A" else "B") + value[1:]
    return value + 1 if isinstance(value, int | float) else {"x": 1}


def signed_by_hand(path: Path, whole: dict[str, Any]) -> None:
    """The file has this, rightly signed: as anybody can sign who reads the source."""
    key = Ed25519PrivateKey.generate()
    whole = {**whole, "key": base64.b64encode(key.public_key().public_bytes_raw()).decode()}
    del whole["signature"]
    signature = key.sign(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode())
    path.write_text(json.dumps({**whole, "signature": base64.b64encode(signature).decode()}), encoding="utf-8")


# Making ---------------------------------------------------------------------------------------------------


def test_what_was_done_is_in_the_file(capsys: pytest.CaptureFixture[str]):
    work("s001")
    assert cli.main(["evidence", "--student", "s001"]) == 0
    read = signed_file.read(Path("evidence-s001.json"))
    assert (read.evidence.student, read.evidence.worked_as) == ("s001", "s001")
    [result] = read.evidence.results
    assert (result.exercise, result.outcome, result.points, result.of) == ("spread", "passed", 3, 3)
    assert [each.value for each in read.evidence.predictions] == [3]
    assert [event.what for event in read.evidence.timeline[SECTION]] == ["node", "prediction", "result"]
    assert f"3 of 100 points, signed with key {read.key}" in capsys.readouterr().out


def test_notebooks_that_were_run_without_a_student_id_can_be_handed_in(capsys: pytest.CaptureFixture[str]):
    work("")
    assert cli.main(["evidence", "--student", "s001"]) == 0
    assert "without a student id" in capsys.readouterr().out
    assert cli.main(["evidence", "verify", "evidence-s001.json"]) == 1
    assert "their numbers are the same for all students" in capsys.readouterr().out


def test_points_under_another_id_are_named_and_taken_over_they_are_in_the_file(capsys: pytest.CaptureFixture[str]):
    work("")
    Journal("course", "s001").note(SECTION, "spread", 3)
    assert cli.main(["evidence", "--student", "s001"]) == 0
    shown = capsys.readouterr().out
    assert "holds the work of s001: 0 of 100 points" in shown
    assert "Without a student id: 3 points, and at least one exercise is worth more there" in shown
    Journal("course", "s001").take_over("")
    assert cli.main(["evidence", "--student", "s001"]) == 0
    shown = capsys.readouterr().out
    assert "holds the work of s001: 3 of 100 points" in shown
    assert "worth more" not in shown
    assert cli.main(["evidence", "verify", "evidence-s001.json"]) == 1
    assert "1 thing to look at" in (shown := capsys.readouterr().out)
    assert "work without a student id was taken over: its numbers are the same for all students" in shown


def test_of_another_student_there_is_nothing_to_hand_in(capsys: pytest.CaptureFixture[str]):
    work("s002")
    assert cli.main(["evidence", "--student", "s001"]) == 1
    assert "there is nothing to hand in yet" in capsys.readouterr().err
    assert not Path("evidence-s001.json").exists()


@pytest.mark.parametrize("id", ["a/b", "", "x" * 65, "=1 + 2"])
def test_what_could_be_no_file_name_is_no_student_id(id: str):
    with pytest.raises(BadInput, match="cannot be a student id"):
        evidence.make(id, None, None)


def test_where_it_cannot_be_written_that_is_said(tmp_path: Path):
    work()
    with pytest.raises(BadInput, match="cannot be written") as raised:
        evidence.make("s001", tmp_path / "nowhere" / "out.json", None)
    assert "--out" in raised.value.fix


def test_one_user_has_one_key_that_nobody_else_can_read(tmp_path: Path):
    keys = {signed_file.write(good(student=student), tmp_path / student).key for student in ("s001", "s002")}
    assert len(keys) == 1
    assert (tmp_path / "data" / "swarmlab" / "evidence-key.pem").stat().st_mode & 0o077 == 0


def test_a_damaged_key_is_not_replaced_in_silence(tmp_path: Path):
    signed_file.write(good(), tmp_path / "a")
    (tmp_path / "data" / "swarmlab" / "evidence-key.pem").write_text("not a key")
    with pytest.raises(BadInput, match=r"the key in .* cannot be read"):
        signed_file.write(good(), tmp_path / "b")


# Tampering ------------------------------------------------------------------------------------------------


def test_a_change_of_any_field_is_seen(tmp_path: Path):
    path = tmp_path / "one.json"
    signed_file.write(good(), path)
    whole = json.loads(path.read_text(encoding="utf-8"))
    ways = [*leaves(whole)]
    assert len(ways) > 25
    for way in ways:
        path.write_text(json.dumps(changed(whole, way, other)), encoding="utf-8")
        with pytest.raises(BadInput) as raised:
            signed_file.read(path)
        assert str(path) in raised.value.problem, way


@pytest.mark.parametrize(
    "way", [("content",), ("content", "results", 0), ("content", "predictions", 0), ("content", "timeline", SECTION, 0)]
)
def test_even_signed_neither_more_nor_fewer_fields_are_taken(tmp_path: Path, way: tuple):
    path = tmp_path / "one.json"
    signed_file.write(good(), path)
    whole = json.loads(path.read_text(encoding="utf-8"))
    for change in (lambda place: {**place, "more": "x"}, lambda place: dict([*place.items()][:-1])):
        signed_by_hand(path, changed(whole, way, change))
        with pytest.raises(BadInput, match="not a whole bundle"):
            signed_file.read(path)
    signed_by_hand(path, whole)
    assert signed_file.read(path).evidence == good()


@pytest.mark.parametrize("field", ["student", "made", "results", "predictions", "timeline", "versions"])
@pytest.mark.parametrize("value", [None, [], {}, "x", True, [[]], [{"at": 1}], -1e300, {"x": [{}]}])
def test_signed_nonsense_is_no_bundle_either(tmp_path: Path, field: str, value: object):
    signed_file.write(good(), tmp_path / "one.json")
    whole = json.loads((tmp_path / "one.json").read_text(encoding="utf-8"))
    signed_by_hand(tmp_path / "one.json", {**whole, "content": {**whole["content"], field: value}})
    try:
        read = signed_file.read(tmp_path / "one.json")
    except BadInput as error:
        assert "not a whole bundle" in error.problem
    else:  # an empty list of results is one
        assert getattr(read.evidence, field) in ((), {}, "x")


def test_a_bundle_that_would_take_hours_to_look_through_is_none(tmp_path: Path):
    signed_file.write(good(results=good().results * (signed_file.MAX_RESULTS + 1)), tmp_path / "one.json")
    with pytest.raises(BadInput, match="not a whole bundle"):
        signed_file.read(tmp_path / "one.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"x"',
        "\xff",
        '{"format": "swarmlab-evidence-1"}',
        "[" * 100_000,
        '{"format": NaN}',
        '{"format": "swarmlab-evidence-2"}',
        '{"format": "swarmlab-evidence-1", "key": "AAAA", "signature": "AAAA"}',
    ],
)
def test_what_is_no_bundle_gets_one_line_that_names_the_file_and_the_fix(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    path = tmp_path / "one.json"
    path.write_bytes(text.encode("latin-1"))
    assert cli.main(["evidence", "verify", str(path)]) == 1
    lines = [line for line in capsys.readouterr().out.splitlines() if "ask the student to make it again" in line]
    assert len(lines) == 1
    assert str(path) in lines[0]


def test_a_file_that_is_not_there_or_far_too_long_is_none(tmp_path: Path):
    with pytest.raises(BadInput, match="cannot be read"):
        signed_file.read(tmp_path / "nothing.json")
    (tmp_path / "long.json").write_bytes(b" " * (signed_file.FILE_MAX_BYTES + 1))
    with pytest.raises(BadInput, match="larger than any bundle"):
        signed_file.read(tmp_path / "long.json")


# Verifying ------------------------------------------------------------------------------------------------


def test_the_table_and_the_exit_status_tell_a_teacher_all(capsys: pytest.CaptureFixture[str]):
    work("s001")
    assert cli.main(["evidence", "--student", "s001", "--out", "good.json"]) == 0
    Path("bad.json").write_text(Path("good.json").read_text().replace('"points": 3', '"points": 2'))
    capsys.readouterr()
    assert cli.main(["evidence", "verify", "good.json"]) == 0
    assert cli.main(["evidence", "verify", "good.json", "bad.json"]) == 1
    shown = capsys.readouterr().out
    [good_line, *_] = [line for line in shown.splitlines() if line.startswith("good.json")]
    assert [part in good_line for part in ("s001", "3 of 100", "20.10.24", "yes", "nothing")] == [True] * 5
    assert "bad.json was changed after it was signed" in shown
    assert "cannot show who did" in shown


def test_a_folder_stands_for_the_files_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "class" / "s002").mkdir(parents=True)
    signed_file.write(good(made=time.time()), tmp_path / "class" / "evidence-s001.json")
    signed_file.write(good(made=time.time(), student="s002"), tmp_path / "class" / "s002" / "evidence-s002.json")
    cli.main(["evidence", "verify", "class"])
    shown = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in shown[1:3]] == ["class/evidence-s001.json", "class/s002/evidence-s002.json"]
    (tmp_path / "empty").mkdir()
    assert cli.main(["evidence", "verify", "empty"]) == 1
    assert "there is no bundle of evidence in empty" in capsys.readouterr().err


def test_what_a_bundle_holds_cannot_move_the_terminals_cursor(capsys: pytest.CaptureFixture[str]):
    signed_file.write(good(student="s\x1b[2J\n\r1"), Path("x.json"))
    assert cli.main(["evidence", "verify", "x.json"]) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_without_a_student_it_is_said_what_is_missing(capsys: pytest.CaptureFixture[str]):
    work()
    assert cli.main(["evidence"]) == 1
    assert capsys.readouterr().err == "evidence needs the student's id\n  Fix: add --student ID\n"


def test_the_id_that_was_said_once_need_not_be_said_again():
    work("s001")
    student_id.remember("s001")
    assert cli.main(["evidence"]) == 0
    assert signed_file.read(Path("evidence-s001.json")).evidence.student == "s001"
