"""The lines that the tasks of a service wrote, read from the stream in which the engine sends them."""

import io
import re
from collections.abc import Iterable, Iterator, Mapping

from ..engine.stream_frames import SYSTEM_ERROR, read_frames
from ..errors import EngineUnavailable
from ..language import _
from ..records import Observation, Task, natural_key

# A manager waits for the lines of each node, for ever if a node stands still (SwarmKit, manager/logbroker).
SILENCE_SECONDS = 5
_TASK = "com.docker.swarm.task.id="


def lines(stream: Iterable[bytes], seen: Observation, service: str) -> Iterator[str]:
    """Each line after its task and node; at the end, sentences about the lines that are missing.

    The stream was requested with `details`. It may end with `EngineUnavailable`, after a silence.
    """
    tasks = {task.id: task for task in seen.tasks}
    received: list[bytes] = []
    silent = False
    try:
        received.extend(stream)
    except EngineUnavailable:
        silent = True
    missing: list[str] = []  # sentences
    heard: set[str | None] = set()  # nodes
    begun: dict[tuple[int, bytes], bytes] = {}  # lines that go on in the next frame, by stream and details
    for number, frame in read_frames(io.BytesIO(b"".join(received)).read):
        if number == SYSTEM_ERROR:
            said = frame.decode(errors="replace").rstrip("\n")
            missing.append(_("some lines are missing: {reasons}").format(reasons=_reasons(said, seen)))
            continue
        # Details and a space come before the text: com.docker.swarm.node.id=...,com.docker.swarm.task.id=...
        details, _space, text = frame.partition(b" ")
        text = begun.pop((number, details), b"") + text
        if not text.endswith(b"\n"):  # an engine sends at most 16 KiB of a line at once
            begun[number, details] = text
            continue
        yield _line(details, text, tasks, heard)
    for (_number, details), text in begun.items():
        yield _line(details, text, tasks, heard)
    if silent:
        missing.append(_silence(seen, service, heard))
    yield from (f"({sentence})" for sentence in missing)


def _line(details: bytes, text: bytes, tasks: Mapping[str, Task], heard: set[str | None]) -> str:
    """The line after its task and node, which is then heard of; a terminal ends lines with two characters."""
    parts = details.decode(errors="replace").split(",")
    id = next((part.removeprefix(_TASK) for part in parts if part.startswith(_TASK)), "")
    said = text.decode(errors="replace").rstrip("\r\n")
    if not (task := tasks.get(id)):
        return f"{id} | {said}"
    heard.add(task.node)
    return f"{task.name}@{task.node} | {said}"


def _reasons(said: str, seen: Observation) -> str:
    """The reasons that the engine gives for an incomplete stream, with names in the place of ids."""
    text = said.partition("following reasons: ")[2] or said.rpartition(" desc = ")[2]
    names = {node.id: node.name for node in seen.nodes} | {task.id: task.name for task in seen.tasks}
    return re.sub(r"\b[a-z0-9]{25}\b", lambda id: names.get(id[0], id[0]), text)  # SwarmKit's ids have 25 characters


def _silence(seen: Observation, service: str, heard: set[str | None]) -> str:
    """The sentence about an engine that stopped in the middle: which nodes it may be waiting for."""
    ready = {node.name for node in seen.nodes if node.state == "ready"}
    nodes = {task.node for task in seen.tasks_of(service) if task.node and task.container_id}
    waiting = [node for node in sorted(nodes, key=natural_key) if node not in heard or node not in ready]
    if not waiting:
        return _("lines may be missing: the swarm sent nothing more for {seconds} s").format(seconds=SILENCE_SECONDS)
    return _("lines of {nodes} may be missing: nothing came from there for {seconds} s").format(
        nodes=", ".join(waiting), seconds=SILENCE_SECONDS
    )
