"""`docker exec`: on a node it runs a process here, or connects to the node's engine; elsewhere it is refused."""

import asyncio
import shlex
import socket
from contextlib import suppress

from tornado.iostream import IOStream, StreamClosedError

from ..engines import request_bodies
from ..engines.command_behaviour import REFUSAL, REFUSED_EXIT_CODE
from ..engines.execs import Exec
from ..engines.host_engine import HostEngine
from ..engines.node_engine import NodeEngine
from .exec_process import ExecProcess
from .request import Request, Response, created, ok
from .router import Router
from .streams import BEGIN_SECONDS, STDERR, HijackedConnection

ROUTES = Router()
DIAL_STDIO = ["docker", "system", "dial-stdio"]


@ROUTES.add("POST", "/containers/{id}/exec")
def create(request: Request) -> Response:
    """Create an exec in a running container."""
    container = request.engine.containers.find(request.params["id"])
    made = request.engine.execs.create(container, request.parse(request_bodies.EXEC))
    request.engine.containers.log_event(container, f"exec_create: {' '.join(made.argv)}", execID=made.id)
    return created({"Id": made.id})


@ROUTES.add("GET", "/exec/{id}/json")
def inspect(request: Request) -> Response:
    """Describe an exec."""
    return ok(request.engine.execs.find(request.params["id"]).body())


@ROUTES.add("POST", "/exec/{id}/resize")
def resize(request: Request) -> Response:
    """Set the size of an exec's terminal."""
    found = request.engine.execs.find(request.params["id"])
    if found.resize:
        found.resize(request.number("h") or 0, request.number("w") or 0)
    return ok()


@ROUTES.add("POST", "/exec/{id}/start")
async def start(request: Request) -> Response | None:
    """Run an exec, and stream its output unless it is detached."""
    engine = request.engine
    options = request.parse(request_bodies.EXEC_START, required=False)
    found = engine.execs.find(request.params["id"])
    engine.execs.start(found)
    engine.containers.log_event(found.container, f"exec_start: {' '.join(found.argv)}", execID=found.id)
    node = engine.node_engines.get(found.container.id) if isinstance(engine, HostEngine) else None
    if options.get("Detach"):
        request.server.start_task(_run(request, found, node, None))
        return ok()
    client = HijackedConnection(request, bool(options.get("Tty", False)))
    await _run(request, found, node, client)
    await client.close()
    return None


async def _run(request: Request, found: Exec, node: NodeEngine | None, client: HijackedConnection | None) -> None:
    """Run the command of an exec, and keep its exit code."""
    engine = request.engine
    status = REFUSED_EXIT_CODE
    try:
        if client and found.argv != DIAL_STDIO:
            await asyncio.sleep(BEGIN_SECONDS)
        if node is None:
            if client:
                text = REFUSAL.format(command=shlex.join(found.argv)).replace("\n", "\r\n" if found.tty else "\n")
                client.write(text.encode(errors="replace"), STDERR)
        elif found.argv == DIAL_STDIO:
            status = await _dial(request, node, client)
        else:
            server = request.server
            variables = server.exec_environment.variables(node, server.url_of(node), found.variables)
            process = ExecProcess(found.argv, variables, found.tty)
            found.resize = process.resize
            forget = node.on_power_off(process.kill)
            try:
                status = await process.run(client, found.interactive)
            finally:
                forget()
    finally:
        engine.execs.end(found, status)
        engine.containers.log_event(found.container, "exec_die", execID=found.id, exitCode=str(status))


async def _dial(request: Request, node: NodeEngine, client: HijackedConnection | None) -> int:
    """Connect the client with the node's engine until that ends; a client that has no more to send may still read."""
    if client is None:
        return 1
    if not node.alive:
        client.write(b"the engine does not run\n", STDERR)
        return 1
    near, far = socket.socketpair()
    request.server.serve(IOStream(far), node)
    engine = IOStream(near)
    forget = node.on_power_off(engine.close)
    sending = asyncio.ensure_future(client.read_all(engine.write))
    sending.add_done_callback(lambda _: _end_sending(near))
    try:
        while True:
            client.write(await engine.read_bytes(1 << 16, partial=True))
            await client.drain()
    except StreamClosedError:
        return 0
    finally:
        forget()
        sending.cancel()


def _end_sending(connection: socket.socket) -> None:
    with suppress(OSError):  # closed already
        connection.shutdown(socket.SHUT_WR)
