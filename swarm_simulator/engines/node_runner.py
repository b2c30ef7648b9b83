"""A node of a swarm while its engine is a member (moby, daemon/cluster/noderunner.go)."""

from ..clock import Clock
from ..errors import LOCKED, WORKER, ApiError
from ..managers.agent import Agent
from ..managers.swarm import ControlPlane
from ..swarm_api import ManagerAPI
from ..swarm_api import swarm as swarm_api
from .swarm_addresses import SwarmAddresses

PENDING_SECONDS = 0.5  # that an engine which starts again is "pending", while it looks for its swarm


class NodeRunner:
    """The node, its swarm and its agent."""

    def __init__(
        self, clock: Clock, swarm: ControlPlane, node_id: str, agent: Agent, addresses: SwarmAddresses
    ) -> None:
        self.swarm, self.node_id, self.agent = swarm, node_id, agent
        self.locked = False  # whether its copy of the swarm's state is encrypted until it is unlocked
        self.address, self.listen_port = addresses.host, addresses.listen_port
        self._clock = clock
        self._pending_until = 0.0  # simulated seconds since the epoch

    @property
    def registered(self) -> bool:
        """Whether the managers know it as a ready node."""
        node = self.swarm.store.nodes.get(self.node_id)
        return node is not None and node.state == "ready" and node.described

    @property
    def is_manager(self) -> bool:
        """Whether it is a manager now, whatever role its spec asks for."""
        return self.node_id in self.swarm.manager_states()

    @property
    def state(self) -> str:
        """The LocalNodeState of GET /info."""
        if self.locked:
            return "locked"
        return "pending" if self._clock.now < self._pending_until else "active"

    def control(self) -> ManagerAPI:
        """The swarm's API. Raises `ApiError` 503 if this is no manager (moby, errNoManager)."""
        if self.locked:
            raise ApiError(503, LOCKED)
        if not self.is_manager:
            raise ApiError(503, WORKER)
        return ManagerAPI(self.swarm, self.node_id)

    def unlock(self, key: str) -> None:
        """Unlock the swarm's state and start the agent. Raises `ApiError` 400, 401, 409 (moby, Cluster.UnlockSwarm)."""
        if not self.locked:
            raise ApiError(409, "swarm is not locked")
        if not key.startswith("SWMKEY-1-"):
            raise ApiError(400, "invalid key string")
        if key != self.swarm.store.swarm.unlock_key:
            raise ApiError(401, "swarm could not be unlocked: invalid key provided")
        self.locked = False
        self.agent.on()

    def force_new_cluster(self, spec: object, addresses: SwarmAddresses) -> None:
        """Make it the only manager, with the swarm's state as it has it. Raises `ApiError` 400, 501, 503.

        Its node stops and starts again for that, with the containers of its tasks (moby, Cluster.Init).
        """
        if self.locked or not self.is_manager:
            raise ApiError(503, WORKER)
        merged = swarm_api.merged(self.swarm.store.swarm.spec, spec)
        self.swarm.force_new_cluster(self.node_id)
        swarm_api.put(self.swarm.store, merged)
        node = self.swarm.store.nodes[self.node_id]
        node.address, node.port = addresses.host, addresses.port
        self.address, self.listen_port = addresses.host, addresses.listen_port
        self.agent.restart()

    def power_on(self) -> None:
        """Start the agent; a manager of a swarm with autolock is locked first."""
        if self.is_manager and self.swarm.store.swarm.unlock_key:
            self.locked = True
            return
        self._pending_until = self._clock.now + PENDING_SECONDS
        self.agent.on()

    def remove(self) -> None:
        """End the agent for good, and let the other nodes notice."""
        self.agent.off()
        self.swarm.forget(self.node_id)
