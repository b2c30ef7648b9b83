"""The checks of a service's spec, with SwarmKit's words and in its order.

Follows SwarmKit's manager/controlapi (service.go, common.go). The spec is complete and its values have their types.
"""

import re
from collections.abc import Sequence

from swarmkit_helpers.constraints import Constraint
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.service_settings import SERVICE_NAME

from ..errors import ApiError, rpc
from ..objects import Service
from ..store import Store
from . import expand
from .go_structs import Json
from .service_spec import mode_of

_IMAGE = re.compile(  # distribution/reference: [host[:port]/]path[:tag][@digest]
    r"(?:(?:[a-zA-Z0-9][a-zA-Z0-9.-]*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?/)?"
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
    r"(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?",
    re.ASCII,
)
MAX_COUNT = 2**63  # SwarmKit reads counts as signed numbers, so larger ones are negative


def name(text: str) -> None:
    """Raise `ApiError` for an invalid name."""
    if not text:
        raise _bad("meta: name must be provided")
    if not SERVICE_NAME.fullmatch(text):
        raise _bad("name must be valid as a DNS name component")
    if len(text) > 63:
        raise _bad("name must be 63 characters or fewer")


def service(spec: Json) -> None:
    """Raise `ApiError` for an invalid spec."""
    name(spec["Name"])
    _task(spec["TaskTemplate"])
    _mode(spec["Mode"])
    if mode_of(spec) in ("ReplicatedJob", "GlobalJob"):
        if "UpdateConfig" in spec:
            raise _bad("Jobs may not have an update config")
    else:
        _update(spec.get("UpdateConfig", {}))
    _endpoint(spec.get("EndpointSpec", {}))


def ports(store: Store, spec: Json, own_id: str = "") -> None:
    """Raise `ApiError` if another service uses one of these ports on every node."""
    asked = {
        mode: {_port(port) for port in _published(spec.get("EndpointSpec", {})) if port["PublishMode"] == mode}
        for mode in ("ingress", "host")
    }
    if not asked["ingress"] and not asked["host"]:
        return
    for other in store.services.values():
        if other.id == own_id:
            continue
        for port in _published(other.spec.get("EndpointSpec", {})) + _published(other.endpoint):
            by_host = port["PublishMode"] == "host"
            if _port(port) in asked["ingress"] or (not by_host and _port(port) in asked["host"]):
                kind = "a host-published port" if by_host else "an ingress port"
                raise _bad(
                    f"port '{port['PublishedPort']}' is already in use by service '{other.name}' ({other.id}) as {kind}"
                )


def references(store: Store, spec: Json) -> None:
    """Raise `ApiError` if the spec refers to an unknown secret or config."""
    container = spec["TaskTemplate"]["ContainerSpec"]
    for kind in ("secret", "config"):
        missing = []
        for reference in container.get(f"{kind.title()}s", ()):
            known = store.resources.get(reference[f"{kind.title()}ID"])
            if known is None or known.kind != kind or known.name != reference[f"{kind.title()}Name"]:
                missing.append(reference[f"{kind.title()}Name"])
        if missing:
            raise _bad(f"{kind}{'s' if len(missing) > 1 else ''} not found: {', '.join(missing)}")


def change(old: Service, spec: Json) -> None:
    """Raise `ApiError` for a setting that cannot change in a service."""
    if mode_of(old.spec) != mode_of(spec):
        raise rpc("Unimplemented", "service mode change is not allowed")
    if old.name != spec["Name"]:
        raise rpc("Unimplemented", "renaming services is not supported")


def free_name(taken: Sequence[str], kind: str, wanted: str) -> None:
    """Raise `ApiError` if the name is taken, in any case of letters."""
    if wanted.lower() in (each.lower() for each in taken):
        raise rpc("AlreadyExists", f"name conflicts with an existing object: {kind} {wanted} already exists")


def _task(template: Json) -> None:
    resources, policy = template.get("Resources", {}), template.get("RestartPolicy", {})
    for part in ("Limits", "Reservations"):
        _resources(resources.get(part, {}))
    for field, said in (("Delay", "restart-delay"), ("Window", "restart-window")):
        if policy.get(field, 0) < 0:
            raise _bad(f"TaskSpec: {said} cannot be negative")
    for constraint in template.get("Placement", {}).get("Constraints", ()):
        _constraint(constraint)
    container = template["ContainerSpec"]
    _targets("secret", container.get("Secrets", ()))
    _targets("config", container.get("Configs", ()))
    expand.check(container)
    if not container.get("Image"):
        raise _bad("ContainerSpec: image reference must be provided")
    if not _IMAGE.fullmatch(container["Image"]):
        raise _bad(f'ContainerSpec: "{container["Image"]}" is not a valid repository/tag')
    seen = set()
    for mount in container.get("Mounts", ()):
        target = mount.get("Target", "")
        if target in seen:
            raise _bad(f"ContainerSpec: duplicate mount point: {target}")
        seen.add(target)
    health = container.get("Healthcheck", {})
    for field in ("Interval", "Timeout", "StartPeriod"):
        if health.get(field, 0) and health[field] < 1_000_000:
            raise _bad(f"ContainerSpec: {field} in HealthConfig cannot be less than 1ms")
    if health.get("Retries", 0) < 0:
        raise _bad("ContainerSpec: Retries in HealthConfig cannot be negative")


def _resources(part: Json) -> None:
    cpus, memory = part.get("NanoCPUs", 0), part.get("MemoryBytes", 0)
    if cpus and cpus < 1_000_000:
        raise _bad(f"invalid cpu value {_float(cpus / 1e9)}: Must be at least 0.001")
    if memory and memory < 4 * 1024 * 1024:
        raise _bad(f"invalid memory value {memory}: Must be at least 4MiB")


def _float(value: float) -> str:
    """The number as Go's %g writes it."""
    return f"{value:.17g}" if float(f"{value:.16g}") != value else f"{value:.16g}"


def _constraint(text: str) -> None:
    """Raise `ApiError` for an invalid constraint: without a gRPC code of its own, so 500."""
    try:
        Constraint.parse(text)
    except BadInput:
        operator = next((each for each in ("==", "!=") if each in text), None)
        if operator is None:
            raise rpc("Unknown", "constraint expected one operator from ==, !=") from None
        key, value = (part.strip() for part in text.split(operator, 1))
        try:
            Constraint.parse(f"{key}==anything")
        except BadInput:
            raise rpc("Unknown", f"key '{key}' is invalid") from None
        raise rpc("Unknown", f"value '{value}' is invalid") from None


def _targets(kind: str, given: Sequence[Json]) -> None:
    taken: dict[str, str] = {}
    for reference in given:
        name_ = reference[f"{kind.title()}Name"]
        if not reference[f"{kind.title()}ID"] or not name_:
            raise _bad(f"malformed {kind} reference")
        if "File" not in reference:
            if "Runtime" in reference:
                continue
            raise _bad(f"malformed {kind} reference, no target provided")
        file = reference["File"]["Name"]
        if not file:
            raise _bad(f"malformed file {kind} reference, invalid target file name provided")
        if file in taken:
            raise _bad(f"{kind} references '{taken[file]}' and '{name_}' have a conflicting target: '{file}'")
        taken[file] = name_


def _mode(mode: Json) -> None:
    if mode.get("Replicated", {}).get("Replicas", 0) >= MAX_COUNT:
        raise _bad("Number of replicas must be non-negative")
    job = mode.get("ReplicatedJob", {})
    if job.get("MaxConcurrent", 0) >= MAX_COUNT:
        raise _bad("Maximum concurrent jobs must not be negative")
    if job.get("TotalCompletions", 0) >= MAX_COUNT:
        raise _bad("Total completed jobs must not be negative")


def _update(config: Json) -> None:
    if config.get("Delay", 0) < 0:
        raise _bad("TaskSpec: update-delay cannot be negative")
    if config.get("Monitor", 0) < 0:
        raise _bad("TaskSpec: update-monitor cannot be negative")
    if not 0 <= config.get("MaxFailureRatio", 0) <= 1:
        raise _bad("TaskSpec: update-maxfailureratio cannot be less than 0 or bigger than 1")


def _endpoint(endpoint: Json) -> None:
    seen = set()
    for port in endpoint.get("Ports", ()):
        if endpoint["Mode"] == "dnsrr" and port["PublishMode"] == "ingress":
            raise _bad("EndpointSpec: port published with ingress mode can't be used with dnsrr mode")
        if port.get("PublishedPort") and _port(port) in seen:
            raise _bad("EndpointSpec: duplicate published ports provided")
        seen.add(_port(port))


def _published(endpoint: Json) -> list[Json]:
    return [port for port in endpoint.get("Ports", ()) if port.get("PublishedPort")]


def _port(port: Json) -> tuple[str, int]:
    return port["Protocol"], port.get("PublishedPort", 0)


def _bad(description: str) -> ApiError:
    return rpc("InvalidArgument", description)
