"""The services in the Engine API (moby, daemon/cluster/services.go)."""

import copy

from ..errors import ApiError, rpc
from ..managers.swarm import ControlPlane
from ..objects import Service, State
from . import filters as object_filters
from . import networks, responses, service_spec, validate
from .filters import Filters
from .go_structs import Json

_MODES = {"Replicated": "replicated", "Global": "global", "ReplicatedJob": "replicated-job", "GlobalJob": "global-job"}


def find(control_plane: ControlPlane, wanted: str) -> Service:
    """The service of that id, name, or beginning of an id. Raise `ApiError`."""
    return object_filters.find_one("service", control_plane.store.services, lambda service: service.name, wanted)


def list_services(control_plane: ControlPlane, filters: Filters, status: bool) -> list[Json]:
    """GET /services; with `status`, also how many tasks each has and should have."""
    object_filters.check_keys(filters, "name", "id", "label", "mode", "runtime")
    modes = filters.get("mode", ())
    if "container" not in (filters.get("runtime") or ("container",)):
        return []
    found = [
        service
        for service in object_filters.with_id_or_name(filters, control_plane.store.services.values(), lambda s: s.name)
        if object_filters.has_labels(filters.get("label", ()), service.spec["Labels"])
        and (not modes or _MODES[service_spec.mode_of(service.spec)] in modes)
    ]
    services = responses.sorted_by_id(found)
    return [
        responses.service(service) | ({"ServiceStatus": _status(control_plane, service)} if status else {})
        for service in services
    ]


def inspect(control_plane: ControlPlane, wanted: str, insert_defaults: bool) -> Json:
    """GET /services/{id}; with `insert_defaults`, also SwarmKit's defaults for what the spec leaves out."""
    body = responses.service(find(control_plane, wanted))
    return body | {"Spec": with_defaults(body["Spec"])} if insert_defaults else body


def create(control_plane: ControlPlane, request: object) -> Json:
    """POST /services/create. Raise `ApiError`."""
    store = control_plane.store
    spec = service_spec.read(request, store.random)
    _networks_by_id(control_plane, spec)
    validate.service(spec)
    _not_ingress(control_plane, spec)
    validate.ports(store, spec)
    validate.references(store, spec)
    validate.free_name([service.name for service in store.services.values()], "service", spec["Name"])
    service = Service(id=store.new_id(), spec=spec)
    control_plane.put_service(service, spec)
    return {"ID": service.id}


def update(
    control_plane: ControlPlane, wanted: str, version: int, request: object, rollback: str, registry_auth_from: str
) -> Json:
    """POST /services/{id}/update. The spec replaces the old one; rollback=previous restores it. Raise `ApiError`."""
    store = control_plane.store
    spec = service_spec.read(request, store.random)
    _networks_by_id(control_plane, spec)
    service = find(control_plane, wanted)
    if rollback not in ("", "none", "previous"):
        raise ApiError(500, f"unrecognized rollback option {rollback}")
    if registry_auth_from not in ("", "spec", "previous-spec"):
        raise ApiError(400, "unsupported registryAuthFrom value")
    validate.service(spec)
    _not_ingress(control_plane, spec)
    if spec.get("EndpointSpec") != service.spec.get("EndpointSpec"):
        validate.ports(store, spec, service.id)
    validate.references(store, spec)
    validate.change(service, spec)
    if rollback == "previous" and service.previous_spec is None:
        raise rpc("FailedPrecondition", f"service {service.id} does not have a previous spec")
    if version != service.version:
        raise rpc("Unknown", "update out of sequence")
    if rollback == "previous":
        control_plane.roll_back(service)
    else:
        control_plane.put_service(service, spec)
    return {"Warnings": None}


def remove(control_plane: ControlPlane, wanted: str) -> None:
    """DELETE /services/{id}. Its tasks are asked to stop."""
    control_plane.store.remove(find(control_plane, wanted))


def with_defaults(spec: Json) -> Json:
    """The spec with SwarmKit's defaults (api/defaults/service.go, InterpolateService)."""
    spec = copy.deepcopy(spec)
    template = spec["TaskTemplate"]
    container = template["ContainerSpec"]
    container.setdefault("StopGracePeriod", 10_000_000_000)
    container.setdefault("DNSConfig", {})
    template.setdefault("Resources", {})
    template.setdefault("RestartPolicy", {"Condition": "any", "MaxAttempts": 0}).setdefault("Delay", 5_000_000_000)
    template.setdefault("Placement", {})
    for name in ("UpdateConfig", "RollbackConfig"):
        if name not in spec:
            spec[name] = {
                "Parallelism": 1,
                "FailureAction": "pause",
                "Monitor": 5_000_000_000,
                "MaxFailureRatio": 0,
                "Order": "stop-first",
            }
        spec[name].setdefault("Monitor", 5_000_000_000)
    return spec


def _status(control_plane: ControlPlane, service: Service) -> Json:
    """How many tasks run, should run, and are done (SwarmKit, controlapi, ListServiceStatuses)."""
    mode, how = next(iter(service.spec["Mode"].items()))
    job, everywhere = mode.endswith("Job"), mode.startswith("Global")
    running = completed = 0
    desired = 0 if everywhere else how["MaxConcurrent" if job else "Replicas"]
    for task in control_plane.store.tasks_of[service.id].values():
        if job and task.iteration != service.iteration:
            continue
        running += task.state == State.RUNNING
        completed += job and task.state == State.COMPLETE
        if everywhere:
            desired += task.desired == State.RUNNING
            desired += task.desired == State.COMPLETE != task.state
    return {"RunningTasks": running, "DesiredTasks": desired, "CompletedTasks": completed}


def _networks_by_id(control_plane: ControlPlane, spec: Json) -> None:
    """Replace the names of networks by their ids. Raise `ApiError` (500, as the engine does)."""
    for attachment in spec["TaskTemplate"].get("Networks", ()):
        target = attachment.get("Target", "")
        try:
            attachment["Target"] = networks.find(control_plane.store, target).id
        except ApiError as error:
            raise ApiError(500 if error.status == 404 else error.status, error.message) from None


def _not_ingress(control_plane: ControlPlane, spec: Json) -> None:
    """Raise `ApiError` if the spec names the ingress network."""
    for attachment in spec["TaskTemplate"].get("Networks", ()):
        network = control_plane.store.resources[attachment["Target"]]
        if network.spec["Ingress"]:
            raise rpc(
                "InvalidArgument", f'Service cannot be explicitly attached to the ingress network "{network.name}"'
            )
