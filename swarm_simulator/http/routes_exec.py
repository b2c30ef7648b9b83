"""`docker exec`: in a machine a script of this computer's own, or the way to its engine; elsewhere a refusal."""

import asyncio
import shlex
import socket

from tornado.iostream import IOStream, StreamClosedError

from ..engines import request_bodies
from ..engines.command_behaviour import REFUSAL, REFUSED
from ..engines.execs import Exec
from ..engines.node_engine import NodeEngine
from ..engines.request import Answer, Call, Routes, created, ok
from .exec_scripts import Script
from .streams import STDERR, Taken

ROUTES = Routes()
DIAL = ["docker", "system", "dial-stdio"]
# Seconds of ours that a command takes to begin, about as on a real engine. The Docker SDK counts on it: what arrives
# together with the head of the answer it loses (docker/api/client.py, _get_raw_response_socket).
BEGIN_TIME = 0.05


@ROUTES.add("POST", "/containers/{id}/exec")
def create(call: Call) -> Answer:
    container = call.engine.containers.find(call.parts["id"])
    made = call.engine.execs.create(container, call.asked(request_bodies.EXEC))
    call.engine.containers.tell(container, f"exec_create: {' '.join(made.argv)}", execID=made.id)
    return created({"Id": made.id})


@ROUTES.add("GET", "/exec/{id}/json")
def inspect(call: Call) -> Answer:
    return ok(call.engine.execs.find(call.parts["id"]).body())


@ROUTES.add("POST", "/exec/{id}/resize")
def resize(call: Call) -> Answer:
    found = call.engine.execs.find(call.parts["id"])
    if found.script:
        found.script.resize(call.number("h", 0), call.number("w", 0))
    return ok()


@ROUTES.add("POST", "/exec/{id}/start")
async def start(call: Call) -> Answer | None:
    engine = call.engine
    how = call.asked(request_bodies.EXEC_START, needed=False)
    found: Exec = engine.execs.find(call.parts["id"])
    engine.execs.begin(found)
    engine.containers.tell(found.container, f"exec_start: {' '.join(found.argv)}", execID=found.id)
    machines = getattr(engine, "node_engines", {})
    machine = machines.get(found.container.id)
    if how.get("Detach"):
        call.server.soon(_run(call, found, machine, None))
        return ok()
    client = Taken(call, found.tty)
    await _run(call, found, machine, client)
    await client.close()
    return None


async def _run(call: Call, found: Exec, machine: NodeEngine | None, client: Taken | None) -> None:
    """The command has run, and its exit code is kept."""
    engine = call.engine
    status = REFUSED
    try:
        if client and found.argv != DIAL:
            await asyncio.sleep(BEGIN_TIME)
        if machine is None:
            if client:
                text = REFUSAL.format(command=shlex.join(found.argv)).replace("\n", "\r\n" if found.tty else "\n")
                client.out(text.encode(errors="replace"), STDERR)
        elif found.argv == DIAL:
            status = await _dial(call, machine, client)
        else:
            server = call.server
            variables = server.shims.environment(machine, server.url_of(machine), found.variables)
            script = found.script = Script(found.argv, variables, found.tty)
            stay = machine.on_end(script.kill)
            try:
                status = await script.run(client, found.keyboard)
            finally:
                stay()
    finally:
        engine.execs.end(found, status)
        engine.containers.tell(found.container, "exec_die", execID=found.id, exitCode=str(status))


async def _dial(call: Call, machine: NodeEngine, client: Taken | None) -> int:
    """What the client sends goes to the machine's engine, and what that answers comes back."""
    if client is None:
        return 1
    if not machine.alive:
        client.out(b"the engine does not run\n", STDERR)
        return 1
    near, far = socket.socketpair()
    call.server.serve(IOStream(far), machine)
    engine = IOStream(near)
    stay = machine.on_end(engine.close)
    sending = asyncio.ensure_future(client.each(engine.write))
    sending.add_done_callback(lambda _: engine.close())
    try:
        while True:
            client.out(await engine.read_bytes(1 << 16, partial=True))
            await client.drained()
    except StreamClosedError:
        return 0
    finally:
        stay()
        sending.cancel()
