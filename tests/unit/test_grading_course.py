"""One --out for a whole course: weeks are added, the teacher's decisions and the rule for what is late count."""

import csv
import json
import os
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from support.class_of_thirty import solved

from swarmkit_helpers import BadInput
from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.grading import course_state, run, workers
from swarmkit_helpers.grading.exam import Examined, ExamRequest, ExamResult, ExerciseResult
from swarmkit_helpers.grading.result_store import FOLDER, ResultStore

CLEAN, SCALE = "06-clean-up", "04-scale"
DUE = datetime(2027, 3, 1, 12).timestamp()
Grade = Callable[..., int]


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sections of all notebooks that are examined: each gets all points, without an engine."""
    sections: list[str] = []

    def examine_all(requests: dict[str, ExamRequest], store: ResultStore, *_more: object) -> dict[str, str]:
        for digest, request in requests.items():
            sections.append(request.section)
            results = tuple(
                ExerciseResult(request.section, each.id, "passed", each.points, each.points, "", "", "en", None)
                for each in SECTIONS[request.section].EXERCISES
            )
            store.save(digest, Examined(ExamResult(results, (), (), (), {"total": 1.0}, 0, "completed"), "{}"))
        return {}

    monkeypatch.setattr(workers, "examine_all", examine_all)
    return sections


def hand_in(folder: Path, student: str, section: str = CLEAN, *, at: float = DUE, empty: bool = False) -> Path:
    path = folder / student / f"{section}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(pristine(section, "en") if empty else solved(section)), encoding="utf-8")
    os.utime(path, (at, at))
    return folder


def rows(out: Path) -> dict[str, dict[str, str]]:
    with (out / "grades.csv").open(encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def feedback(out: Path, student: str) -> str:
    return (out / "students" / student / "feedback.html").read_text(encoding="utf-8")


def test_a_week_is_added_to_the_course(tmp_path: Path, examined: list[str]):
    week6, week4, out = tmp_path / "week6", tmp_path / "week4", tmp_path / "out"
    hand_in(week6, "ani")
    hand_in(week6, "budi")
    hand_in(week4, "ani", SCALE)
    for week in (week6, week4):
        assert run.grade([week], out) == 0
    assert {student: (row[CLEAN], row[SCALE], row["total"], row["of"]) for student, row in rows(out).items()} == {
        "ani": ("10", "25", "35", "35"),
        "budi": ("10", "", "10", "35"),
    }
    assert "Clean up" in feedback(out, "ani")
    assert "Scale the application" in feedback(out, "ani")
    assert examined == [CLEAN, CLEAN, SCALE]  # also of one notebook and one number each student has an examination


def test_a_roster_is_that_of_later_weeks_too(tmp_path: Path, examined: list[str]):
    first, later, out = tmp_path / "week6", tmp_path / "week4", tmp_path / "out"
    (tmp_path / "class.csv").write_text("id,name\ns01,Ani Lestari\ns02,Budi\n", encoding="utf-8")
    run.grade([hand_in(first, "Ani Lestari")], out, roster=tmp_path / "class.csv")
    (tmp_path / "class.csv").unlink()
    run.grade([hand_in(later, "ani lestari", SCALE)], out)
    assert {student: row["total"] for student, row in rows(out).items()} == {"s01": "35", "s02": "0"}


def test_a_table_without_points_is_refused_before_anything_is_graded(tmp_path: Path, examined: list[str]):
    table = tmp_path / "table.csv"
    table.write_text("id,name\ns01,Ani\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no column that is surely the one"):
        run.grade([hand_in(tmp_path / "week6", "ani")], tmp_path / "out", gradebook=table)
    assert examined == []


def test_those_who_have_not_begun_share_an_examination(tmp_path: Path, examined: list[str]):
    for student in ("ani", "budi"):
        hand_in(tmp_path / "week6", student, empty=True)
    hand_in(tmp_path / "week6", "cici")
    run.grade([tmp_path / "week6"], tmp_path / "out")
    assert examined == [CLEAN, CLEAN]
    assert set(rows(tmp_path / "out")) == {"ani", "budi", "cici"}


def test_what_is_given_back_is_of_this_run(tmp_path: Path, examined: list[str]):
    out, table = tmp_path / "out", tmp_path / "table.csv"
    for number, (section, students) in enumerate({CLEAN: ("Ani", "Budi"), SCALE: ("Ani", "Cici")}.items()):
        for place, name in enumerate(students):
            entry = f"{name}_{1000 * number + place}_assignsubmission_file_"
            hand_in(tmp_path / f"in{number}" / "moodle", entry, section)
        rows_of = "".join(f"Participant {1000 * number + place},{name},,\n" for place, name in enumerate(students))
        table.write_text(f"Identifier,Full name,Email address,Grade\n{rows_of}", encoding="utf-8")
        run.grade([tmp_path / f"in{number}"], out, gradebook=table)
    with zipfile.ZipFile(out / "feedback.zip") as archive:
        assert set(archive.namelist()) == {
            f"{name}_{number}_assignsubmission_file_/{page}.html"
            for name, number in (("Ani", 1000), ("Cici", 1001))
            for page in ("feedback", "report")
        }
    grades = (out / "gradebook" / "table.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert grades == ["Participant 1000,Ani,,25", "Participant 1001,Cici,,25"]
    assert rows(out)["Ani"]["total"] == "35"


def test_what_is_no_longer_in_a_folder_is_no_longer_in_the_course(tmp_path: Path, examined: list[str]):
    week, out = tmp_path / "week6", tmp_path / "out"
    hand_in(week, "ani")
    hand_in(week, "budi")
    run.grade([week], out)
    (week / "budi" / f"{CLEAN}.ipynb").unlink()
    (week / "budi").rmdir()
    (out / "students" / "budi" / "mine.txt").touch()
    run.grade([week], out)
    assert set(rows(out)) == {"ani"}
    assert [path.name for path in (out / "students" / "budi").iterdir()] == ["mine.txt"]


def test_a_folder_may_be_used_again_for_another_week(tmp_path: Path, examined: list[str]):
    week, out = tmp_path / "submissions", tmp_path / "out"
    run.grade([hand_in(week, "ani")], out)
    (week / "ani" / f"{CLEAN}.ipynb").unlink()
    run.grade([hand_in(week, "ani", SCALE)], out)
    assert rows(out)["ani"]["total"] == "35"


def test_of_two_places_the_newest_that_is_not_empty_counts(tmp_path: Path, examined: list[str]):
    first, second, out = tmp_path / "first", tmp_path / "second", tmp_path / "out"
    run.grade([hand_in(second, "ani", at=DUE + 9, empty=True)], out)
    run.grade([hand_in(first, "ani")], out)
    assert "It was also handed in as second/ani/06-clean-up.ipynb; first/ani" in feedback(out, "ani")


def test_the_same_notebook_in_a_later_week_is_no_remark(tmp_path: Path, examined: list[str]):
    out = tmp_path / "out"
    run.grade([hand_in(tmp_path / "first", "ani")], out)
    run.grade([hand_in(tmp_path / "second", "ani", at=DUE + 9)], out)
    assert examined == [CLEAN]
    assert "It was also handed in" not in feedback(out, "ani")


def test_the_teacher_s_decisions_count_and_are_shown(tmp_path: Path, examined: list[str]):
    week, out = tmp_path / "week6", tmp_path / "out"
    for student in ("ani", "budi", "cici", "dodi"):
        hand_in(week, student)
    out.mkdir()
    text = (
        "student;section;exercise;points;comment;excused\nani;06;empty;2,5;half is missing;\n"
        "Budi;06-clean-up;;7;after we talked;\ncici;06;;;ill;yes\ndodi;04;;20;oral;\n"
    )
    (out / "overrides.csv").write_text(text, encoding="utf-8")
    run.grade([week], out, due="2027-02-28 12:00", late="10%/day")
    found = rows(out)
    assert {student: (row[CLEAN], row["total"]) for student, row in found.items()} == {
        "ani": ("4.05", "4.05"),  # 4.5 of 10 points, less a tenth for the day
        "budi": ("7", "7"),
        "cici": ("excused", "0"),
        "dodi": ("9", "29"),
    }
    assert found["cici"]["of"] == "25"
    assert found["ani"]["late"] == f"{CLEAN}: -10%"
    assert "after we talked" in found["budi"]["by hand"]
    assert "2.5 of 8 by your teacher: half is missing" in feedback(out, "ani")
    assert "20 points by your teacher. oral" in feedback(out, "dodi")
    assert "excused" in feedback(out, "cici")
    with (out / "exercises.csv").open(encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    assert [row["student"] for row in table] == sorted(row["student"] for row in table)
    [row] = [row for row in table if (row["student"], row["exercise"]) == ("ani", "empty")]
    assert (row["points"], row["outcome"]) == ("2.5", "not yet")
    assert (out / "overrides.csv").read_text(encoding="utf-8") == text


def test_an_answer_that_is_marked_while_the_class_is_graded_counts(
    tmp_path: Path, examined: list[str], monkeypatch: pytest.MonkeyPatch
):
    out, examine_all = tmp_path / "out", workers.examine_all

    def marked_meanwhile(*given: object) -> dict[str, str]:
        (out / "overrides.csv").write_text("student,section,exercise,points,comment,excused\nani,06,words-1,2,,\n")
        return examine_all(*given)

    monkeypatch.setattr(workers, "examine_all", marked_meanwhile)
    run.grade([hand_in(tmp_path / "week6", "ani")], out)
    assert rows(out)["ani"]["answers"] == "2"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("eve,06,,1,,", "line 2 of .*no student of the course is called 'eve'"),
        ("ani,07,,1,,", "there is no section '07'"),
        ("ani,06,full,1,,", "06-clean-up has no exercise 'full'"),
        ("ani,06,empty,9,,", "points are '9'"),
        ("ani,06,,x,,", "points are 'x'"),
        ("ani,06,empty,,,yes", "excused is 'yes'"),
        ("ani,06,,,,perhaps", "excused is 'perhaps'"),
    ],
)
def test_a_wrong_decision_stops_before_anything_is_graded(tmp_path: Path, examined: list[str], row: str, said: str):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "overrides.csv").write_text(f"student,section,exercise,points,comment,excused\n{row}\n")
    with pytest.raises(BadInput, match=said):
        run.grade([hand_in(tmp_path / "week6", "ani")], tmp_path / "out")
    assert examined == []


@pytest.mark.parametrize(
    ("hours", "late", "points"),
    [(0, "10%/day", "10"), (1, "10%/day", "9"), (24, "10%/day", "9"), (25, "10%/day", "8"), (25, "3%/hour", "2.5"),
     (9999, "10%/day", "0"), (25, None, "10")],
)  # fmt: skip
def test_being_late_costs_a_share_for_each_period_begun(
    tmp_path: Path, examined: list[str], hours: int, late: str | None, points: str
):
    week = hand_in(tmp_path / "week6", "ani", at=DUE + 3600 * hours)
    run.grade([week], tmp_path / "out", due="2027-03-01 12:00", late=late)
    assert rows(tmp_path / "out")["ani"]["total"] == points
    assert ("handed in late" in feedback(tmp_path / "out", "ani")) == bool(hours)


def test_a_time_that_is_not_known_costs_nothing_and_is_said(tmp_path: Path, examined: list[str]):
    with zipfile.ZipFile(tmp_path / "week6.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"ani/{CLEAN}.ipynb"), json.dumps(solved(CLEAN)))  # of 1980
    run.grade([tmp_path / "week6.zip"], tmp_path / "out", due="2027-03-01 12:00", late="10%/day")
    assert rows(tmp_path / "out")["ani"]["total"] == "10"
    assert "When it was handed in is not known" in (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"due": "soon"}, "no time"),
        ({"late": "10%/day"}, "needs --due"),
        ({"due": "2027-03-01", "late": "10"}, "no deduction"),
    ],
)
def test_a_wrong_rule_for_what_is_late_is_named(tmp_path: Path, options: dict[str, str], said: str):
    with pytest.raises(BadInput, match=said):
        run.grade([hand_in(tmp_path / "week6", "ani")], tmp_path / "out", **options)


@pytest.mark.parametrize(("again", "number"), [([], 0), (["ani"], 1), (["06"], 2), ([CLEAN, "ani"], 2)])
def test_what_is_named_is_graded_again(tmp_path: Path, examined: list[str], again: list[str], number: int):
    week = hand_in(hand_in(tmp_path / "week6", "ani"), "budi", empty=True)
    run.grade([week], tmp_path / "out")
    examined.clear()
    run.grade([week], tmp_path / "out", again=again)
    assert len(examined) == number
    with pytest.raises(BadInput, match="--again 'eve'"):
        run.grade([week], tmp_path / "out", again=["eve"])


def test_a_changed_check_is_known_and_grading_again_is_offered(
    tmp_path: Path, examined: list[str], capsys: pytest.CaptureFixture[str]
):
    week = hand_in(tmp_path / "week6", "ani")
    run.grade([week], tmp_path / "out")
    [stored] = (tmp_path / "out" / FOLDER).glob("*.json")
    body = json.loads(stored.read_text())
    assert body["state"] == course_state.state_of(CLEAN)
    for name, said in (("package", "another state of the course"), ("check", "another check")):
        stored.write_text(json.dumps(body | {"state": body["state"] | {name: "0"}}))
        run.grade([week], tmp_path / "out")
        assert f"1 of them was graded with {said}; to grade again: --again 06-clean-up" in capsys.readouterr().out
    run.grade([week], tmp_path / "out", again=[CLEAN])
    run.grade([week], tmp_path / "out")
    assert "was graded with" not in capsys.readouterr().out


def test_an_earlier_week_s_result_of_another_version_still_counts(tmp_path: Path, examined: list[str]):
    out = tmp_path / "out"
    run.grade([hand_in(tmp_path / "week6", "ani")], out)
    [stored] = (out / FOLDER).glob("*.json")
    stored.write_text(stored.read_text().replace("swarmlab-exam-3", "swarmlab-exam-2"))
    run.grade([hand_in(tmp_path / "week4", "ani", SCALE)], out)
    assert rows(out)["ani"]["total"] == "35"
