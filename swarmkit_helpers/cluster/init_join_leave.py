"""Making the machines a swarm: init, join and leave, as in `docker swarm`."""

from collections.abc import Callable, Iterable, Sequence

from ..display import machine_states
from ..engine.api import EngineAPI
from ..errors import EngineUnavailable, NoQuorum, NotConverged, NotInSwarm, Refused, SwarmkitError, locked_swarm
from ..language import _
from ..machine import REPAIRS, Machine
from ..polling import wait_until
from ..records import Json
from . import provision

PORT = 2377  # on which managers accept new nodes (Docker documentation, "Getting started with swarm mode")
ROLES = ("worker", "manager")
LISTEN = f"0.0.0.0:{PORT}"
REJOIN_SECONDS = 30  # for an engine that was started again; it needs a few
LEADER_SECONDS = 5  # for a manager that was started or unlocked just now; the only one elects itself at once
READY_SECONDS = 60  # for new nodes; they need one or two


def state(api: EngineAPI) -> Json:
    """The engine's own part in a swarm: the "Swarm" of GET /info."""
    body: Json = api.get("info")["Swarm"]
    return body


def init(api: EngineAPI, address: str) -> None:
    """Make the engine the first manager of a new swarm. Raises `Refused` if it is in one."""
    api.post("swarm", "init", body={"ListenAddr": LISTEN, "AdvertiseAddr": address})


def variable(role: str) -> str:
    """The name of the variable in which a script in a machine finds the join token of that role."""
    return f"{role.upper()}_TOKEN"


def token(manager: EngineAPI, role: str) -> str:
    """The secret with which a new node joins in that role."""
    return str(manager.get("swarm")["JoinTokens"][role.capitalize()])


def join(api: EngineAPI, address: str, manager: EngineAPI, role: str) -> None:
    """Let the engine join the manager's swarm. Raises `Refused` if it is in one, or cannot reach it."""
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
    """Let the engine leave its swarm. Raises `Refused` if it manages the swarm and `force` is not given."""
    api.post("swarm", "leave", force=force)


def find_manager(apis: list[EngineAPI], machines: Iterable[Machine] = ()) -> EngineAPI:
    """The first engine among these that manages a swarm; errors name those of the machines that do not simply run.

    Raises `NotInSwarm` if none of them is in one, `EngineUnavailable` if none that manages it answers or is unlocked.
    """
    states = provision.for_each(apis, _state_or_none)
    for api, seen in zip(apis, states, strict=True):
        if seen and seen["ControlAvailable"]:
            return api
    _refuse_locked(apis, states)
    if {seen["LocalNodeState"] for seen in states if seen} == {"inactive"}:
        raise NotInSwarm(_("the cluster's machines are not a swarm"), _("make them one: cluster.init_swarm('node1')"))
    away = [(machine.name, machine.state) for machine in machines if machine.state in REPAIRS]
    if not away:
        raise EngineUnavailable(
            _("no manager of the swarm answers"),
            _("wait for the managers to choose a leader, which takes half a minute, and try again"),
        )
    raise EngineUnavailable(
        _("no manager of the swarm answers: {faults}"),
        _(
            "bring back the managers among them: {calls}; if other managers are on, they choose a new leader in half "
            "a minute: try again"
        ),
        faults=", ".join(machine_states.fault(*each) for each in away),
        calls=", ".join(machine_states.repair(*each) for each in away),
    )


def _state_or_none(api: EngineAPI) -> Json | None:
    try:
        return state(api)
    except SwarmkitError:
        return None


def ensure(members: list[tuple[EngineAPI, str]], managers: int) -> None:
    """Make the engines, each with its address, one swarm with the first ones as managers; wait until all are ready.

    Does only what is missing: an engine that is in the swarm stays as it is, and one that is stuck in another
    swarm leaves that. Raises `NotConverged`, and `EngineUnavailable` if a machine's part in a swarm is not clear, such
    as a locked one: a swarm that may still be there is never given up.
    """
    apis = [api for api, _ in members]
    states: list[Json] = []

    def rejoined() -> bool:
        states[:] = provision.for_each(apis, state)
        _refuse_locked(apis, states)
        return all(seen["LocalNodeState"] in ("inactive", "active") for seen in states)

    # An engine that has just been started may still be looking for its swarm.
    wait_until(rejoined, REJOIN_SECONDS, lambda: _not_rejoined(apis, states))
    try:
        manager = find_manager(apis)
    except NotInSwarm:
        manager, address = members[0]
        _unless_in_swarm(lambda: init(manager, address))
    except EngineUnavailable:  # workers; all machines answer, so if none can be a manager, none will
        if _manages_one_of(states):
            raise
        manager, address = members[0]
        leave_any(manager)
        _unless_in_swarm(lambda: init(manager, address))
    known = {node["ID"] for node in _first_nodes(manager)}

    def admit(member: tuple[EngineAPI, str], role: str) -> None:
        api, address = member
        now = state(api)
        if now["NodeID"] not in known:
            if now["LocalNodeState"] != "inactive":
                leave(api, force=True)
            _unless_in_swarm(lambda: join(api, address, manager, role))
        elif role == "manager" and not now["ControlAvailable"]:
            _promote(manager, now["NodeID"])

    for member in members[:managers]:  # one by one: those who manage have to agree on each further one
        admit(member, "manager")
    provision.for_each(members[managers:], lambda member: admit(member, "worker"))
    ids = provision.for_each(apis, lambda api: state(api)["NodeID"])

    def settled() -> bool:
        """Whether every engine is a ready node and the first ones are managers."""
        ready = {node["ID"]: node for node in manager.get("nodes") if node["Status"]["State"] == "ready"}
        managing = {
            id
            for id, node in ready.items()
            if "ManagerStatus" in node and node["ManagerStatus"]["Reachability"] == "reachable"
        }
        return ready.keys() >= set(ids) and managing >= set(ids[:managers])

    wait_until(settled, READY_SECONDS, lambda: _not_ready(manager))
    _forget_former(manager, set(ids))


def _refuse_locked(apis: list[EngineAPI], states: Sequence[Json | None]) -> None:
    """Raise `EngineUnavailable` if one of the engines keeps its part of the swarm locked."""
    for api, seen in zip(apis, states, strict=True):
        if seen and seen["LocalNodeState"] == "locked":
            raise locked_swarm(api.name)


def _not_rejoined(apis: list[EngineAPI], states: list[Json]) -> EngineUnavailable:
    """The error for the first machine that neither is in a swarm nor out of one."""
    stuck = zip(apis, states, strict=True)
    name, seen = next((api.name, seen) for api, seen in stuck if seen["LocalNodeState"] not in ("inactive", "active"))
    return EngineUnavailable(
        _("{name} did not rejoin its swarm within {seconds} s ({state}{error})"),
        _(
            "bring back the managers of its swarm, and try again; if that swarm may be lost, let the machine leave it: "
            "cluster.leave_swarm({name!r}, force=True)"
        ),
        name=name,
        seconds=REJOIN_SECONDS,
        state=seen["LocalNodeState"],
        error=f": {seen['Error']}" if seen.get("Error") else "",
    )


def _manages_one_of(states: list[Json]) -> bool:
    """Whether one of these engines is a manager of a swarm that any of them knows."""
    managers = {manager["NodeID"] for seen in states for manager in seen.get("RemoteManagers") or ()}
    return any(seen["NodeID"] in managers for seen in states)


def _first_nodes(manager: EngineAPI) -> list[Json]:
    """The nodes that the manager lists, once there is a leader. Raises `NoQuorum`."""
    lost: list[NoQuorum] = []

    def look() -> list[Json] | None:
        try:
            nodes: list[Json] = manager.get("nodes")
        except NoQuorum as error:
            lost[:] = [error]
            return None
        return nodes

    return wait_until(look, LEADER_SECONDS, lambda: lost[0])


def _forget_former(manager: EngineAPI, present: set[str]) -> None:
    """Remove the old nodes of machines that left and joined again: each is now a node with another id."""
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
    """Let the engine leave its swarm if it is in one."""
    if state(api)["LocalNodeState"] != "inactive":
        leave(api, force=True)


def _unless_in_swarm(change: Callable[[], None]) -> None:
    """Make the change, unless another process was quicker."""
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
        _("run it again; if that does not help, start again: cluster.down(), then Cluster.up()"),
        seen=seen,
    )
