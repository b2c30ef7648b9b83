"""The orchestrator of replicated services: as many live slots as replicas.

Follows SwarmKit's manager/orchestrator/replicated (services.go, tasks.go, slot.go).
"""

from collections import defaultdict

from swarmkit_helpers.rules import Slot, excess, free_slots

from ..objects import Node, Service, State, Task
from ..store import Action
from .leadership import LeaderTerm
from .orchestrator import Orchestrator
from .restart import RestartSupervisor
from .service_defaults import is_invalid_node, new_task, replicas
from .updater import UpdateSupervisor


class ReplicatedOrchestrator(Orchestrator):
    """Keeps as many live slots as replicas, and replaces tasks that may not stay."""

    MODES = ("Replicated",)

    def __init__(self, term: LeaderTerm, restarts: RestartSupervisor, updates: UpdateSupervisor) -> None:
        self._updates = updates
        super().__init__(term, restarts)

    def _node_changed(self, action: Action, node: Node) -> None:
        if action == "remove" or is_invalid_node(node):
            for task in self._store.tasks_on.get(node.id, {}).values():
                if task.desired <= State.RUNNING and self._is_of_mode(task):
                    self._to_restart[task.id] = task
                    self._work_soon()

    def _task_changed(self, action: Action, task: Task) -> None:
        if action == "remove":
            self._restarts.cancel(task.id)
            if task.desired <= State.RUNNING and self._is_of_mode(task):
                self._to_reconcile[task.service_id] = self._store.services[task.service_id]
                self._work_soon()
        elif (
            task.desired <= State.RUNNING
            and (task.ended or (task.node_id and is_invalid_node(self._store.nodes.get(task.node_id))))
            and self._is_of_mode(task)
        ):
            self._to_restart[task.id] = task
            self._work_soon()

    def _work(self) -> None:
        self._remove_tasks_of_removed_services()
        changed: list[Task] = []
        for task in self._take_tasks():
            service = self._store.services.get(task.service_id)
            if service is not None and task.id in self._store.tasks and task.desired <= State.RUNNING:
                changed += self._restarts.restart(service, task)
        if changed:
            self._store.save(*changed)
        for service in self._take_services():
            if service.id in self._store.services:
                self._reconcile(service)

    def _reconcile(self, service: Service) -> None:
        slots: defaultdict[int, list[Task]] = defaultdict(list)
        for task in self._store.tasks_of.get(service.id, {}).values():
            slots[task.slot].append(task)
        live = {
            number: tasks for number, slot in slots.items() if (tasks := self._restarts.updatable_tasks(slot, service))
        }
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
        # Slots that do not exist any more keep no history.
        if history := [task for tasks in dead.values() for task in tasks]:
            self._store.remove(*history)


def _slot(number: int, tasks: list[Task]) -> Slot:
    running = any(task.state == State.RUNNING for task in tasks)
    return Slot(number, tasks[0].node_id or None, running, len(tasks))
