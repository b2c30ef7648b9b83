"""The routes of output: logs, attach, and waiting for the end of a container."""

import asyncio
import re
from collections.abc import Iterable

from ..errors import ApiError
from ..ids_and_times import stamp
from ..objects import Task
from ..swarm_api import LogLine, LogOptions
from .request import Request
from .router import Router
from .routes_containers import container_of
from .routes_swarm import control_of
from .streams import BEGIN_SECONDS, ChunkedResponse, HijackedConnection, frame, output_content_type

ROUTES = Router()
TIMESTAMP = re.compile(r"-?\d{1,12}(\.\d+)?")  # seconds since the epoch, as Docker's clients write them
SYSTEM_ERROR = 3  # the stream of what the engine itself says (moby, pkg/stdcopy, Systemerr)
NO_STREAM = "Bad parameters: you must choose at least one stream"


def _moment(request: Request, key: str) -> float:
    """A time of the query, in simulated seconds since the epoch; 0 without one. Raises `ApiError` 400."""
    text = request.text(key) or "0"
    if not TIMESTAMP.fullmatch(text):
        raise ApiError(400, f'invalid value for "{key}": {text}')
    return request.server.world.simulated_time(float(text))


@ROUTES.add("GET", "/containers/{id}/logs")
async def logs(request: Request) -> None:
    """Send the lines of a container's log; with follow=1 also further lines, until it ends."""
    container = container_of(request)
    streams = {number for number, key in ((1, "stdout"), (2, "stderr")) if request.flag(key)}
    if not streams:
        raise ApiError(400, NO_STREAM)
    since, until = _moment(request, "since"), _moment(request, "until")
    timestamps = request.flag("timestamps")
    lines = [
        line for line in container.log if line[1] in streams and line[0] >= since and (not until or line[0] <= until)
    ]
    tail = request.text("tail", "all")
    if tail.isdigit():
        lines = lines[len(lines) - min(int(tail), len(lines)) :]
    response = ChunkedResponse(request, output_content_type(request, container.tty))

    def write(moment: float, stream: int, text: bytes) -> None:
        text = f"{stamp(moment)} ".encode() + text if timestamps else text
        response.write(text if container.tty else frame(stream, text))

    for line in lines:
        write(*line)
    if request.flag("follow") and container.running:
        ended = asyncio.Event()

        def listen(stream: int, text: bytes) -> None:
            if stream == 0:
                ended.set()
            elif stream in streams:
                write(request.engine.clock.now, stream, text)

        container.listeners.append(listen)
        try:
            await response.wait_for(ended)
        finally:
            container.listeners.remove(listen)
    await response.end()


@ROUTES.add("POST", "/containers/{id}/attach")
async def attach(request: Request) -> None:
    """Send the container's output from now on, until it ends or the client detaches; nothing else reads its input."""
    container = container_of(request)
    keys = detach_keys(request.text("detachKeys"))
    if container.state == "paused":
        raise ApiError(409, f"container {container.id} is paused, unpause the container before attach")
    client = HijackedConnection(request, container.tty)
    ended, detached, begun = asyncio.Event(), asyncio.Event(), False
    early = [(stream, text) for _, stream, text in container.log] if request.flag("logs") else []

    def listen(stream: int, text: bytes) -> None:
        if stream == 0:
            ended.set()
        elif begun:
            client.write(text.replace(b"\n", b"\r\n") if container.tty else text, stream)
        else:
            early.append((stream, text))

    container.listeners.append(listen)
    if not request.flag("stream") or (container.started and not container.running):
        ended.set()
    await asyncio.sleep(BEGIN_SECONDS)
    begun = True
    for line in early:
        listen(line[0], line[1])
    reading = asyncio.ensure_future(_read_until(client, keys, detached)) if request.flag("stdin") else None
    waiting = [asyncio.ensure_future(event.wait()) for event in (ended, detached)]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        container.listeners.remove(listen)
        for each in waiting:
            each.cancel()
    if reading and detached.is_set():
        await client.end_output()
        await reading
    elif reading:
        reading.cancel()
    await client.close()


async def _read_until(client: HijackedConnection, keys: bytes, detached: asyncio.Event) -> None:
    """Read the client's input to its end; set `detached` once it has sent these keys."""
    recent = b""

    def take(data: bytes) -> None:
        nonlocal recent
        recent += data
        if keys in recent:
            detached.set()
        recent = recent[-len(keys) :]

    await client.read_all(take)


def detach_keys(text: str) -> bytes:
    """The keys that detach a client, such as "ctrl-p,ctrl-q" or "a" (moby/term, ToBytes). Raises `ApiError` 400."""
    found = []
    for key in (text or "ctrl-p,ctrl-q").split(","):
        letter = key.removeprefix("ctrl-")
        if len(letter) != 1 or not letter.isascii():
            raise ApiError(400, f"Invalid escape keys ({text}) provided")
        found.append(ord(letter.upper()) & 0x1F if key.startswith("ctrl-") else ord(letter))
    return bytes(found)


@ROUTES.add("GET", "/containers/{id}/attach/ws")
def attach_by_websocket(request: Request) -> None:
    """Refuse to send output to a browser."""
    container_of(request)
    raise ApiError(501, "a simulated engine attaches no WebSocket")


@ROUTES.add("POST", "/containers/{id}/wait")
async def wait(request: Request) -> None:
    """Send the head of the response at once, since the client starts the container only then; later the exit code."""
    container = container_of(request)
    ended = asyncio.Event()
    codes: list[int] = []

    def end(exit_code: int) -> None:
        codes.append(exit_code)
        ended.set()

    request.engine.containers.wait(container, request.text("condition"), end)
    response = ChunkedResponse(request)
    await response.wait_for(ended)
    if ended.is_set():
        response.write_json({"StatusCode": codes[0]})
        await response.end()


# Services and tasks


def _task_log(request: Request, task: Task, unavailable: set[str]) -> list[LogLine]:
    """The log of the task's container. If its node does not answer, its id is added to `unavailable`."""
    for engine in request.server.world.host.node_engines.values():
        if engine.answers and engine.member.node_id == task.node_id:
            for container in engine.containers:
                if container.id == task.container_id:
                    return [LogLine(*line) for line in container.log]
            return []
    unavailable.add(task.node_id)
    return []


def _incomplete(nodes: set[str]) -> list[tuple[int, bytes]]:
    """What a real engine sends at the end about nodes that gave no lines (SwarmKit, manager/logbroker)."""
    reasons = ", ".join(f"node {node} is not available" for node in sorted(nodes))
    text = (
        "Error grabbing logs: rpc error: code = Unknown desc = warning: incomplete log stream. "
        f"some logs could not be retrieved for the following reasons: {reasons}\n"
    )
    return [(SYSTEM_ERROR, text.encode())] if nodes else []


def _frames(lines: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(frame(stream, text) for stream, text in lines)


async def _send_logs(request: Request, kind: str) -> None:
    control = control_of(request)
    wanted = LogOptions(
        request.flag("details"),
        request.flag("stdout"),
        request.flag("stderr"),
        _moment(request, "since"),
        request.text("tail", "all"),
        request.flag("timestamps"),
    )
    read = control.service_logs if kind == "services" else control.task_logs
    unavailable: set[str] = set()
    sent = read(request.params["id"], wanted, lambda task: _task_log(request, task, unavailable))
    response = ChunkedResponse(request, output_content_type(request, False))
    response.write(_frames(sent))
    if not request.flag("follow"):
        response.write(_frames(_incomplete(unavailable)))
    while request.flag("follow") and not response.gone.is_set():
        await response.wait_for(request.server.next_tick())
        try:
            lines = read(request.params["id"], wanted, lambda task: _task_log(request, task, set()))
        except ApiError:
            break  # the service is gone
        new = lines[len(sent) :] if lines[: len(sent)] == sent else [line for line in lines if line not in sent]
        response.write(_frames(new))
        sent = lines
    await response.end()


@ROUTES.add("GET", "/services/{id}/logs")
async def service_logs(request: Request) -> None:
    """Send the logs of a service's tasks."""
    await _send_logs(request, "services")


@ROUTES.add("GET", "/tasks/{id}/logs")
async def task_logs(request: Request) -> None:
    """Send the log of a task."""
    await _send_logs(request, "tasks")
