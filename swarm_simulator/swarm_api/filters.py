"""Which objects a request means: one by id, name or prefix, or a list by filters.

The rules are those of moby's daemon/cluster/helpers.go and filters.go, and of SwarmKit's manager/controlapi.
Filters are lists of values by key. For one key any value may match; of labels all must.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from ..errors import ApiError
from ..objects import Node, State, StoreObject, Task

Filters = Mapping[str, Sequence[str]]
K = TypeVar("K", bound=StoreObject)


def find_one(kind: str, known: Mapping[str, K], name_of: Callable[[K], str], wanted: str) -> K:
    """The object with that id, else with that name, else with an id that begins so.

    Raise `ApiError`: 404 if there is none, 400 if there are several.
    """
    if wanted in known:
        return known[wanted]
    found = [each for each in known.values() if name_of(each) == wanted]
    found = found or [each for each in known.values() if each.id.startswith(wanted)]
    if not found:
        raise ApiError(404, f"{kind} {wanted} not found")
    if len(found) > 1:
        raise ApiError(400, f"{kind} {wanted} is ambiguous ({len(found)} matches found)")
    return found[0]


def check_keys(filters: Filters, *accepted: str) -> None:
    """Raise `ApiError` (400) for a filter that does not exist."""
    for key in filters:
        if key not in accepted:
            raise ApiError(400, f"invalid filter '{key}'")


def with_id_or_name(filters: Filters, objects: Iterable[K], name_of: Callable[[K], str]) -> list[K]:
    """The objects that the filters `id` and `name` let through; both compare beginnings."""
    ids, names = tuple(filters.get("id", ())), tuple(filters.get("name", ()))
    return [
        each
        for each in objects
        if (not ids or each.id.startswith(ids)) and (not names or name_of(each).startswith(names))
    ]


def has_labels(asked: Sequence[str], labels: Mapping[str, str] | None) -> bool:
    """Whether the labels include all that are wanted: key, or key=value."""
    for each in asked:
        key, _equals, value = each.partition("=")
        if key not in (labels or {}) or (value and (labels or {})[key] != value):
            return False
    return True


def node_name(node: Node) -> str:
    return node.hostname if node.described else ""


def select_nodes(filters: Filters, objects: Iterable[Node]) -> list[Node]:
    """The nodes that the filters of GET /nodes let through. Raise `ApiError`."""
    check_keys(filters, "name", "id", "label", "role", "membership", "node.label")
    roles = [_word("role", role, ("worker", "manager")) for role in filters.get("role", ()) if role]
    memberships = [_word("membership", each, ("pending", "accepted")) for each in filters.get("membership", ()) if each]
    return [
        node
        for node in with_id_or_name(filters, objects, node_name)
        if has_labels(filters.get("label", ()), node.engine_labels)
        and has_labels(filters.get("node.label", ()), node.spec.get("Labels"))
        and (not roles or node.role in roles)
        and (not memberships or "accepted" in memberships)
    ]


def desired_states(filters: Filters) -> set[State]:
    """The states that the filter desired-state names; none if it is not there. Raise `ApiError` (500, as Docker)."""
    words = {state.word: state for state in State}
    return {words[_word("desired-state", each, words)] for each in filters.get("desired-state", ()) if each}


def select_tasks(
    filters: Filters,
    objects: Iterable[Task],
    name_of: Callable[[Task], str],
    labels_of: Callable[[Task], Mapping[str, str]],
) -> list[Task]:
    """The tasks that the filters of GET /tasks let through, without those that name other objects. Raise `ApiError`."""
    states = desired_states(filters)
    runtimes = filters.get("runtime") or ("container",)
    labels = filters.get("label", ())
    if "container" not in runtimes and "" not in runtimes:
        return []
    if "name" in filters or "id" in filters:
        objects = with_id_or_name(filters, objects, name_of)
    return [
        task
        for task in objects
        if (not states or task.desired in states) and (not labels or has_labels(labels, labels_of(task)))
    ]


def _word(key: str, value: str, known: Iterable[str]) -> str:
    if value.lower() not in known:
        raise ApiError(500, f"Invalid {key} filter: '{value}'")
    return value.lower()
