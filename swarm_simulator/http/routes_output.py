"""What containers write, and waiting for them to end: logs, attach, wait."""

import asyncio
import re
from collections.abc import Iterable

from ..engines.request import Call, Routes
from ..errors import ApiError
from ..ids_and_times import stamp
from ..objects import Task
from ..swarm_api import Line, Wanted
from .routes_containers import found
from .routes_swarm import control_of
from .streams import Chunks, Taken, frame, kind_of

ROUTES = Routes()
TIMESTAMP = re.compile(r"-?\d{1,12}(\.\d+)?")
NO_STREAM = "Bad parameters: you must choose at least one stream"


def _moment(call: Call, key: str) -> float:
    """A moment as Docker's clients write it: seconds since the epoch, with a fraction. Raises `ApiError` 400."""
    text = call.text(key) or "0"
    if not TIMESTAMP.fullmatch(text):
        raise ApiError(400, f'invalid value for "{key}": {text}')
    return call.server.world.moment(float(text))


@ROUTES.add("GET", "/containers/{id}/logs")
async def logs(call: Call) -> None:
    """The lines that are there; with follow=1 also those that come, until it ends."""
    container = found(call)
    streams = {number for number, key in ((1, "stdout"), (2, "stderr")) if call.flag(key)}
    if not streams:
        raise ApiError(400, NO_STREAM)
    since, until = _moment(call, "since"), _moment(call, "until")
    timestamps = call.flag("timestamps")
    kept = [
        line for line in container.log if line[1] in streams and line[0] >= since and (not until or line[0] <= until)
    ]
    tail = call.text("tail", "all")
    if tail.isdigit():
        kept = kept[len(kept) - min(int(tail), len(kept)) :]
    body = Chunks(call, kind_of(call, container.tty))

    def write(moment: float, stream: int, text: bytes) -> None:
        text = f"{stamp(moment)} ".encode() + text if timestamps else text
        body.write(text if container.tty else frame(stream, text))

    for line in kept:
        write(*line)
    if call.flag("follow") and container.running:
        ended = asyncio.Event()

        def heard(stream: int, text: bytes) -> None:
            if stream == 0:
                ended.set()
            elif stream in streams:
                write(call.engine.clock.now, stream, text)

        container.listeners.append(heard)
        try:
            await body.until(ended)
        finally:
            container.listeners.remove(heard)
    await body.end()


@ROUTES.add("POST", "/containers/{id}/attach")
async def attach(call: Call) -> None:
    """The client gets what the container writes from now on, until it ends; what the client sends goes nowhere."""
    container = found(call)
    if container.state == "paused":
        raise ApiError(409, f"container {container.id} is paused, unpause the container before attach")
    client = Taken(call, container.tty)
    ended = asyncio.Event()

    def heard(stream: int, text: bytes) -> None:
        if stream == 0:
            ended.set()
        else:
            client.out(text.replace(b"\n", b"\r\n") if container.tty else text, stream)

    if call.flag("logs"):
        for _, stream, text in container.log:
            client.out(text, stream)
    if not call.flag("stream"):
        await client.close()
        return
    if container.started and not container.running:
        await client.close()
        return
    container.listeners.append(heard)
    try:
        await ended.wait()
    finally:
        container.listeners.remove(heard)
    await client.close()


@ROUTES.add("POST", "/containers/{id}/wait")
async def wait(call: Call) -> None:
    """The head of the answer goes at once: the client starts the container only then."""
    container = found(call)
    ended, code = asyncio.Event(), []

    def heard(exit_code: int) -> None:
        code.append(exit_code)
        ended.set()

    call.engine.containers.wait(container, call.text("condition"), heard)
    body = Chunks(call)
    await body.until(ended)
    if ended.is_set():
        body.line({"StatusCode": code[0]})
        await body.end()


# Services and tasks


def _written(call: Call, task: Task) -> list[Line]:
    """What the task's container wrote, wherever it is; nothing if its machine cannot be reached."""
    for machine in call.server.world.host.node_engines.values():
        if machine.answers and machine.membership.node_id == task.node_id:
            for container in machine.containers:
                if container.id == task.container_id:
                    return [Line(*line) for line in container.log]
    return []


def _frames(lines: Iterable[tuple[int, bytes]], tty: bool) -> bytes:
    return b"".join(text if tty else frame(stream, text) for stream, text in lines)


async def _logs_of(call: Call, kind: str) -> None:
    control = control_of(call)
    how = Wanted(
        call.flag("details"),
        call.flag("stdout"),
        call.flag("stderr"),
        _moment(call, "since"),
        call.text("tail", "all"),
        call.flag("timestamps"),
    )
    read = control.service_logs if kind == "services" else control.task_logs
    told = read(call.parts["id"], how, lambda task: _written(call, task))
    body = Chunks(call, kind_of(call, False))
    body.write(_frames(told, False))
    while call.flag("follow") and not body.gone.is_set():
        await body.until(call.server.next_tick())
        try:
            now = read(call.parts["id"], how, lambda task: _written(call, task))
        except ApiError:
            break  # the service is gone
        new = now[len(told) :] if now[: len(told)] == told else [line for line in now if line not in told]
        body.write(_frames(new, False))
        told = now
    await body.end()


@ROUTES.add("GET", "/services/{id}/logs")
async def service_logs(call: Call) -> None:
    await _logs_of(call, "services")


@ROUTES.add("GET", "/tasks/{id}/logs")
async def task_logs(call: Call) -> None:
    await _logs_of(call, "tasks")
