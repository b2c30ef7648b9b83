"""A student scales, drains and breaks things by hand: in a real JupyterLab, on a real swarm, in both themes."""

import re
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

MINUTE = 60_000  # milliseconds
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
NAME = "controls.ipynb"
SIZE = {"width": 1280, "height": 1000}
CELLS = (
    """from swarmkit_helpers import Cluster, Dashboard
cluster = Cluster.up(nodes=3)
swarm = cluster.ensure_swarm()
if not swarm.services():
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0)
swarm.scale("sleep-app", 1)
swarm.converge()""",
    "Dashboard(swarm, 'sleep-app', cluster)",
    """import time
time.sleep(8)""",
)


@pytest.fixture
def notebook(project: Path, lab: str, page: Page) -> Locator:
    """A notebook of the three cells, open in JupyterLab; nothing in it has run."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), project / "swarm-practicum" / NAME)
    page.goto(re.sub(r"/lab/tree/[^?]*", f"/lab/workspaces/controls/tree/{NAME}", lab))
    opened = page.locator(".jp-NotebookPanel:visible")
    expect(opened.locator(".jp-CodeCell").first).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    return opened


def run(notebook: Locator, number: int, wait: bool = True) -> None:
    """The cell of that number runs; with `wait` it has ended."""
    prompt = notebook.locator(".jp-CodeCell .jp-InputPrompt").nth(number)
    prompt.click()
    notebook.page.keyboard.press("Control+Enter")
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:" if wait else r"\[(\*|\d+)\]:"), timeout=MINUTE)


def drag_slider(notebook: Locator, to: int, most: int = 20) -> None:
    """The slider's knob has been moved there, with the mouse."""
    knob = notebook.locator(".swk-dashboard .noUi-touch-area")
    knob.scroll_into_view_if_needed()
    start, track = knob.bounding_box(), notebook.locator(".swk-dashboard .noUi-target").bounding_box()
    height, mouse = start["y"] + start["height"] / 2, notebook.page.mouse
    mouse.move(start["x"] + start["width"] / 2, height)
    mouse.down()
    mouse.move(track["x"] + track["width"] * to / most, height, steps=8)
    mouse.up()


def grave(page: Page) -> list[str]:
    """What axe-core finds serious or critical in the outputs."""
    found = Axe().run(page, context=".jp-OutputArea").response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def height_above(notebook: Locator) -> float:
    """Pixels from the top of the dashboard to its first chart; both are measured at once, as charts are drawn anew."""
    return notebook.evaluate(
        """panel => {
            const top = place => panel.querySelector(place).getBoundingClientRect().top;
            return top("figure.swk-live img") - top(".swk-dashboard");
        }"""
    )


def keep(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def test_scale_drain_and_kill_by_hand(notebook: Locator, page: Page):
    run(notebook, 0)
    run(notebook, 1)
    sentence = notebook.locator(".swk-sentence")
    placement = notebook.locator("figure.swk-live img").first
    expect(sentence).to_contain_text("1 of 1 replica runs", timeout=MINUTE)
    above = height_above(notebook)
    cards = (".swk-dashboard", "figure.swk-live img")
    assert len({notebook.locator(card).first.bounding_box()["width"] for card in cards}) == 1
    table = notebook.locator("figure.swk-live details").first
    table.locator("summary").click()

    drag_slider(notebook, 7)
    expect(sentence).to_contain_text("7 of 7 replicas run", timeout=MINUTE)
    expect(placement).to_have_attribute("alt", re.compile("7 of 7 replicas run"), timeout=MINUTE)
    expect(notebook.get_by_label("Replicas")).to_have_value("7")
    expect(notebook.get_by_text("$ docker service scale sleep-app=7")).to_be_visible()
    notebook.get_by_label("Why?").fill("sleep-app.7")
    page.keyboard.press("Enter")
    expect(notebook.get_by_text(re.compile(r"sleep-app\.7 on node\d: placed together with 5 others"))).to_be_visible()
    keep(page, "controls-scaled")
    assert grave(page) == []

    notebook.get_by_label("node2", exact=True).select_option("drain")
    expect(sentence).to_contain_text("node2 is drained", timeout=MINUTE)
    expect(sentence).to_contain_text(re.compile(r"7 of 7 replicas run\W+\d on node1, \d on node3"), timeout=MINUTE)
    keep(page, "controls-drained")

    notebook.get_by_role("button", name="Kill node3").click()
    table.locator("summary").focus()
    expect(notebook.get_by_role("button", name="Start node3")).to_be_enabled(timeout=MINUTE)
    expect(sentence).to_contain_text("node3 is down", timeout=MINUTE)
    expect(placement).to_have_attribute("alt", re.compile("node3 is down"), timeout=MINUTE)
    expect(table).to_have_js_property("open", True)
    expect(table.locator("summary")).to_be_focused()
    expect(table).to_contain_text("unknown")
    assert height_above(notebook) == above
    keep(page, "controls-killed")

    page.set_viewport_size({"width": 900, "height": SIZE["height"]})
    page.keyboard.press("Control+j")  # in so narrow a window there is no room for a panel beside a notebook
    row = [notebook.get_by_role("button", name=f"{verb} node1") for verb in ("Kill", "Freeze", "Disconnect")]
    assert len({button.bounding_box()["y"] for button in row}) == 1
    keep(page, "controls-narrow")
    page.keyboard.press("Control+j")
    page.set_viewport_size(SIZE)

    page.get_by_role("menuitem", name="Settings").click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.get_by_role("menuitem", name="JupyterLab Dark", exact=True).click()
    expect(page.locator("body[data-jp-theme-light='false']")).to_have_count(1)
    assert grave(page) == []
    keep(page, "controls-dark")

    notebook.get_by_role("button", name="Start node3").click()
    expect(notebook.get_by_role("button", name="Kill node3")).to_be_enabled(timeout=MINUTE)
    notebook.get_by_label("node2", exact=True).select_option("active")
    expect(sentence).not_to_contain_text(re.compile("node2 is drained|node3 is down"), timeout=MINUTE)


@pytest.mark.exhaustive("it waits for a cell; what is clicked is done at once always")
def test_what_is_clicked_while_a_cell_runs_is_done_afterwards(notebook: Locator, page: Page):
    run(notebook, 0)
    run(notebook, 1)
    sentence, notice = notebook.locator(".swk-sentence"), notebook.locator(".swk-dashboard > .swk-queued")
    expect(sentence).to_contain_text("1 of 1 replica runs", timeout=MINUTE)
    expect(notice).not_to_be_visible()
    run(notebook, 2, wait=False)
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("A cell is running")
    more = notebook.get_by_role("button", name="+ 1")
    more.click()
    more.click()
    expect(notebook.locator(".jp-CodeCell .jp-InputPrompt").nth(2)).to_have_text("[*]:")
    expect(sentence).to_contain_text("3 of 3 replicas run", timeout=MINUTE)
    expect(notice).not_to_be_visible()
    assert grave(page) == []


@pytest.mark.exhaustive("the panel is used by keyboard always")
def test_the_field_and_the_buttons_work_with_the_keyboard_alone(notebook: Locator, page: Page):
    run(notebook, 0)
    run(notebook, 1)
    field = notebook.get_by_label("Replicas")
    expect(field).to_have_value("1", timeout=MINUTE)
    field.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("4")
    page.keyboard.press("Tab")
    expect(notebook.get_by_text("$ docker service scale sleep-app=4")).to_be_visible(timeout=MINUTE)
    expect(notebook.get_by_role("button", name="− 1")).to_be_focused()
    page.keyboard.press("Enter")
    expect(field).to_have_value("3", timeout=MINUTE)
    expect(notebook.locator(".swk-sentence")).to_contain_text("3 of 3 replicas run", timeout=MINUTE)
    notebook.get_by_label("Why?").focus()
    page.keyboard.type("sleep-app.2")
    page.keyboard.press("Enter")
    expect(notebook.get_by_text(re.compile(r"sleep-app\.2 on node\d"))).to_be_visible(timeout=MINUTE)
