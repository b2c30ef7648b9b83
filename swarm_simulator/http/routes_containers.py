"""The routes of containers, except for their output (routes_output.py)."""

import asyncio

from ..engines import container_responses as responses
from ..engines import request_bodies
from ..engines.container import Container
from ..errors import ApiError
from .request import Request, Response, created, no_content, ok
from .router import Router

ROUTES = Router()


def container_of(request: Request) -> Container:
    """The container that the path names. Raises `ApiError` 404."""
    return request.engine.containers.find(request.params["id"])


@ROUTES.add("GET", "/containers/json")
def list_containers(request: Request) -> Response:
    """List the containers that pass the filters."""
    found = responses.list_containers(request.engine, request.flag("all"), request.number("limit"), request.filters())
    return ok([responses.summary(request.engine, container) for container in found])


@ROUTES.add("POST", "/containers/create")
def create(request: Request) -> Response:
    """Create a container."""
    body = request.parse(request_bodies.CONTAINER)
    endpoints = (body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
    for network in {(body.get("HostConfig") or {}).get("NetworkMode") or "default", *endpoints}:
        request.engine.attach_by_hand(network)
    container = request.engine.containers.create(body, request.text("name"))
    return created({"Id": container.id, "Warnings": []})


@ROUTES.add("POST", "/containers/prune")
def prune(request: Request) -> Response:
    """Remove the containers that do not run and pass the filters."""
    wanted = request.prune_filters("label", "label!", "until")
    stopped = [
        container
        for container in request.engine.containers
        if not container.running and not container.restarting and wanted.include(container.labels, container.created)
    ]
    for container in stopped:
        request.engine.containers.remove(container)
    return ok({"ContainersDeleted": [container.id for container in stopped] or None, "SpaceReclaimed": 0})


@ROUTES.add("GET", "/containers/{id}/json")
def inspect(request: Request) -> Response:
    """Describe a container."""
    return ok(responses.body(request.engine, container_of(request)))


@ROUTES.add("POST", "/containers/{id}/start")
def start(request: Request) -> Response:
    """Start a container."""
    return no_content() if request.engine.containers.start(container_of(request)) else Response(304)


async def _stop(request: Request, container: Container) -> bool:
    """Stop the container and wait until it has ended; False if it does not run."""
    ended = asyncio.get_running_loop().create_future()

    def end() -> None:
        if not ended.done():
            ended.set_result(None)

    grace = request.number("t")
    if grace is not None and grace < 0:
        grace = None
    if request.engine.containers.stop(container, grace, end) is None:
        return False
    request.server.tick()
    await ended
    return True


@ROUTES.add("POST", "/containers/{id}/stop")
async def stop(request: Request) -> Response:
    """Stop a container."""
    return no_content() if await _stop(request, container_of(request)) else Response(304)


@ROUTES.add("POST", "/containers/{id}/restart")
async def restart(request: Request) -> Response:
    """Stop a container and start it again."""
    container = container_of(request)
    await _stop(request, container)
    request.engine.containers.start(container)
    return no_content()


@ROUTES.add("POST", "/containers/{id}/kill")
def kill(request: Request) -> Response:
    """Send a container a signal."""
    request.engine.containers.kill(container_of(request), request.text("signal") or "KILL")
    return no_content()


@ROUTES.add("POST", "/containers/{id}/pause")
def pause(request: Request) -> Response:
    """Pause a container."""
    request.engine.containers.pause(container_of(request))
    return no_content()


@ROUTES.add("POST", "/containers/{id}/unpause")
def unpause(request: Request) -> Response:
    """Let a paused container go on."""
    request.engine.containers.unpause(container_of(request))
    return no_content()


@ROUTES.add("POST", "/containers/{id}/rename")
def rename(request: Request) -> Response:
    """Rename a container."""
    request.engine.containers.rename(container_of(request), request.text("name"))
    return no_content()


@ROUTES.add("POST", "/containers/{id}/resize")
def resize(request: Request) -> Response:
    """Accept the size of a terminal, for no program looks at it."""
    container_of(request)
    return no_content()


@ROUTES.add("DELETE", "/containers/{id:path}")
def remove(request: Request) -> Response:
    """Remove a container."""
    if request.flag("link"):
        raise ApiError(501, "a simulated engine has no links between containers that could be removed")
    request.engine.containers.remove(container_of(request), request.flag("force"), request.flag("v"))
    return no_content()


@ROUTES.add("POST", "/containers/{id}/update")
def update(request: Request) -> Response:
    """Change a container's limits and its restart policy."""
    container = container_of(request)
    container.host_config.update(request.parse(request_bodies.UPDATE))
    return ok({"Warnings": None})


@ROUTES.add("GET", "/containers/{id}/top")
def top(request: Request) -> Response:
    """List the one process of a container."""
    container = container_of(request)
    if not container.running:
        raise ApiError(409, f"container {container.id} is not running")
    process = ["root", str(container.pid), "1", "0", "00:00", "?", "00:00:00", " ".join(container.argv)]
    return ok({"Titles": ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], "Processes": [process]})


@ROUTES.add("GET", "/containers/{id}/changes")
def changes(request: Request) -> Response:
    """Refuse to list changed files, for there are no files."""
    return _refuse_files(request)


def _refuse_files(request: Request) -> Response:
    container_of(request)
    raise ApiError(501, "this container is simulated: it has no files")


for method, path in (("GET", "archive"), ("PUT", "archive"), ("HEAD", "archive"), ("GET", "export")):
    ROUTES.add(method, f"/containers/{{id}}/{path}")(_refuse_files)


@ROUTES.add("POST", "/commit")
def commit(request: Request) -> Response:
    """Refuse to make an image of a container."""
    request.engine.containers.find(request.text("container"))
    raise ApiError(501, "this container is simulated: it has no files to make an image from")


@ROUTES.add("GET", "/containers/{id}/stats")
def stats(request: Request) -> Response:
    """Refuse to measure a container."""
    container_of(request)
    raise ApiError(501, "this container is simulated: it uses nothing that could be measured")
