"""The orchestrator of global services: one task on each node that may have one.

Follows SwarmKit's manager/orchestrator/global/global.go.
"""

from collections import defaultdict

from ..objects import Node, Service, State, Task
from ..store import Action
from .leadership import LeaderTerm
from .orchestrator import Orchestrator
from .restart import RestartSupervisor
from .service_defaults import constraints, dirty_check, is_invalid_node, mode, new_task, node_matches
from .updater import UpdateSupervisor


class GlobalOrchestrator(Orchestrator):
    """Keeps one task of each global service on each node that may have one."""

    MODES = ("Global",)

    def __init__(self, term: LeaderTerm, restarts: RestartSupervisor, updates: UpdateSupervisor) -> None:
        self._updates = updates
        self._changed_nodes: dict[str, Node] = {}
        super().__init__(term, restarts)

    def _services(self) -> list[Service]:
        return [service for service in self._store.services.values() if mode(service) in self.MODES]

    def _node_changed(self, action: Action, node: Node) -> None:
        self._changed_nodes[node.id] = node
        self._work_soon()

    def _task_changed(self, action: Action, task: Task) -> None:
        if action != "remove" and task.ended and task.desired <= State.RUNNING and self._is_of_mode(task):
            self._to_restart[task.id] = task
            self._work_soon()

    def _work(self) -> None:
        self._remove_tasks_of_removed_services()
        for service in self._take_services():
            self._reconcile(service)
        nodes, self._changed_nodes = self._changed_nodes, {}
        if services := self._services():
            for node in nodes.values():
                self._reconcile_node(node, services)
        changed = [each for task in self._take_tasks() for each in self._restart(task)]
        if changed:
            self._store.save(*changed)

    def _restart(self, task: Task) -> list[Task]:
        """Replace a task that has ended, if its node may still have one."""
        node, service = self._store.nodes.get(task.node_id), self._store.services.get(task.service_id)
        if task.desired > State.RUNNING or service is None or node is None or is_invalid_node(node):
            return []
        if node.spec["Availability"] == "pause" or not node_matches(node, constraints(service)):
            task.desired = State.SHUTDOWN
            return [task]
        return self._restarts.restart(service, task)

    def _reconcile(self, service: Service) -> None:
        """Reconcile one service on all nodes."""
        placed: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self._store.tasks_of.get(service.id, {}).values():
            placed[task.node_id].append(task)
        live = {node_id: self._restarts.updatable_tasks(tasks, service) for node_id, tasks in placed.items()}
        wanted = constraints(service)
        changed: list[Task] = []
        updates: list[list[Task]] = []
        for node in self._store.nodes.values():
            if is_invalid_node(node):
                continue
            tasks = live.pop(node.id, [])
            if not node_matches(node, wanted):
                changed += _shut_down(tasks)
            elif node.spec["Availability"] == "pause":
                continue
            elif tasks:
                updates.append(tasks)
            else:
                changed.append(new_task(self._store, service, 0, node.id))
        changed += [task for tasks in live.values() for task in _shut_down(tasks)]
        if changed:
            self._store.save(*changed)
        if updates:
            self._updates.update(service, updates)

    def _reconcile_node(self, node: Node, services: list[Service]) -> None:
        """Reconcile all global services on one node that has changed."""
        here = [task for task in self._store.tasks_on.get(node.id, {}).values() if self._is_of_mode(task)]
        if node.id not in self._store.nodes:
            if here:
                self._store.remove(*here)
            return
        changed: list[Task] = []
        if is_invalid_node(node):
            changed = _shut_down(here)
        elif node.spec["Availability"] != "pause":
            for service in services:
                changed += self._reconcile_on_node(
                    service, node, [task for task in here if task.service_id == service.id]
                )
        if changed:
            self._store.save(*changed)

    def _reconcile_on_node(self, service: Service, node: Node, tasks: list[Task]) -> list[Task]:
        """Reconcile one service on one node. An outdated task is replaced at once: this is no rolling update."""
        live = self._restarts.updatable_tasks(tasks, service) if tasks else []
        if not node_matches(node, constraints(service)):
            return _shut_down(live)
        if not live:
            return [new_task(self._store, service, 0, node.id)]
        dirty = dirty_check(self._store, service)
        clean = [task for task in live if not dirty(task)]
        changed = _shut_down([task for task in live if task not in clean[:1]])
        return changed if clean else [new_task(self._store, service, 0, node.id), *changed]


def _shut_down(tasks: list[Task]) -> list[Task]:
    """Shut down those that are still wanted, and return them."""
    wanted = [task for task in tasks if task.desired < State.SHUTDOWN]
    for task in wanted:
        task.desired = State.SHUTDOWN
    return wanted
