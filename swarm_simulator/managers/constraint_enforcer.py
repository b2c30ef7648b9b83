"""The constraint enforcer: it rejects tasks that no longer fit their node.

Follows SwarmKit's manager/orchestrator/constraintenforcer/constraint_enforcer.go.
"""

from swarmkit_helpers.rules import Request

from ..objects import Node, State, StoreObject, Task
from ..store import Action
from .leadership import LATENCY_SECONDS, DelayedCall, LeaderTerm
from .service_defaults import constraints, node_matches


class ConstraintEnforcer:
    """Checks the tasks of an active node each time the node changes."""

    def __init__(self, term: LeaderTerm) -> None:
        self._store, self._clock = term.store, term.clock
        self._nodes: dict[str, Node] = dict(self._store.nodes)
        self._work_soon = DelayedCall(term, LATENCY_SECONDS, self._work)
        self._work_soon()
        term.watch(self._changed)

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node) and action == "update":
            self._nodes[obj.id] = obj
            self._work_soon()

    def _work(self) -> None:
        nodes, self._nodes = self._nodes, {}
        rejected = [
            task for node in nodes.values() if node.spec["Availability"] == "active" for task in self._misfits(node)
        ]
        for task in rejected:
            task.state, task.message = State.REJECTED, "task rejected by constraint enforcer"
            task.error, task.reported = "assigned node no longer meets constraints", self._clock.now
        if rejected:
            self._store.save(*rejected)

    def _misfits(self, node: Node) -> list[Task]:
        """The tasks that no longer fit the node."""
        cpus, memory, found = node.cpus, node.memory, []
        for task in self._store.tasks_on.get(node.id, {}).values():
            if not State.ASSIGNED <= task.desired <= State.COMPLETE or task.state >= State.COMPLETE:
                continue
            service = self._store.services.get(task.service_id)
            placement = task.spec.get("Placement") or {}
            wanted = constraints(service) if service else placement.get("Constraints") or []
            request = Request.from_spec(task.spec)
            if not node_matches(node, wanted) or request.cpus > cpus or request.memory > memory:
                found.append(task)
            else:
                cpus, memory = cpus - request.cpus, memory - request.memory
        return found
