"""A student opens a section in JupyterLab, runs all its cells, and sees what it promises."""

import re

from playwright.sync_api import Page, expect

FIRST = "00 · Start here"
SECTION, TITLE = "02-configure-swarm.ipynb", "02 · Configure swarm mode"
MINUTE = 60_000  # milliseconds


def test_the_first_screen_is_the_practicum_and_nothing_in_front_of_it(lab: str, page: Page):
    page.goto(lab)
    expect(page.get_by_role("heading", name=FIRST)).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_text("Would you like to get notified")).to_have_count(0)
    expect(page.get_by_role("menuitem", name="Help")).to_be_visible()
    expect(page.get_by_role("menuitem", name="Nbgrader")).to_have_count(0)  # the tests' environment has it


def test_a_section_runs_from_start_to_end(lab: str, page: Page):
    page.goto(re.sub(r"[^/]+\.ipynb", SECTION, lab))
    notebook = page.locator(".jp-NotebookPanel:visible")
    expect(notebook.get_by_role("heading", name=TITLE)).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("button", name="| Idle")).to_be_visible(
        timeout=MINUTE
    )  # a kernel that starts cannot restart
    colours = notebook.locator(".jp-CodeCell [data-language]")
    expect(colours.filter(has_text="docker node ls").first).to_have_attribute("data-language", "shell")
    expect(colours.filter(has_text="section.predict").first).to_have_attribute("data-language", "python")
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    last = notebook.locator(".jp-CodeCell").last
    expect(last.locator(".jp-InputPrompt")).to_have_text("[*]:", timeout=MINUTE)
    expect(notebook.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0, timeout=2 * MINUTE)
    expect(notebook.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
    nodes = notebook.locator(".jp-OutputArea-output table", has_text="manager (leader)").last
    nodes.scroll_into_view_if_needed()
    expect(nodes.locator("tbody tr")).to_have_count(3)
    expect(nodes).to_contain_text("manager (leader)")
