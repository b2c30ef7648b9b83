"""The room in which a notebook is graded: its kernel has no network, and reaches its swarm by sockets in a folder.

The folder has `engine.sock`, for the engine that the machines run on, and a socket for each machine's own engine. Who
listens there, and what passes, is for `grading.door`; here is how those in the room find them.
"""

import os
from pathlib import Path

FOLDER_VARIABLE = "SWARMLAB_EXAM_SOCKETS"  # names the folder
SPEED_VARIABLE = "SWARMLAB_SPEED"  # how many times as fast as ours the time of the swarm goes
OUTER_ENGINE = "engine"  # the socket of the engine that the machines run on


def folder() -> Path | None:
    """The folder with the sockets; None outside of a room."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else None


def socket_path(folder: Path, name: str) -> Path:
    """Where the engine of that name is reached: `OUTER_ENGINE`, or a machine's container."""
    return folder / f"{name}.sock"


def url(container: str) -> str | None:
    """What DOCKER_HOST is to be, for that machine's engine; None outside of a room."""
    found = folder()
    return f"unix://{socket_path(found, container)}" if found else None
