"""The base class of the orchestrators: each watches the services of its modes, and acts a moment later.

As in SwarmKit's manager/orchestrator, each handles some modes, and knows the others only from the store.
"""

from abc import ABC, abstractmethod
from typing import ClassVar

from ..objects import Node, Service, State, StoreObject, Task
from ..store import Action
from .leadership import LATENCY_SECONDS, DelayedCall, LeaderTerm
from .restart import RestartSupervisor
from .service_defaults import mode


class Orchestrator(ABC):
    """Makes the tasks of services of its modes what they should be."""

    MODES: ClassVar[tuple[str, ...]]

    def __init__(self, term: LeaderTerm, restarts: RestartSupervisor) -> None:
        self._store, self._restarts = term.store, restarts
        self._to_reconcile: dict[str, Service] = {}
        self._to_remove: list[Service] = []
        self._to_restart: dict[str, Task] = {}
        self._work_soon = DelayedCall(term, LATENCY_SECONDS, self._work)
        for service in self._store.services.values():
            self._changed("update", service)
        for task in self._store.tasks.values():
            self._task_changed("update", task)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node):
            self._node_changed(action, obj)
        elif isinstance(obj, Service) and mode(obj) in self.MODES:
            if action == "remove":
                self._to_reconcile.pop(obj.id, None)
                self._to_remove.append(obj)
            else:
                self._to_reconcile[obj.id] = obj
            self._work_soon()

    @abstractmethod
    def _node_changed(self, action: Action, node: Node) -> None:
        """Queue the work for a node that has changed."""

    @abstractmethod
    def _task_changed(self, action: Action, task: Task) -> None:
        """Queue the work for a task that has changed."""

    @abstractmethod
    def _work(self) -> None:
        """Do the queued work."""

    def _is_of_mode(self, task: Task) -> bool:
        return mode(self._store.services.get(task.service_id)) in self.MODES

    def _remove_tasks_of_removed_services(self) -> None:
        """Ask for the removal of all their tasks (SwarmKit, orchestrator/service.go, SetServiceTasksRemove)."""
        removed, self._to_remove = self._to_remove, []
        for service in removed:
            tasks = [task for task in self._store.tasks_of.get(service.id, {}).values() if task.desired < State.REMOVE]
            for task in tasks:
                task.desired = State.REMOVE
            if tasks:
                self._store.save(*tasks)
            self._restarts.clear_history(service.id)

    def _take_services(self) -> list[Service]:
        """Empty the queue of services to reconcile, and return them."""
        services, self._to_reconcile = self._to_reconcile, {}
        return list(services.values())

    def _take_tasks(self) -> list[Task]:
        """Empty the queue of tasks to restart, and return them."""
        tasks, self._to_restart = self._to_restart, {}
        return list(tasks.values())
