"""The platform's table comes back with the points in it, and every other byte as it was."""

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from swarmkit_helpers import BadInput
from swarmkit_helpers.grading import gradebook, report
from swarmkit_helpers.grading.entry import Entry
from swarmkit_helpers.grading.exam import ExamResult, ExerciseResult
from swarmkit_helpers.grading.overrides import Override
from swarmkit_helpers.grading.submissions import Submission
from swarmkit_helpers.grading.submissions.layouts import Entry as HandIn
from swarmkit_helpers.grading.submissions.layouts import Layout, Owner

MOODLE = (
    '\ufeffIdentifier,"Full name","Email address",Status,Grade,"Maximum grade","Grade can be changed"\r\n'
    '"Participant 1001","Ani Lestari",ani@uni.ac.id,"Submitted, graded",,10.00,Yes\r\n'
    '"Participant 1002","Ani Lestari",ani2@uni.ac.id,Submitted,"3.00",10.00,Yes\r\n'
    '"Participant 1003","Zaki ""Z"" Ali",zaki@uni.ac.id,"No submission",,10.00,Yes\r\n'
)
CANVAS = (
    "Student,ID,SIS Login ID,Section,Essay (7),04 Scale (8),06-clean-up (9),Final Score\n"
    "    Points Possible,,,,100,25,10,(read only)\n"
    '"Lestari, Ani",41,s01,A,,,,\n'
    '"O\'Brien, Seán",42,s02,A,77.5,EX,,\n'
    '"Student, Test",43,,A,,,,'
)


def entry(student: str, points: float, section: str = "06-clean-up", **more: object) -> Entry:
    result = ExerciseResult(section, "empty", "passed", points, 10, "", "", "en", None)
    exam = ExamResult((result,), (), (), (), {}, 0, "completed")
    return Entry(Submission(student, f"{student}/a.ipynb", section, "en", {}, **more), [], exam)


def handed_in(layout: Layout, number: int, name: str) -> HandIn:
    return HandIn("class", f"{name}_{number}", layout, Owner(f"{layout} {number}", name, str(number), "9"), ())


def filled(
    tmp_path: Path, text: str, entries: dict[str, list[Entry]], column: str | None = None, code: str = "utf-8"
) -> str:
    table = tmp_path / "table.csv"
    table.write_bytes(text.encode(code))
    gradebook.fill(table, column, tmp_path / "out", entries)
    return (tmp_path / "out" / "gradebook" / "table.csv").read_bytes().decode(code)


def test_moodle_s_worksheet_is_filled_by_the_number_of_the_participant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    entries = {
        f"Ani Lestari {number}": [
            entry(f"Ani Lestari {number}", points, entry=handed_in("moodle", number, "Ani Lestari"))
        ]
        for number, points in ((1001, 7.5), (1002, 10), (1009, 3))
    }
    after = filled(tmp_path, MOODLE, entries)
    assert after == MOODLE.replace('graded",,', 'graded",7.5,').replace('"3.00"', '"10"')
    assert "not in it or more than once: Ani Lestari 1009" in capsys.readouterr().out


def test_canvas_s_export_is_filled_where_a_column_names_the_section(tmp_path: Path):
    entries = {
        "s01": [entry("s01", 4, "04-scale"), entry("s01", 9)],
        "s02": [entry("s02", 2), replace(entry("s02", 1, "04-scale"), result=None)],
    }
    after = filled(tmp_path, CANVAS, entries)
    assert after == CANVAS.replace("s01,A,,,,", "s01,A,,4,9,").replace("77.5,EX,,", "77.5,EX,2,")


@pytest.mark.parametrize("code", ["utf-8", "utf-16-le", "latin-1"])
def test_any_table_is_filled_by_id_name_or_e_mail_in_the_form_that_it_has(tmp_path: Path, code: str):
    mark = "\ufeff" if code == "utf-16-le" else ""
    text = f"{mark}NIM;Nama;Nilai Akhir\r\ns01;Jürgen Müller;\r\nx;Seán O'Brien;8,25\r\n"
    entries = {"s01": [entry("s01", 7.5)], "s09": [entry("s09", 6, name="Seán O'Brien")]}
    after = filled(tmp_path, text, entries, "Nilai Akhir", code)
    assert after == text.replace("Müller;", 'Müller;"7,5"').replace("8,25", "6")


def test_a_number_of_another_assignment_is_no_student_s(tmp_path: Path):
    other = {"Cici": [entry("Cici", 1, entry=handed_in("moodle", 1003, "Cici"))]}
    assert filled(tmp_path, MOODLE, other) == MOODLE


def test_where_marking_is_blind_the_number_is_enough(tmp_path: Path):
    text = "Identifier,Status,Grade\nParticipant 1001,Submitted,\n"
    person = {"Participant": [entry("Participant", 4, entry=handed_in("moodle", 1001, "Participant"))]}
    assert filled(tmp_path, text, person) == text.replace("Submitted,", "Submitted,4")


def test_two_rows_of_one_name_are_left_as_they_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert filled(tmp_path, MOODLE, {"x": [entry("x", 1, name="Ani Lestari")]}) == MOODLE
    assert "more than once: x" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [("", None, "no rows"), ("a,b\n1,2\n", None, "surely the one"), ("a,b\n1,2\n", "c", "no column 'c'")],
)
def test_a_table_without_a_column_for_points_is_refused(tmp_path: Path, text: str, column: str | None, said: str):
    with pytest.raises(BadInput, match=said):
        filled(tmp_path, text, {"s01": [entry("s01", 1)]}, column)


def test_a_maximum_that_differs_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    person = entry("x", 1, name="Ani Lestari", entry=handed_in("moodle", 1001, "Ani Lestari"))
    filled(tmp_path, MOODLE.replace("10.00", "100.00"), {"x": [person]})
    assert "The maximum there is 100.00, and here 10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("maximum", "of", "fix"),
    [
        ("10.00", "16 (10 and 6 for answers in words)", "16 points there, or leave out --answers"),
        ("9,00", "16 (10 and 6 for answers in words)", "16 points there\n"),
    ],
)
def test_what_is_above_the_platform_s_maximum_is_one_line_with_its_fix(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], maximum: str, of: str, fix: str
):
    marks = [Override("x", "06-clean-up", "words-1", 2, "", False)]
    one = entry("x", 9, name="Ani Lestari", entry=handed_in("moodle", 1001, "Ani Lestari"))
    less = entry("y", 1, name="Ani Lestari", entry=handed_in("moodle", 1002, "Ani Lestari"))
    table = tmp_path / "table.csv"
    table.write_text(MOODLE.replace("10.00", f'"{maximum}"'), encoding="utf-8")
    entries = {"x": [replace(one, overrides=marks)], "y": [less]}
    gradebook.fill(table, None, tmp_path / "out", entries, with_answers=True)
    *_others, said = capsys.readouterr().out.splitlines(keepends=True)
    filled_table = tmp_path / "out" / "gradebook" / "table.csv"
    assert said.startswith(
        f"1 student in {filled_table} has more points than the maximum there, {maximum}; here it is {of}. "
    )
    assert f"Fix: give the assignment {fix}" in said


def test_a_maximum_that_nobody_is_above_is_only_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    person = entry("x", 1, name="Ani Lestari", entry=handed_in("moodle", 1001, "Ani Lestari"))
    table = tmp_path / "table.csv"
    table.write_text(MOODLE, encoding="utf-8")
    gradebook.fill(table, None, tmp_path / "out", {"x": [person]}, with_answers=True)
    said = capsys.readouterr().out
    assert "The maximum there is 10.00, and here 16 (10 and 6 for answers in words): the points" in said
    assert "Fix" not in said


def test_feedback_is_one_zip_in_the_platform_s_layout(tmp_path: Path):
    entries = [
        entry("Ani", 1, entry=handed_in("moodle", 1001, "Ani Lestari")),
        entry("ben 7", 1, entry=handed_in("canvas", 7, "ben")),
        entry("s03", 1, entry=HandIn("class", "s03", "folders", Owner("entry s03", "s03"), ())),
        Entry(Submission("s04", "", problems=("nothing",)), []),
    ]
    students = report.write(tmp_path, entries)
    report.write_feedback_zip(tmp_path, students, students)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert set(archive.namelist()) == {
            "Ani Lestari_1001_assignsubmission_file_/feedback.html",
            "Ani Lestari_1001_assignsubmission_file_/report.html",
            "ben_7_9_feedback.html",
            "ben_7_9_report.html",
            "s03/feedback.html",
            "s03/report.html",
        }
        assert b".ipynb" not in archive.read("s03/feedback.html")


def test_the_table_of_students_has_a_row_for_each(tmp_path: Path):
    entries = [entry("s01", 4, "04-scale", name="Ani", group="A"), entry("s01", 9), entry("s02", 2)]
    report.write(tmp_path, entries)
    rows = (tmp_path / "grades.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows == [
        "student,name,e-mail,group,04-scale,06-clean-up,total,of,late,by hand,problems",
        "s01,Ani,,A,4,9,13,35,,,",
        "s02,,,,,2,2,35,,,",
    ]
