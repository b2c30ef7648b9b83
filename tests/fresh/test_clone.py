"""From a clone and a bare Python to a command, for real: takes about a minute, and the network or pip's cache."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers.polling import wait_until

ROOT = Path(__file__).parents[2]
BARE = os.path.realpath(sys._base_executable)  # the Python under this environment
pytestmark = [
    pytest.mark.exhaustive("it makes an environment of a gigabyte, and CI runs in a fresh clone anyway"),
    pytest.mark.skipif(os.name == "nt", reason="interrupts with POSIX signals"),
]


def start(clone: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [BARE, "-m", "swarmkit_helpers", *arguments],
        cwd=clone,
        text=True,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"CI": ""},
    )


def test_interrupted_then_twice_at_once_then_at_once(tmp_path: Path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
    venv = clone / ".venv"

    first = start(clone, "status")
    wait_until(lambda: (venv / "pip.log").exists(), 60, lambda: AssertionError("pip did not start"))
    os.killpg(first.pid, signal.SIGINT)  # as Ctrl-C in a terminal
    _, said = first.communicate(timeout=60)
    assert first.returncode == 130
    assert said.strip() == "Interrupted; nothing is broken, the next start continues from here."
    assert not (venv / "complete").exists()

    both = [start(clone, "status") for _ in range(2)]
    outputs = [one.communicate(timeout=600)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert sum("The environment is ready" in output for output in outputs) == 1
    assert sum("waiting for it" in output for output in outputs) == 1
    assert all("Engine: " in output for output in outputs)
    # What no command has imported yet is compiled, too.
    assert list(venv.glob("lib/python*/site-packages/papermill/__pycache__/execute.*.pyc"))

    before = (venv / "pip.log").stat().st_mtime_ns
    again = start(clone, "status")
    output, _ = again.communicate(timeout=60)
    assert output.startswith("Engine: ")
    assert (venv / "pip.log").stat().st_mtime_ns == before
