"""The tasks that have only just gone: a picture of the last moment alone would not show them leave."""

from ...records import Observation, Task
from .chart import Record

LINGER_SECONDS = 4.0  # seconds a task that has ended stays in the picture


def left(record: Record) -> list[tuple[Task, float]]:
    """The tasks that had not ended `LINGER_SECONDS` seconds ago and have now, as last seen, and when that was seen first.

    A task that the swarm has forgotten meanwhile, as after scaling down, is among them.
    """
    alive: dict[str, Task] = {}
    gone: dict[str, tuple[Task, float]] = {}
    for seen in record.since(record.now - LINGER_SECONDS):
        if isinstance(seen, Observation):
            here = {task.id: task for task in seen.tasks}
            for task in [task for task in alive.values() if (now := here.get(task.id)) is None or now.ended]:
                gone[task.id] = here.get(task.id, task), seen.at
                del alive[task.id]
            alive.update((task.id, task) for task in seen.tasks if not task.ended)
    return list(gone.values())
