"""The orchestrator of jobs: services whose tasks are meant to end.

Follows SwarmKit's manager/orchestrator/jobs (orchestrator.go, replicated/reconciler.go, global/reconciler.go).
"""

from ..objects import Node, Service, State, Task
from ..store import Action
from .orchestrator import Orchestrator
from .service_defaults import constraints, is_invalid_node, mode, mode_settings, new_task, node_matches


class JobsOrchestrator(Orchestrator):
    """Keeps the tasks of replicated and global jobs."""

    MODES = ("ReplicatedJob", "GlobalJob")

    def _node_changed(self, action: Action, node: Node) -> None:
        """Do nothing: a job looks at the nodes when it is reconciled for another reason."""

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "update" and task.ended and task.live and self._is_of_mode(task):
            self._to_reconcile[task.service_id] = self._store.services[task.service_id]
            self._work_soon()

    def _work(self) -> None:
        self._remove_tasks_of_removed_services()
        for service in self._take_services():
            changed = self._replicated(service) if mode(service) == "ReplicatedJob" else self._global(service)
            if changed:
                self._store.save(*changed)

    def _replicated(self, service: Service) -> list[Task]:
        tasks = list(self._store.tasks_of.get(service.id, {}).values())
        current = [task for task in tasks if task.iteration == service.iteration]
        done = [task for task in current if task.state == State.COMPLETE]
        going = [task for task in current if task.state != State.COMPLETE and task.live]
        at_once, total = (
            mode_settings(service).get("MaxConcurrent") or 1,
            mode_settings(service).get("TotalCompletions") or 1,
        )
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
            if not node_matches(node, wanted):
                continue
            if is_invalid_node(node):
                if task is not None and not task.ended:
                    task.desired = State.SHUTDOWN
                    changed.append(task)
            elif (
                task is None
                and node.spec["Availability"] == "active"
                and node.state == "ready"
                and node.created < service.last_execution
            ):
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
