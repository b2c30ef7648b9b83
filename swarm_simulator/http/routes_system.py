"""The routes of the engine itself: ping, version, info, events, disk usage."""

from ..engines import container_responses as responses
from ..engines import images
from ..engines.events import included
from ..engines.info import system_info, system_version
from ..engines.node_engine import NodeEngine
from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .request import Request, Response, ok
from .router import Router
from .routes_output import TIMESTAMP
from .streams import ChunkedResponse

ROUTES = Router()
_FILTERS = (
    "builder", "config", "container", "daemon", "image", "network", "node", "plugin", "secret", "service", "volume",
    "event", "label", "scope", "type",
)  # fmt: skip


@ROUTES.add("GET", "/_ping")
def ping(request: Request) -> Response:
    """Answer that the engine runs."""
    state = "inactive"
    if isinstance(request.engine, NodeEngine):
        state = request.engine.member.state
        if state == "active":
            state += "/manager" if request.engine.member.is_manager else "/worker"
    headers = {
        "Swarm": state,
        "Builder-Version": "1",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
    }
    return Response(200, b"OK", "text/plain; charset=utf-8", headers)


@ROUTES.add("GET", "/version")
def version(request: Request) -> Response:
    """Describe the engine's version."""
    return ok(system_version())


@ROUTES.add("GET", "/info")
def info(request: Request) -> Response:
    """Describe the engine."""
    return ok(system_info(request.engine))


@ROUTES.add("POST", "/auth")
def auth(request: Request) -> Response:
    """Refuse to log in to a registry."""
    raise ApiError(501, "a simulated engine has no registry to log in to")


@ROUTES.add("GET", "/plugins")
def plugins(request: Request) -> Response:
    """List no plugins."""
    return ok([])


@ROUTES.add("GET", "/plugins/{name:path}/json")
def plugin(request: Request) -> Response:
    """Find no plugin; `docker inspect` asks for one last, and then says that there is no such object."""
    raise ApiError(404, f'plugin "{request.params["name"]}" not found')


def _refuse_plugins(request: Request) -> Response:
    """Refuse to install a plugin."""
    raise ApiError(501, "a simulated engine has no plugins")


for method, path in (("GET", "privileges"), ("POST", "pull"), ("POST", "create")):
    ROUTES.add(method, f"/plugins/{path}")(_refuse_plugins)


@ROUTES.add("GET", "/system/df")
def usage(request: Request) -> Response:
    """Describe the disk usage that the images would have."""
    engine = request.engine
    users = [container.image_id for container in engine.containers]
    disk: Json = {
        "LayersSize": sum(image.size for image in engine.images),
        "Images": [images.summary(image, users.count(image.id)) for image in engine.images],
        "Containers": [
            responses.summary(engine, container) | {"SizeRw": 0, "SizeRootFs": 0} for container in engine.containers
        ],
        "Volumes": [
            volume.body() | {"UsageData": {"Size": 0, "RefCount": len(volume.users)}} for volume in engine.volumes
        ],
        "BuildCache": [],
    }
    return ok(disk)


def _moment(request: Request, key: str) -> float | None:
    """A time of the query, in simulated seconds since the epoch. Raises `ApiError` 400."""
    if not (text := request.text(key)):
        return None
    if not TIMESTAMP.fullmatch(text):
        raise ApiError(400, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return request.server.world.simulated_time(float(text))


@ROUTES.add("GET", "/events")
async def events(request: Request) -> None:
    """Send the events since then, and without `until` all further events, as long as the client listens."""
    filters = request.filters()
    if unknown := next((key for key in filters if key not in _FILTERS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    since, until = _moment(request, "since"), _moment(request, "until")
    engine = request.engine
    response = ChunkedResponse(request)

    def send(event: Json) -> None:
        if included(event, filters):
            response.write_json(event)

    if since is not None:
        for event in [*engine.events.between(since, until)]:
            send(event)
    if until is None or until > engine.clock.now:
        unsubscribe = engine.events.subscribe(send)
        while not response.gone.is_set() and engine.alive and (until is None or engine.clock.now < until):
            await response.wait_for(request.server.next_tick())
        unsubscribe()
    await response.end()
