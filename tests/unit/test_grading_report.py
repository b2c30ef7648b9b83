"""Tables and pages of a graded class, made of what strangers wrote."""

import csv
import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from swarmkit_helpers.course.journal import Event
from swarmkit_helpers.grading import feedback_page, report, summary
from swarmkit_helpers.grading.entry import Entry
from swarmkit_helpers.grading.exam import ExamResult, ExerciseResult, Remark, SavedChart
from swarmkit_helpers.grading.overrides import Override
from swarmkit_helpers.grading.submissions import Submission, layouts

EVIL = '"><script>alert(1)</script>\ud800`<img src=x onerror=alert(1)>`'
OWNER = layouts.Owner("s02", "s02", "", "")
RESULT = ExerciseResult("06-clean-up", "empty", "not yet", 3, 6, EVIL, EVIL, "en", None)


def entry(student: str, language: str = "en", points: float = 3, problems: tuple[str, ...] = ()) -> Entry:
    if problems:
        return Entry(Submission(student, EVIL, problems=problems), [])
    result = ExamResult(
        results=(replace(RESULT, points=points), replace(RESULT, exercise="=1+1", outcome="passed")),
        remarks=(Remark(EVIL, EVIL),),
        charts=(SavedChart(EVIL, "<figure></figure>"),),
        timeline=(Event(1.0, EVIL, EVIL, EVIL),),
        seconds={"total": 1.0},
        memory=0,
        ended="completed",
    )
    return Entry(Submission(student, f"{student}/x.ipynb", "06-clean-up", language, {}), [EVIL], result)


class Tags(HTMLParser):
    """Which tags and attributes a page has, and whether they are closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen, self.links, self._open = set(), [], []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen |= {tag, *(name for name, _value in attributes)}
        self.links += [value for name, value in attributes if name == "href"]
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag


@pytest.fixture
def out(tmp_path: Path) -> Path:
    report.write(tmp_path, [entry("+s01"), entry("s02", "id"), entry("s03", problems=(f"{EVIL}: bad",))])
    return tmp_path


def test_what_students_wrote_is_text_on_every_page(out: Path):
    for path in out.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        tags = Tags(page)
        assert not tags.seen & {"script", "img", "onerror", "iframe", "svg"}
        assert "default-src 'none'" in page
        assert all((path.parent / link).exists() for link in tags.links)


def test_no_cell_of_the_table_is_a_formula(out: Path):
    tables = [(out / name).read_text(encoding="utf-8-sig") for name in ("grades.csv", "exercises.csv")]
    rows = [row for table in tables for row in csv.reader(io.StringIO(table))]
    assert len(rows) == 4 + 6
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))]


def test_grades_json_is_json_for_every_reader(out: Path):
    grades = json.loads((out / "grades.json").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert [each["student"] for each in grades["notebooks"]] == ["+s01", "s02", "s03"]


def test_who_needs_attention_comes_first(out: Path):
    page = (out / "overview.html").read_text(encoding="utf-8")
    first = page[page.index("attention") : page.index("distributed")]
    assert "1 notebook could not be graded" in first
    assert "s03" in first
    assert "s02" not in first
    assert "1 passed, 1 not yet" in (out / "students" / "+s01" / "feedback.html").read_text(encoding="utf-8")


def test_the_overview_says_what_was_remarked_and_points_without_a_trace_come_first(out: Path):
    page = (out / "overview.html").read_text(encoding="utf-8")
    assert page.index("Points without a trace") < page.index("Who may need attention") < page.index("Remarks")
    assert page.count("alert(1)", page.index("<h2>Remarks")) >= 2


def test_who_has_handed_in_nothing_needs_attention_unless_excused(tmp_path: Path):
    nothing = [Entry(Submission(student, "", problems=("nothing",), name="Edi"), []) for student in ("s08", "s09")]
    excused = Override("s09", "06-clean-up", "", None, "ill", True)
    decided = Entry(Submission("s09", "overrides.csv", "06-clean-up"), [], overrides=(excused,))
    report.write(tmp_path, [entry("s01", points=6), *nothing, decided])
    page = (tmp_path / "overview.html").read_text(encoding="utf-8")
    attention = page[page.index("attention") : page.index("distributed")]
    assert "nothing was handed in" in attention
    assert "s08</a> Edi" in attention
    assert "s09" not in attention
    assert "could not be graded" not in page


def stopped(student: str = "s04", **result: object) -> Entry:
    """An entry whose notebook ran out of time, with all points but one exercise."""
    whole = entry(student, points=6)
    assert whole.result
    unchecked = replace(RESULT, exercise="mine", outcome="not attempted", points=0, message="stopped before", hint="")
    found = replace(whole.result, results=(*whole.result.results, unchecked), ended="time")
    return replace(whole, result=found, **result)


def test_a_notebook_that_ran_out_of_time_is_a_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    students = report.write(tmp_path, [entry("s01", points=6), stopped()])
    page = (tmp_path / "overview.html").read_text(encoding="utf-8")
    attention = page[page.index("attention") : page.index("distributed")]
    assert "ran out of time: 06" in attention
    assert "s01" not in attention
    summary.print_summary(tmp_path, students, students)
    said = capsys.readouterr().out
    assert " ✗ s04/x.ipynb: it ran out of time. Grade it again: --again s04." in said
    assert "1 problem" in said
    feedback = (tmp_path / "students" / "s04" / "feedback.html").read_text(encoding="utf-8")
    assert "Without a result</strong> · <code>mine</code><div>stopped before</div>" in feedback
    assert "1 passed, 1 not yet, 1 without a result" in feedback
    assert "ot attempted" not in feedback


@pytest.mark.parametrize("decided", [Override("s04", "06-clean-up", "", 9, "", False),
                                     Override("s04", "06-clean-up", "", None, "ill", True)])  # fmt: skip
def test_it_is_no_problem_once_the_teacher_has_decided(decided: Override):
    assert stopped().out_of_time
    assert not stopped(overrides=[decided]).out_of_time


def test_the_teacher_s_points_stand_in_the_box_of_the_exercise(tmp_path: Path):
    given = Override("s01", "06-clean-up", "empty", 6, "Shown on Monday.", False)
    told = Override("s01", "06-clean-up", "=1+1", None, "Neat.", False)
    report.write(tmp_path, [replace(entry("s01"), overrides=[given, told])])
    feedback = (tmp_path / "students" / "s01" / "feedback.html").read_text(encoding="utf-8")
    assert "6 of 6 by your teacher: Shown on Monday.</strong> · <code>empty</code><div>The check said: " in feedback
    assert "Passed</strong> · <code>=1+1</code><div><strong>Your teacher says: Neat.</strong></div>" in feedback
    assert feedback.count("Shown on Monday.") == feedback.count("Neat.") == 1
    [row] = [row for row in csv.DictReader((tmp_path / "exercises.csv").open(encoding="utf-8-sig"))
             if row["exercise"] == "empty"]  # fmt: skip
    assert row["message"].startswith("6 of 6 by your teacher: Shown on Monday. (the check said: ")


def test_who_is_excused_reads_that_and_the_comment_only(tmp_path: Path):
    excused = Override("s01", "06-clean-up", "", None, "Get well.", True)
    answer = Override("s02", "06-clean-up", "words-1", 2, "", False)
    report.write(tmp_path, [replace(entry("s01"), overrides=[excused]), replace(entry("s02"), overrides=[answer])])
    feedback = (tmp_path / "students" / "s01" / "feedback.html").read_text(encoding="utf-8")
    assert "Get well." in feedback
    for text in ("points</p>", "of 0 points", "besides", "<article", "not yet"):
        assert text not in feedback
    assert not (tmp_path / "students" / "s01" / "report.html").exists()
    assert "points besides" in (tmp_path / "students" / "s02" / "feedback.html").read_text(encoding="utf-8")


def test_numbers_of_outcomes_that_there_are_not_are_left_out():
    assert feedback_page.outcomes([entry("s01")]) == "1 passed, 1 not yet"


def test_the_overview_counts_what_was_graded(out: Path):
    page = (out / "overview.html").read_text(encoding="utf-8")
    assert "3 students, 2 notebooks" in page
    assert "; 1 hand-in could not be graded" in page


def test_the_summary_is_about_this_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = [entry("s01", problems=("old: bad",)), Entry(Submission("s09", "", problems=("s09: nothing",)), [])]
    now = entry("s02")
    now = replace(now, submission=replace(now.submission, entry=layouts.Entry("week6", "s02", "folders", OWNER, ())))
    students = report.write(tmp_path, [*before, now])
    summary.print_summary(tmp_path, students, {"s02": [now]})
    said = capsys.readouterr().out
    assert " ✗ 06: 2 handed in nothing\n" in said
    assert said.count("✗") == 1
