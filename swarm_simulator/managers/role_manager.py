"""The role manager: promotions and demotions, from what is asked for to what is.

Follows SwarmKit's manager/role_manager.go.
"""

from ..objects import Kept, Node
from ..store import Action
from .agent import Agent
from .leadership import LATENCY, Term
from .raft import Managers

JOINS = (0.5, 1.5)  # s: from a promotion until the node's manager has a new certificate and has joined Raft
AGAIN = 5.0  # s: SwarmKit's roleReconcileInterval


class Roles:
    """Makes each node's role what its spec says."""

    def __init__(self, term: Term, agents: dict[str, Agent], managers: Managers) -> None:
        self._term, self._store, self._agents, self._managers = term, term.store, agents, managers
        term.watch(self._changed)
        for node in self._store.nodes.values():
            self._changed("update", node)

    def _changed(self, action: Action, kept: Kept) -> None:
        if isinstance(kept, Node) and action == "update":
            if kept.role != kept.spec["Role"]:
                self._term.after(LATENCY, lambda: self._reconcile(kept))
            elif kept.role == "manager" and kept.id not in self._managers.members:
                self._term.after(self._term.random.uniform(*JOINS), lambda: self._join(kept))

    def _reconcile(self, node: Node) -> None:
        if node.role == node.spec["Role"] or node.id not in self._store.nodes:
            return
        if node.spec["Role"] == "worker" and node.id in self._managers.members:
            if not self._managers.can_leave(node.id):
                self._term.after(AGAIN, lambda: self._reconcile(node))
                return
            # A leader that is demoted ends this term: the next leader finds a node that is no member any more.
            self._managers.leave(node.id)
        node.role = node.spec["Role"]
        self._store.save(node)

    def _join(self, node: Node) -> None:
        agent = self._agents.get(node.id)
        if node.role == "manager" and node.id in self._store.nodes and node.id not in self._managers.members:
            if agent is not None and self._managers.hears(agent):
                self._managers.join(node.id, agent)
            else:
                self._term.after(AGAIN, lambda: self._join(node))
