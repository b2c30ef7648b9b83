"""Machines becoming a swarm: init, join, leave. The words are those of `docker swarm`."""

from collections.abc import Callable

from ..engine.api import EngineAPI
from ..errors import EngineUnavailable, NotConverged, NotInSwarm, Refused, SwarmkitError
from ..language import _
from ..polling import wait_until
from ..records import Json
from . import provision

PORT = 2377  # where managers take new nodes (Docker documentation, "Getting started with swarm mode")
ROLES = ("worker", "manager")
LISTEN = f"0.0.0.0:{PORT}"


def state(api: EngineAPI) -> Json:
    """What the engine says of its part in a swarm: the "Swarm" of GET /info."""
    return api.get("info")["Swarm"]


def init(api: EngineAPI, address: str) -> None:
    """The engine is the first manager of a new swarm. Raises `Refused` if it is in one."""
    api.post("swarm", "init", body={"ListenAddr": LISTEN, "AdvertiseAddr": address})


def variable(role: str) -> str:
    """The name under which a script in a machine finds the join token of that role."""
    return f"{role.upper()}_TOKEN"


def token(manager: EngineAPI, role: str) -> str:
    """The secret with which a new node joins in that role."""
    return manager.get("swarm")["JoinTokens"][role.capitalize()]


def join(api: EngineAPI, address: str, manager: EngineAPI, role: str) -> None:
    """The engine is a node of the manager's swarm. Raises `Refused` if it is in one, or cannot reach it."""
    remote = f"{state(manager)['NodeAddr']}:{PORT}"
    api.post(
        "swarm",
        "join",
        body={
            "ListenAddr": LISTEN,
            "AdvertiseAddr": address,
            "RemoteAddrs": [remote],
            "JoinToken": token(manager, role),
        },
    )


def leave(api: EngineAPI, force: bool) -> None:
    """The engine is in no swarm."""
    api.post("swarm", "leave", force=force)


def find_manager(apis: list[EngineAPI]) -> EngineAPI:
    """The first engine among these that manages a swarm.

    Raises `NotInSwarm` if none of them is in one, `EngineUnavailable` if none that manages it answers.
    """
    states = provision.for_each(apis, _state_or_none)
    for api, seen in zip(apis, states, strict=True):
        if seen and seen["ControlAvailable"]:
            return api
    if {seen["LocalNodeState"] for seen in states if seen} == {"inactive"}:
        raise NotInSwarm(_("the cluster's machines are not a swarm"), _("make them one: cluster.init_swarm('node1')"))
    raise EngineUnavailable(
        _("no manager of the swarm answers"),
        _(
            "see which machine is off with cluster.machines() and bring it back; "
            "if others manage too, they choose a new leader in half a minute: try again"
        ),
    )


def _state_or_none(api: EngineAPI) -> Json | None:
    try:
        return state(api)
    except SwarmkitError:
        return None


def ensure(members: list[tuple[EngineAPI, str]], managers: int) -> None:
    """The engines (each with its address) are one swarm, the first ones managers, and all are ready.

    Whatever is missing is done, and nothing is redone: an engine that is in the swarm stays as it is, one
    that is stuck in another swarm leaves it.
    """
    apis = [api for api, _ in members]
    # An engine that has just been started may still be looking for its swarm.
    wait_until(
        lambda: all(state(api)["LocalNodeState"] != "pending" for api in apis),
        30,
        lambda: EngineUnavailable(_("a machine does not find back into its swarm"), _("start anew: cluster.down()")),
    )
    try:
        manager = find_manager(apis)
    except (NotInSwarm, EngineUnavailable):  # all machines answer, so if none manages a swarm, none will
        manager, address = members[0]
        leave_any(manager)
        _once(lambda: init(manager, address))
    known = {node["ID"] for node in manager.get("nodes")}

    def admit(member: tuple[EngineAPI, str], role: str) -> None:
        api, address = member
        now = state(api)
        if now["NodeID"] not in known:
            if now["LocalNodeState"] != "inactive":
                leave(api, force=True)
            _once(lambda: join(api, address, manager, role))
        elif role == "manager" and not now["ControlAvailable"]:
            _promote(manager, now["NodeID"])

    for member in members[:managers]:  # one by one: those who manage have to agree on each further one
        admit(member, "manager")
    provision.for_each(members[managers:], lambda member: admit(member, "worker"))
    ids = provision.for_each(apis, lambda api: state(api)["NodeID"])

    def settled() -> bool:
        """Whether every engine is a ready node, and the first ones manage."""
        ready = {node["ID"]: node for node in manager.get("nodes") if node["Status"]["State"] == "ready"}
        managing = {
            id
            for id, node in ready.items()
            if "ManagerStatus" in node and node["ManagerStatus"]["Reachability"] == "reachable"
        }
        return ready.keys() >= set(ids) and managing >= set(ids[:managers])

    wait_until(settled, 60, lambda: _not_ready(manager))
    _forget_former(manager, set(ids))


def _forget_former(manager: EngineAPI, present: set[str]) -> None:
    """Of a machine that left and came again, the swarm knows only what it is now: a node of another id."""
    nodes = manager.get("nodes")
    names = {node["Description"]["Hostname"] for node in nodes if node["ID"] in present}
    for node in nodes:
        former = node["ID"] not in present and node["Description"].get("Hostname") in names
        if former and node["Spec"]["Role"] == "worker":
            manager.delete("nodes", node["ID"], force=True)


def _promote(manager: EngineAPI, node: str) -> None:
    body = manager.get("nodes", node)
    manager.post("nodes", node, "update", body={**body["Spec"], "Role": "manager"}, version=body["Version"]["Index"])


def leave_any(api: EngineAPI) -> None:
    """The engine is in no swarm, whether or not it was in one."""
    if state(api)["LocalNodeState"] != "inactive":
        leave(api, force=True)


def _once(change: Callable[[], None]) -> None:
    """The change is made, by us or by somebody who was quicker."""
    try:
        change()
    except Refused as error:
        if "already part of a swarm" not in error.problem:
            raise


def _not_ready(manager: EngineAPI) -> NotConverged:
    seen = ", ".join(
        f"{node['Description'].get('Hostname', node['ID'])} {node['Status']['State']}" for node in manager.get("nodes")
    )
    return NotConverged(
        _("the machines did not become ready nodes of one swarm; last seen: {seen}"),
        _("run it again; if that does not help, start anew: cluster.down(), then Cluster.up()"),
        seen=seen,
    )
