"""The routes of the engine itself: ping, version, info, events, disk usage."""

from ..engines import container_responses as bodies
from ..engines import engine as docker_engine
from ..engines.events import wanted
from ..engines.images import summary
from ..engines.node_engine import NodeEngine
from ..engines.request import Answer, Call, Json, Routes, ok
from ..errors import ApiError
from .routes_output import TIMESTAMP
from .streams import Chunks

ROUTES = Routes()
_KINDS = (
    "builder",
    "config",
    "container",
    "daemon",
    "image",
    "network",
    "node",
    "plugin",
    "secret",
    "service",
    "volume",
)
_FILTERS = (*_KINDS, "event", "label", "scope", "type")


@ROUTES.add("GET", "/_ping")
def ping(call: Call) -> Answer:
    state = "inactive"
    if isinstance(call.engine, NodeEngine):
        state = call.engine.membership.state
        if state == "active":
            state += "/manager" if call.engine.membership.manages else "/worker"
    headers = {
        "Swarm": state,
        "Builder-Version": "1",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
    }
    return Answer(200, b"OK", "text/plain; charset=utf-8", headers)


@ROUTES.add("GET", "/version")
def version(call: Call) -> Answer:
    return ok(docker_engine.version())


@ROUTES.add("GET", "/info")
def info(call: Call) -> Answer:
    return ok(call.engine.info())


@ROUTES.add("POST", "/auth")
def auth(call: Call) -> Answer:
    raise ApiError(501, "a simulated engine has no registry to log in to")


@ROUTES.add("GET", "/plugins")
def plugins(call: Call) -> Answer:
    return ok([])


@ROUTES.add("GET", "/system/df")
def usage(call: Call) -> Answer:
    engine = call.engine
    users = [container.image_id for container in engine.containers]
    disk: Json = {
        "LayersSize": sum(image.size for image in engine.images),
        "Images": [summary(image, users.count(image.id)) for image in engine.images],
        "Containers": [
            bodies.summary(engine, container) | {"SizeRw": 0, "SizeRootFs": 0} for container in engine.containers
        ],
        "Volumes": [
            volume.body() | {"UsageData": {"Size": 0, "RefCount": len(volume.users)}} for volume in engine.volumes
        ],
        "BuildCache": [],
    }
    return ok(disk)


def _moment(call: Call, key: str) -> float | None:
    if not (text := call.text(key)):
        return None
    if not TIMESTAMP.fullmatch(text):
        raise ApiError(400, f'strconv.ParseInt: parsing "{text}": invalid syntax')
    return call.server.world.moment(float(text))


@ROUTES.add("GET", "/events")
async def events(call: Call) -> None:
    """Those since then, and with no `until` those that come, as long as the client listens."""
    filters = call.filters()
    if unknown := next((key for key in filters if key not in _FILTERS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    since, until = _moment(call, "since"), _moment(call, "until")
    engine = call.engine
    body = Chunks(call)

    def tell(event: Json) -> None:
        if wanted(event, filters):
            body.line(event)

    if since is not None:
        for event in [*engine.events.between(since, until)]:
            tell(event)
    if until is None or until > engine.clock.now:
        deaf = engine.events.listen(tell)
        while not body.gone.is_set() and engine.alive and (until is None or engine.clock.now < until):
            await body.until(call.server.next_tick())
        deaf()
    await body.end()
