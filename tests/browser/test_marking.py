"""Marking a class of thirty in a browser, by keyboard alone, on the page that the command `mark` serves."""

import csv
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from support import graded_course

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"
END_SECONDS = 60
pytestmark = pytest.mark.exhaustive("the unit tests mark on the same server, without a browser")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A graded class: ten have one answer in common, one has written HTML, one nothing."""
    words = {f"s{number:02}": {"words-1": f"Answer number {number}."} for number in range(1, 31)}
    words |= {f"s{number:02}": {"words-1": "by hand", "words-2": "its state"} for number in range(1, 11)}
    return graded_course.write(tmp_path, words | {"s29": {"words-1": EVIL}, "s30": {}})


@pytest.fixture
def marking(out: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The command while it runs, and the address that it prints."""
    command = [sys.executable, "-m", "swarmkit_helpers.cli", "mark", "--out", str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert process.stdout
        found = next(url for line in process.stdout if (url := re.search(r"http://\S+", line)))
        yield process, found[0]
        process.kill()


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "overrides.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_three_answers_are_marked_by_keyboard(page: Page, out: Path, marking: tuple["subprocess.Popen[str]", str]):
    process, address = marking
    dialogs: list[object] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog), dialog.dismiss()))
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("A container was still there"))
    assert Axe().run(page).response["violations"] == []
    for place, key in enumerate("210", 1):
        chosen = page.locator("article:focus")
        expect(chosen).to_have_class("open")
        if key == "1":
            page.keyboard.press("c")
            page.keyboard.type("Which one? 2 of them")
            page.keyboard.press("Enter")
        answered = chosen.get_attribute("id")
        page.keyboard.press(key)
        expect(page.locator(f"[id='{answered}']")).to_have_class("marked")
        expect(page.locator("article.marked")).to_have_count(place)
    marked = rows(out)
    assert {row["points"] for row in marked} == {"0", "1", "2"}
    assert {row["comment"] for row in marked if row["points"] == "1"} == {"Which one? 2 of them"}
    expect(page.get_by_role("status")).to_contain_text(f"{len(marked)} of 29 marked")
    assert Axe().run(page).response["violations"] == []
    assert dialogs == []
    process.send_signal(signal.SIGINT)
    said, _none = process.communicate(timeout=END_SECONDS)
    assert process.returncode == 0
    assert f"{29 + 10 - len(marked)} answers have no points yet" in said
    assert ",answers," in (out / "grades.csv").read_text(encoding="utf-8")


def test_a_comment_that_is_begun_stays_and_a_mark_that_is_not_saved_is_said(
    browser: Browser, marking: tuple["subprocess.Popen[str]", str]
):
    process, address = marking
    page = browser.new_page()  # the console of the other may show no error, such as that of a server that has ended
    page.goto(address)
    begun = page.locator("article").nth(3).get_by_role("textbox")
    begun.fill("begun")
    for place, ends in enumerate((False, True)):
        if ends:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=END_SECONDS)
        page.locator("article").nth(place).get_by_role("button", name="2 points").click()
        expect(page.locator("article.marked")).to_have_count(1)
    expect(page.get_by_role("alert")).to_contain_text("The mark was not saved")
    expect(begun).to_have_value("begun")
    page.close()


def test_a_comment_after_the_points_is_saved_with_them(
    page: Page, out: Path, marking: tuple["subprocess.Popen[str]", str]
):
    page.goto(f"{marking[1]}{graded_course.CLEAN}/words-2")
    said = page.locator("article").get_by_text("not saved yet")
    for key in ("Enter", "Escape", "Tab"):
        page.keyboard.press("c")
        page.keyboard.press("Control+A")
        page.keyboard.type(f"1 {key}")
        expect(said).to_be_visible()
        page.keyboard.press(key)
        if key == "Enter":  # it has no points yet
            expect(said).to_be_visible()
            assert not (out / "overrides.csv").exists()
            page.keyboard.press("1")
        if key == "Tab":
            expect(said).to_be_visible()  # the focus is still in the answer
            page.get_by_role("link", name="mark each answer by itself").focus()
        expect(said).to_be_hidden()
        page.locator("article").focus()
    assert [row["comment"] for row in rows(out)[::10]] == ["1 Enter", "1 Escape", "1 Tab"]
    assert {row["points"] for row in rows(out)} == {"1"}


def test_a_digit_after_the_last_answer_does_nothing(
    page: Page, out: Path, marking: tuple["subprocess.Popen[str]", str]
):
    page.goto(f"{marking[1]}{graded_course.CLEAN}/words-2")
    page.keyboard.press("2")
    page.keyboard.press("1")  # perhaps before the mark is saved
    expect(page.get_by_role("link", name="next question")).to_be_focused()
    page.keyboard.press("0")
    page.keyboard.press("ArrowUp")
    expect(page.locator("article")).to_be_focused()
    assert {row["points"] for row in rows(out)} == {"2"}
