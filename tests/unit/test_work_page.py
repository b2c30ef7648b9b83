"""The report of each graded student: the pictures of the executed notebook, whatever their kernel has put there."""

import zipfile
from base64 import b64encode
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from support import graded_course

from swarmkit_helpers.grading import report, work_page
from swarmkit_helpers.grading.marking.desk import Desk

CLEAN = graded_course.CLEAN
EVIL = '"><script>alert(1)</script>\u202e'


def png(noise: int = 0) -> str:
    """A small picture; with noise it takes about four characters for each three bytes of it."""
    file = BytesIO()
    image = Image.effect_noise((noise, noise), 200) if noise else Image.new("RGB", (8, 8), "green")
    image.save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def output(picture: object, html: object = "") -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture, "text/html": html}}


def reported(out: Path, *outputs: dict, language: str = "en") -> Path:
    """The folder of a student in whose notebook the cell that removes the service has these outputs."""
    graded_course.write(out, {"ani": {"words-1": "by hand"}}, language=language, outputs={"service-rm": [*outputs]})
    Desk(out).update_tables()
    return out / "students" / "ani"


def test_it_has_each_picture_with_its_cell_below_its_heading(tmp_path: Path):
    split = [png()[:20] + "\n", png()[20:]]
    folder = reported(tmp_path, output(png(), '<img class="x" alt="3 nodes &amp; 4 tasks">'), output(split))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert page.count(f'src="data:image/png;base64,{png()}"') == 2
    assert '<img alt="3 nodes &amp; 4 tasks"' in page
    order = ["06 · Clean up", "What goes with a service?", "docker service rm sleep-app", "<img", "Passed", "by hand"]
    places = [page.index(text) for text in order]
    assert places == sorted(places)
    assert 'href="report.html"' in (folder / "feedback.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "picture",
    ['x" onerror="alert(1)', "", 7, [7], None, "PHN2Zz4=", "javascript:alert(1)", png() + '"'],
)
def test_what_is_no_picture_is_not_shown(tmp_path: Path, picture: object):
    folder = reported(tmp_path, output(picture))
    assert not (folder / "report.html").exists()
    assert 'href="report.html"' not in (folder / "feedback.html").read_text(encoding="utf-8")


def test_words_about_a_picture_are_text(tmp_path: Path):
    folder = reported(tmp_path, output(png(), f'<img alt="{EVIL}">'), output(png(), '<img alt="&#34;&gt;&lt;b&gt;x">'))
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert not [found for found in ("<script", "<b>", "\u202e") if found in page]
    assert "default-src 'none'" in page


def test_too_many_pictures_are_counted_and_left_out(tmp_path: Path):
    large = png(500)
    folder = reported(tmp_path, *[output(large)] * 4)
    fitting = work_page.PICTURES_MAX_CHARS // len(large)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 0 < page.count("<img") == fitting < 4
    assert f"{4 - fitting} picture" in page


def test_it_is_beside_the_feedback_also_in_the_zip(tmp_path: Path):
    reported(tmp_path, output(png()), language="id")
    students = Desk(tmp_path).update_tables()
    report.write_feedback_zip(tmp_path, students, students)
    with zipfile.ZipFile(tmp_path / "feedback.zip") as archive:
        assert archive.namelist() == ["ani/feedback.html", "ani/report.html"]
        assert "Laporan" in archive.read("ani/report.html").decode()
