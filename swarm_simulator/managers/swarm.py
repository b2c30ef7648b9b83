"""The control plane of one simulated swarm: the managers' store, and the parts that act on it.

A caller only writes to the store (`store.save(...)`): the orchestrators, the scheduler and the other parts watch it
and act in simulated time. Write a service with `put_service`, which sets its versions and its previous spec. Tasks are
only read from outside.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from ..clock import Clock
from ..errors import SPLIT, ApiError, rpc
from ..objects import Node, Service, Spec, State, Swarm
from ..store import Store
from .agent import Agent
from .allocator import Allocator
from .constraint_enforcer import ConstraintEnforcer
from .dispatcher import Dispatcher
from .global_services import GlobalOrchestrator
from .jobs import JobsOrchestrator
from .leadership import LeaderTerm
from .raft import Raft
from .replicated import ReplicatedOrchestrator
from .restart import RestartSupervisor
from .role_manager import RoleManager
from .scheduler import Scheduler
from .task_init import check_tasks
from .task_reaper import TaskReaper
from .updater import UpdateSupervisor


@dataclass(frozen=True, slots=True)
class ManagerState:
    """The state of one manager: the ManagerStatus of its node object."""

    leader: bool
    reachability: str  # reachable, unreachable
    address: str  # host:port


class ControlPlane:
    """The managers of one swarm, which share a store. A new one needs `admit` with its first manager."""

    def __init__(self, clock: Clock, random: Random, swarm: Swarm) -> None:
        self.clock, self.random = clock, random
        self.store = Store(clock, random, swarm)
        self.agents: dict[str, Agent] = {}  # by node id
        self._raft = Raft(clock, random, self._elected, self._lost)
        self._term: LeaderTerm | None = None
        self._dispatcher: Dispatcher | None = None

    # Nodes and their agents

    def admit(self, node: Node, agent: Agent) -> None:
        """Add a node to the swarm; node.role says as what.

        It is in the store at once, "unknown" and not described. Within a second its agent registers and it is ready. A
        manager joins Raft at once; the first one leads.
        """
        agent.node_id, agent.link = node.id, self
        self.agents[node.id] = agent
        self.store.save(node)
        if node.role == "manager":
            self._raft.join(node.id, agent)
        if self._dispatcher is not None:
            self._dispatcher.check_session(agent)

    def forget(self, node_id: str) -> None:
        """End the agent of a node that has left the swarm or was removed for good.

        The node stays in the list and goes down by missed heartbeats. A manager stays in Raft, unreachable.
        """
        if agent := self.agents.get(node_id):
            agent.off()
            agent.link = None

    def report(self, agent: Agent, task_id: str) -> None:
        """Pass a new status of an agent on to the dispatcher."""
        if self._dispatcher is not None:
            self._dispatcher.report(agent, task_id)

    def machine_changed(self, agent: Agent) -> None:
        """Work out again who reaches whom, after the machine of that agent has changed."""
        if agent.node_id in self._raft.members:
            self._raft.connections_changed()
        if self._dispatcher is not None:
            # If the connection of the leader has changed, so has that to every agent.
            affected = self.agents.values() if agent.node_id == self.leader else [agent]
            for each in list(affected):
                self._dispatcher.check_session(each)

    # Managers

    @property
    def leader(self) -> str | None:
        """The id of the leading node; None without a leader or a quorum."""
        return self._raft.leader

    def require_leader(self, node_id: str | None = None) -> None:
        """Raise `ApiError` if there is no leader, or if the manager that was asked (its id) cannot reach it."""
        self._raft.require_leader(node_id)

    def manager_states(self) -> Mapping[str, ManagerState]:
        """The state of each member of Raft, by node id; other nodes have no ManagerStatus."""
        leader = self.leader
        return {
            node_id: ManagerState(
                node_id == leader,
                "reachable" if self._raft.reaches(agent) else "unreachable",
                f"{node.address}:{node.port}",
            )
            for node_id, agent in self._raft.members.items()
            if (node := self.store.nodes.get(node_id))
        }

    def force_new_cluster(self, node_id: str) -> None:
        """Go on with that one as the only manager (`docker swarm init --force-new-cluster`), from the same state.

        The other managers stay nodes with their role, and join Raft again once they are back. Raise `ApiError` 501.
        """
        if self._raft.goes_on_without(node_id):
            raise ApiError(501, SPLIT)
        nodes = [node for node in self.store.nodes.values() if node.state != "down"]
        for node in nodes:
            node.state = "unknown"  # until their agents register again
        self._raft.keep_only(node_id)
        self.store.save(*nodes)

    def _elected(self, fresh: bool) -> None:
        """Start the parts that only a leader runs (SwarmKit, manager.go, becomeLeader)."""
        term = self._term = LeaderTerm(self.store)
        restarts = RestartSupervisor(term)
        updates = UpdateSupervisor(term, restarts)
        check_tasks(self.store, restarts)
        Allocator(term)
        Scheduler(term)
        ReplicatedOrchestrator(term, restarts, updates)
        GlobalOrchestrator(term, restarts, updates)
        JobsOrchestrator(term, restarts)
        ConstraintEnforcer(term)
        TaskReaper(term)
        RoleManager(term, self.agents, self._raft)
        self._dispatcher = Dispatcher(term, self.agents, self._raft.reaches, fresh)

    def _lost(self) -> None:
        if self._term is not None:
            self._term.end()
        self._term = self._dispatcher = None

    # Requests that change more than one object

    def put_service(self, service: Service, spec: Spec) -> None:
        """Write the spec of a service, its first or a new one.

        Previous spec, versions, update status and a job's iteration follow (SwarmKit, manager/controlapi/service.go).
        The caller validates the spec.
        """
        if service.id in self.store.services:
            service.previous_spec, service.previous_spec_version = service.spec, service.spec_version
            service.spec_version, service.update_status = service.version, None
            service.iteration += 1
        service.spec = spec
        if next(iter(spec["Mode"])) in JobsOrchestrator.MODES:
            service.last_execution = self.clock.now
        else:
            service.iteration = 0
        self.store.save(service)

    def roll_back(self, service: Service) -> None:
        """Go back to the previous spec (`docker service rollback`). Raise `ApiError` if there is none."""
        if service.previous_spec is None:
            raise rpc("FailedPrecondition", f"service {service.id} does not have a previous spec")
        service.spec, service.previous_spec = service.previous_spec, service.spec
        service.spec_version, service.previous_spec_version = service.previous_spec_version or 0, service.spec_version
        service.update_status = {
            "State": "rollback_started",
            "Message": "manually requested rollback",
            "StartedAt": self.clock.now,
        }
        self.store.save(service)

    def put_node(self, node: Node, spec: Spec) -> None:
        """Write the new spec of the node; its role follows within two seconds. Raise `ApiError` if it is refused."""
        if node.spec["Role"] == "manager" and spec["Role"] == "worker":
            raft = [each.id for each in self.store.nodes.values() if each.role == "manager"]
            if raft == [node.id]:
                raise rpc("FailedPrecondition", "attempting to demote the last manager of the swarm")
            if node.id not in self._raft.members:
                raise rpc("NotFound", "can't find manager in raft memberlist")
            if not self._raft.can_remove(node.id):
                raise rpc(
                    "FailedPrecondition", "can't remove member from the raft: this would result in a loss of quorum"
                )
        node.spec = spec
        self.store.save(node)

    def remove_node(self, node: Node, force: bool) -> None:
        """Remove the node (`docker node rm`) and orphan its tasks.

        Raise `ApiError` for a manager and, without `force`, for a node that is not down.
        """
        if node.spec["Role"] == "manager" and node.id in self._raft.members:
            raise rpc(
                "FailedPrecondition",
                f"node {node.id} is a cluster manager and is a member of the raft cluster. "
                "It must be demoted to worker before removal",
            )
        if not force and node.state == "ready":
            raise rpc("FailedPrecondition", f"node {node.id} is not down and can't be removed")
        tasks = [
            task
            for task in self.store.tasks_on.get(node.id, {}).values()
            if State.ASSIGNED <= task.state <= State.RUNNING
        ]
        for task in tasks:
            task.state, task.reported = State.ORPHANED, self.clock.now
            task.message = "Task belonged to a node that has been deleted"
        if tasks:
            self.store.save(*tasks)
        self.store.remove(node)
        self.forget(node.id)
        self.agents.pop(node.id, None)
