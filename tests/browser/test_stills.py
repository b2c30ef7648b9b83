"""A picture in JupyterLab stands still after its step, and what was saved stays as it was."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.lab import running_lab

from swarmkit_helpers.course import working_copy

ROOT = Path(__file__).parents[2]
SECTION, LAST_CELL = "04-scale", "slider"
MINUTE = 60_000  # milliseconds
DIRTY = ".jp-mod-current.jp-mod-dirty"  # the notebook's tab


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The student's copy of the section, up to its first control."""
    working_copy.bring_up_to_date(tmp_path / "work", "en")
    path = tmp_path / "work" / "en" / f"{SECTION}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    last = [cell["id"] for cell in notebook["cells"]].index(LAST_CELL)
    del notebook["cells"][last + 1 :]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture
def section(copy: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of the section in a JupyterLab that works on a simulated engine."""
    mine = {name: str(tmp_path / name) for name in ("JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    arguments = (str(copy.parents[1]), "--engine", "simulated", "--speed", "20")
    with running_lab(*arguments, cwd=copy.parent, env=os.environ | mine | {"PYTHONPATH": str(ROOT)}) as url:
        yield re.sub(r"[^/]+\.ipynb", f"{SECTION}.ipynb", url)


@pytest.mark.exhaustive("it starts lab, which takes half a minute")
def test_a_picture_stands_still_and_can_be_live_again(section: str, page: Page):
    page.goto(section)
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = notebook.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=3 * MINUTE)

    cell = notebook.locator(".jp-CodeCell", has_text="forecast = swarm.predict(scale=replicas)")
    picture = cell.locator("figcaption").locator("xpath=../img")
    expect(picture).to_have_attribute("alt", re.compile("7 of 7 replicas run"))
    expect(picture).to_have_attribute("src", re.compile("^data:image/png"))
    expect(cell.get_by_text(re.compile(r"Seen at .*, after docker service update .*--replicas 7"))).to_be_visible()
    cell.get_by_text("The same as a table").click()
    page.keyboard.press("Control+S")
    expect(page.locator(DIRTY)).to_have_count(0, timeout=MINUTE)
    live = last.locator("figure > img")
    last.get_by_role("button", name="+ 1").click()
    expect(live).to_have_attribute("alt", re.compile("5 of 5 replicas run"), timeout=MINUTE)
    expect(picture).to_have_attribute("alt", re.compile("7 of 7 replicas run"))
    expect(cell.get_by_role("cell", name="sleep-app.7")).to_be_visible()  # its table is still open

    cell.get_by_role("button", name="Live again").click()
    expect(picture).to_have_attribute("alt", re.compile("5 of 5 replicas run"))
    expect(picture).to_have_attribute("src", re.compile(r"^data:image/svg\+xml"))
    cell.get_by_role("button", name="Back to the still").click()
    expect(picture).to_have_attribute("alt", re.compile("7 of 7 replicas run"))
    cell.scroll_into_view_if_needed()
