"""A node's part in a swarm: init, join, leave, unlock, and what its power does to that (moby, daemon/cluster)."""

from collections.abc import Iterable
from random import Random
from typing import Protocol

from ..clock import Clock
from ..errors import LOCKED, NO_SWARM, ApiError, rpc
from ..managers.agent import Agent
from ..managers.executor import Executor
from ..managers.swarm import ControlPlane
from ..objects import Node, Task
from ..swarm_api import ManagerAPI, SwarmEvents
from ..swarm_api import swarm as swarm_api
from ..swarm_api.expand import context_of, expand_container
from ..swarm_api.go_structs import Json
from ..swarm_api.secrets_configs import mounted_files
from ..swarm_api.template import TemplateError
from .containers import Containers
from .events import Events
from .hardware import CPUS, MEMORY_BYTES, PLUGINS
from .info import VERSION
from .network import GATEWAY_BRIDGE
from .networks import Networks
from .node_runner import NodeRunner
from .swarm_addresses import PORT, SwarmAddresses, resolve
from .swarm_networks import SwarmNetworks

IN_SWARM = 'This node is already part of a swarm. Use "docker swarm leave" to leave this swarm and join another one.'
NOT_IN_SWARM = "This node is not part of a swarm"
LEAVING = "You are attempting to leave the swarm on a node that is participating as a manager. "
LAST_MANAGER = "Removing the last manager erases all current state of the swarm. Use `--force` to ignore this message."


class MemberEngine(Protocol):
    """What a member of a swarm asks of its node's engine."""

    clock: Clock
    random: Random
    name: str
    events: Events
    networks: Networks
    containers: Containers

    @property
    def executor(self) -> Executor:
        """What runs the containers of tasks."""

    @property
    def member(self) -> "SwarmMember":
        """Its part in a swarm."""

    @property
    def address(self) -> str:
        """Its address on the host's network."""

    @property
    def answers(self) -> bool:
        """Whether it is on and not paused."""

    def all_nodes(self) -> "Iterable[MemberEngine]":
        """The engines of all nodes on the same host, this one included."""

    def reach(self, host: str) -> "MemberEngine | None":
        """The engine of the node at that name or address, if this one can reach it."""


class SwarmMember:
    """Which swarm the node is in, if any, and as what."""

    def __init__(self, engine: MemberEngine) -> None:
        self._engine = engine
        self._networks = SwarmNetworks(engine.networks)
        self.runner: NodeRunner | None = None  # its node there, if it is in a swarm

    # What it is

    @property
    def node_id(self) -> str:
        """Its id in the swarm; empty if it is in none."""
        return self.runner.node_id if self.runner else ""

    @property
    def registered(self) -> bool:
        """Whether the managers know it as a ready node; also true if it has left."""
        return self.runner is None or self.runner.registered

    @property
    def is_manager(self) -> bool:
        """Whether it is a manager now, whatever role its spec asks for."""
        return self.runner is not None and self.runner.is_manager

    @property
    def is_active_manager(self) -> bool:
        """Whether it can answer for the swarm now."""
        return self.is_manager and self.state == "active"

    @property
    def state(self) -> str:
        """The LocalNodeState of GET /info."""
        return self.runner.state if self.runner else "inactive"

    def control(self) -> ManagerAPI:
        """The swarm's API. Raises `ApiError` 503 if this is no manager (moby, errNoManager)."""
        if self.runner is None:
            raise ApiError(503, NO_SWARM)
        return self.runner.control()

    def info(self) -> Json | None:
        """The "Swarm" of GET /info; None if it is in none."""
        if self.runner is None:
            return None
        if self.state != "active":
            return {
                "NodeID": "" if self.runner.locked else self.node_id,
                "NodeAddr": self.runner.address,
                "LocalNodeState": self.state,
                "ControlAvailable": False,
                "Error": "",
                "RemoteManagers": None,
            }
        if self.is_manager:
            return ManagerAPI(self.runner.swarm, self.node_id).info()
        return swarm_api.worker_info(self.runner.swarm, self.node_id, self.runner.address)

    # Init, join, leave

    def init(self, body: Json, spec: object) -> str:
        """Make it the first manager of a new swarm, and return the id of its node. Raises `ApiError`."""
        engine = self._engine
        if self.runner is not None and not body.get("ForceNewCluster"):
            raise ApiError(503, IN_SWARM)
        given = spec or {}
        if body.get("AutoLockManagers") and isinstance(given, dict):
            spec = {**given, "EncryptionConfig": {"AutoLockManagers": True}}
        addresses = self._resolve_addresses(body)
        if self.runner is not None:
            self.runner.force_new_cluster(spec, addresses)
            return self.node_id
        swarm = swarm_api.init(engine.clock, engine.random, spec, body)
        SwarmEvents(swarm, lambda event: self._publish(swarm, event))
        return self._become_node(swarm, "manager", body.get("Availability"), addresses)

    def _publish(self, swarm: ControlPlane, event: Json) -> None:
        """Publish a swarm's event on each of its managers that runs."""
        for engine in self._engine.all_nodes():
            runner = engine.member.runner
            if engine.answers and runner and runner.swarm is swarm and runner.is_manager:
                engine.events.publish(event)

    def join(self, body: Json) -> None:
        """Make it a node of the swarm of the first manager that it reaches. Raises `ApiError`."""
        if self.runner is not None:
            raise ApiError(503, IN_SWARM)
        remotes = body.get("RemoteAddrs") or []
        if not remotes:
            raise ApiError(400, "at least 1 RemoteAddr is required to join")
        addresses = self._resolve_addresses(body)
        problem = ApiError(503, "no manager to join")
        for remote in remotes:
            host, _, port = str(remote).partition(":")
            other = self._engine.reach(host)
            manager = other.member.runner if other and other is not self._engine else None
            if manager is None or not manager.is_manager or (port or str(PORT)) != manager.listen_port:
                problem = rpc(
                    "Unavailable",
                    'connection error: desc = "transport: Error while dialing: dial tcp '
                    f"{other.address if other else host}:{port or PORT}: connect: "
                    f'{"connection refused" if other else "no route to host"}"',
                )
                continue
            role = swarm_api.role_for_token(manager.swarm.store.swarm, str(body.get("JoinToken") or ""))
            manager.swarm.require_leader()
            self._become_node(manager.swarm, role, body.get("Availability"), addresses)
            return
        raise problem

    def _resolve_addresses(self, body: Json) -> SwarmAddresses:
        """The addresses that the request asks for, on this node. Raises `ApiError` 400, 500."""
        engine = self._engine
        interfaces = {"lo": "127.0.0.1", "eth0": engine.address, "docker0": engine.networks.find("bridge").plan.gateway}
        return resolve(body, interfaces, engine.address)

    def _become_node(self, swarm: ControlPlane, role: str, availability: object, addresses: SwarmAddresses) -> str:
        engine = self._engine
        node = Node(
            id=swarm.store.new_id(),
            hostname=engine.name,
            address=addresses.host,
            port=addresses.port,
            role=role,
            spec={"Labels": {}, "Role": role, "Availability": str(availability or "active")},
            cpus=CPUS * 10**9,
            memory=MEMORY_BYTES,
            engine_version=VERSION,
            plugins=[(kind, name) for kind, names in PLUGINS.items() for name in names or ()],
        )
        agent = Agent(engine.clock, engine.executor)
        self.runner = NodeRunner(engine.clock, swarm, node.id, agent, addresses)
        swarm.admit(node, agent)
        if not any(network.name == GATEWAY_BRIDGE for network in engine.networks):
            engine.networks.create(
                {"Name": GATEWAY_BRIDGE, "Options": {"com.docker.network.bridge.enable_icc": "false"}}
            )
        return node.id

    def leave(self, force: bool) -> None:
        """Take it out of its swarm. Raises `ApiError` 503 for a manager, without `force` (moby, Cluster.Leave)."""
        runner, engine = self.runner, self._engine
        if runner is None:
            raise ApiError(503, NOT_IN_SWARM)
        if runner.locked and not force:
            raise ApiError(503, LOCKED)
        if runner.is_manager and not force:
            raise ApiError(503, LEAVING + _consequence_of_leaving(runner.swarm))
        runner.agent.off()
        self.runner = None
        runner.swarm.forget(runner.node_id)
        for container in engine.containers:
            if "com.docker.swarm.task.id" in container.labels:
                engine.containers.remove(container, force=True, volumes=True)
        for network in [*engine.networks]:
            if network.scope == "swarm" or network.name == GATEWAY_BRIDGE:
                network.endpoints.clear()
                engine.networks.remove(network, {})

    def unlock(self, key: str) -> None:
        """Unlock the swarm's state on this manager. Raises `ApiError` 400, 401, 409, 503."""
        if self.runner is None:
            raise ApiError(503, NO_SWARM)
        self.runner.unlock(key)

    # For containers

    def service_name(self, task: Task) -> str:
        """The name of the task's service; its id if the service is gone."""
        service = self.runner.swarm.store.services.get(task.service_id) if self.runner else None
        return service.name if service else task.service_id

    def expanded_spec(self, task: Task) -> Json:
        """The task's container spec with its templates filled in. Raises `ApiError` 400."""
        container: Json = task.spec.get("ContainerSpec") or {}
        store = self.runner.swarm.store if self.runner else None
        node = store.nodes.get(task.node_id) if store else None
        if store is None or node is None:
            return container
        try:
            return expand_container(container, context_of(task, store.services.get(task.service_id), node))
        except TemplateError as error:
            raise ApiError(400, str(error)) from None

    def files(self, task: Task) -> dict[str, bytes]:
        """The secrets and configs of the task, by path."""
        return mounted_files(self.runner.swarm.store, task) if self.runner else {}

    def has_service(self, name: str) -> bool:
        """Whether its swarm has a service of that name."""
        return self.runner is not None and any(
            service.name == name for service in self.runner.swarm.store.services.values()
        )

    def attach(self, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""
        return self._networks.attach(self.runner.swarm.store, task) if self.runner else {}

    def attach_by_hand(self, name: str) -> None:
        """Let a container which is no task join the swarm's network of that name. Raises `ApiError` 403."""
        if self.runner:
            self._networks.attach_by_hand(self.runner.swarm.store, name)


def _consequence_of_leaving(swarm: ControlPlane) -> str:
    """What the swarm loses with this manager (moby, daemon/cluster/swarm.go, Leave)."""
    states = swarm.manager_states().values()
    reachable = sum(state.reachability == "reachable" for state in states)
    text = ""
    if reachable - 2 <= len(states) - reachable:  # no majority would be left
        if len(states) == 1:
            return LAST_MANAGER
        text = (
            f"Removing this node leaves {reachable - 1} managers out of {len(states)}. Without a Raft quorum "
            "your swarm will be inaccessible. "
        )
    return text + (
        "The only way to restore a swarm that has lost consensus is to reinitialize it with "
        "`--force-new-cluster`. Use `--force` to suppress this message."
    )
