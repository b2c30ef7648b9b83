"""The secrets and configs in the Engine API (SwarmKit, manager/controlapi/secret.go and config.go)."""

import base64
import binascii
import re
from typing import Literal

from ..errors import ApiError, rpc
from ..managers.swarm import ControlPlane
from ..objects import Resource, Task
from ..store import Store
from . import filters as object_filters
from . import responses
from .filters import Filters
from .go_structs import LABELS, TEXT, Always, Json, Struct, body

ResourceKind = Literal["secret", "config"]
_DRIVER = Struct("Driver", {"Name": TEXT, "Options": LABELS})
SPEC = Struct("Spec", {"Name": TEXT, "Labels": Always(LABELS), "Data": TEXT, "Driver": _DRIVER, "Templating": _DRIVER})
_NAME = re.compile(r"[a-zA-Z0-9]+(?:[a-zA-Z0-9_.-]*[a-zA-Z0-9])?", re.ASCII)
MAX_BYTES = {"secret": 500 * 1024, "config": 1000 * 1024}  # bytes


def known(control_plane: ControlPlane, kind: str) -> dict[str, Resource]:
    """The secrets or the configs, by id."""
    return {resource.id: resource for resource in control_plane.store.resources.values() if resource.kind == kind}


def find(control_plane: ControlPlane, kind: str, wanted: str) -> Resource:
    """The one with that id, name, or beginning of an id. Raise `ApiError`."""
    return object_filters.find_one(kind, known(control_plane, kind), lambda resource: resource.name, wanted)


def list_resources(control_plane: ControlPlane, kind: ResourceKind, filters: Filters) -> list[Json]:
    """GET /secrets and /configs. The beginning of the id or that of the name may match."""
    object_filters.check_keys(filters, "name", "id", "label", *(("names",) if kind == "secret" else ()))
    exact, names, ids = (tuple(filters.get(key, ())) for key in ("names", "name", "id"))
    found = [
        resource
        for resource in known(control_plane, kind).values()
        if object_filters.has_labels(filters.get("label", ()), resource.spec["Labels"])
        and (
            not (exact or names or ids)
            or resource.name in exact
            or resource.name.startswith(names)
            or resource.id.startswith(ids)
        )
    ]
    return [_body(resource) for resource in responses.sorted_by_id(found)]


def inspect(control_plane: ControlPlane, kind: ResourceKind, wanted: str) -> Json:
    """GET /secrets/{id} and /configs/{id}."""
    return _body(find(control_plane, kind, wanted))


def create(control_plane: ControlPlane, kind: ResourceKind, request: object) -> Json:
    """POST /secrets/create and /configs/create. Raise `ApiError`."""
    spec = body(SPEC, request)
    spec = {"Name": "", **spec}
    if not spec["Name"]:
        raise rpc("InvalidArgument", "name must be provided")
    if len(spec["Name"]) > 64 or not _NAME.fullmatch(spec["Name"]):
        raise rpc(
            "InvalidArgument",
            "invalid name, only 64 [a-zA-Z0-9-_.] characters allowed, and the start and end "
            "character must be [a-zA-Z0-9]",
        )
    if "Driver" in spec and kind == "secret":
        name = spec["Driver"].get("Name", "")
        raise rpc("Unknown", f'plugin "{name}" not found')  # there are no plugins here
    if not ("Driver" in spec and kind == "secret") and not 0 < _size(spec.get("Data", "")) < MAX_BYTES[kind]:
        raise rpc("InvalidArgument", f"{kind} data must be larger than 0 and less than {MAX_BYTES[kind]} bytes")
    if spec["Name"].lower() in (resource.name.lower() for resource in known(control_plane, kind).values()):
        raise rpc("AlreadyExists", f"{kind} {spec['Name']} already exists")
    resource = Resource(id=control_plane.store.new_id(), kind=kind, spec=spec)
    control_plane.store.save(resource)
    return {"ID": resource.id}


def update(control_plane: ControlPlane, kind: ResourceKind, wanted: str, version: int, request: object) -> None:
    """POST /secrets/{id}/update and /configs/{id}/update: only labels change. Raise `ApiError`."""
    spec = body(SPEC, request)
    resource = find(control_plane, kind, wanted)
    if spec.get("Name", "") != resource.name or spec.get("Data") not in (None, resource.spec.get("Data")):
        raise rpc("InvalidArgument", "only updates to Labels are allowed")
    if version != resource.version:
        raise rpc("Unknown", "update out of sequence")
    resource.spec = resource.spec | {"Labels": spec["Labels"]}
    control_plane.store.save(resource)


def remove(control_plane: ControlPlane, kind: ResourceKind, wanted: str) -> None:
    """DELETE /secrets/{id} and /configs/{id}. Raise `ApiError` while a service uses it."""
    resource = find(control_plane, kind, wanted)
    users = [
        service.name
        for service in responses.sorted_by_id(control_plane.store.services.values())
        if resource.id
        in (
            reference[f"{kind.title()}ID"]
            for reference in service.spec["TaskTemplate"]["ContainerSpec"].get(f"{kind.title()}s", ())
        )
    ]
    if users:
        raise rpc(
            "InvalidArgument",
            f"{kind} '{resource.name}' is in use by the following "
            f"service{'s' if len(users) > 1 else ''}: {', '.join(users)}",
        )
    control_plane.store.remove(resource)


def mounted_files(store: Store, task: Task) -> dict[str, bytes]:
    """The secrets and configs of a task, by the path that its container finds them at."""
    container: Json = task.spec.get("ContainerSpec") or {}
    found = {}
    for kind, folder in (("Secret", "/run/secrets/"), ("Config", "/")):
        for reference in container.get(f"{kind}s") or ():
            resource, path = store.resources.get(reference[f"{kind}ID"]), reference.get("File", {}).get("Name", "")
            if resource and path:
                data = base64.b64decode(resource.spec.get("Data", ""))
                found[path if path.startswith("/") else folder + path] = data
    return found


def _body(resource: Resource) -> Json:
    return responses.secret(resource) if resource.kind == "secret" else responses.config(resource)


def _size(data: str) -> int:
    """The number of bytes that the base64 text encodes. Raise `ApiError` (400) if it is none."""
    try:
        return len(base64.b64decode(data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise ApiError(400, "invalid JSON: illegal base64 data at input byte 0") from error
