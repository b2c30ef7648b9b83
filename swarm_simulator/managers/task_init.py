"""What a new leader does with what the one before it had begun.

Follows SwarmKit's manager/orchestrator/taskinit/init.go.
"""

from ..objects import State, Task
from ..store import Slot, Store, slot
from .restart import Supervisor
from .service_defaults import Restart, mode


def take_over(store: Store, restarts: Supervisor) -> None:
    """Replacements that wait will be started, tasks of removed services are gone, and the history of restarts is known
    again as far as tasks tell it."""
    if orphans := [task for task in store.tasks.values() if task.service_id not in store.services]:
        store.remove(*orphans)
    places: dict[Slot, list[Task]] = {}
    for task in store.tasks.values():
        places.setdefault(slot(task), []).append(task)
        if task.desired == State.READY and not task.ended:
            delay = Restart.of(task.spec).delay
            restarts.delay_start(None, task.id, max(0.0, min(delay, task.reported + delay - store.clock.now)))
    for tasks in places.values():
        newest = max(task.spec_version for task in tasks)
        current = sorted((task for task in tasks if task.spec_version == newest), key=lambda task: task.created)
        kind = mode(store.services.get(current[0].service_id))
        for task in current[1:]:
            restarts.record(restarts.instance(task, kind), task)
