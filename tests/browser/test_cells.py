"""Cells in a real kernel of `lab`: their colours, wide tables, work that is cut short, and a beginner's slips."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from support.lab import running_lab

ROOT = Path(__file__).parents[2]
MINUTE = 60_000  # milliseconds
pytestmark = pytest.mark.exhaustive("it starts lab, which takes half a minute")


@pytest.fixture(scope="module")
def simulated_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of section 04 in a JupyterLab that works on a simulated engine."""
    folder = tmp_path_factory.mktemp("lab")
    mine = {name: str(folder / name) for name in ("JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")}
    arguments = (str(folder / "work"), "--engine", "simulated", "--speed", "20")
    with running_lab(*arguments, cwd=folder, env=os.environ | mine | {"PYTHONPATH": str(ROOT)}) as url:
        yield re.sub(r"[^/]+\.ipynb", "04-scale.ipynb", url)


@pytest.fixture
def notebook(simulated_lab: str, page: Page) -> Locator:
    """The notebook, with a kernel in which nothing has run."""
    page.goto(simulated_lab)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    return page.locator(".jp-NotebookPanel:visible")


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item).click()


def restart(page: Page) -> None:
    choose(page, "Kernel", "Restart Kernel…")
    page.get_by_role("button", name="Confirm Kernel Restart").click()


def new_cell(notebook: Locator, text: str) -> Locator:
    """A cell with that text above all others."""
    notebook.locator(".jp-Cell").first.locator(".jp-InputPrompt").click()
    notebook.page.keyboard.press("a")
    notebook.page.keyboard.press("Enter")
    notebook.page.keyboard.insert_text(text)
    return notebook.locator(".jp-CodeCell").first


def run(notebook: Locator, text: str) -> Locator:
    """The output of a new cell with that text, which has run."""
    cell = new_cell(notebook, text)
    notebook.page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=MINUTE)
    return cell.locator(".jp-OutputArea")


def set_up(notebook: Locator) -> None:
    """The two cells under Setup have run."""
    for start in ("cluster_name = None", "%load_ext swarmkit_helpers"):
        cell = notebook.locator(".jp-CodeCell", has_text=start)
        cell.locator(".jp-InputPrompt").click()
        notebook.page.keyboard.press("Control+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=MINUTE)


def test_a_cell_is_a_script_as_soon_as_its_first_line_says_so(notebook: Locator, page: Page):
    cell = new_cell(notebook, "docker ps --all").locator("[data-language]")
    expect(cell).to_have_attribute("data-language", "python")
    page.keyboard.press("Control+Home")
    page.keyboard.type("%%node node1\n")
    expect(cell).to_have_attribute("data-language", "shell")
    page.keyboard.press("Control+z")
    expect(cell).to_have_attribute("data-language", "python")


def test_a_wide_table_scrolls_and_a_long_sentence_is_broken(notebook: Locator, page: Page):
    page.set_viewport_size({"width": 900, "height": 700})
    long = run(notebook, 'print("a word " * 60)').locator("pre")
    assert long.evaluate("pre => pre.scrollWidth <= pre.clientWidth")
    wide = run(notebook, 'print("ID    NAME\\n" + "a1    web " * 60)').locator("pre")
    expect(wide).to_have_css("white-space", "pre")
    assert wide.evaluate("pre => pre.scrollWidth > pre.clientWidth")


def test_a_line_of_progress_ends_with_its_kernel(notebook: Locator, page: Page):
    work = (
        'with progress.current().phase("long work") as phase: [(time.sleep(0.3), phase.note("x")) for _ in range(500)]'
    )
    cell = new_cell(notebook, f"%load_ext swarmkit_helpers\nfrom swarmkit_helpers import progress; import time\n{work}")
    page.keyboard.press("Control+Enter")
    expect(cell.get_by_text("… long work: x")).to_be_visible(timeout=MINUTE)
    restart(page)
    expect(cell.get_by_text("✗ long work: stopped, because its kernel has ended")).to_be_visible(timeout=MINUTE)


def test_each_slip_gets_a_sentence_and_a_fix(notebook: Locator, page: Page):
    before_setup = {
        "docker service ls": ("is a command for a node", "write %%node node1 as the first line"),
        "swarm.tasks()": ("swarm is not known yet", "run the two cells under Setup"),
        "%%node node1\ndocker ps": ("%%node is not known yet", "run the two cells under Setup"),
    }
    after_setup = {
        "# my answer\n%%node node1\ndocker ps": ("has to be the first line", "move the lines that begin with #"),
        "%%node node1 docker ps": ("on the line of %%node node1", "in one line, %node node1 docker ps"),
        'section.predict("spread", worker)': ("`worker` has no quotes", 'put it in quotes: "worker"'),
        'swarm.scale("sleep-app, 7)': ("a quote is missing", "begins and ends with the same quote"),
        'swarm.update_service("broken", "sleep infinity")': (
            "takes 2 positional",
            "swarm.update_service(name, setting",
        ),
        'swarm.scale("sleep-app")': ("missing 1 required", "swarm.scale(name, replicas)"),
        'swarm.scal("sleep-app", 7)': ("did you mean scale", "use one of these names: scale"),
    }
    for text, said in before_setup.items():
        _expect_slip(run(notebook, text), *said)
    set_up(notebook)
    for text, said in after_setup.items():
        _expect_slip(run(notebook, text), *said)
    restart(page)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    _expect_slip(run(notebook, "section"), "section is not known yet", "run the two cells under Setup")


def test_an_interrupted_wait_is_one_line(notebook: Locator, page: Page):
    set_up(notebook)
    run(notebook, 'swarm.create_service("nowhere", image, replicas=1, constraints=["node.labels.no==1"])')
    cell = new_cell(notebook, "swarm.converge()")
    page.keyboard.press("Control+Enter")
    expect(cell.get_by_text("nowhere")).to_be_visible(timeout=MINUTE)
    choose(page, "Kernel", "Interrupt Kernel")
    output = cell.locator(".jp-OutputArea")
    expect(output).to_contain_text("Interrupted: ", timeout=MINUTE)
    assert "Traceback" not in output.inner_text()


def _expect_slip(output: Locator, sentence: str, fix: str) -> None:
    """The output is two lines: a sentence, and a fix."""
    expect(output).to_contain_text(fix)
    first, second = output.inner_text().strip().splitlines()
    assert first.startswith("BadInput: ") and sentence in first
    assert second.startswith("  Fix: ") and fix in second
