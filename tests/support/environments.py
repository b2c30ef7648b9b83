"""An environment of its own for programs that the tests' environment does not have, from the package index."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers.bootstrap import uv

ROOT = Path(__file__).parents[2]
STEP_SECONDS = 600


def make(folder: Path, *requirements: str, course: bool = False) -> Path:
    """Make one in the folder, with the course as it is here if wanted; the folder of its programs.

    uv keeps what it has fetched, so that only the first time takes long. Skips the test where uv cannot be had.
    """
    pip = [sys.executable, "-m", "pip"]
    options, variables = uv.settings(pip) or ([], {})
    program = uv.find(pip, folder)
    if not program:
        pytest.skip("it is installed with uv, which cannot be had here")
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder)
    install = [program, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python"), *options]
    install.append("--index-strategy=unsafe-best-match")  # a version may be on any of the indexes
    lock = ["-r", str(ROOT / "requirements" / "lab.lock")] if course else []
    run(*install, *lock, *requirements, cwd=folder, **variables)
    if course:
        run(*install, "--no-deps", "--no-build-isolation", str(ROOT), cwd=folder, **variables)
    return folder / "bin"


def run(*command: str | Path, cwd: Path, **variables: str) -> str:
    """What the command prints, errors too; fails with the end of it if it fails."""
    done = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | variables,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=STEP_SECONDS,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout
