"""The store that all managers of a swarm share: one version counter, and watchers of changes.

The managers of a real swarm each hold a copy and agree by Raft. Here there is one copy; `managers.raft` decides
whether a request may write to it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from random import Random
from typing import Any, Literal, TypeVar

from .clock import Clock
from .objects import Node, Resource, Service, StoreObject, Swarm, Task

Action = Literal["create", "update", "remove"]
Watcher = Callable[[Action, StoreObject], None]
SlotTuple = tuple[str, int, str]  # service id, number, and for number 0 (global) the node id
K = TypeVar("K")
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def slot_tuple(task: Task) -> SlotTuple:
    """The slot of the task (SwarmKit: SlotTuple): a replica's number, or the node of a global service's task.

    Tasks in slot 0 of a replicated job have neither number nor node at first, so they all share one.
    """
    return task.service_id, task.slot, "" if task.slot or task.iteration is not None else task.node_id


class Store:
    """All objects of one swarm."""

    def __init__(self, clock: Clock, random: Random, swarm: Swarm) -> None:
        self.clock, self.random, self.swarm = clock, random, swarm
        self.index = 10  # what Raft writes before the first object
        self.nodes: dict[str, Node] = {}
        self.services: dict[str, Service] = {}
        self.tasks: dict[str, Task] = {}
        self.resources: dict[str, Resource] = {}
        self.tasks_of: defaultdict[str, dict[str, Task]] = defaultdict(dict)  # by service id, then task id
        self.tasks_on: defaultdict[str, dict[str, Task]] = defaultdict(dict)  # by node id, then task id
        self.tasks_in: defaultdict[SlotTuple, dict[str, Task]] = defaultdict(dict)  # by slot, then task id
        self._watchers: list[Watcher] = []

    def new_id(self) -> str:
        """A new id as SwarmKit's identity package makes them: 25 digits of base 36."""
        return "".join(self.random.choices(_DIGITS, k=25))

    def watch(self, watcher: Watcher) -> None:
        """Call the watcher with the action and the object for each change, after the commit with it."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Stop calling the watcher."""
        self._watchers.remove(watcher)

    def save(self, *objects: StoreObject) -> None:
        """Write the objects, changed or new, in one commit: they share a version."""
        self.index += 1
        changes: list[tuple[Action, StoreObject]] = []
        for obj in objects:
            table = self._table(obj)
            action: Action = "update" if obj.id in table else "create"
            if action == "create":
                table[obj.id] = obj
                obj.created = self.clock.now
            obj.version, obj.updated = self.index, self.clock.now
            if isinstance(obj, Task):
                if action == "create":
                    self.tasks_of[obj.service_id][obj.id] = obj
                    self.tasks_in[slot_tuple(obj)][obj.id] = obj
                if obj.node_id:
                    self.tasks_on[obj.node_id][obj.id] = obj
            changes.append((action, obj))
        self._notify(changes)

    def remove(self, *objects: StoreObject) -> None:
        """Remove the objects in one commit."""
        self.index += 1
        for obj in objects:
            del self._table(obj)[obj.id]
            if isinstance(obj, Task):
                _drop(self.tasks_of, obj.service_id, obj.id)
                _drop(self.tasks_on, obj.node_id, obj.id)
                _drop(self.tasks_in, slot_tuple(obj), obj.id)
        self._notify([("remove", obj) for obj in objects])

    def _notify(self, changes: Iterable[tuple[Action, StoreObject]]) -> None:
        for action, obj in changes:
            for watcher in tuple(self._watchers):
                watcher(action, obj)

    def _table(self, obj: StoreObject) -> dict[str, Any]:
        if isinstance(obj, Task):
            return self.tasks
        if isinstance(obj, Node):
            return self.nodes
        if isinstance(obj, Service):
            return self.services
        if isinstance(obj, Resource):
            return self.resources
        return {self.swarm.id: self.swarm}


def _drop(index: dict[K, dict[str, Task]], key: K, task_id: str) -> None:
    """Remove the task from the index, and its entry there if that is empty now."""
    if key in index:
        index[key].pop(task_id, None)
        if not index[key]:
            del index[key]
