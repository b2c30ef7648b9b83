"""The lines that the tasks of a service wrote, read from the stream in which the engine sends them."""

import io
from collections.abc import Iterable, Iterator

from ..engine.stream_frames import read_frames

_TASK = "com.docker.swarm.task.id="


def lines(stream: Iterable[bytes]) -> Iterator[tuple[str, str]]:
    """Each line, with the id of the task that wrote it. The stream was requested with `details`."""
    for _stream, line in read_frames(io.BytesIO(b"".join(stream)).read):
        # Details and a space come before the text: com.docker.swarm.node.id=...,com.docker.swarm.task.id=...
        details, _space, text = line.decode(errors="replace").partition(" ")
        task = next((part.removeprefix(_TASK) for part in details.split(",") if part.startswith(_TASK)), "")
        yield task, text.rstrip("\n")
