"""The routes of containers: everything but what comes bit by bit (routes_output.py)."""

import asyncio
from collections.abc import Callable

from ..engines import container_responses as bodies
from ..engines import request_bodies
from ..engines.container import Container
from ..engines.request import Answer, Call, Routes, created, no_content, ok
from ..errors import ApiError

ROUTES = Routes()


def found(call: Call) -> Container:
    """The container that the path names. Raises `ApiError` 404."""
    return call.engine.containers.find(call.parts["id"])


@ROUTES.add("GET", "/containers/json")
def listed(call: Call) -> Answer:
    chosen = bodies.listed(call.engine, call.flag("all"), call.number("limit"), call.filters())
    return ok([bodies.summary(call.engine, container) for container in chosen])


@ROUTES.add("POST", "/containers/create")
def create(call: Call) -> Answer:
    wish = call.asked(request_bodies.CONTAINER)
    named = (wish.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    for network in {(wish.get("HostConfig") or {}).get("NetworkMode") or "default", *named}:
        call.engine.attach_by_hand(network)
    made = call.engine.containers.create(wish, call.text("name"))
    return created({"Id": made.id, "Warnings": []})


@ROUTES.add("POST", "/containers/prune")
def prune(call: Call) -> Answer:
    call.filters()
    gone = [container for container in call.engine.containers if not container.running]
    for container in gone:
        call.engine.containers.remove(container)
    return ok({"ContainersDeleted": [container.id for container in gone] or None, "SpaceReclaimed": 0})


@ROUTES.add("GET", "/containers/{id}/json")
def inspect(call: Call) -> Answer:
    return ok(bodies.body(call.engine, found(call)))


@ROUTES.add("POST", "/containers/{id}/start")
def start(call: Call) -> Answer:
    return no_content() if call.engine.containers.start(found(call)) else Answer(304)


async def _stopped(call: Call, container: Container) -> bool:
    """It does not run any more; False if it did not run before."""
    ended = asyncio.get_running_loop().create_future()
    seconds = call.number("t")
    if not call.engine.containers.stop(
        container, None if seconds is None or seconds < 0 else seconds, lambda: ended.done() or ended.set_result(None)
    ):
        return False
    call.server.tick()
    await ended
    return True


@ROUTES.add("POST", "/containers/{id}/stop")
async def stop(call: Call) -> Answer:
    return no_content() if await _stopped(call, found(call)) else Answer(304)


@ROUTES.add("POST", "/containers/{id}/restart")
async def restart(call: Call) -> Answer:
    container = found(call)
    await _stopped(call, container)
    call.engine.containers.start(container)
    return no_content()


@ROUTES.add("POST", "/containers/{id}/kill")
def kill(call: Call) -> Answer:
    call.engine.containers.kill(found(call), call.text("signal") or "KILL")
    return no_content()


def _simple(verb: str, do: Callable[[Call, Container], None]) -> None:
    @ROUTES.add("POST", f"/containers/{{id}}/{verb}")
    def route(call: Call) -> Answer:
        do(call, found(call))
        return no_content()


_simple("pause", lambda call, container: call.engine.containers.pause(container))
_simple("unpause", lambda call, container: call.engine.containers.unpause(container))
_simple("rename", lambda call, container: call.engine.containers.rename(container, call.text("name")))
_simple("resize", lambda call, container: None)


@ROUTES.add("DELETE", "/containers/{id}")
def remove(call: Call) -> Answer:
    if call.flag("link"):
        raise ApiError(400, "Bad parameter: a simulated engine has no links")
    call.engine.containers.remove(found(call), call.flag("force"), call.flag("v"))
    return no_content()


@ROUTES.add("POST", "/containers/{id}/update")
def update(call: Call) -> Answer:
    container = found(call)
    container.host.update(call.asked(request_bodies.UPDATE))
    return ok({"Warnings": None})


@ROUTES.add("GET", "/containers/{id}/top")
def top(call: Call) -> Answer:
    container = found(call)
    if not container.running:
        raise ApiError(409, f"container {container.id} is not running")
    line = ["root", str(container.pid), "1", "0", "00:00", "?", "00:00:00", " ".join(container.argv)]
    return ok({"Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], "Processes": [line]})


@ROUTES.add("GET", "/containers/{id}/changes")
def changes(call: Call) -> Answer:
    found(call)
    return ok([])


def _without_files(call: Call) -> Answer:
    found(call)
    raise ApiError(501, "this container is simulated: it has no files")


for verb, path in (("GET", "archive"), ("PUT", "archive"), ("HEAD", "archive"), ("GET", "export")):
    ROUTES.add(verb, f"/containers/{{id}}/{path}")(_without_files)


@ROUTES.add("POST", "/commit")
def commit(call: Call) -> Answer:
    call.engine.containers.find(call.text("container"))
    raise ApiError(501, "this container is simulated: it has no files to make an image from")


@ROUTES.add("GET", "/containers/{id}/stats")
def stats(call: Call) -> Answer:
    found(call)
    raise ApiError(501, "this container is simulated: it uses nothing that could be measured")
