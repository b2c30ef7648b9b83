"""Whether a slot gets another task when its last one has ended (SwarmKit's manager/orchestrator/restart)."""

from collections.abc import Sequence
from datetime import timedelta

from ..records import Service, Task
from . import convergence

# A new task is first tried this long after it was made (SwarmKit, manager/scheduler/scheduler.go, commitDebounceGap).
# A change of the service in that time comes before the first try, for example when the swarm gives it an address.
COMMIT_DEBOUNCE_GAP = timedelta(seconds=0.05)


def should_restart(service: Service, slot: Sequence[Task]) -> bool:
    """Whether the restart policy gives the slot another task; `slot` has its tasks, the newest first."""
    policy = service.spec["TaskTemplate"].get("RestartPolicy") or {}
    condition, newest = policy.get("Condition") or "any", slot[0]
    if condition == "none" or ((condition == "on-failure" or service.is_job) and newest.state == "complete"):
        return False
    max_attempts = policy.get("MaxAttempts", 0)
    # The count of attempts starts again when the service changes.
    return not max_attempts or sum(not outdated(service, task) for task in slot) <= max_attempts


def outdated(service: Service, task: Task) -> bool:
    """Whether a request changed the service, if only its number of replicas, after the task was made."""
    if service.update_state in convergence.HALTED_UPDATES:
        return False  # the swarm itself has changed the service when it halted
    return service.changed and task.created_at + COMMIT_DEBOUNCE_GAP < service.updated_at
