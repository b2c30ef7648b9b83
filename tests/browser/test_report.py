"""A report in a browser: its slider replays a step though no other script may run, and paper has the last picture."""

import re
from base64 import b64encode
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect
from support.evidence_files import NOW, SECTION, good

from swarmkit_helpers.course.journal import Event
from swarmkit_helpers.course.own_words import Answer
from swarmkit_helpers.grading.evidence import signed_page
from swarmkit_helpers.grading.student_report import report_page
from swarmkit_helpers.notebook.kept_stills import KeptStill, Moment


def png(colour: str) -> str:
    file = BytesIO()
    Image.new("RGB", (960, 400), colour).save(file, "PNG")
    return b64encode(file.getvalue()).decode()


def report(folder: Path) -> Path:
    """The signed report of a section with one step, which can be replayed."""
    command = "docker service scale web=7"
    moments = tuple(Moment(NOW - ago, f"{command} {ago}", f"{ago} s before", png("gray")) for ago in (9, 5))
    ends = [("at the end", moments), ("over time", ())]
    stills = [
        KeptStill(NOW + place, "placement", command, "All run.", alt, (("A",), ("1",)), png("green"), earlier)
        for place, (alt, earlier) in enumerate(ends)
    ]
    given = good(timeline={SECTION: (Event(NOW - 9, "command", "node1", command),)})
    page = report_page.page(given, {SECTION: stills}, {SECTION: [Answer("**Why?**", "Because.")]}, 10**6)
    path = folder / "report.html"
    path.write_text(signed_page.with_evidence(page, given)[0], encoding="utf-8")
    return path


def test_the_slider_replays_a_step_and_paper_has_its_end(page: Page, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    page.goto(report(tmp_path).as_uri())
    shown, slider = page.locator(".frame img:visible"), page.get_by_role("slider", name=re.compile("^Replay"))
    expect(shown).to_have_count(2)
    for key, alt in [("End", "at the end"), ("Home", "9 s before"), ("ArrowRight", "5 s before")]:
        slider.press(key)
        expect(shown.first).to_have_attribute("alt", alt)
    expect(slider).to_have_attribute("aria-valuetext", re.compile("docker service scale web=7 5"))
    page.emulate_media(media="print")
    expect(shown).to_have_count(2)
    expect(shown.first).to_have_attribute("alt", "at the end")
    expect(slider).to_be_hidden()
    expect(page.locator(".bar")).to_have_css("print-color-adjust", "exact")  # paper has its points, too
    expect(page.locator("section")).to_have_css("break-before", "auto")  # no half-empty page before each
    room = page.locator(".commands").evaluate("list => parseFloat(getComputedStyle(list).paddingLeft)")
    assert room >= 2.2 * 11 * 96 / 72  # for numbers of two digits, in 11 pt
