"""What the tasks of a service wrote, out of the stream in which the engine sends it."""

import struct
from collections.abc import Iterable, Iterator

_FRAME = struct.Struct(">BxxxI")  # Engine API, "Attach to a container", stream format: which stream, length
_TASK = "com.docker.swarm.task.id="


def lines(stream: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Each line, with the id of the task that wrote it; the stream was asked for with its details."""
    written, at = b"".join(stream), 0
    while at < len(written):
        _, size = _FRAME.unpack_from(written, at)
        at += _FRAME.size
        # Details and a space come before the text: com.docker.swarm.node.id=...,com.docker.swarm.task.id=...
        details, _, text = written[at : at + size].decode(errors="replace").partition(" ")
        task = next((part.removeprefix(_TASK) for part in details.split(",") if part.startswith(_TASK)), "")
        yield task, text.rstrip("\n")
        at += size
