"""The settings of a service's spec with SwarmKit's defaults (api/defaults/service.go), and new tasks."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from swarmkit_helpers.constraints import satisfies

from ..objects import Node, Service, Spec, Task
from ..store import Store

RESTART_DELAY_SECONDS = 5.0  # s
MONITOR_SECONDS = 5.0  # s


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """When a task gets a successor after it has ended."""

    condition: str = "any"  # any, on-failure, none
    delay: float = RESTART_DELAY_SECONDS  # s
    attempts: int = 0  # 0: without end
    window: float = 0.0  # s: the attempts are counted in it; 0: all are

    @classmethod
    def of(cls, template: Spec) -> "RestartPolicy":
        policy = template.get("RestartPolicy")
        if policy is None:
            return cls()
        delay = policy.get("Delay")
        return cls(
            policy.get("Condition") or "any",
            RESTART_DELAY_SECONDS if delay is None else delay / 1e9,
            policy.get("MaxAttempts") or 0,
            (policy.get("Window") or 0) / 1e9,
        )


@dataclass(frozen=True, slots=True)
class UpdateConfig:
    """How an update or a rollback proceeds."""

    parallelism: int = 1  # 0: all at once
    delay: float = 0.0  # s
    action: str = "pause"  # pause, continue, rollback
    monitor: float = MONITOR_SECONDS  # s
    ratio: float = 0.0
    start_first: bool = False

    @classmethod
    def of(cls, spec: Spec, rollback: bool) -> "UpdateConfig":
        config = spec.get("RollbackConfig" if rollback else "UpdateConfig")
        if config is None:
            return cls()
        return cls(
            config.get("Parallelism", 0),
            config.get("Delay", 0) / 1e9,
            config.get("FailureAction") or "pause",
            config.get("Monitor", 0) / 1e9 or MONITOR_SECONDS,
            config.get("MaxFailureRatio", 0.0),
            config.get("Order") == "start-first",
        )


def mode(service: Service | None) -> str:
    """Replicated, Global, ReplicatedJob or GlobalJob; empty for a service that was removed."""
    return next(iter(service.spec["Mode"])) if service else ""


def mode_settings(service: Service) -> dict[str, Any]:
    """The settings of the service's mode."""
    return service.spec["Mode"][mode(service)] or {}


def replicas(service: Service) -> int:
    """How many tasks a replicated service should have."""
    number = mode_settings(service).get("Replicas")
    return 1 if number is None else number


def constraints(service: Service) -> list[str]:
    """The constraints of the service, as its spec writes them."""
    return (service.spec["TaskTemplate"].get("Placement") or {}).get("Constraints") or []


def node_matches(node: Node | None, wanted: list[str]) -> bool:
    """Whether there is such a node and it meets the constraints (SwarmKit: constraint.NodeMatches)."""
    return node is not None and (not wanted or satisfies(node_attributes(node), wanted))


@dataclass(frozen=True, slots=True)
class NodeAttributes:
    """The attributes of a node that constraints can name."""

    id: str
    name: str
    role: str
    address: str
    platform: tuple[str, str]
    labels: dict[str, str]
    engine_labels: dict[str, str]


def node_attributes(node: Node) -> NodeAttributes:
    """The attributes of the node; without name and platform until its agent has described it."""
    platform = node.platform if node.described else ("", "")
    return NodeAttributes(
        node.id,
        node.hostname if node.described else "",
        node.role,
        node.address,
        platform,
        node.spec.get("Labels") or {},
        node.engine_labels,
    )


def is_invalid_node(node: Node | None) -> bool:
    """Whether tasks may not stay on the node (SwarmKit, orchestrator/task.go, InvalidNode)."""
    return node is None or node.state == "down" or node.spec["Availability"] == "drain"


def new_task(store: Store, service: Service, number: int, node_id: str = "") -> Task:
    """A new task of the service (SwarmKit, orchestrator/task.go, NewTask), not yet in the store."""
    return Task(
        id=store.new_id(),
        service_id=service.id,
        slot=number,
        node_id=node_id,
        spec=service.spec["TaskTemplate"],
        spec_version=service.spec_version,
        endpoint=service.spec.get("EndpointSpec") or {},
        reported=store.clock.now,
    )


def dirty_check(store: Store, service: Service) -> Callable[[Task], bool]:
    """A function that says whether a task is outdated (SwarmKit, orchestrator/task.go, IsTaskDirty).

    Tasks of one version share their spec, so each spec is compared once.
    """
    template, endpoint = service.spec["TaskTemplate"], service.spec.get("EndpointSpec") or {}
    known: dict[tuple[int, int], tuple[bool, bool]] = {}
    wanted = constraints(service)

    def dirty(task: Task) -> bool:
        if task.spec_version == service.spec_version:
            return False
        key = id(task.spec), id(task.endpoint)
        if key not in known:
            same = task.spec == template
            known[key] = (
                not same or task.endpoint != endpoint,
                not same and task.spec | {"Placement": None} == template | {"Placement": None},
            )
        differs, only_placement = known[key]
        return differs and not (only_placement and node_matches(store.nodes.get(task.node_id), wanted))

    return dirty
