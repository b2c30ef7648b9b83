"""The student says the id once, in a form: it is in all notebooks, on the screen and on disk."""

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.lab import running_lab

from swarmkit_helpers.course import student_id

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
MINUTE = 60_000  # milliseconds
OPEN, ASKING = "04-scale", "00-start"


def opened(page: Page, url: str, section: str) -> Locator:
    """The section, open in JupyterLab beside what is open already; its kernel is ready."""
    page.goto(re.sub(r"[^/]+\.ipynb", f"{section}.ipynb", url).removesuffix("&reset"))
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook.locator(".jp-CodeCell").first).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    return notebook


def settings(notebook: Locator) -> Locator:
    return notebook.locator(".jp-CodeCell .cm-content").first


@pytest.mark.exhaustive("it starts and stops lab, which takes half a minute")
def test_an_id_that_is_said_once_is_in_every_notebook(browser: Browser, tmp_path: Path):
    data = {name: str(tmp_path / name) for name in ("JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    arguments = (str(tmp_path / "work"), "--engine", "simulated", "--speed", "20")
    with running_lab(*arguments, cwd=tmp_path, env=os.environ | data | {"PYTHONPATH": str(ROOT)}) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 1000})
        opened(page, url, OPEN)
        notebook = opened(page, url, ASKING)
        notebook.locator(".jp-CodeCell").first.scroll_into_view_if_needed()  # its editor is made only then
        settings(notebook).click()
        for _cell in ("settings", "setup", "heading", "form"):
            page.keyboard.press("Shift+Enter")
        form = notebook.locator(".swk-panel").first
        field, button = form.get_by_label("Student id"), form.get_by_role("button", name="Take this id")
        field.fill("not good!")
        button.click()
        expect(form.get_by_text("'not good!' cannot be a student id")).to_be_visible(timeout=MINUTE)
        field.fill("s042")
        button.click()
        expect(form.get_by_text("The notebooks are those of student s042.")).to_be_visible(timeout=MINUTE)
        expect(settings(notebook)).to_contain_text('student = "s042"')
        expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0, timeout=MINUTE)
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "student-form.png")
        page.get_by_role("tab", name=f"{OPEN}.ipynb").click()
        expect(settings(page.locator(".jp-NotebookPanel:visible"))).to_contain_text('student = "s042"')
        page.close()
    written = {
        path.stem: student_id.written(_joined(json.loads(path.read_text(encoding="utf-8"))))
        for path in (tmp_path / "work" / "en").glob("*.ipynb")
    }
    assert len(written) == 7
    assert {*written.values()} == {"s042"}


def _joined(notebook: dict) -> dict:
    """The notebook with each source as one text."""
    return {"cells": [{**cell, "source": "".join(cell["source"])} for cell in notebook["cells"]]}
