"""The report of each graded student: what they wrote, whatever it is, with the charts of the grader."""

import zipfile
from pathlib import Path

import pytest
from support import graded_course

from swarmkit_helpers.grading import report, work_page
from swarmkit_helpers.grading.exam import SavedChart
from swarmkit_helpers.grading.marking.desk import Desk

CHART = SavedChart("Where the tasks were", "<figure>chart</figure>")
ANSWER = '{"cell_type": "code", "id": "answer-empty", "source": "# mine", "metadata": {"tags": ["answer"]}}'
MANY_PARTS = f'{{"cells": [{ANSWER}], "x": [{"[]," * 10**6}[]]}}'
CODE = {"predict-leftover": 'section.predict("leftover", 1)', "answer-empty": "# mine\ncluster.clean()"}


def reported(out: Path, code: dict[str, str], language: str = "en") -> Path:
    """The folder of a student with that code in the answer cells."""
    graded_course.write(out, {"ani": {"words-1": "by hand"}}, language=language, code=code, charts=(CHART,))
    Desk(out).update_tables()
    return out / "students" / "ani"


def test_each_result_stands_below_its_code_and_the_charts_follow(tmp_path: Path):
    folder = reported(tmp_path, CODE)
    page = (folder / "report.html").read_text(encoding="utf-8")
    order = ["06 · Clean up", "predict(", "<code>leftover</code>", "# mine\ncluster", "<code>empty</code>"]
    places = [page.index(text) for text in (*order, "Where the tasks were", "<figure>chart</figure>", "by hand")]
    assert places == sorted(places)
    assert 'href="report.html"' in (folder / "feedback.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", ["</pre><script>alert(1)</script>", "\u202e\x1b[31m", "x" * 100_000])
def test_code_is_text_and_does_not_fill_the_page(tmp_path: Path, source: str):
    page = (reported(tmp_path, {"answer-empty": source}) / "report.html").read_text(encoding="utf-8")
    assert not [found for found in ("<script", "\u202e", "\x1b") if found in page]
    assert "default-src 'none'" in page
    assert len(page) < 20_000 + work_page.CODE_MAX_CHARS


@pytest.mark.parametrize(
    "content",
    ["", "[]", '{"cells": [1]}', '{"cells": [{"cell_type": "code"}]}', MANY_PARTS],
    ids=["empty", "list", "number", "no id", "many parts"],
)
def test_a_notebook_that_is_none_leaves_the_results(tmp_path: Path, content: str):
    reported(tmp_path, CODE)
    desk = Desk(tmp_path)
    [stored] = (tmp_path / ".swarmlab").glob("*.ipynb")
    stored.write_text(content)
    desk.update_tables()
    page = (tmp_path / "students" / "ani" / "report.html").read_text(encoding="utf-8")
    assert "# mine" not in page
    assert "<code>empty</code>" in page


def test_who_has_no_charts_has_a_report_too(tmp_path: Path):
    graded_course.write(tmp_path, {"ani": {"words-1": "by hand"}})
    students = Desk(tmp_path).update_tables()
    folder = tmp_path / "students" / "ani"
    assert "by hand" in (folder / "report.html").read_text(encoding="utf-8")
    assert 'href="report.html"' in (folder / "feedback.html").read_text(encoding="utf-8")
    report.write_feedback_zip(tmp_path, students, students)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["ani/feedback.html", "ani/report.html"]
        assert "href" not in archive.read("ani/feedback.html").decode()  # a platform gives it another name


def test_it_is_beside_the_feedback_also_in_the_zip(tmp_path: Path):
    reported(tmp_path, CODE, "id")
    students = Desk(tmp_path).update_tables()
    report.write_feedback_zip(tmp_path, students, students)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["ani/feedback.html", "ani/report.html"]
        assert "Laporan" in archive.read("ani/report.html").decode()
