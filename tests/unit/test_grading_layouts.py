"""A class of sixty in every layout: each student's row is right, and none is lost."""

from pathlib import Path

import pytest
from support import class_of_sixty
from support.class_of_sixty import BROKEN, EMPTY, LATE, LAYOUTS, NO_NOTEBOOK, NOW, STUDENTS, TWICE, Student

from swarmkit_helpers.grading import submissions
from swarmkit_helpers.grading.submissions import Submission
from swarmkit_helpers.grading.submissions.roster import read as read_roster

LIKE_OTHERS = {"folders", "zips named one by one", "Moodle's zip in a folder", "Canvas's folder"}
ALIKE = pytest.mark.exhaustive("a layout very like it is tested always: editions, zips, Moodle's zip, Canvas's zip")
SAME_NAME = ("s00", "s01")


def platform_id(student: Student, layout: str) -> str:
    """The id of the student without a roster."""
    if layout == "moodle":
        number = f" {1000 + student.number}" if student.id in SAME_NAME else ""
        return f"{student.name}{number}"
    if layout == "canvas":
        return class_of_sixty._canvas_name(student, 0, "").partition("_")[0] + f" {student.number}"
    return student.id


def marks(found: list[Submission]) -> dict[str, str]:
    """The mark in each student's notebook; a student without a notebook has an empty one."""
    rows = {}
    for each in found:
        assert each.student not in rows
        cells = each.notebook["cells"] if each.notebook else ()
        answer = [cell["source"] for cell in cells if cell["id"] == "answer-empty"]
        rows[each.student] = answer[0].removeprefix("# ") if answer else ""
    return rows


def there(layout: str) -> list[Student]:
    """The students of whom a platform shows anything: an empty folder is no file."""
    return [each for each in STUDENTS if each.number != EMPTY or layout not in ("canvas", "flat")]


@pytest.mark.parametrize("name", [pytest.param(name, marks=ALIKE if name in LIKE_OTHERS else ()) for name in LAYOUTS])
def test_each_of_sixty_has_a_row_with_their_own_notebook(tmp_path: Path, name: str):
    hand_in, layout = LAYOUTS[name]
    found = submissions.find(hand_in(tmp_path / "class"))
    assert set(submissions.layouts_of(found)) == {layout}
    expected = {platform_id(each, layout): each.mark for each in there(layout)}
    if name == "clones":  # each has a notebook as handed out, besides
        expected |= {f"s{number}": "..." for number in (NO_NOTEBOOK, EMPTY, BROKEN)}
        found = [each for each in found if each.section]
    assert marks(found) == expected


@pytest.mark.parametrize("name", ["flat", pytest.param("clones", marks=ALIKE)])
def test_with_a_roster_the_ids_are_its_own_and_who_is_missing_is_named(tmp_path: Path, name: str):
    hand_in, _layout = LAYOUTS[name]
    roster = read_roster(class_of_sixty.roster(tmp_path / "class.csv"))
    found = submissions.find(hand_in(tmp_path / "class"), roster=roster)
    assert {each.student for each in found} == {each.id for each in STUDENTS} | {"s99"}
    assert {each.student: (each.email, each.group) for each in found}["s07"] == ("s07@uni.ac.id", "A")
    assert [each.problems for each in found if each.student == "s99"] == [("s99: nothing was handed in.",)]


@pytest.mark.parametrize("name", ["Moodle's zip", "Canvas's zip"])
def test_a_platform_s_names_are_found_in_the_roster_if_they_are_of_one_student(tmp_path: Path, name: str):
    hand_in, layout = LAYOUTS[name]
    roster = read_roster(class_of_sixty.roster(tmp_path / "class.csv"))
    found = submissions.find(hand_in(tmp_path / "class"), roster=roster)
    expected = {each.id: each.mark for each in there(layout) if each.id not in SAME_NAME}
    expected |= {platform_id(each, layout): each.mark for each in STUDENTS[:2]}  # which of the two is not guessed
    assert {student: mark for student, mark in marks(found).items() if mark or student in expected} == expected
    strangers = [each for each in found if "The roster does not say which student this is." in each.notes]
    assert len(strangers) == len(SAME_NAME)


def test_a_layout_can_be_named(tmp_path: Path):
    names = ("ani_7_70_a.ipynb", "ani_7_71_b.ipynb")
    class_of_sixty.write(tmp_path / "class", {name: (class_of_sixty.notebook("x"), NOW) for name in names})
    for layout, students in ((None, {"ani 7"}), ("folders", {"ani_7_70_a", "ani_7_71_b"})):
        assert {each.student for each in submissions.find([tmp_path / "class"], layout=layout)} == students


def test_what_the_platform_calls_late_is_said(tmp_path: Path):
    found = submissions.find(class_of_sixty.canvas_zip(tmp_path))
    assert [each.entry.owner.number for each in found if "The platform marks it as late." in each.notes] == [str(LATE)]


def test_of_several_notebooks_the_newest_that_is_not_empty_counts_and_the_others_are_named(tmp_path: Path):
    class_of_sixty.write(tmp_path / "s53", class_of_sixty.handed_in(Student(TWICE)))
    [found] = submissions.find([tmp_path])
    assert found.source.endswith("s53/06-clean-up (1).ipynb")
    assert "2 more notebooks of this section were handed in" in found.notes[0]
    assert "Copy of 06-clean-up.ipynb" in found.notes[0]
