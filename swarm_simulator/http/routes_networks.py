"""The routes of networks and volumes. On a manager the swarm's networks are among the others."""

from ..engines import networks, request_bodies, volumes
from ..engines.container import Container
from ..engines.node_engine import NodeEngine
from ..engines.request import Answer, Call, Json, Routes, created, no_content, ok
from ..errors import NO_SWARM, ApiError
from ..swarm_api import Control

ROUTES = Routes()


def _manager(call: Call) -> Control | None:
    """What answers for the swarm's networks, if this is a manager that can."""
    engine = call.engine
    return engine.membership.control() if isinstance(engine, NodeEngine) and engine.membership.orders else None


def _own(call: Call) -> list[Json]:
    """The engine's own networks, and what a worker knows of its swarm's."""
    manages = _manager(call) is not None
    names = call.engine.containers.names()
    return [network.body(names) for network in call.engine.networks if not (manages and network.scope == "swarm")]


@ROUTES.add("GET", "/networks")
def listed(call: Call) -> Answer:
    filters = call.filters()
    found = [body for body in _own(call) if networks.passes(body, filters)]
    if manager := _manager(call):
        found += manager.list_networks(filters)
    return ok(found)


@ROUTES.add("POST", "/networks/create")
def create(call: Call) -> Answer:
    wish = call.json()
    if wish.get("Driver") == "overlay" or wish.get("Scope") == "swarm":
        if not isinstance(call.engine, NodeEngine):
            raise ApiError(503, NO_SWARM)
        return created(call.engine.membership.control().create_network(wish))
    return created({"Id": call.engine.networks.create(call.asked(request_bodies.NETWORK)).id, "Warning": ""})


@ROUTES.add("POST", "/networks/prune")
def prune(call: Call) -> Answer:
    names = call.engine.containers.names()
    gone = [
        network
        for network in [*call.engine.networks]
        if network.name not in (*networks.PREDEFINED, "docker_gwbridge")
        and not network.endpoints
        and network.scope == "local"
    ]
    for network in gone:
        call.engine.networks.remove(network, names)
    return ok({"NetworksDeleted": [network.name for network in gone] or None})


@ROUTES.add("GET", "/networks/{id}")
def inspect(call: Call) -> Answer:
    manager = _manager(call)
    if call.text("scope") != "swarm":
        try:
            network = call.engine.networks.find(call.parts["id"])
        except ApiError as error:
            if manager is None or error.status != 404:
                raise
        else:
            if network.scope == "local" or manager is None:
                return ok(network.body(call.engine.containers.names()))
    if manager is None:
        raise ApiError(404, f"network {call.parts['id']} not found")
    return ok(manager.inspect_network(call.parts["id"]))


@ROUTES.add("DELETE", "/networks/{id}")
def remove(call: Call) -> Answer:
    manager = _manager(call)
    try:
        network = call.engine.networks.find(call.parts["id"])
    except ApiError:
        if manager is None:
            raise
        manager.remove_network(call.parts["id"])
        return no_content()
    if network.scope == "swarm" and manager is not None:
        manager.remove_network(network.id)
    else:
        call.engine.networks.remove(network, call.engine.containers.names())
    return no_content()


def _container(call: Call, wish: Json) -> Container:
    return call.engine.containers.find(wish.get("Container", ""))


@ROUTES.add("POST", "/networks/{id}/connect")
def connect(call: Call) -> Answer:
    wish = call.asked(request_bodies.CONNECT)
    call.engine.attach_by_hand(call.parts["id"])
    network = call.engine.networks.find(call.parts["id"])
    call.engine.connect(network, _container(call, wish), wish.get("EndpointConfig"))
    return ok()


@ROUTES.add("POST", "/networks/{id}/disconnect")
def disconnect(call: Call) -> Answer:
    network = call.engine.networks.find(call.parts["id"])
    call.engine.disconnect(network, _container(call, call.asked(request_bodies.CONNECT)))
    return ok()


@ROUTES.add("GET", "/volumes")
def list_volumes(call: Call) -> Answer:
    filters = call.filters()
    found = [volume.body() for volume in call.engine.volumes if volumes.passes(volume, filters)]
    return ok({"Volumes": found, "Warnings": None})


@ROUTES.add("POST", "/volumes/create")
def create_volume(call: Call) -> Answer:
    wish = call.asked(request_bodies.VOLUME, needed=False)
    made = call.engine.volumes.create(
        wish.get("Name", ""), wish.get("Labels"), wish.get("DriverOpts"), wish.get("Driver", "local")
    )
    return created(made.body())


@ROUTES.add("POST", "/volumes/prune")
def prune_volumes(call: Call) -> Answer:
    every = "true" in call.filters().get("all", ())
    gone = [volume.name for volume in call.engine.volumes if not volume.users and (volume.anonymous or every)]
    for name in gone:
        call.engine.volumes.remove(name)
    return ok({"VolumesDeleted": gone or None, "SpaceReclaimed": 0})


@ROUTES.add("GET", "/volumes/{name}")
def inspect_volume(call: Call) -> Answer:
    return ok(call.engine.volumes.find(call.parts["name"]).body())


@ROUTES.add("DELETE", "/volumes/{name}")
def remove_volume(call: Call) -> Answer:
    if not (call.flag("force") and call.parts["name"] not in {volume.name for volume in call.engine.volumes}):
        call.engine.volumes.remove(call.parts["name"])
    return no_content()
