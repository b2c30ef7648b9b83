"""The room in which a notebook is graded: its kernel has no network, and reaches its swarm by sockets in a folder.

The folder has `engine.sock`, for the engine that the machines run on, and a socket for each machine's own engine. Who
listens there, and what passes, is for `grading.door`; here is how those in the room find them.
"""

import os
from pathlib import Path

VARIABLE = "SWARMLAB_ROOM"  # names the folder
SPEED = "SWARMLAB_SPEED"  # how many times as fast as ours the time of the swarm goes
ENGINE = "engine"  # the socket of the engine that the machines run on


def folder() -> Path | None:
    """The folder with the sockets; None outside of a room."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def socket(folder: Path, name: str) -> Path:
    """Where the engine of that name is reached: `ENGINE`, or a machine's container."""
    return folder / f"{name}.sock"


def url(container: str) -> str | None:
    """What DOCKER_HOST is to be, for that machine's engine; None outside of a room."""
    found = folder()
    return f"unix://{socket(found, container)}" if found else None
