"""Whether a task is of the service's present spec (SwarmKit's manager/orchestrator/task.go), and what it waits for."""

from typing import Any

from ..constraints import satisfies
from ..records import Json, Node, Service, Task


def is_dirty(service: Service, task: Task, node: Node | None) -> bool:
    """Whether an update replaces the task (IsTaskDirty): its template differs from the service's.

    A task stays if only the placement differs and its node still meets the constraints.
    """
    now, then = template(service.spec["TaskTemplate"]), template(task.spec)
    if now == then:
        return False
    only_placement = now | {"Placement": None} == then | {"Placement": None}
    return not (only_placement and node is not None and satisfies(node, service.constraints))


def template(spec: Json) -> dict[str, Any]:
    """The template without empty fields, and without the runtime, which the engine adds by itself."""
    return {key: value for key, value in spec.items() if key != "Runtime" and value}


def awaits_health(task: Task) -> bool:
    """Whether its container runs, and the task will be running once its health check has passed (moby, executor)."""
    check = task.spec.get("ContainerSpec", {}).get("Healthcheck") or {}
    return task.state == "starting" and check.get("Test", ["NONE"])[:1] not in ([], ["NONE"])
