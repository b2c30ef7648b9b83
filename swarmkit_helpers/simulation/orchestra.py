"""One simulated swarm: the managers' store, and all that moves it.

Whoever writes to the store (`store.save(...)` with what is to be) need not do more: orchestrators, scheduler and
the rest hear of each change and act in simulated time. A service is written with its `spec_version` and, when it is
updated, with its `previous_spec`: `put_service` does that right. Tasks are only read from outside.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from .agent import Agent
from .clock import Clock
from .objects import Node, Service, Spec, Swarm
from .store import Store


@dataclass(frozen=True, slots=True)
class ManagerState:
    """What the managers know of one of them: the node object's ManagerStatus."""

    leader: bool
    reachability: str  # reachable, unreachable, unknown
    address: str  # host:port


class Orchestration:
    """One swarm. Give it the swarm object, then admit its first manager."""

    def __init__(self, clock: Clock, chance: random.Random, swarm: Swarm) -> None:
        self.clock, self.chance = clock, chance
        self.store = Store(clock, chance, swarm)
        self.agents: dict[str, Agent] = {}  # by node id

    # Machines

    def admit(self, node: Node, agent: Agent) -> None:
        """A machine has joined; node.role says as what. It is in the store at once, "unknown" and not described; within
        a second its agent registers and it is ready. A manager takes part in Raft from then on; the first one leads."""

    def forget(self, node_id: str) -> None:
        """The machine has left the swarm, or is gone for good: nothing is heard of it any more. Its node stays in the
        list, and goes down by missed heartbeats."""

    # Managers

    @property
    def leader(self) -> str | None:
        """The id of the leader's node; None while there is none, or none with a quorum."""
        return None

    def require_leader(self, node_id: str | None = None) -> None:
        """Raises `ApiError` unless there is a leader, and the node of that id (the one that was asked) can reach it."""

    def manager_states(self) -> Mapping[str, ManagerState]:
        """By node id, for each member of Raft; the others have no ManagerStatus."""
        return {}

    # What changes more than one object

    def put_service(self, service: Service, spec: Spec) -> None:
        """The spec is the service's new one (or its first): previous spec, versions, update status and a job's
        iteration follow (SwarmKit, manager/controlapi/service.go). Validation is the caller's."""

    def roll_back(self, service: Service) -> None:
        """`docker service rollback`. Raises `ApiError` if there is no previous spec."""

    def put_node(self, node: Node, spec: Spec) -> None:
        """The spec is the node's new one. A change of role follows within a second or two. Raises `ApiError` if the
        node cannot be demoted."""

    def remove_node(self, node: Node, force: bool) -> None:
        """`docker node rm`: its tasks are orphaned. Raises `ApiError` for a manager, or without force a node not down."""
