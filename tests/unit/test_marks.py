"""Marks of answers in words: their rows in overrides.csv, and how they count in tables and feedback."""

import csv
import inspect
import io
import multiprocessing
import re
from pathlib import Path

import pytest
from nbgrader.plugins.export import CsvExportPlugin
from support import graded_course

from swarmkit_helpers import BadInput
from swarmkit_helpers.grading import gradebook, override_rows, overrides, summary
from swarmkit_helpers.grading.entry import Entry
from swarmkit_helpers.grading.marking.desk import Desk
from swarmkit_helpers.grading.override_rows import Mark

CLEAN = graded_course.CLEAN
WORDS = {"ani": {"words-1": "by hand", "words-2": "its state"}, "budi": {}}
MARK = Mark("ani", CLEAN, "words-1", 1.5, "=1+1, nearly")
TITLES = "student,section,exercise,points,comment,excused"


def add(path: Path, *marks: Mark) -> None:
    override_rows.add(path, path.with_name("lock"), marks or [MARK], {"ani", "budi"})


def of_class(out: Path, *decided: str) -> dict[str, list[Entry]]:
    """The entries of a class after the tables were written with these rows in overrides.csv."""
    graded_course.write(out, WORDS)
    (out / overrides.FILE).write_text("\n".join([TITLES, *decided, ""]), encoding="utf-8")
    return Desk(out).update_tables()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("before", "row"),
    [
        (f"{TITLES}\n", 'ani,06-clean-up,words-1,1.5,"\'=1+1, nearly",\n'),
        (f"\ufeff{TITLES}\r\nani,06,,,ill,yes\r\n", 'ani,06-clean-up,words-1,1.5,"\'=1+1, nearly",\r\n'),
        (
            'comment;Points;exercise;section;student;mine\n"a;\nb";;;06;ani;7\n',
            "'=1+1, nearly;1.5;words-1;06-clean-up;ani;\n",
        ),
        (f"{TITLES}\nani,06,empty,2,,", '\nani,06-clean-up,words-1,1.5,"\'=1+1, nearly",\n'),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "latin-1"])
def test_a_row_is_added_in_the_file_s_own_form(tmp_path: Path, before: str, row: str, encoding: str):
    path = tmp_path / overrides.FILE
    if encoding != "utf-8":
        before = before.removeprefix("\ufeff").replace("ill", "grippé")
        before = "\ufeff" + before if encoding == "utf-16-le" else before
    path.write_bytes(before.encode(encoding))
    add(path)
    assert path.read_bytes() == (before + row).encode(encoding)
    [mark] = [each for each in overrides.read(path, {"ani"}) if each.is_mark]
    assert (mark.points, mark.comment) == (1.5, "=1+1, nearly")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (f"{TITLES}\neve,06,,1,,\n", "no student of the course"),
        ("student,section,points\n", "no column exercise"),
        (f'{TITLES}\nani,06,empty,1,"open\n', "never closed"),
        (f"{TITLES}\nani,06,empty,1,café,\n", "not in UTF-8"),
    ],
)
def test_nothing_is_written_if_one_thing_is_wrong(tmp_path: Path, before: str, said: str):
    path = tmp_path / overrides.FILE
    path.write_bytes(before.encode("latin-1"))
    with pytest.raises(BadInput, match=said):
        add(path, MARK, Mark("ani", CLEAN, "words-2", 2, "✓"))
    assert path.read_bytes() == before.encode("latin-1")
    assert [each.name for each in tmp_path.iterdir() if each.name.startswith(".")] == []


def _add_many(path: Path, student: str) -> None:
    for number in range(25):
        add(path, *(Mark(student, CLEAN, f"words-{place}", number % 3, "") for place in (1, 2, 3)))


def test_two_who_write_at_once_lose_nothing(tmp_path: Path):
    path = tmp_path / overrides.FILE
    path.write_text(f"{TITLES}\nani,06,,,mine,\n", encoding="utf-8")
    spawn = multiprocessing.get_context("fork")
    writers = [spawn.Process(target=_add_many, args=(path, student)) for student in ("ani", "budi")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0]
    rows = [row["student"] for row in table(path)]
    assert rows[0] == "ani"
    assert {student: rows[1:].count(student) for student in ("ani", "budi")} == {"ani": 75, "budi": 75}


def test_the_last_mark_counts_and_an_empty_one_takes_it_back(tmp_path: Path):
    path = tmp_path / overrides.FILE
    rows = [
        "ani,06,words-1,2,good,",
        "ani,06,words-2,2,,",
        "ani,06,words-1,1,,",
        "ani,06,words-2,,,",
        "ani,06,empty,1,,",
    ]
    path.write_text("\n".join([TITLES, *rows]), encoding="utf-8")
    found = overrides.read(path, {"ani"})
    assert [(each.exercise, each.points, each.comment) for each in found] == [("empty", 1, ""), ("words-1", 1, "")]


def test_marks_count_on_their_own_account(tmp_path: Path):
    of_class(tmp_path, "ani,06,words-1,2,Well said.,", "ani,06,words-2,1,,")
    rows = {row["student"]: row for row in table(tmp_path / "grades.csv")}
    assert [rows["ani"][name] for name in (CLEAN, "total", "of", "answers", "answers of")] == [
        "10",
        "10",
        "10",
        "3",
        "6",
    ]
    assert [rows["budi"][name] for name in ("total", "answers", "by hand")] == ["10", "0", ""]
    marked = [row for row in table(tmp_path / "exercises.csv") if row["outcome"] == "marked"]
    assert [(row["student"], row["exercise"], row["points"], row["of"]) for row in marked] == [
        ("ani", "words-1", "2", "2"),
        ("ani", "words-2", "1", "2"),
    ]
    assert marked[0]["by hand"] == "question 1: 2 points by your teacher. Well said."
    page = (tmp_path / "students" / "ani" / "feedback.html").read_text(encoding="utf-8")
    assert "have 3 of 6 points besides" in page
    assert page.index("<span class=points>2 / 2</span>") < page.index("by hand</div>") < page.index("Well said.")
    assert "0 / 2" in (tmp_path / "students" / "budi" / "feedback.html").read_text(encoding="utf-8")
    assert "answers (6)" in (tmp_path / "overview.html").read_text(encoding="utf-8")


def test_a_course_whose_answers_nobody_marks_is_as_before(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    students = of_class(tmp_path)
    assert "answers" not in table(tmp_path / "grades.csv")[0]
    assert "points besides" not in (tmp_path / "students" / "ani" / "feedback.html").read_text(encoding="utf-8")
    summary.print_summary(tmp_path, students, students)
    assert "2 answers in words have no points yet" in capsys.readouterr().out


@pytest.mark.parametrize(("with_answers", "points"), [(False, "10"), (True, "13")])
def test_they_are_in_the_gradebook_only_if_the_teacher_asks(tmp_path: Path, with_answers: bool, points: str):
    students = of_class(tmp_path, "ani,06,words-1,2,,", "ani,06,words-2,1,,")
    (tmp_path / "table.csv").write_text("Student,Points\nani,\nbudi,\n", encoding="utf-8")
    gradebook.fill(tmp_path / "table.csv", "Points", tmp_path, students, with_answers=with_answers)
    filled = (tmp_path / "gradebook" / "table.csv").read_text(encoding="utf-8")
    assert filled == f"Student,Points\nani,{points}\nbudi,10\n"


def test_nbgrader_s_table_has_the_columns_of_its_own_export(tmp_path: Path):
    of_class(tmp_path, "ani,06,words-1,2,,", "budi,06,,4,,")
    keys = re.search(r"keys = \[(.*?)\]", inspect.getsource(CsvExportPlugin), re.DOTALL)
    rows = table(tmp_path / "nbgrader.csv")
    assert keys
    assert [*rows[0]] == re.findall(r'"(\w+)"', keys[1])
    assert [(row["assignment"], row["student_id"], row["score"], row["max_score"]) for row in rows] == [
        (CLEAN, "ani", "10.0", "10.0"),
        (CLEAN, "budi", "4.0", "10.0"),
        (f"{CLEAN}-answers", "ani", "2.0", "6.0"),
        (f"{CLEAN}-answers", "budi", "0.0", "6.0"),
    ]
    assert rows[0]["timestamp"] == "2027-01-15 08:00:00"


def test_who_is_excused_has_nothing_to_mark_and_no_row(tmp_path: Path):
    students = of_class(tmp_path, "ani,06,,,ill,yes", "ani,06,words-1,2,,")
    [row] = [row for row in table(tmp_path / "grades.csv") if row["student"] == "ani"]
    assert (row["answers"], row["answers of"]) == ("0", "0")
    assert "ani" not in {row["student_id"] for row in table(tmp_path / "nbgrader.csv")}
    assert students["ani"][0].unmarked == []
    assert Desk(tmp_path).left() == 0


def test_no_student_s_name_is_a_formula_in_nbgrader_s_table(tmp_path: Path):
    graded_course.write(tmp_path, {"=s1": {}, "+s2": {}})
    (tmp_path / overrides.FILE).write_text(f"{TITLES}\n'=s1,06,words-1,1,,\n", encoding="utf-8")
    graded_course.write(tmp_path, {"ani": {"words-1": "x"}}, "04-scale")
    Desk(tmp_path).update_tables()
    text = (tmp_path / "nbgrader.csv").read_text(encoding="utf-8")
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith(("=", "+"))]
