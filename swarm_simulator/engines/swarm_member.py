"""A machine's part in a swarm: init, join, leave, lock, and what its power does to that (moby, daemon/cluster)."""

from collections.abc import Iterable
from random import Random
from typing import Protocol

from .. import swarm_api
from ..clock import Clock
from ..errors import LOCKED, NO_SWARM, WORKER, ApiError, rpc
from ..managers.agent import Agent, Executor
from ..managers.swarm import Orchestration
from ..objects import Node, Task
from .containers import Containers
from .engine import CPUS, MEMORY, PLUGINS, VERSION
from .events import Events
from .networks import Networks
from .request import Json
from .swarm_networks import SwarmNetworks

PORT = 2377
START_TIME = 0.5  # seconds an engine that starts again is "pending", while it looks for its swarm
IN_ONE = 'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.'
IN_NONE = "This node is not part of a swarm"
LEAVING = "You are attempting to leave the swarm on a node that is participating as a manager. "
ERASES = "Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message."
_GWBRIDGE = "docker_gwbridge"


class Engine(Protocol):
    """What a member of a swarm asks of its node's engine."""

    clock: Clock
    random: Random
    name: str
    events: Events
    networks: Networks
    containers: Containers
    executor: Executor
    membership: "Membership"

    @property
    def address(self) -> str:
        """Its address on the host's network."""

    @property
    def answers(self) -> bool:
        """Whether it is on and not paused."""

    def all_nodes(self) -> "Iterable[Engine]":
        """The engines of all nodes on the same host, this one included."""

    def reach(self, host: str) -> "Engine | None":
        """The engine of the node at that name or address, if this one can reach it."""


class Membership:
    """Which swarm the node is in, if any, and as what."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._networks = SwarmNetworks(engine.networks)
        self.swarm: Orchestration | None = None
        self.node_id = ""
        self.locked = False
        self._agent: Agent | None = None
        self._pending_until = 0.0

    # What it is

    @property
    def node(self) -> Node | None:
        return self.swarm.store.nodes.get(self.node_id) if self.swarm else None

    @property
    def registered(self) -> bool:
        """Whether the managers know it as a node that is ready; or it has left meanwhile."""
        return self.swarm is None or (self.node is not None and self.node.state == "ready" and self.node.described)

    @property
    def manages(self) -> bool:
        """Whether it is a manager now, whatever is wished."""
        return self.swarm is not None and self.node_id in self.swarm.manager_states()

    @property
    def orders(self) -> bool:
        """Whether it can answer for the swarm now."""
        return self.manages and not self.locked and self.state == "active"

    @property
    def state(self) -> str:
        """The LocalNodeState."""
        if self.swarm is None:
            return "inactive"
        if self.locked:
            return "locked"
        return "pending" if self._engine.clock.now < self._pending_until else "active"

    def control(self) -> swarm_api.Control:
        """What answers for the swarm. Raises `ApiError` 503 if this is no manager (moby, errNoManager)."""
        if self.swarm is None:
            raise ApiError(503, NO_SWARM)
        if self.locked:
            raise ApiError(503, LOCKED)
        if not self.manages:
            raise ApiError(503, WORKER)
        return swarm_api.Control(self.swarm, self.node_id)

    def info(self) -> Json | None:
        """The "Swarm" of GET /info; None if it is in none."""
        if self.swarm is None:
            return None
        if self.locked or self.state == "pending":
            return {
                "NodeID": "" if self.locked else self.node_id,
                "NodeAddr": self._engine.address,
                "LocalNodeState": self.state,
                "ControlAvailable": False,
                "Error": "",
                "RemoteManagers": None,
            }
        if self.manages:
            return swarm_api.Control(self.swarm, self.node_id).info()
        return swarm_api.swarm.worker_info(self.swarm, self.node_id, self._engine.address)

    # Becoming a member, and being one no more

    def init(self, asked: Json, spec: object) -> str:
        """It is the first manager of a new swarm: the id of its node. Raises `ApiError`."""
        engine = self._engine
        if asked.get("ForceNewCluster") and self.swarm is not None:
            raise ApiError(501, "a simulated engine cannot force a new cluster out of an old one")
        if self.swarm is not None:
            raise ApiError(503, IN_ONE)
        if asked.get("AutoLockManagers") and isinstance(spec or {}, dict):
            spec = {**(spec or {}), "EncryptionConfig": {"AutoLockManagers": True}}
        self._advertise(asked)
        swarm = swarm_api.swarm.begin(engine.clock, engine.random, spec)
        swarm_api.SwarmEvents(swarm, lambda event: self._tell(swarm, event))
        self._admit(swarm, "manager", asked.get("Availability"))
        return self.node_id

    def _tell(self, swarm: Orchestration, event: Json) -> None:
        """Each manager of the swarm that runs has the event among its own."""
        for engine in self._engine.all_nodes():
            if engine.answers and engine.membership.swarm is swarm and engine.membership.manages:
                engine.events.keep(event)

    def join(self, asked: Json) -> None:
        """It is a node of the swarm of one of the managers it is given. Raises `ApiError`."""
        engine = self._engine
        if self.swarm is not None:
            raise ApiError(503, IN_ONE)
        remotes = asked.get("RemoteAddrs") or []
        if not remotes:
            raise ApiError(400, "at least 1 RemoteAddr is required to join")
        self._advertise(asked)
        problem = ApiError(503, "no manager to join")
        for remote in remotes:
            host, _, port = str(remote).partition(":")
            other = engine.reach(host)
            if other is None or port not in ("", str(PORT)) or not other.membership.manages or other is engine:
                problem = rpc(
                    "Unavailable",
                    'connection error: desc = "transport: Error while dialing: dial tcp '
                    f"{other.address if other else host}:{port or PORT}: connect: "
                    f'{"connection refused" if other else "no route to host"}"',
                )
                continue
            swarm = other.membership.swarm
            role = swarm_api.swarm.joins_as(swarm.store.swarm, str(asked.get("JoinToken") or ""))
            swarm.require_leader()
            self._admit(swarm, role, asked.get("Availability"))
            return
        raise problem

    def _advertise(self, asked: Json) -> None:
        """Raises `ApiError` for an address that this machine has not."""
        wish = str(asked.get("AdvertiseAddr") or "").partition(":")[0]
        if wish and wish not in (self._engine.address, "eth0", self._engine.name):
            raise ApiError(
                400,
                "advertise address must be a non-zero IP address or network interface (with optional port number)"
                if not wish.replace(".", "").isdigit()
                else f"must specify a listening address because the advertised address is not recognized as a "
                f"system address, and a system's IP address to use could not be uniquely identified: {wish}",
            )

    def _admit(self, swarm: Orchestration, role: str, availability: object) -> None:
        engine = self._engine
        node = Node(
            id=swarm.store.new_id(),
            hostname=engine.name,
            address=engine.address,
            role=role,
            spec={"Labels": {}, "Role": role, "Availability": str(availability or "active")},
            cpus=CPUS * 10**9,
            memory=MEMORY,
            engine_version=VERSION,
            plugins=[(kind, name) for kind, names in PLUGINS.items() for name in names or ()],
        )
        self.swarm, self.node_id, self.locked = swarm, node.id, False
        self._agent = Agent(engine.clock, engine.executor)
        swarm.admit(node, self._agent)
        if not any(network.name == _GWBRIDGE for network in engine.networks):
            engine.networks.create({"Name": _GWBRIDGE, "Options": {"com.docker.network.bridge.enable_icc": "false"}})

    def leave(self, force: bool) -> None:
        """It is in no swarm. Raises `ApiError` for a manager, without `force` (moby, Cluster.Leave)."""
        if self.swarm is None:
            raise ApiError(503, IN_NONE)
        if self.locked and not force:
            raise ApiError(503, LOCKED)
        if self.manages and not force:
            raise ApiError(503, LEAVING + self._consequence())
        engine, swarm, node_id = self._engine, self.swarm, self.node_id
        self._agent.off()
        self.swarm, self.node_id, self._agent, self.locked = None, "", None, False
        swarm.forget(node_id)
        for container in engine.containers:
            if "com.docker.swarm.task.id" in container.labels:
                engine.containers.remove(container, force=True, volumes=True)
        for network in [*engine.networks]:
            if network.scope == "swarm" or network.name == _GWBRIDGE:
                network.endpoints.clear()
                engine.networks.remove(network, {})

    def _consequence(self) -> str:
        """What it would mean for the swarm (moby, daemon/cluster/swarm.go, Leave)."""
        states = self.swarm.manager_states().values()
        reachable = sum(state.reachability == "reachable" for state in states)
        said = ""
        if reachable - 2 <= len(states) - reachable:  # no majority would be left
            if len(states) == 1:
                return ERASES
            said = (
                f"Removing this node leaves {reachable - 1} managers out of {len(states)}. Without a Raft quorum "
                "your swarm will be inaccessible. "
            )
        return said + (
            "The only way to restore a swarm that has lost consensus is to reinitialize it with "
            "`--force-new-cluster`. Use `--force` to suppress this message."
        )

    def unlock(self, key: str) -> None:
        """Raises `ApiError` 400, 401, 409, 503 (moby, Cluster.UnlockSwarm)."""
        if self.swarm is None:
            raise ApiError(503, NO_SWARM)
        if not self.locked:
            raise ApiError(409, "swarm is not locked")
        if not key.startswith("SWMKEY-1-"):
            raise ApiError(400, "invalid key string")
        if key != self.swarm.store.swarm.unlock_key:
            raise ApiError(401, "swarm could not be unlocked: invalid key provided")
        self.locked = False
        self._agent.on()

    # Power

    def on(self) -> None:
        if self.swarm is None:
            return
        if self.manages and self.swarm.store.swarm.unlock_key:
            self.locked = True
            return
        self._pending_until = self._engine.clock.now + START_TIME
        self._agent.on()

    def off(self) -> None:
        if self._agent:
            self._agent.off()

    def freeze(self) -> None:
        if self._agent:
            self._agent.freeze()

    def thaw(self) -> None:
        if self._agent:
            self._agent.thaw()

    def unplug(self) -> None:
        if self._agent:
            self._agent.disconnect()

    def plug_in(self) -> None:
        if self._agent:
            self._agent.reconnect()

    def gone(self) -> None:
        """The machine is gone for good."""
        if self._agent:
            self._agent.off()
            self.swarm.forget(self.node_id)

    # For the executor

    def service_name(self, task: Task) -> str:
        """The name of the task's service; its id if the service is gone."""
        service = self.swarm.store.services.get(task.service_id) if self.swarm else None
        return service.name if service else task.service_id

    def attach(self, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""
        return self._networks.attach(self.swarm.store, task)

    def attach_by_hand(self, name: str) -> None:
        """Let a container which is no task join the swarm's network of that name. Raises `ApiError` 403."""
        if self.swarm:
            self._networks.attach_by_hand(self.swarm.store, name)
