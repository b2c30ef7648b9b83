"""The first step of a new leader: check the tasks that the one before it has left.

Follows SwarmKit's manager/orchestrator/taskinit/init.go.
"""

from ..objects import State, Task
from ..store import SlotTuple, Store, slot_tuple
from .restart import RestartSupervisor
from .service_defaults import RestartPolicy, mode


def check_tasks(store: Store, restarts: RestartSupervisor) -> None:
    """Start delayed replacements again, remove tasks without a service, and restore the history of restarts.

    Of that history, only as much is known as the tasks in the store tell.
    """
    if orphans := [task for task in store.tasks.values() if task.service_id not in store.services]:
        store.remove(*orphans)
    places: dict[SlotTuple, list[Task]] = {}
    for task in store.tasks.values():
        places.setdefault(slot_tuple(task), []).append(task)
        if task.desired == State.READY and not task.ended:
            delay = RestartPolicy.of(task.spec).delay
            restarts.delay_start(None, task.id, max(0.0, min(delay, task.reported + delay - store.clock.now)))
    for tasks in places.values():
        newest = max(task.spec_version for task in tasks)
        current = sorted((task for task in tasks if task.spec_version == newest), key=lambda task: task.created)
        kind = mode(store.services.get(current[0].service_id))
        for task in current[1:]:
            restarts.record_restart(restarts.slot_tuple(task, kind), task)
