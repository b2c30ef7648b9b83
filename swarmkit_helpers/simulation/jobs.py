"""Jobs: tasks that are meant to end, so many in all or one on each node.

Follows SwarmKit's manager/orchestrator/jobs (orchestrator.go, replicated/reconciler.go, global/reconciler.go).
"""

from .objects import Kept, Service, State, Task
from .replicated import remove_tasks
from .restart import Supervisor
from .specs import constraints, invalid, mode, new_task, settings, suits
from .store import Action
from .term import LATENCY, Soon, Term

MODES = ("ReplicatedJob", "GlobalJob")


class Jobs:
    """The orchestrator of both kinds of job."""

    def __init__(self, term: Term, restarts: Supervisor) -> None:
        self._store, self._restarts = term.store, restarts
        self._to_reconcile: dict[str, Service] = {}
        self._to_remove: list[Service] = []
        self._soon = Soon(term, LATENCY, self._work)
        for service in self._store.services.values():
            self._changed("update", service)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _changed(self, action: Action, kept: Kept) -> None:
        if isinstance(kept, Service) and mode(kept) in MODES:
            if action == "remove":
                self._to_reconcile.pop(kept.id, None)
                self._to_remove.append(kept)
            else:
                self._to_reconcile[kept.id] = kept
            self._soon()

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "update" and task.ended and task.live:
            service = self._store.services.get(task.service_id)
            if service is not None and mode(service) in MODES:
                self._to_reconcile[service.id] = service
                self._soon()

    def _work(self) -> None:
        removed, self._to_remove = self._to_remove, []
        for service in removed:
            remove_tasks(self._store, service)
            self._restarts.forget(service.id)
        services, self._to_reconcile = self._to_reconcile, {}
        for service in services.values():
            changed = self._replicated(service) if mode(service) == "ReplicatedJob" else self._global(service)
            if changed:
                self._store.save(*changed)

    def _replicated(self, service: Service) -> list[Task]:
        tasks = list(self._store.tasks_of.get(service.id, {}).values())
        current = [task for task in tasks if task.iteration == service.iteration]
        done = [task for task in current if task.state == State.COMPLETE]
        going = [task for task in current if task.state != State.COMPLETE and task.live]
        at_once, total = settings(service).get("MaxConcurrent") or 1, settings(service).get("TotalCompletions") or 1
        number = max(0, min(at_once - len(going), total - len(done) - len(going)))
        taken = {task.slot for task in done + going}
        free = [slot for slot in range(total) if slot not in taken][:number]
        changed = [self._new(service, slot, "") for slot in free]
        for task in going:
            if task.state > State.COMPLETE:
                changed += self._restarts.restart(service, task)
        for task in tasks:
            if task.iteration != service.iteration and not task.ended and task.desired != State.REMOVE:
                task.desired = State.REMOVE
                changed.append(task)
        return changed

    def _global(self, service: Service) -> list[Task]:
        tasks = list(self._store.tasks_of.get(service.id, {}).values())
        current = {task.node_id: task for task in tasks if task.iteration == service.iteration and task.live}
        wanted = constraints(service)
        changed: list[Task] = []
        for node in self._store.nodes.values():
            task = current.get(node.id)
            if not suits(node, wanted):
                continue
            if invalid(node):
                if task is not None and not task.ended:
                    task.desired = State.SHUTDOWN
                    changed.append(task)
            elif (task is None and node.spec["Availability"] == "active" and node.state == "ready"
                    and node.created < service.last_execution):
                changed.append(self._new(service, 0, node.id))
        for task in current.values():
            if task.state > State.COMPLETE and task.live:
                changed += self._restarts.restart(service, task)
        for task in tasks:
            if (task.iteration or 0) < service.iteration and task.desired != State.REMOVE:
                task.desired = State.REMOVE
                changed.append(task)
        return changed

    def _new(self, service: Service, slot: int, node_id: str) -> Task:
        task = new_task(self._store, service, slot, node_id)
        task.desired, task.iteration = State.COMPLETE, service.iteration
        return task
