"""The routes of networks and volumes. On a manager the swarm's networks are among the others."""

from ..engines import networks, request_bodies, volumes
from ..engines.container import Container
from ..engines.node_engine import NodeEngine
from ..errors import NO_SWARM, ApiError
from ..swarm_api import ManagerAPI
from ..swarm_api.go_structs import Json
from .request import Request, Response, created, no_content, ok
from .router import Router

ROUTES = Router()


def _manager(request: Request) -> ManagerAPI | None:
    """The swarm's API, if the engine is a manager that can answer now."""
    engine = request.engine
    return engine.member.control() if isinstance(engine, NodeEngine) and engine.member.is_active_manager else None


def _own_networks(request: Request) -> list[Json]:
    """The engine's own networks; on a worker also those of its swarm that it knows."""
    is_manager = _manager(request) is not None
    names = request.engine.containers.running_names()
    return [network.body(names) for network in request.engine.networks if not (is_manager and network.scope == "swarm")]


@ROUTES.add("GET", "/networks")
def listed(request: Request) -> Response:
    """List the networks that pass the filters."""
    filters = request.filters()
    found = [network for network in _own_networks(request) if networks.passes(network, filters)]
    if manager := _manager(request):
        found += manager.list_networks(filters)
    return ok(found)


@ROUTES.add("POST", "/networks/create")
def create(request: Request) -> Response:
    """Create a network, an overlay network through the swarm's managers."""
    body = request.json()
    if body.get("Driver") == "overlay" or body.get("Scope") == "swarm":
        if not isinstance(request.engine, NodeEngine):
            raise ApiError(503, NO_SWARM)
        return created(request.engine.member.control().create_network(body))
    return created({"Id": request.engine.networks.create(request.parse(request_bodies.NETWORK)).id, "Warning": ""})


@ROUTES.add("POST", "/networks/prune")
def prune(request: Request) -> Response:
    """Remove the unused networks that pass the filters; on a manager also those of its swarm."""
    wanted = request.prune_filters("label", "label!", "until")
    manager = _manager(request)
    removed = manager.prune_networks(wanted) if manager else []
    names = request.engine.containers.running_names()
    for network in [*request.engine.networks]:
        if network.prunable and wanted.include(network.labels, network.created):
            request.engine.networks.remove(network, names)
            removed.append(network.name)
    return ok({"NetworksDeleted": removed or None})


@ROUTES.add("GET", "/networks/{id}")
def inspect(request: Request) -> Response:
    """Describe a network."""
    manager, wanted, scope = _manager(request), request.params["id"], request.text("scope")
    names = request.engine.containers.running_names()
    local = None  # its own network of that name, or what it knows of one of its swarm
    try:
        local = request.engine.networks.find(wanted)
    except ApiError as error:
        if manager is None or error.status != 404:
            raise
    if local and (scope in ("", local.scope)) and (local.scope == "local" or manager is None):
        return ok(local.body(names))
    if manager is None or scope == "local":
        raise ApiError(404, f"network {wanted} not found")
    found = manager.inspect_network(wanted)
    if local and local.id == found["Id"]:
        containers = local.body(names)["Containers"]
        found["Containers"] = containers | ({f"lb-{local.name}": local.load_balancer()} if containers else {})
    return ok(found)


@ROUTES.add("DELETE", "/networks/{id}")
def remove(request: Request) -> Response:
    """Remove a network."""
    manager = _manager(request)
    try:
        network = request.engine.networks.find(request.params["id"])
    except ApiError:
        if manager is None:
            raise
        manager.remove_network(request.params["id"])
        return no_content()
    if network.scope == "swarm" and manager is not None:
        manager.remove_network(network.id)
    else:
        request.engine.networks.remove(network, request.engine.containers.running_names())
    return no_content()


def _container(request: Request, body: Json) -> Container:
    return request.engine.containers.find(body.get("Container", ""))


@ROUTES.add("POST", "/networks/{id}/connect")
def connect(request: Request) -> Response:
    """Connect a container to a network."""
    body = request.parse(request_bodies.CONNECT)
    request.engine.attach_by_hand(request.params["id"])
    network = request.engine.networks.find(request.params["id"])
    request.engine.connect(network, _container(request, body), body.get("EndpointConfig"))
    return ok()


@ROUTES.add("POST", "/networks/{id}/disconnect")
def disconnect(request: Request) -> Response:
    """Disconnect a container from a network."""
    network = request.engine.networks.find(request.params["id"])
    request.engine.disconnect(network, _container(request, request.parse(request_bodies.CONNECT)))
    return ok()


@ROUTES.add("GET", "/volumes")
def list_volumes(request: Request) -> Response:
    """List the volumes that pass the filters."""
    filters = request.filters()
    found = [volume.body() for volume in request.engine.volumes if volumes.passes(volume, filters)]
    return ok({"Volumes": found, "Warnings": None})


@ROUTES.add("POST", "/volumes/create")
def create_volume(request: Request) -> Response:
    """Create a volume."""
    body = request.parse(request_bodies.VOLUME)
    made = request.engine.volumes.create(
        body.get("Name", ""), body.get("Labels"), body.get("DriverOpts"), body.get("Driver", "local")
    )
    return created(made.body())


@ROUTES.add("POST", "/volumes/prune")
def prune_volumes(request: Request) -> Response:
    """Remove the unused volumes that pass the filters: the anonymous ones, with the filter `all` any."""
    accepted = ("label", "label!") if request.version < (1, 42) else ("label", "label!", "all")
    wanted = request.prune_filters(*accepted)
    # Before API 1.42 there was no such filter, and named volumes were removed too (moby, router/volume).
    every = request.version < (1, 42) or request.filters().get("all", [""])[0].lower() in ("1", "true")
    unused = [
        volume.name
        for volume in request.engine.volumes
        if not volume.users and (volume.anonymous or every) and wanted.include(volume.labels, volume.created)
    ]
    for name in unused:
        request.engine.volumes.remove(name)
    return ok({"VolumesDeleted": unused, "SpaceReclaimed": 0})


@ROUTES.add("GET", "/volumes/{name}")
def inspect_volume(request: Request) -> Response:
    """Describe a volume."""
    return ok(request.engine.volumes.find(request.params["name"]).body())


@ROUTES.add("DELETE", "/volumes/{name}")
def remove_volume(request: Request) -> Response:
    """Remove a volume."""
    if not (request.flag("force") and request.params["name"] not in {volume.name for volume in request.engine.volumes}):
        request.engine.volumes.remove(request.params["name"])
    return no_content()
