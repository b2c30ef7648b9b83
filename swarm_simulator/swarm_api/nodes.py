"""The nodes in the Engine API (moby, daemon/cluster/nodes.go)."""

from ..errors import ApiError, rpc
from ..managers.swarm import ControlPlane
from ..objects import Node
from . import filters as object_filters
from . import responses
from .filters import Filters
from .go_structs import LABELS, TEXT, Always, Json, Struct, body

SPEC = Struct("NodeSpec", {"Name": TEXT, "Labels": Always(LABELS), "Role": Always(TEXT), "Availability": Always(TEXT)})


def find(control_plane: ControlPlane, wanted: str) -> Node:
    """The node of that id, host name, or beginning of an id. Raise `ApiError`."""
    return object_filters.find_one("node", control_plane.store.nodes, object_filters.node_name, wanted)


def list_nodes(control_plane: ControlPlane, filters: Filters) -> list[Json]:
    """GET /nodes."""
    managers = control_plane.manager_states()
    found = object_filters.select_nodes(filters, control_plane.store.nodes.values())
    return [responses.node(node, managers.get(node.id)) for node in responses.sorted_by_id(found)]


def inspect(control_plane: ControlPlane, wanted: str) -> Json:
    """GET /nodes/{id}."""
    node = find(control_plane, wanted)
    return responses.node(node, control_plane.manager_states().get(node.id))


def update(control_plane: ControlPlane, wanted: str, version: int, request: object) -> None:
    """POST /nodes/{id}/update. The spec replaces the old one, also its labels. Raise `ApiError`."""
    spec = body(SPEC, request)
    for field, known in (("Role", ("worker", "manager")), ("Availability", ("active", "pause", "drain"))):
        if spec[field].lower() not in known:
            raise ApiError(400, f'invalid {field}: "{spec[field]}"')
        spec[field] = spec[field].lower()
    node = find(control_plane, wanted)
    if version != node.version:
        raise rpc("Unknown", "update out of sequence")
    control_plane.put_node(node, spec)


def remove(control_plane: ControlPlane, wanted: str, force: bool) -> None:
    """DELETE /nodes/{id}. Raise `ApiError`."""
    control_plane.remove_node(find(control_plane, wanted), force)
