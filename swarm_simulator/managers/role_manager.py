"""The role manager: it carries out promotions and demotions.

Follows SwarmKit's manager/role_manager.go.
"""

from ..objects import Node, StoreObject
from ..store import Action
from .agent import Agent
from .leadership import LATENCY_SECONDS, LeaderTerm
from .raft import Raft

JOIN_SECONDS = (0.5, 1.5)  # s: from a promotion until the node's manager has a new certificate and has joined Raft
REJOIN_SECONDS = (42, 51)  # s: until one that was removed from Raft has noticed (an election), and twice 16 s more
RECONCILE_SECONDS = 5.0  # s: SwarmKit's roleReconcileInterval


class RoleManager:
    """Makes each node's role what its spec says."""

    def __init__(self, term: LeaderTerm, agents: dict[str, Agent], raft: Raft) -> None:
        self._term, self._store, self._agents, self._raft = term, term.store, agents, raft
        term.watch(self._changed)
        for node in self._store.nodes.values():
            self._changed("update", node)

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node) and action == "update":
            if obj.role != obj.spec["Role"]:
                self._term.after(LATENCY_SECONDS, lambda: self._reconcile(obj))
            elif obj.id in self._raft.removed:
                if obj.state == "ready":
                    self._term.after(self._term.random.uniform(*REJOIN_SECONDS), lambda: self._join_raft(obj))
            elif obj.role == "manager" and obj.id not in self._raft.members:
                self._term.after(self._term.random.uniform(*JOIN_SECONDS), lambda: self._join_raft(obj))

    def _reconcile(self, node: Node) -> None:
        if node.role == node.spec["Role"] or node.id not in self._store.nodes:
            return
        if node.spec["Role"] == "worker" and node.id in self._raft.members:
            if not self._raft.can_remove(node.id):
                self._term.after(RECONCILE_SECONDS, lambda: self._reconcile(node))
                return
            # The demotion of the leader ends this term; the next leader then finds a node that is not a member.
            self._raft.leave(node.id)
        node.role = node.spec["Role"]
        self._store.save(node)

    def _join_raft(self, node: Node) -> None:
        agent = self._agents.get(node.id)
        if node.role == "manager" and node.id in self._store.nodes and node.id not in self._raft.members:
            if agent is not None and self._raft.reaches(agent):
                self._raft.join(node.id, agent)
            else:
                self._term.after(RECONCILE_SECONDS, lambda: self._join_raft(node))
