"""Which nodes a task cannot run on, and SwarmKit's words for the reasons.

Follows SwarmKit's manager/scheduler/filter.go and pipeline.go: the filters have a fixed order, and a node is
counted once, by the first filter it fails. The texts are Docker's own and are not translated.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

from .. import constraints
from ..errors import BadInput
from .hosts import Host, Request


class Filter(Enum):
    """A rule that can keep tasks off a node, under SwarmKit's name; in the order in which they are checked."""

    READY = "Ready"
    RESOURCE = "Resource"
    PLUGIN = "Plugin"
    CONSTRAINT = "Constraint"
    PLATFORM = "Platform"
    HOST_PORT = "HostPort"
    MAX_REPLICAS = "MaxReplicas"
    VOLUMES = "Volumes"

    def explain(self, nodes: int) -> str:
        """SwarmKit's text for that many nodes that fail the filter."""
        counted = "1 node" if nodes == 1 else f"{nodes} nodes"
        return _TEXTS[self].format(nodes=counted)


_TEXTS = {
    Filter.READY: "{nodes} not available for new tasks",
    Filter.RESOURCE: "insufficient resources on {nodes}",
    Filter.PLUGIN: "missing plugin on {nodes}",
    Filter.CONSTRAINT: "scheduling constraints not satisfied on {nodes}",
    Filter.PLATFORM: "unsupported platform on {nodes}",
    Filter.HOST_PORT: "host-mode port already in use on {nodes}",
    Filter.MAX_REPLICAS: "max replicas per node limit exceed",
    Filter.VOLUMES: "cannot fulfill requested CSI volume mounts on {nodes}",
}

Check = Callable[[Host], bool]  # whether a host passes (SwarmKit: Filter.Check)


def pipeline(request: Request) -> list[tuple[Filter, Check]]:
    """The filters that apply to these tasks, in order, each with its check."""
    checks: list[tuple[Filter, bool, Check]] = [
        (Filter.READY, True, lambda host: host.takes_tasks),
        (Filter.RESOURCE, _reserves_resources(request), lambda host: _has_resources(host, request)),
        (Filter.PLUGIN, bool(request.plugins), lambda host: _has_plugins(host, request)),
        _constraint_filter(request),
        (Filter.PLATFORM, bool(request.platforms), lambda host: _has_platform(host, request)),
        (Filter.HOST_PORT, bool(request.ports), lambda host: host.ports.isdisjoint(request.ports)),
        (Filter.MAX_REPLICAS, request.max_replicas > 0, lambda host: host.tasks < request.max_replicas),
        (Filter.VOLUMES, bool(request.volumes), lambda host: not host.volumes.isdisjoint(request.volumes)),
    ]
    return [(name, check) for name, applies, check in checks if applies]


def rejected(hosts: Iterable[Host], request: Request) -> dict[str, Filter]:
    """By host id, the first filter that the host fails; hosts that can take a task are left out."""
    filters = pipeline(request)
    first = {host.id: next((name for name, passes in filters if not passes(host)), None) for host in hosts}
    return {host: name for host, name in first.items() if name}


def pending_message(hosts: Iterable[Host], request: Request) -> str:
    """The error of a task that fits none of these hosts (pipeline.go, Explain; scheduler.go, noSuitableNode)."""
    failed = Counter(rejected(hosts, request).values())
    if not failed:
        return "no suitable node"
    # The filter that most nodes fail comes first; among equals, the pipeline's order stays (a stable sort).
    ordered = sorted((name for name in Filter if name in failed), key=lambda name: -failed[name])
    return f"no suitable node ({'; '.join(name.explain(failed[name]) for name in ordered)})"


def preassigned_message(host: Host, request: Request) -> str | None:
    """The error of a global service's task on its own host, or None if it fits (scheduler.go, taskFitNode)."""
    name = rejected([host], request).get(host.id)
    return name.explain(1) if name else None


def _reserves_resources(request: Request) -> bool:
    return request.cpus > 0 or request.memory > 0 or any(request.generic.values())


def _has_resources(host: Host, request: Request) -> bool:
    return (
        request.cpus <= host.cpus
        and request.memory <= host.memory
        and all(number <= host.generic.get(kind, 0) for kind, number in request.generic.items())
    )


def _has_plugins(host: Host, request: Request) -> bool:
    if host.plugins is None:
        return True
    kinds = {kind for kind, _ in host.plugins}
    # An old engine lists no log drivers at all: then SwarmKit does not ask for one.
    needed = [(kind, name) for kind, name in request.plugins if kind != "Log" or kind in kinds]
    return all((kind, name) in host.plugins or (kind, f"{name}:latest") in host.plugins for kind, name in needed)


def _constraint_filter(request: Request) -> tuple[Filter, bool, Check]:
    try:
        conditions = constraints.parse(request.constraints)
    except BadInput:
        conditions = []  # SwarmKit leaves out the filter when a constraint cannot be parsed
    return Filter.CONSTRAINT, bool(conditions), lambda host: all(each.accepts(host) for each in conditions)


_SAME_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}


def _has_platform(host: Host, request: Request) -> bool:
    if host.platform == ("", ""):
        return False
    system, architecture = _normalized(host.platform)
    wanted = map(_normalized, request.platforms)
    return any(each[0] in ("", system) and each[1] in ("", architecture) for each in wanted)


def _normalized(platform: tuple[str, str]) -> tuple[str, str]:
    system, architecture = platform
    return system, _SAME_ARCHITECTURE.get(architecture, architecture)
