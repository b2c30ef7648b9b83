"""Which nodes a task cannot run on, and the words SwarmKit has for it.

Follows SwarmKit's manager/scheduler/filter.go and pipeline.go: the filters stand in a fixed order, and a node is
counted once, by the first it fails. The texts are Docker's own and are not translated.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from enum import Enum

from .. import constraints
from ..errors import BadInput
from .hosts import Host, Request


class Filter(Enum):
    """A rule that can keep tasks off a node, under SwarmKit's name; in the order in which they are asked."""

    READY = "Ready"
    RESOURCE = "Resource"
    PLUGIN = "Plugin"
    CONSTRAINT = "Constraint"
    PLATFORM = "Platform"
    HOST_PORT = "HostPort"
    MAX_REPLICAS = "MaxReplicas"
    VOLUMES = "Volumes"

    def explain(self, nodes: int) -> str:
        """What SwarmKit says when that many nodes fail it."""
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

Test = Callable[[Host], bool]


def pipeline(request: Request) -> list[tuple[Filter, Test]]:
    """The filters that apply to these tasks, in order, each with its test: whether a host passes."""
    tests: list[tuple[Filter, bool, Test]] = [
        (Filter.READY, True, lambda host: host.takes_tasks),
        (Filter.RESOURCE, _reserves(request), lambda host: _fits(host, request)),
        (Filter.PLUGIN, bool(request.plugins), lambda host: _has_plugins(host, request)),
        _constraint_filter(request),
        (Filter.PLATFORM, bool(request.platforms), lambda host: _runs(host, request)),
        (Filter.HOST_PORT, bool(request.ports), lambda host: host.ports.isdisjoint(request.ports)),
        (Filter.MAX_REPLICAS, request.max_replicas > 0, lambda host: host.tasks < request.max_replicas),
        (Filter.VOLUMES, bool(request.volumes), lambda host: not host.volumes.isdisjoint(request.volumes)),
    ]
    return [(name, test) for name, applies, test in tests if applies]


def rejected(hosts: Iterable[Host], request: Request) -> dict[str, Filter]:
    """By host id, the first filter the host fails; a host that could take a task is not in it."""
    filters = pipeline(request)
    first = {host.id: next((name for name, passes in filters if not passes(host)), None) for host in hosts}
    return {host: name for host, name in first.items() if name}


def pending_message(hosts: Iterable[Host], request: Request) -> str:
    """The error of a task that finds no place on these hosts (pipeline.go, Explain; scheduler.go, noSuitableNode)."""
    failed = Counter(rejected(hosts, request).values())
    if not failed:
        return "no suitable node"
    # The filter most nodes fail comes first; of equals, the one asked first (a stable sort over the pipeline).
    ordered = sorted((name for name in Filter if name in failed), key=lambda name: -failed[name])
    return f"no suitable node ({'; '.join(name.explain(failed[name]) for name in ordered)})"


def preassigned_message(host: Host, request: Request) -> str | None:
    """The error of a global service's task on its own host, or None if it fits (scheduler.go, taskFitNode)."""
    name = rejected([host], request).get(host.id)
    return name.explain(1) if name else None


def _reserves(request: Request) -> bool:
    return request.cpus > 0 or request.memory > 0 or any(request.generic.values())


def _fits(host: Host, request: Request) -> bool:
    return (
        request.cpus <= host.cpus
        and request.memory <= host.memory
        and all(number <= host.generic.get(kind, 0) for kind, number in request.generic.items())
    )


def _has_plugins(host: Host, request: Request) -> bool:
    if host.plugins is None:
        return True
    kinds = {kind for kind, _ in host.plugins}
    # An old engine lists no log drivers at all: it is not held against it.
    needed = [(kind, name) for kind, name in request.plugins if kind != "Log" or kind in kinds]
    return all((kind, name) in host.plugins or (kind, f"{name}:latest") in host.plugins for kind, name in needed)


def _constraint_filter(request: Request) -> tuple[Filter, bool, Test]:
    try:
        conditions = constraints.parse(request.constraints)
    except BadInput:
        conditions = []  # SwarmKit leaves the filter out when a constraint cannot be read
    return Filter.CONSTRAINT, bool(conditions), lambda host: all(each.accepts(host) for each in conditions)


_SAME_ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}


def _runs(host: Host, request: Request) -> bool:
    if host.platform == ("", ""):
        return False
    system, architecture = _normal(host.platform)
    return any(
        wanted in ("", system) and machine in ("", architecture) for wanted, machine in map(_normal, request.platforms)
    )


def _normal(platform: tuple[str, str]) -> tuple[str, str]:
    system, architecture = platform
    return system, _SAME_ARCHITECTURE.get(architecture, architecture)
