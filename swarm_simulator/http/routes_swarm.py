"""The routes of a swarm. The work is done by the swarm's API and by the node's member."""

from ..engines import request_bodies
from ..engines.node_engine import NodeEngine
from ..engines.swarm_member import SwarmMember
from ..errors import NO_SWARM, ApiError
from ..swarm_api import ManagerAPI
from ..swarm_api.go_structs import Json
from ..swarm_api.secrets_configs import ResourceKind
from .request import Request, Response, created, no_content, ok
from .router import Router

ROUTES = Router()
JOIN_MAX_SECONDS = 20.0  # moby, daemon/cluster, swarmConnectTimeout
NOT_JOINED = (
    "Timeout was reached before node joined. The attempt to join the swarm will continue in the background. "
    'Use the "docker info" command to see the current swarm status of your node.'
)


def _member(request: Request) -> SwarmMember:
    """The node's part in a swarm. Raises `ApiError` 503 for the host's engine, which cannot be in a swarm."""
    if not isinstance(request.engine, NodeEngine):
        raise ApiError(503, NO_SWARM)
    return request.engine.member


def control_of(request: Request) -> ManagerAPI:
    """The swarm's API. Raises `ApiError` 503 if the engine is no manager."""
    return _member(request).control()


# The swarm


async def _until_registered(request: Request) -> None:
    """Wait until the managers know the node as ready. Raises `ApiError` 503 after 20 s (moby, Cluster.Join)."""
    clock, member = request.engine.clock, _member(request)
    end = clock.now + JOIN_MAX_SECONDS
    clock.after(JOIN_MAX_SECONDS, lambda: None)  # so that there is a tick then
    while not member.registered:
        if clock.now >= end:
            raise ApiError(503, NOT_JOINED)
        request.server.tick()
        await request.server.next_tick().wait()


@ROUTES.add("POST", "/swarm/init")
async def init(request: Request) -> Response:
    """Make the node the first manager of a new swarm."""
    if not isinstance(request.engine, NodeEngine):
        raise ApiError(501, "the simulated engine itself cannot be in a swarm; its machines can (Cluster.up)")
    node_id = _member(request).init(request.parse(request_bodies.INIT), request.json().get("Spec"))
    await _until_registered(request)
    return ok(node_id)


@ROUTES.add("POST", "/swarm/join")
async def join(request: Request) -> Response:
    """Let the node join a swarm."""
    _member(request).join(request.parse(request_bodies.JOIN))
    await _until_registered(request)
    return ok()


@ROUTES.add("POST", "/swarm/leave")
def leave(request: Request) -> Response:
    """Let the node leave its swarm."""
    _member(request).leave(request.flag("force"))
    return ok()


@ROUTES.add("GET", "/swarm")
def swarm(request: Request) -> Response:
    """Describe the swarm."""
    return ok(control_of(request).swarm())


@ROUTES.add("POST", "/swarm/update")
def update_swarm(request: Request) -> Response:
    """Change the swarm's settings."""
    control_of(request).update_swarm(
        request.object_version("swarm"),
        request.json(),
        request.strict_flag("rotateWorkerToken"),
        request.strict_flag("rotateManagerToken"),
        request.strict_flag("rotateManagerUnlockKey"),
    )
    return ok()


@ROUTES.add("GET", "/swarm/unlockkey")
def unlock_key(request: Request) -> Response:
    """Show the key that unlocks a manager."""
    return ok(control_of(request).unlock_key())


@ROUTES.add("POST", "/swarm/unlock")
def unlock(request: Request) -> Response:
    """Unlock a manager."""
    _member(request).unlock(request.parse(request_bodies.UNLOCK).get("UnlockKey", ""))
    return ok()


# Nodes, services, tasks


@ROUTES.add("GET", "/nodes")
def nodes(request: Request) -> Response:
    """List the nodes."""
    return ok(control_of(request).list_nodes(request.filters()))


@ROUTES.add("GET", "/nodes/{id}")
def node(request: Request) -> Response:
    """Describe a node."""
    return ok(control_of(request).inspect_node(request.params["id"]))


@ROUTES.add("POST", "/nodes/{id}/update")
def update_node(request: Request) -> Response:
    """Change a node's role, availability and labels."""
    control_of(request).update_node(request.params["id"], request.object_version("node"), request.json())
    return ok()


@ROUTES.add("DELETE", "/nodes/{id}")
def remove_node(request: Request) -> Response:
    """Remove a node from the swarm."""
    control_of(request).remove_node(request.params["id"], request.flag("force"))
    return ok()


@ROUTES.add("GET", "/services")
def services(request: Request) -> Response:
    """List the services."""
    return ok(control_of(request).list_services(request.filters(), request.flag("status")))


@ROUTES.add("POST", "/services/create")
def create_service(request: Request) -> Response:
    """Create a service."""
    return created(control_of(request).create_service(_before_1_44(request)))


@ROUTES.add("GET", "/services/{id}")
def service(request: Request) -> Response:
    """Describe a service."""
    return ok(control_of(request).inspect_service(request.params["id"], request.flag("insertDefaults")))


@ROUTES.add("POST", "/services/{id}/update")
def update_service(request: Request) -> Response:
    """Change a service's spec."""
    return ok(
        control_of(request).update_service(
            request.params["id"],
            request.object_version("service"),
            _before_1_44(request),
            request.text("rollback"),
            request.text("registryAuthFrom"),
        )
    )


def _before_1_44(request: Request) -> Json:
    """A service's spec. Networks at its top count only from old clients (moby, router/swarm/helpers.go)."""
    spec = request.json()
    if request.version < (1, 44) and spec.get("Networks") and isinstance(spec.get("TaskTemplate"), dict):
        spec["TaskTemplate"].setdefault("Networks", spec["Networks"])
    spec.pop("Networks", None)
    return spec


@ROUTES.add("DELETE", "/services/{id}")
def remove_service(request: Request) -> Response:
    """Remove a service."""
    control_of(request).remove_service(request.params["id"])
    return ok()


@ROUTES.add("GET", "/tasks")
def tasks(request: Request) -> Response:
    """List the tasks."""
    return ok(control_of(request).list_tasks(request.filters()))


@ROUTES.add("GET", "/tasks/{id}")
def task(request: Request) -> Response:
    """Describe a task."""
    return ok(control_of(request).inspect_task(request.params["id"]))


# Secrets and configs


def _add_routes(kind: ResourceKind) -> None:
    """Add the routes of secrets or of configs."""

    @ROUTES.add("GET", f"/{kind}s")
    def list_all(request: Request) -> Response:
        return ok(control_of(request).list_resources(kind, request.filters()))

    @ROUTES.add("POST", f"/{kind}s/create")
    def create(request: Request) -> Response:
        return created(control_of(request).create_resource(kind, request.json()))

    @ROUTES.add("GET", f"/{kind}s/{{id}}")
    def inspect(request: Request) -> Response:
        return ok(control_of(request).inspect_resource(kind, request.params["id"]))

    @ROUTES.add("POST", f"/{kind}s/{{id}}/update")
    def update(request: Request) -> Response:
        control = control_of(request)
        control.update_resource(kind, request.params["id"], request.object_version(kind), request.json())
        return ok()

    @ROUTES.add("DELETE", f"/{kind}s/{{id}}")
    def remove(request: Request) -> Response:
        control_of(request).remove_resource(kind, request.params["id"])
        return no_content()


_add_routes("secret")
_add_routes("config")
