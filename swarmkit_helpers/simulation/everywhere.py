"""Global services: one task on each node that may have one.

Follows SwarmKit's manager/orchestrator/global/global.go.
"""

from collections import defaultdict

from .objects import Kept, Node, Service, State, Task
from .replicated import remove_tasks
from .restart import Supervisor
from .specs import constraints, dirt, invalid, mode, new_task, suits
from .store import Action
from .term import LATENCY, Soon, Term
from .updater import Updates


class Everywhere:
    """The orchestrator of global services."""

    def __init__(self, term: Term, restarts: Supervisor, updates: Updates) -> None:
        self._store = term.store
        self._restarts, self._updates = restarts, updates
        self._services: dict[str, Service] = {}
        self._to_reconcile: dict[str, Service] = {}
        self._to_visit: dict[str, Node] = {}
        self._to_restart: dict[str, Task] = {}
        self._to_remove: list[Service] = []
        self._soon = Soon(term, LATENCY, self._work)
        for service in self._store.services.values():
            self._changed("update", service)
        for task in self._store.tasks.values():
            self._task_changed("update", task)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _changed(self, action: Action, kept: Kept) -> None:
        if isinstance(kept, Service) and mode(kept) == "Global":
            if action == "remove":
                self._services.pop(kept.id, None)
                self._to_reconcile.pop(kept.id, None)
                self._to_remove.append(kept)
            else:
                self._services[kept.id] = self._to_reconcile[kept.id] = kept
            self._soon()
        elif isinstance(kept, Node) and self._services:
            self._to_visit[kept.id] = kept
            self._soon()

    def _task_changed(self, action: Action, task: Task) -> None:
        if action != "remove" and task.ended and task.desired <= State.RUNNING and task.service_id in self._services:
            self._to_restart[task.id] = task
            self._soon()

    def _work(self) -> None:
        removed, self._to_remove = self._to_remove, []
        for service in removed:
            remove_tasks(self._store, service)
            self._restarts.forget(service.id)
        services, self._to_reconcile = self._to_reconcile, {}
        for service in services.values():
            self._reconcile(service)
        nodes, self._to_visit = self._to_visit, {}
        for node in nodes.values():
            self._visit(node)
        tasks, self._to_restart = self._to_restart, {}
        changed = [each for task in tasks.values() for each in self._restarted(task)]
        if changed:
            self._store.save(*changed)

    def _restarted(self, task: Task) -> list[Task]:
        """A task has ended: another takes its place, if its node may still have one."""
        node, service = self._store.nodes.get(task.node_id), self._services.get(task.service_id)
        if task.desired > State.RUNNING or service is None or node is None or invalid(node):
            return []
        if node.spec["Availability"] == "pause" or not suits(node, constraints(service)):
            task.desired = State.SHUTDOWN
            return [task]
        return self._restarts.restart(service, task)

    def _reconcile(self, service: Service) -> None:
        """The service, on all nodes."""
        placed: defaultdict[str, list[Task]] = defaultdict(list)
        for task in self._store.tasks_of.get(service.id, {}).values():
            placed[task.node_id].append(task)
        live = {node_id: self._restarts.live(tasks, service) for node_id, tasks in placed.items()}
        wanted = constraints(service)
        changed: list[Task] = []
        updates: list[list[Task]] = []
        for node in self._store.nodes.values():
            if invalid(node):
                continue
            tasks = live.pop(node.id, [])
            if not suits(node, wanted):
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

    def _visit(self, node: Node) -> None:
        """All global services, on one node that has changed."""
        here = [task for task in self._store.tasks_on.get(node.id, {}).values() if task.service_id in self._services]
        if node.id not in self._store.nodes:
            if here:
                self._store.remove(*here)
            return
        changed: list[Task] = []
        if invalid(node):
            changed = _shut_down(here)
        elif node.spec["Availability"] != "pause":
            for service in self._services.values():
                changed += self._visited(service, node, [task for task in here if task.service_id == service.id])
        if changed:
            self._store.save(*changed)

    def _visited(self, service: Service, node: Node, tasks: list[Task]) -> list[Task]:
        """A task that is out of date is replaced at once: this is not a rolling update."""
        live = self._restarts.live(tasks, service) if tasks else []
        if not suits(node, constraints(service)):
            return _shut_down(live)
        if not live:
            return [new_task(self._store, service, 0, node.id)]
        dirty = dirt(self._store, service)
        clean = [task for task in live if not dirty(task)]
        changed = _shut_down([task for task in live if task not in clean[:1]])
        return changed if clean else [new_task(self._store, service, 0, node.id), *changed]


def _shut_down(tasks: list[Task]) -> list[Task]:
    """Those that were wanted, and are not any more."""
    wanted = [task for task in tasks if task.desired < State.SHUTDOWN]
    for task in wanted:
        task.desired = State.SHUTDOWN
    return wanted
