"""A real JupyterLab, started by the course's own command, and a page of a real Chromium on it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from support.lab import running_lab

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / "artefacts"
SIZE = {"width": 1280, "height": 1000}


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project: JupyterLab saves what is run in it."""
    copy = tmp_path_factory.mktemp("lab") / "project"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".*", "artefacts"))
    return copy


@pytest.fixture(scope="session")
def lab(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL that `lab` prints, token and all; when the tests are over, `lab` is stopped as by Ctrl-C.

    What is set in JupyterLab, such as its theme, is set for these tests only.
    """
    settings = {
        f"JUPYTERLAB_{what}_DIR": str(tmp_path_factory.mktemp(what.lower())) for what in ("SETTINGS", "WORKSPACES")
    }
    with running_lab(cwd=project, env=os.environ | settings) as url:
        yield url


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        options = ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            options.append("--no-sandbox")  # Chromium's own rule for root
        launched = playwright.chromium.launch(executable_path=chromium, args=options)
        yield launched
        launched.close()


@pytest.fixture
def page(browser, request) -> Iterator[Page]:
    """A new page; what it looked like in the end is kept as a picture, and errors on its console fail the test."""
    opened = browser.new_page(viewport=SIZE)
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(f"{message.text} ({message.location.get('url')})")

    opened.on("console", note)
    yield opened
    ARTEFACTS.mkdir(exist_ok=True)
    opened.screenshot(path=ARTEFACTS / f"{request.node.name}.png")
    opened.close()
    assert not errors
