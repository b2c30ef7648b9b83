"""A user who is not root, on a computer where root's own engine of the course runs: sentences, and no traceback."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.polling import wait_until

if sys.platform == "linux":
    from swarmkit_helpers.engine import own_engine

ROOT = Path(__file__).parents[2]
NOBODY = 65534  # the user and group without rights: Linux, /proc/sys/kernel/overflowuid
# The shell between is what starts the command without rights: setpriv itself still has them.
AS_NOBODY = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "sh", "-c", 'exec "$0" "$@"')
PYTHONS = (sys.executable, f"/usr/bin/python3.{sys.version_info.minor}")  # the first may lie in root's own folder


def may_start(python: str) -> bool:
    return subprocess.run([*AS_NOBODY, python, "-c", ""], capture_output=True).returncode == 0


@pytest.fixture
def start(engine: Engine, tmp_path_factory: pytest.TempPathFactory):
    if engine.url != own_engine.URL:
        pytest.skip("the tests run on another engine than the course's own")
    python = next(filter(may_start, PYTHONS), None)
    if python is None:
        pytest.skip("no Python of this version that another user may start")
    home = Path("/tmp") / f"pytest-other-user-{os.getpid()}"  # pytest's own folders are closed to others
    home.mkdir(mode=0o700)
    os.chown(home, NOBODY, NOBODY)
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("SWARMLAB_", "XDG_"))}
    variables |= {
        "HOME": str(home),
        "USER": "nobody",
        "LOGNAME": "nobody",
        "TMPDIR": str(home),
        "CI": "",
        "PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)]),
    }
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [*AS_NOBODY, python, "-m", "swarmkit_helpers.cli", *arguments]
        started.append(
            subprocess.Popen(
                command,
                cwd=home,
                env=variables,
                text=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()
    shutil.rmtree(home)


@pytest.mark.parametrize(
    "arguments",
    [
        ["down"],
        ["status"],
        ["grade", "nowhere", "--out", "graded"],
        ["test", "--version"],
    ],
    ids=" ".join,
)
def test_a_command_of_another_user_ends_in_sentences(start, arguments: list[str]):
    said, _ = start(*arguments).communicate(timeout=120)
    assert said.strip()
    assert "Traceback" not in said


def test_the_lab_of_another_user_starts_on_a_simulated_engine(start):
    lab = start("lab", "--engine", "simulated", "--no-browser")
    lines: list[str] = []

    def url_is_shown() -> bool:
        lines.append(lab.stdout.readline())
        return "http://" in lines[-1] or not lines[-1]

    wait_until(url_is_shown, 120, lambda: AssertionError("".join(lines)))
    lab.send_signal(signal.SIGINT)
    said = "".join(lines) + lab.communicate(timeout=60)[0]
    assert "http://" in said
    assert "Traceback" not in said
