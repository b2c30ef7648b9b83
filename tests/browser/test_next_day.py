"""The next day: `lab` was stopped overnight, and the student opens the notebook again."""

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from support.lab import running_lab
from support.solutions import SOLUTIONS

from swarmkit_helpers.course import working_copy

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
SECTION = "04-scale"
MINUTE = 60_000  # milliseconds
SIZE = {"width": 1280, "height": 1000}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of `lab`; JupyterLab's settings and the student's journal are this test's own."""
    mine = {name: str(tmp_path / name) for name in ("JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    return os.environ | mine | {"PYTHONPATH": str(ROOT)}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The student's copy of the section, in which the answers are typed and nothing has run."""
    working_copy.bring_up_to_date(tmp_path / "work", "en")
    path = tmp_path / "work" / "en" / f"{SECTION}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = SOLUTIONS[SECTION].get(cell["id"], cell["source"])
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def opened(page: Page, url: str, section: str = SECTION) -> Locator:
    """The section, open in JupyterLab; its kernel is ready."""
    page.goto(re.sub(r"[^/]+\.ipynb", f"{section}.ipynb", url))
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook.locator(".jp-CodeCell").first).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    return notebook


def run_all(page: Page, notebook: Locator) -> None:
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = notebook.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=3 * MINUTE)


def saved(path: Path) -> list[dict]:
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == "code"]


@pytest.mark.exhaustive("it starts and stops lab twice, which takes a minute")
def test_the_next_day_all_is_there_and_controls_say_how_to_use_them(
    browser: Browser, copy: Path, environment: dict[str, str]
):
    arguments = (str(copy.parents[1]), "--engine", "simulated", "--speed", "20")
    with running_lab(*arguments, cwd=copy.parent, env=environment) as url:
        page = browser.new_page(viewport=SIZE)
        notebook = opened(page, url)
        run_all(page, notebook)
        expect(notebook.locator(".swk-panel.swk-control, .swk-panel.swk-dashboard").first).to_be_attached()
        controls = notebook.locator(".jp-OutputArea-child > .lm-Widget .swk-panel").count()
        page.keyboard.press("Control+S")
        expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0, timeout=MINUTE)
        page.close()
    outputs = [[output.get("output_type") for output in cell["outputs"]] for cell in saved(copy)]
    assert "widgets" in json.loads(copy.read_text(encoding="utf-8"))["metadata"]
    assert copy.stat().st_size < 600_000

    with running_lab(*arguments, cwd=copy.parent, env=environment) as url:
        page = browser.new_page(viewport=SIZE)
        notebook = opened(page, url)
        stored = notebook.locator(".swk-stored:visible")
        expect(stored.first).to_have_text("This is how it looked last. To use it, run its cell again.", timeout=MINUTE)
        expect(notebook.get_by_text("Error displaying widget")).to_have_count(0)
        expect(notebook.get_by_text("model not found")).to_have_count(0)
        assert notebook.locator(".jp-OutputArea-child > .lm-Widget .swk-panel").count() == controls
        stored.first.evaluate("notice => notice.scrollIntoView()")
        expect(stored.first).to_be_in_viewport(timeout=MINUTE)
        ARTEFACTS.mkdir(exist_ok=True)
        page.screenshot(path=ARTEFACTS / "next-day.png")
        assert [[output.get("output_type") for output in cell["outputs"]] for cell in saved(copy)] == outputs
        expect(notebook.get_by_text("25 of 25").last).to_be_attached()
        expect(page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)  # nothing has changed since it was saved

        start = opened(page, url, "00-start")
        start.get_by_role("link", name="glossary").click()
        expect(page.locator(".jp-MarkdownViewer:visible").get_by_role("heading", name="Glossary")).to_be_visible()
        page.close()
