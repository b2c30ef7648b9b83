"""Replicated services: as many live slots as replicas, and a new task for each that may not stay.

Follows SwarmKit's manager/orchestrator/replicated (services.go, tasks.go, slot.go).
"""

from collections import defaultdict

from ..scheduling import Slot, excess, free_slots
from .objects import Kept, Node, Service, State, Task
from .restart import Supervisor
from .specs import invalid, mode, new_task, replicas
from .store import Action, Store
from .term import LATENCY, Soon, Term
from .updater import Updates


class Replicated:
    """The orchestrator of replicated services."""

    def __init__(self, term: Term, restarts: Supervisor, updates: Updates) -> None:
        self._store = term.store
        self._restarts, self._updates = restarts, updates
        self._to_restart: dict[str, Task] = {}
        self._to_reconcile: dict[str, Service] = {}
        self._to_remove: list[Service] = []
        self._soon = Soon(term, LATENCY, self._work)
        for service in self._store.services.values():
            self._changed("update", service)
        for task in self._store.tasks.values():
            self._task_changed("update", task)
        term.watch_tasks(self._task_changed)
        term.watch(self._changed)

    def _changed(self, action: Action, kept: Kept) -> None:
        if isinstance(kept, Service) and mode(kept) == "Replicated":
            if action == "remove":
                self._to_reconcile.pop(kept.id, None)
                self._to_remove.append(kept)
            else:
                self._to_reconcile[kept.id] = kept
            self._soon()
        elif isinstance(kept, Node) and (action == "remove" or invalid(kept)):
            for task in self._store.tasks_on.get(kept.id, {}).values():
                if task.desired <= State.RUNNING and self._ours(task):
                    self._to_restart[task.id] = task
                    self._soon()

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "remove":
            self._restarts.cancel(task.id)
            if task.desired <= State.RUNNING and self._ours(task):
                self._to_reconcile[task.service_id] = self._store.services[task.service_id]
                self._soon()
        elif task.desired <= State.RUNNING and (
                task.ended or (task.node_id and invalid(self._store.nodes.get(task.node_id)))) and self._ours(task):
            self._to_restart[task.id] = task
            self._soon()

    def _ours(self, task: Task) -> bool:
        return mode(self._store.services.get(task.service_id)) == "Replicated"

    def _work(self) -> None:
        removed, self._to_remove = self._to_remove, []
        for service in removed:
            remove_tasks(self._store, service)
            self._restarts.forget(service.id)
        tasks, self._to_restart = self._to_restart, {}
        changed: list[Task] = []
        for task in tasks.values():
            service = self._store.services.get(task.service_id)
            if service is not None and task.id in self._store.tasks and task.desired <= State.RUNNING:
                changed += self._restarts.restart(service, task)
        if changed:
            self._store.save(*changed)
        services, self._to_reconcile = self._to_reconcile, {}
        for service in services.values():
            if service.id in self._store.services:
                self._reconcile(service)

    def _reconcile(self, service: Service) -> None:
        slots: defaultdict[int, list[Task]] = defaultdict(list)
        for task in self._store.tasks_of.get(service.id, {}).values():
            slots[task.slot].append(task)
        live = {number: tasks for number, slot in slots.items() if (tasks := self._restarts.live(slot, service))}
        dead = {number: tasks for number, tasks in slots.items() if number not in live}
        wanted = replicas(service)
        if wanted < len(live):
            gone = set(excess([_slot(number, tasks) for number, tasks in live.items()], wanted))
            self._updates.update(service, [tasks for number, tasks in live.items() if number not in gone])
            removed = [task for number in gone for task in live[number]]
            for task in removed:
                task.desired = State.REMOVE
            self._store.save(*removed)
        else:
            self._updates.update(service, list(live.values()))
            numbers = free_slots(live, wanted - len(live))
            if numbers:
                self._store.save(*[new_task(self._store, service, number) for number in numbers])
            dead = {number: tasks for number, tasks in dead.items() if number not in set(numbers)}
        # The history of slots that are no more goes with them.
        if history := [task for tasks in dead.values() for task in tasks]:
            self._store.remove(*history)


def _slot(number: int, tasks: list[Task]) -> Slot:
    running = any(task.state == State.RUNNING for task in tasks)
    return Slot(number, tasks[0].node_id or None, running, len(tasks))


def remove_tasks(store: Store, service: Service) -> None:
    """All tasks of the removed service are to go (SwarmKit, orchestrator/service.go, SetServiceTasksRemove)."""
    tasks = [task for task in store.tasks_of.get(service.id, {}).values() if task.desired < State.REMOVE]
    for task in tasks:
        task.desired = State.REMOVE
    if tasks:
        store.save(*tasks)
