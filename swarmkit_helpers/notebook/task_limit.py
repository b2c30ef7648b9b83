"""How many replicas a control or the panel may ask for. `swarm.scale` has no such limit."""

from typing import Any

from ..errors import BadInput
from ..language import _
from ..records import Observation

MOST_TASKS = 200  # of all services together: 458 containers were too many for a computer with 2 processors


def check(replicas: Any, service: str, seen: Observation | None) -> None:
    """Raise `BadInput` if that is no number of replicas, or too many beside the other tasks of the swarm.

    Fewer than there are now is never too many.
    """
    others = [task for task in seen.tasks if task.wanted and not task.ended and task.service != service] if seen else []
    known = seen.service(service) if seen else None
    most = max(MOST_TASKS - len(others), (known and known.replicas) or 0)
    fix = _("choose a whole number from 0 to {most}")
    if isinstance(replicas, bool) or not isinstance(replicas, int) or replicas < 0:
        raise BadInput(_("{replicas!r} is not a number of replicas"), fix, replicas=replicas, most=most)
    if replicas > most:
        raise BadInput(
            _("{replicas} replicas are too many: your computer can hold about {limit} tasks of all services together"),
            fix,
            replicas=replicas,
            limit=MOST_TASKS,
            most=most,
        )
