"""The sockets by which a notebook reaches its swarm while it is graded: its kernel has no network.

They are in one folder: `engine.sock` for the outer engine, on which the machines run, and one for each machine's own
engine. `grading.proxy` listens there and decides which requests pass.
"""

import os
from pathlib import Path

FOLDER_VARIABLE = "SWARMLAB_EXAM_SOCKETS"  # the path of the folder
SPEED_VARIABLE = "SWARMLAB_SPEED"  # clock speed factor of the swarm: 20 means that 20 s pass in it in one real second
OUTER_ENGINE = "engine"  # name of the outer engine's socket


def folder() -> Path | None:
    """The folder with the sockets; None if this process grades nothing."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def socket_path(folder: Path, name: str) -> Path:
    """Path of the socket of that engine: `OUTER_ENGINE`, or the name of a machine's container."""
    return folder / f"{name}.sock"


def url(container: str) -> str | None:
    """The value of DOCKER_HOST for that machine's engine; None if this process grades nothing."""
    found = folder()
    return f"unix://{socket_path(found, container)}" if found else None
