"""The tasks that have just ended: a chart of the last observation alone would not show them end."""

from ...records import Observation, Task
from .chart import Record

LINGER_SECONDS = 4.0  # that an ended task stays in the chart


def ended_tasks(record: Record) -> list[tuple[Task, float]]:
    """The tasks that ended in the last `LINGER_SECONDS`, as last seen, and when each was first seen to have ended.

    Tasks that the swarm has removed since then, as after scaling down, are among them.
    """
    alive: dict[str, Task] = {}
    ended: dict[str, tuple[Task, float]] = {}
    for seen in record.since(record.now - LINGER_SECONDS):
        if isinstance(seen, Observation):
            here = {task.id: task for task in seen.tasks}
            for task in [task for task in alive.values() if (now := here.get(task.id)) is None or now.ended]:
                ended[task.id] = here.get(task.id, task), seen.at
                del alive[task.id]
            alive.update((task.id, task) for task in seen.tasks if not task.ended)
    return list(ended.values())
