"""The tasks in the Engine API (moby, daemon/cluster/tasks.go)."""

from collections.abc import Iterable, Mapping

from ..managers.service_defaults import dirty_check
from ..managers.swarm import ControlPlane
from ..objects import Task
from . import filters as object_filters
from . import nodes, responses, services
from .filters import Filters
from .go_structs import Json


def name(control_plane: ControlPlane, task: Task) -> str:
    """The name of the task: service.slot.id, or service.node.id without a slot (SwarmKit, api/naming)."""
    service = control_plane.store.services.get(task.service_id)
    return f"{service.name if service else ''}.{task.slot or task.node_id}.{task.id}"


def find(control_plane: ControlPlane, wanted: str) -> Task:
    """The task of that id, name, or beginning of an id. Raise `ApiError`."""
    return object_filters.find_one("task", control_plane.store.tasks, lambda task: name(control_plane, task), wanted)


def list_tasks(control_plane: ControlPlane, filters: Filters) -> list[Json]:
    """GET /tasks."""
    object_filters.check_keys(
        filters, "name", "id", "label", "service", "node", "desired-state", "_up-to-date", "runtime"
    )
    found = object_filters.select_tasks(
        filters,
        _candidates(control_plane, filters),
        lambda task: name(control_plane, task),
        lambda task: _labels(control_plane, task),
    )
    if filters.get("_up-to-date"):
        found = _up_to_date(control_plane, found)
    show = responses.task_renderer(control_plane.store)
    return [show(task) for task in responses.sorted_by_id(found)]


def inspect(control_plane: ControlPlane, wanted: str) -> Json:
    """GET /tasks/{id}."""
    return responses.task_renderer(control_plane.store)(find(control_plane, wanted))


def _candidates(control_plane: ControlPlane, filters: Filters) -> Iterable[Task]:
    """The tasks of the services and on the nodes that the filters name. Raise `ApiError` if one does not exist."""
    store = control_plane.store
    of = {services.find(control_plane, each).id for each in filters.get("service", ())}
    on = {nodes.find(control_plane, each).id for each in filters.get("node", ())}
    if of:
        found: Iterable[Task] = [task for each in of for task in store.tasks_of[each].values()]
        return [task for task in found if task.node_id in on] if on else found
    return [task for each in on for task in store.tasks_on[each].values()] if on else store.tasks.values()


def _up_to_date(control_plane: ControlPlane, found: Iterable[Task]) -> list[Task]:
    """The tasks that are as their service asks for now."""
    store = control_plane.store
    dirty = {
        each: dirty_check(store, store.services[each])
        for each in {task.service_id for task in found}
        if each in store.services
    }
    return [task for task in found if task.service_id in dirty and not dirty[task.service_id](task)]


def _labels(control_plane: ControlPlane, task: Task) -> Mapping[str, str]:
    service = control_plane.store.services.get(task.service_id)
    return service.spec["Labels"] if service else {}
