"""The server of a hub's user, with the options of docs/hub: a real Jupyter server."""

import json
import os
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from swarmkit_helpers.cli import hub
from swarmkit_helpers.notebook import jupyter_options
from swarmkit_helpers.polling import wait_until

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / "docs" / "hub" / "jupyterhub_config.py"
ANSWER_SECONDS = 60


class Settings:
    """What a configuration file of JupyterHub sets, by attribute."""

    def __init__(self) -> None:
        self.Spawner = type("Spawner", (), {"environment": {}})


@pytest.fixture
def settings() -> Settings:
    found = Settings()
    exec(compile(CONFIG.read_text(encoding="utf-8"), CONFIG, "exec"), {"get_config": lambda: found})
    return found


def answers(said: str) -> bool:
    """Whether the server whose log that is answers; only then its loop runs, and a SIGTERM cannot get lost."""
    url = re.search(r"http://127\.0\.0\.1:\d+/", said)
    with suppress(OSError):
        return bool(url) and urlopen(f"{url[0]}api", timeout=ANSWER_SECONDS).status == 200
    return False


def test_when_it_starts_the_user_has_a_working_copy_and_the_page_that_opens(settings: Settings, tmp_path: Path):
    home = tmp_path / "home"
    home.mkdir()
    log = tmp_path / "log"
    root = ["--allow-root"] if os.geteuid() == 0 else []
    with log.open("w") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", *root, *settings.Spawner.args],
            cwd=home,
            env=os.environ | {"PYTHONPATH": str(ROOT), "JUPYTER_CONFIG_DIR": str(tmp_path / "config")},
            stdout=file,
            stderr=file,
        )
        try:
            wait_until(
                lambda: answers(log.read_text()) or server.poll() is not None,
                ANSWER_SECONDS,
                lambda: AssertionError(log.read_text()),
            )
        finally:
            server.terminate()
            server.wait(ANSWER_SECONDS)
    said = log.read_text()
    page = home / settings.Spawner.default_url.removeprefix("/lab/tree/")
    assert page.is_file(), said
    assert sorted(path.name for path in page.parents[1].iterdir() if path.is_dir()) == ["en", "id"]
    assert "swarmkit_helpers.notebook.server | extension was successfully loaded" in said
    assert "Traceback" not in said


def test_the_settings_that_an_image_stores_are_those_of_lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hub, "ENV_CONFIG_PATH", [str(tmp_path)])
    hub.store_settings()
    stored = json.loads((tmp_path / "jupyter_server_config.json").read_text(encoding="utf-8"))
    assert stored["ServerApp"]["jpserver_extensions"].pop(hub.EXTENSION)
    assert stored["LabApp"].pop("default_url") == "/lab/tree/swarm-practicum/en/00-start.ipynb"
    assert stored == jupyter_options.settings()
