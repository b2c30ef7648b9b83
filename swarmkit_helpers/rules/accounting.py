"""Which tasks count, and for how long, when SwarmKit chooses a node (manager/scheduler/nodeinfo.go)."""

from typing import Protocol

from ..records import TASK_STATES

MAX_FAILURES = 5  # from this many recent failures on, a node is avoided (SwarmKit's maxFailures)
FAILURE_WINDOW = 300.0  # s: how long a failure is recent (SwarmKit's monitorFailures)

_ORDER = {state: number for number, state in enumerate(TASK_STATES)}


class Stated(Protocol):
    """What is counted of a task: a `records.Task` has it."""

    @property
    def node(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def desired_state(self) -> str: ...


def occupies(task: Stated) -> bool:
    """Whether the task holds its reservations and host ports on its node: until its container has gone.

    What is desired of it does not matter. A global service's task holds nothing before it is assigned; such a
    task has a node from the start, so the caller leaves those out that are new or pending.
    """
    return task.node is not None and _ORDER["pending"] <= _ORDER[task.state] <= _ORDER["running"]


def is_active(task: Stated) -> bool:
    """Whether the task counts in the ranking of its node: as `occupies`, but only while it is wanted."""
    return occupies(task) and _ORDER[task.desired_state] <= _ORDER["complete"]
