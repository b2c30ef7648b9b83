"""An image made from Debian's packages: for containers whose own base would come from a registry of images.

In it are Debian's engine and docker command, and a Python in /usr/local, as in the official image of Python.
"""

import os
import subprocess
from typing import Any

from swarmkit_helpers.engine.discover import Engine

from .other_machine import OtherMachine

BASE = "swarmlab-test-debian13"
_ROOT = f"{BASE}-root"
_LEFT_OUT = ("clone", "proc/*", "sys/*", "dev/*", "var/lib/apt/lists/*", "var/cache/apt/*")
# How pip reaches its index: as on this computer, whose folders the container does not have.
_PIP = [f"ENV {name}={value}" for name, value in os.environ.items() if name.startswith("PIP_") and "FIND" not in name]
_PYTHON = "RUN python3 -m venv /usr/local && cp /usr/bin/docker /usr/local/bin/"


def make(engine: Engine) -> str:
    """Make the image on that engine, unless it is there; its name."""
    if not docker(engine, "image", "ls", "--quiet", BASE):
        machine = OtherMachine("debian13")
        machine.make_root()
        pack = ["tar", "-C", machine.root, *(f"--exclude=./{path}" for path in _LEFT_OUT), "-c", "."]
        with subprocess.Popen(pack, stdout=subprocess.PIPE) as packed:
            docker(engine, "import", "-", _ROOT, stdin=packed.stdout)
        build(engine, BASE, "-", input="\n".join([f"FROM {_ROOT}", *_PIP, _PYTHON]))
    return BASE


def build(engine: Engine, name: str, *options: str, **more: Any) -> None:
    """Build an image of that name, with this computer's network."""
    docker(engine, "build", "--network", "host", "--tag", name, *options, **more)


def docker(engine: Engine, *arguments: str, **more: Any) -> str:
    """What the docker command prints on that engine; fails with the end of it if the command fails."""
    # The builder of buildx is not on every computer.
    variables = os.environ | {"DOCKER_HOST": engine.url, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(["docker", *arguments], env=variables, capture_output=True, text=True, **more)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout.strip()
