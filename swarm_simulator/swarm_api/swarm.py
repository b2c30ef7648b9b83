"""The swarm itself in the Engine API: settings, tokens, and its part of /info (moby, daemon/cluster/swarm.go)."""

import base64
from random import Random

from ..clock import Clock
from ..errors import ApiError, rpc
from ..managers.swarm import ControlPlane
from ..objects import AddressPools, Swarm
from ..store import Store
from . import address_pools, networks, responses
from .go_structs import BOOL, COUNT, INT, LABELS, TEXT, Always, Fields, Json, ListOf, Pointer, Struct
from .go_structs import body as read_body

_RAFT: Fields = {
    "SnapshotInterval": COUNT,
    "KeepOldSnapshots": Pointer(COUNT),
    "LogEntriesForSlowFollowers": COUNT,
    "ElectionTick": Always(INT),
    "HeartbeatTick": Always(INT),
}
_CA: Fields = {
    "NodeCertExpiry": INT,
    "ExternalCAs": ListOf(Struct("ExternalCA", {"Protocol": TEXT, "URL": TEXT})),
    "ForceRotate": COUNT,
}
_DRIVER = Struct("Driver", {"Name": TEXT, "Options": LABELS})
SPEC = Struct(
    "Spec",
    {
        "Name": TEXT,
        "Labels": Always(LABELS),
        "Orchestration": Always(Struct("OrchestrationConfig", {"TaskHistoryRetentionLimit": Pointer(INT)})),
        "Raft": Always(Struct("RaftConfig", _RAFT)),
        "Dispatcher": Always(Struct("DispatcherConfig", {"HeartbeatPeriod": INT})),
        "CAConfig": Always(Struct("CAConfig", _CA)),
        "TaskDefaults": Always(Struct("TaskDefaults", {"LogDriver": _DRIVER})),
        "EncryptionConfig": Always(Struct("EncryptionConfig", {"AutoLockManagers": Always(BOOL)})),
    },
)
# The settings of a new swarm that `docker swarm init` leaves open (SwarmKit, manager/manager.go, defaultClusterObject).
_NEW: Json = {
    "Orchestration": {"TaskHistoryRetentionLimit": 5},
    "Raft": {
        "SnapshotInterval": 10000,
        "KeepOldSnapshots": 0,
        "LogEntriesForSlowFollowers": 500,
        "ElectionTick": 10,
        "HeartbeatTick": 1,
    },
    "Dispatcher": {"HeartbeatPeriod": 5_000_000_000},
    "CAConfig": {"NodeCertExpiry": 7_776_000_000_000_000},
}
_MIN_CERT_NANOSECONDS = 3_600_000_000_000  # one hour, the shortest life of a certificate
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_TWO_MANAGERS_WARNING = """WARNING: Running Swarm in a two-manager configuration. This configuration provides
         no fault tolerance, and poses a high risk to lose control over the cluster.
         Refer to https://docs.docker.com/engine/swarm/admin_guide/ to configure the
         Swarm for fault-tolerance."""


def new(clock: Clock, random: Random, request: object, addresses: AddressPools) -> Swarm:
    """The swarm object for POST /swarm/init with this "Spec". Raise `ApiError`."""
    spec = merged(_NEW, request)
    digest = _digits(random, 50)
    swarm = Swarm(
        id=_digits(random, 25),
        spec=spec,
        created=clock.now,
        updated=clock.now,
        worker_token=_token(random, digest),
        manager_token=_token(random, digest),
        addresses=addresses,
    )
    if spec["EncryptionConfig"]["AutoLockManagers"]:
        swarm.unlock_key = _key(random)
    return swarm


def merged(old: Json, request: object) -> Json:
    """The spec of POST /swarm/init, with the old settings where it has none (moby, initClusterSpec).

    Raise `ApiError`.
    """
    spec = _read(request)
    for part in _NEW:
        spec[part] = old[part] | {
            key: value for key, value in spec[part].items() if value or key not in ("ElectionTick", "HeartbeatTick")
        }
    for part in ("Labels", "TaskDefaults"):
        spec[part] = spec[part] or old.get(part) or {}
    _validate(spec)
    return spec


def init(clock: Clock, random: Random, request: object, body: Json | None = None) -> ControlPlane:
    """Begin the swarm of POST /swarm/init with this "Spec" and body, with its first networks, without nodes.

    Raise `ApiError`.
    """
    control_plane = ControlPlane(clock, random, new(clock, random, request, address_pools.read(body or {})))
    store = control_plane.store
    store.save(networks.new(store, "ingress", ingress=True, Labels={}), *networks.predefined(store))
    return control_plane


def role_for_token(swarm: Swarm, token: str) -> str:
    """The role of a node that joins with this token: worker or manager. Raise `ApiError`."""
    parts = token.split("-")
    if len(parts) != 4 or parts[:2] != ["SWMTKN", "1"] or len(parts[2]) != 50 or len(parts[3]) != 25:
        raise ApiError(500, "invalid join token")
    for role, known in (("worker", swarm.worker_token), ("manager", swarm.manager_token)):
        if token == known:
            return role
    raise rpc("InvalidArgument", "A valid join token is necessary to join this cluster")


def inspect(control_plane: ControlPlane) -> Json:
    """GET /swarm."""
    swarm = control_plane.store.swarm
    return responses.swarm(swarm) | {"JoinTokens": {"Worker": swarm.worker_token, "Manager": swarm.manager_token}}


def update(
    control_plane: ControlPlane,
    version: int,
    request: object,
    rotate_worker: bool,
    rotate_manager: bool,
    rotate_unlock: bool,
) -> None:
    """POST /swarm/update. The spec replaces the old one, so what is not given becomes zero. Raise `ApiError`."""
    store = control_plane.store
    swarm, random = store.swarm, store.random
    spec = _read(request)
    spec["Orchestration"].setdefault("TaskHistoryRetentionLimit", 0)
    spec["Raft"].setdefault("KeepOldSnapshots", 0)
    _validate(spec)
    if version != swarm.version:
        raise rpc("Unknown", "update out of sequence")
    digest = swarm.worker_token.split("-")[2]
    if rotate_worker:
        swarm.worker_token = _token(random, digest)
    if rotate_manager:
        swarm.manager_token = _token(random, digest)
    if rotate_unlock:
        swarm.unlock_key = ""
    put(store, spec)


def put(store: Store, spec: Json) -> None:
    """Write the swarm's spec, and make or forget the key that unlocks its managers."""
    swarm = store.swarm
    swarm.spec = spec
    if not spec["EncryptionConfig"]["AutoLockManagers"]:
        swarm.unlock_key = ""
    elif not swarm.unlock_key:
        swarm.unlock_key = _key(store.random)
    store.save(swarm)


def info(control_plane: ControlPlane, node_id: str) -> Json:
    """The part "Swarm" of GET /info on a manager; without a leader, `Error` says so."""
    node = control_plane.store.nodes[node_id]
    states = control_plane.manager_states()
    said: Json = {
        "NodeID": node_id,
        "NodeAddr": node.address,
        "LocalNodeState": "active",
        "ControlAvailable": True,
        "Error": "",
        "RemoteManagers": remote_managers(control_plane),
    }
    try:
        control_plane.require_leader(node_id)
    except ApiError as error:
        return said | {"Error": error.message}
    said |= {
        "Nodes": len(control_plane.store.nodes),
        "Managers": len(states),
        "Cluster": responses.swarm(control_plane.store.swarm),
    }
    return said | {"Warnings": [_TWO_MANAGERS_WARNING]} if len(states) == 2 else said


def worker_info(control_plane: ControlPlane, node_id: str, address: str) -> Json:
    """The part "Swarm" of GET /info on a worker."""
    return {
        "NodeID": node_id,
        "NodeAddr": address,
        "LocalNodeState": "active",
        "ControlAvailable": False,
        "Error": "",
        "RemoteManagers": remote_managers(control_plane),
    }


def remote_managers(control_plane: ControlPlane) -> list[Json]:
    """The managers that a node knows."""
    return [{"NodeID": node_id, "Addr": state.address} for node_id, state in control_plane.manager_states().items()]


def _read(request: object) -> Json:
    spec = read_body(SPEC, request)
    if spec.setdefault("Name", "default") != "default":
        raise ApiError(400, 'swarm spec must be named "default"')
    return {"Name": "default"} | spec


def _validate(spec: Json) -> None:
    """Raise `ApiError` for a refused spec (SwarmKit, manager/controlapi/cluster.go, validateClusterSpec)."""
    if 0 != spec["CAConfig"].get("NodeCertExpiry", 0) < _MIN_CERT_NANOSECONDS:
        raise rpc("InvalidArgument", "minimum certificate expiry time is: 1h0m0s")
    if spec["Dispatcher"].get("HeartbeatPeriod", 0) < 0:
        raise rpc("InvalidArgument", "heartbeat time period cannot be a negative duration")


def _digits(random: Random, number: int) -> str:
    return "".join(random.choices(_DIGITS, k=number))


def _token(random: Random, digest: str) -> str:
    return f"SWMTKN-1-{digest}-{_digits(random, 25)}"


def _key(random: Random) -> str:
    return "SWMKEY-1-" + base64.b64encode(random.randbytes(32)).decode().rstrip("=")
