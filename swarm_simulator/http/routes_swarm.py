"""The routes of a swarm: JSON in, JSON out; what they do is `control`'s, and the machine's membership's."""

from collections.abc import Callable

from ..engines import request_bodies
from ..engines.node_engine import NodeEngine
from ..engines.request import Answer, Call, Json, Routes, created, no_content, ok
from ..engines.swarm_member import Membership
from ..errors import NO_SWARM, ApiError
from ..swarm_api import Control

ROUTES = Routes()
JOIN_TIME = 20.0  # seconds (moby, daemon/cluster, swarmConnectTimeout)
NOT_JOINED = (
    "Timeout was reached before node joined. The attempt to join the swarm will continue in the background. "
    'Use the "docker info" command to see the current swarm status of your node.'
)


def _membership(call: Call) -> Membership:
    """Raises `ApiError` for the laptop's engine, which is in no swarm and cannot be: its machines are to be."""
    if not isinstance(call.engine, NodeEngine):
        raise ApiError(503, NO_SWARM)
    return call.engine.membership


def control_of(call: Call) -> Control:
    return _membership(call).control()


# The swarm


async def _ready(call: Call) -> None:
    """The node's agent has registered. Raises `ApiError` 503 if that takes too long (moby, Cluster.Join)."""
    clock, membership = call.engine.clock, _membership(call)
    end = clock.now + JOIN_TIME
    clock.after(JOIN_TIME, lambda: None)  # so that time is looked at then
    while not membership.registered:
        if clock.now >= end:
            raise ApiError(503, NOT_JOINED)
        call.server.tick()
        await call.server.next_tick().wait()


@ROUTES.add("POST", "/swarm/init")
async def init(call: Call) -> Answer:
    if not isinstance(call.engine, NodeEngine):
        raise ApiError(501, "the simulated engine itself cannot be in a swarm; its machines can (Cluster.up)")
    node_id = _membership(call).init(call.asked(request_bodies.INIT), call.json().get("Spec"))
    await _ready(call)
    return ok(node_id)


@ROUTES.add("POST", "/swarm/join")
async def join(call: Call) -> Answer:
    _membership(call).join(call.asked(request_bodies.JOIN))
    await _ready(call)
    return ok()


@ROUTES.add("POST", "/swarm/leave")
def leave(call: Call) -> Answer:
    _membership(call).leave(call.flag("force"))
    return ok()


@ROUTES.add("GET", "/swarm")
def swarm(call: Call) -> Answer:
    return ok(control_of(call).swarm())


@ROUTES.add("POST", "/swarm/update")
def update_swarm(call: Call) -> Answer:
    control_of(call).update_swarm(
        call.index("swarm"),
        call.json(),
        call.flag("rotateWorkerToken"),
        call.flag("rotateManagerToken"),
        call.flag("rotateManagerUnlockKey"),
    )
    return ok()


@ROUTES.add("GET", "/swarm/unlockkey")
def unlock_key(call: Call) -> Answer:
    return ok(control_of(call).unlock_key())


@ROUTES.add("POST", "/swarm/unlock")
def unlock(call: Call) -> Answer:
    _membership(call).unlock(call.asked(request_bodies.UNLOCK).get("UnlockKey", ""))
    return ok()


# Nodes, services, tasks


@ROUTES.add("GET", "/nodes")
def nodes(call: Call) -> Answer:
    return ok(control_of(call).list_nodes(call.filters()))


@ROUTES.add("GET", "/nodes/{id}")
def node(call: Call) -> Answer:
    return ok(control_of(call).inspect_node(call.parts["id"]))


@ROUTES.add("POST", "/nodes/{id}/update")
def update_node(call: Call) -> Answer:
    control_of(call).update_node(call.parts["id"], call.index("node"), call.json())
    return ok()


@ROUTES.add("DELETE", "/nodes/{id}")
def remove_node(call: Call) -> Answer:
    control_of(call).remove_node(call.parts["id"], call.flag("force"))
    return ok()


@ROUTES.add("GET", "/services")
def services(call: Call) -> Answer:
    return ok(control_of(call).list_services(call.filters(), call.flag("status")))


@ROUTES.add("POST", "/services/create")
def create_service(call: Call) -> Answer:
    return created(control_of(call).create_service(_before_1_44(call)))


@ROUTES.add("GET", "/services/{id}")
def service(call: Call) -> Answer:
    return ok(control_of(call).inspect_service(call.parts["id"], call.flag("insertDefaults")))


@ROUTES.add("POST", "/services/{id}/update")
def update_service(call: Call) -> Answer:
    return ok(
        control_of(call).update_service(
            call.parts["id"], call.index("service"), _before_1_44(call), call.text("rollback")
        )
    )


def _before_1_44(call: Call) -> Json:
    """A service's spec; networks at its top are heard only of old clients (moby, router/swarm/helpers.go)."""
    spec = call.json()
    if call.version < (1, 44) and spec.get("Networks") and isinstance(spec.get("TaskTemplate"), dict):
        spec["TaskTemplate"].setdefault("Networks", spec["Networks"])
    spec.pop("Networks", None)
    return spec


@ROUTES.add("DELETE", "/services/{id}")
def remove_service(call: Call) -> Answer:
    control_of(call).remove_service(call.parts["id"])
    return ok()


@ROUTES.add("GET", "/tasks")
def tasks(call: Call) -> Answer:
    return ok(control_of(call).list_tasks(call.filters()))


@ROUTES.add("GET", "/tasks/{id}")
def task(call: Call) -> Answer:
    return ok(control_of(call).inspect_task(call.parts["id"]))


# Secrets and configs


def _things(kind: str) -> None:
    """The routes of that kind."""

    def add(verb: str, path: str, handler: Callable[[Call], Answer]) -> None:
        ROUTES.add(verb, f"/{kind}s{path}")(handler)

    add("GET", "", lambda call: ok(control_of(call).list_things(kind, call.filters())))
    add("POST", "/create", lambda call: created(control_of(call).create_thing(kind, call.json())))
    add("GET", "/{id}", lambda call: ok(control_of(call).inspect_thing(kind, call.parts["id"])))
    add(
        "POST",
        "/{id}/update",
        lambda call: ok(control_of(call).update_thing(kind, call.parts["id"], call.index(kind), call.json())),
    )
    add(
        "DELETE",
        "/{id}",
        lambda call: no_content() if control_of(call).remove_thing(kind, call.parts["id"]) is None else ok(),
    )


_things("secret")
_things("config")
