"""The panel beside the notebook: nodes and tasks that follow the swarm, used by keyboard alone, in both themes."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.docker_commands import shown_by

MINUTE = 60_000  # milliseconds
ARTEFACTS = Path(__file__).parents[2] / "artefacts"
SERVICE = "panel-app"


@pytest.fixture
def swarm(lab: str) -> Iterator[Swarm]:
    """The swarm of the lab's cluster, with three tasks of one service; all its nodes are active."""
    with shown_by(lambda command: None):
        made = Cluster.adopt().ensure_swarm()
        made.create_service(SERVICE, "busybox", "sleep infinity", replicas=3, stop_grace_period=0)
        made.converge()
        yield made
        made.remove_service(SERVICE)
        for node in made.nodes():
            made.activate(node.name)


@pytest.fixture
def panel(lab: str, page: Page, swarm: Swarm) -> Locator:
    """The panel as `lab` opens it beside the first notebook, in a workspace of its own."""
    page.goto(lab.replace("/lab/tree/", "/lab/workspaces/panel/tree/"))
    opened = page.get_by_role("region", name="Swarm", exact=True)
    expect(opened.get_by_role("button", name=re.compile(rf"^{SERVICE}\.\d, running"))).to_have_count(3, timeout=MINUTE)
    return opened


def faults(page: Page) -> list[str]:
    """What axe-core finds in the panel."""
    found = Axe().run(page, context=".swarm-panel").response["violations"]
    return [f"{each['id']}: {node['html'][:200]}" for each in found for node in each["nodes"]]


def keep(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def cut_off(panel: Locator) -> list[str]:
    """The parts of the panel that do not show all of what is in them."""
    return panel.evaluate("""panel => [...panel.querySelectorAll('ul, li, p, div')].filter(each =>
        each.clientHeight && (each.scrollHeight > each.clientHeight + 1 || each.scrollWidth > each.clientWidth + 1)
      ).map(each => each.className)""")


def choose_theme(page: Page, name: str) -> None:
    """JupyterLab has that theme; it stays for later tests."""
    page.get_by_role("menuitem", name="Settings").click()
    page.locator(".lm-Menu-item", has_text="Theme").first.hover()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}$")).click()
    expect(page.locator(f"body[data-jp-theme-name='{name}']")).to_have_count(1)


def choose(panel: Locator, node: str, item: str) -> None:
    """The item of the node's menu has been chosen with the keyboard; the focus is on the node again."""
    page, button = panel.page, panel.get_by_role("button", name=re.compile(f"^{node},"))
    button.focus()
    page.keyboard.press("Enter")
    wanted = page.locator(".lm-Menu-item.lm-mod-active", has_text=item)
    for _item in range(10):
        if wanted.count():
            break
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(button).to_be_focused()


def test_the_panel_stands_beside_the_notebook_and_is_used_by_keyboard(panel: Locator, page: Page, swarm: Swarm):
    beside = page.locator(".jp-NotebookPanel:visible").bounding_box()
    assert panel.bounding_box()["x"] >= beside["x"] + beside["width"]
    assert panel.bounding_box()["width"] >= 380  # of 1280
    for state in ("hidden", "visible"):  # the list of files goes, and comes back
        page.keyboard.press("Control+b")
        page.locator(".jp-FileBrowser").wait_for(state=state)
        assert panel.bounding_box()["width"] >= 380
    place = panel.get_by_role("list", name="Nodes and their tasks").bounding_box()

    choose(panel, "node2", "drain")
    expect(panel.get_by_role("button", name=re.compile(r"^node2, worker, ready, drain, 0 tasks run"))).to_be_visible(
        timeout=MINUTE
    )
    expect(panel.get_by_text("docker node update --availability drain node2")).to_be_visible()
    assert swarm.node("node2").availability == "drain"

    task = panel.get_by_role("button", name=re.compile(rf"^{SERVICE}\.1, running")).first
    task.focus()
    page.keyboard.press("Shift+Enter")  # it runs a cell, and presses no button
    expect(task).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    expect(panel.get_by_role("region", name="Why here?")).to_contain_text(f"{SERVICE}.1 is running", timeout=MINUTE)
    expect(task).to_have_attribute("aria-pressed", "true")
    number = panel.get_by_role("spinbutton", name=f"Replicas of {SERVICE}")
    number.fill("")
    number.blur()
    expect(number).to_have_value("3")  # what is no number is taken back
    cluster = Cluster.adopt()
    cluster.sh("node3", "docker run -d --name lonely busybox sleep infinity")
    expect(panel.get_by_role("button", name=re.compile("^lonely, running, on node3, run by hand"))).to_have_css(
        "border-style", "dotted", timeout=MINUTE
    )
    assert panel.get_by_role("list", name="Nodes and their tasks").bounding_box() == place  # nothing has jumped
    page.evaluate("document.querySelector('#jp-right-stack').style.width = '0'")  # as narrow as it can be
    nodes = [panel.get_by_role("button", name=re.compile(f"^node{number},")).bounding_box() for number in (1, 2, 3)]
    assert len({node["y"] for node in nodes}) == 1
    assert cut_off(panel) == []
    choose_theme(page, "JupyterLab Light")  # an earlier test may have left another
    keep(page, "panel-light")
    assert faults(page) == []

    choose_theme(page, "JupyterLab Dark")
    keep(page, "panel-dark")
    assert faults(page) == []

    cluster.sh("node3", "docker rm --force lonely")
    choose(panel, "node2", "Terminal on node2")
    expect(page.get_by_role("tab", name="Terminal node2")).to_be_visible(timeout=MINUTE)


@pytest.mark.exhaustive("the way of a click is tested always, on a simulated engine")
def test_the_panel_comes_back_after_a_reload_and_replays_what_was(panel: Locator, page: Page, swarm: Swarm):
    swarm.scale(SERVICE, 5)
    running = panel.get_by_role("button", name=re.compile(rf"^{SERVICE}\.\d, running"))
    expect(running).to_have_count(5, timeout=MINUTE)
    page.reload()
    expect(running).to_have_count(5, timeout=MINUTE)
    expect(page.locator(".swarm-panel")).to_have_count(1)
    back = panel.get_by_role("button", name="One step back")
    expect(panel.get_by_role("slider", name="Replay")).not_to_have_attribute("max", "1", timeout=MINUTE)
    for _step in range(60):
        if running.count() == 3:
            break
        back.click()
    expect(running).to_have_count(3)
    expect(panel.get_by_text("as of")).to_be_visible()
    panel.get_by_role("button", name="Now").click()
    expect(running).to_have_count(5)
