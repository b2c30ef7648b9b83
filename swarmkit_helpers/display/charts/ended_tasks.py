"""The tasks and containers that have just ended: a chart of the last observation alone would not show them end."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from ...recorder import Gap
from ...records import Container, Observation, Task
from .chart import Record

Item = TypeVar("Item", Task, Container)

LINGER_SECONDS = 4.0  # that an ended task stays in the chart


def ended_tasks(record: Record) -> list[tuple[Task, float]]:
    """The tasks that ended in the last `LINGER_SECONDS`, as last seen, and when each was first seen to have ended.

    Tasks that the swarm has removed since then, as after scaling down, are among them.
    """
    return _ended(record, lambda seen: seen.tasks if isinstance(seen, Observation) else None, lambda task: task.ended)


def ended_containers(record: Record) -> list[tuple[Container, float]]:
    """The same of the containers run by hand; one that was removed is there as it was before."""
    return _ended(record, lambda seen: seen.containers, lambda container: not container.runs)


def changes_at(record: Record) -> float | None:
    """When a chart changes although nothing happens: as soon as the first of them has been shown long enough."""
    times = [when for _ended, when in (*ended_tasks(record), *ended_containers(record))]
    return min(times) + LINGER_SECONDS if times else None


def _ended(
    record: Record, items: Callable[[Observation | Gap], Sequence[Item] | None], is_over: Callable[[Item], bool]
) -> list[tuple[Item, float]]:
    alive: dict[str, Item] = {}
    ended: dict[str, tuple[Item, float]] = {}
    for seen in record.since(record.now - LINGER_SECONDS):
        if (present := items(seen)) is not None:
            here = {item.id: item for item in present}
            for item in [item for item in alive.values() if (now := here.get(item.id)) is None or is_over(now)]:
                ended[item.id] = here.get(item.id, item), seen.at
                del alive[item.id]
            alive.update((item.id, item) for item in here.values() if not is_over(item))
    return list(ended.values())
