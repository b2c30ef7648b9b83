"""Nodes, services and tasks, as a manager reported them at one moment.

A record never changes and never asks the engine again. To see the present state, observe again. The fields
follow the Docker Engine API ("Node", "Service" and "Task" objects).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

Json = dict[str, Any]  # a body of the Docker Engine API, or a part of one

# The states of a task, in their order; a task never goes back (SwarmKit, design/task_model.md).
TASK_STATES = (
    "new", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running",
    "complete", "shutdown", "failed", "rejected", "remove", "orphaned",
)  # fmt: skip
_STATE_ORDER = {state: number for number, state in enumerate(TASK_STATES)}


def _time(text: str) -> datetime:
    """Read a timestamp of the engine (RFC 3339)."""
    return datetime.fromisoformat(text)


@dataclass(frozen=True)
class Node:
    """One node, as the swarm sees it."""

    id: str
    name: str
    role: str  # manager, worker
    availability: str  # active, pause, drain: desired
    state: str  # ready, down, unknown, disconnected: observed
    leader: bool
    reachability: str | None  # of a manager: reachable, unreachable, unknown
    address: str
    engine: str  # version
    platform: tuple[str, str]  # operating system, architecture, as the engine writes them
    cpus: float
    memory: int  # bytes
    joined_at: datetime
    plugins: frozenset[tuple[str, str]] | None  # type (Volume, Network, Log), name; None: not reported
    generic: Json = field(hash=False)  # by kind the number, such as GPU: 2
    labels: dict[str, str] = field(hash=False)
    engine_labels: dict[str, str] = field(hash=False)

    @classmethod
    def from_api(cls, body: Json) -> Self:
        """Read one entry of GET /nodes."""
        spec, status = body["Spec"], body.get("Status", {})
        description = body.get("Description", {})
        resources, engine = description.get("Resources", {}), description.get("Engine", {})
        platform, manager = description.get("Platform", {}), body.get("ManagerStatus") or {}
        return cls(
            id=body["ID"],
            name=description.get("Hostname") or body["ID"][:12],  # a node reports its name a moment after it has joined
            role=spec["Role"],
            availability=spec["Availability"],
            state=status.get("State", "unknown"),
            leader=manager.get("Leader", False),
            reachability=manager.get("Reachability"),
            address=status.get("Addr", ""),
            engine=engine.get("EngineVersion", ""),
            platform=(platform.get("OS", ""), platform.get("Architecture", "")),
            cpus=resources.get("NanoCPUs", 0) / 1e9,
            memory=resources.get("MemoryBytes", 0),
            joined_at=_time(body.get("CreatedAt") or "1970-01-01T00:00:00Z"),
            plugins=frozenset((each["Type"], each["Name"]) for each in engine.get("Plugins") or ()) if engine else None,
            generic=_generic(resources.get("GenericResources") or ()),
            labels=spec.get("Labels") or {},
            engine_labels=engine.get("Labels") or {},
        )

    @property
    def takes_tasks(self) -> bool:
        """Whether the scheduler may put new tasks here (SwarmKit's ReadyFilter)."""
        return self.state == "ready" and self.availability == "active"

    @property
    def keeps_tasks(self) -> bool:
        """Whether the tasks of the node may stay on it (SwarmKit's orchestrator, InvalidNode)."""
        return self.state != "down" and self.availability != "drain"


@dataclass(frozen=True)
class Service:
    """A service: which image and command should run, and how many times."""

    id: str
    name: str
    image: str  # without the digest
    command: tuple[str, ...]
    mode: str  # replicated, global, replicated-job, global-job
    replicas: int | None  # desired; of a job: desired completions; None for global modes
    constraints: tuple[str, ...]
    update_state: str | None  # updating, paused, completed, rollback_started, ...
    update_message: str
    iteration: int  # of a job: how many times it was started again
    version: int  # of the spec; the engine refuses an update of an older one
    created_at: datetime
    changed: bool  # whether it was ever updated
    updated_at: datetime  # the last change, by a request or by the swarm itself
    spec: Json = field(hash=False, repr=False)  # as the engine stores it
    previous_spec: Json = field(
        default_factory=dict, hash=False, repr=False
    )  # to which a rollback goes; empty if it was never updated

    @classmethod
    def from_api(cls, body: Json) -> Self:
        """Read one entry of GET /services."""
        spec = body["Spec"]
        template = spec["TaskTemplate"]
        container = template.get("ContainerSpec", {})
        update = body.get("UpdateStatus") or {}
        mode, settings = _mode(spec["Mode"])
        return cls(
            id=body["ID"],
            name=spec["Name"],
            image=container.get("Image", "").partition("@")[0],
            command=(*container.get("Command", ()), *container.get("Args", ())),
            mode=mode,
            replicas=settings.get("TotalCompletions", settings.get("Replicas")),
            constraints=tuple(template.get("Placement", {}).get("Constraints") or ()),
            update_state=update.get("State"),
            update_message=update.get("Message", ""),
            iteration=body.get("JobStatus", {}).get("JobIteration", {}).get("Index", 0),
            version=body["Version"]["Index"],
            created_at=_time(body["CreatedAt"]),
            changed="PreviousSpec" in body,
            updated_at=_time(body.get("UpdatedAt") or body["CreatedAt"]),
            spec=spec,
            previous_spec=body.get("PreviousSpec") or {},
        )

    @property
    def is_job(self) -> bool:
        """Whether its tasks are meant to end."""
        return self.mode.endswith("-job")


def _generic(resources: Sequence[Json]) -> Json:
    """The number of generic resources by kind; the engine counts them or names each."""
    counts: dict[str, int] = {}
    for each in resources:
        counted = each.get("DiscreteResourceSpec")
        kind = (counted or each["NamedResourceSpec"])["Kind"]
        counts[kind] = counts.get(kind, 0) + (counted["Value"] if counted else 1)
    return counts


def _mode(mode: Json) -> tuple[str, Json]:
    """The name of a service's mode, as in the docker command line, and the settings of that mode."""
    names = {
        "Replicated": "replicated",
        "Global": "global",
        "ReplicatedJob": "replicated-job",
        "GlobalJob": "global-job",
    }
    [(key, settings)] = mode.items()
    return names[key], settings or {}


@dataclass(frozen=True)
class Task:
    """One attempt to run one replica on one node. It never moves and never restarts."""

    id: str
    service: str
    slot: int  # the replica's number, from 1; 0 in a global service, whose "slot" is the node
    node: str | None  # None until the scheduler has chosen one
    state: str  # observed
    desired_state: str
    message: str
    error: str
    exit_code: int | None
    container_id: str | None
    image: str
    iteration: int  # of a job: the number of the start that made this task
    created_at: datetime
    since: datetime  # when the observed state was reported
    spec: Json = field(hash=False, repr=False)
    node_id: str = ""  # empty until the scheduler has chosen one

    @classmethod
    def from_api(cls, body: Json, services: Mapping[str, str], nodes: Mapping[str, str]) -> Self:
        """Read one task. `services` and `nodes` are the names by id."""
        status, spec = body["Status"], body["Spec"]
        container = status.get("ContainerStatus") or {}
        node = body.get("NodeID")
        return cls(
            id=body["ID"],
            service=services.get(body["ServiceID"], body["ServiceID"]),
            slot=body.get("Slot", 0),
            node=nodes.get(node, node) if node else None,
            state=status["State"],
            desired_state=body["DesiredState"],
            message=status.get("Message", ""),
            error=status.get("Err", ""),
            exit_code=container.get("ExitCode"),
            container_id=container.get("ContainerID") or None,
            image=spec.get("ContainerSpec", {}).get("Image", "").partition("@")[0],
            iteration=(body.get("JobIteration") or {}).get("Index", 0),
            created_at=_time(body["CreatedAt"]),
            since=_time(status["Timestamp"]),
            spec=spec,
            node_id=node or "",
        )

    @property
    def name(self) -> str:
        """service.slot, as in `docker service ps`; service.node in a global service, and for slot 0 of a job."""
        return f"{self.service}.{self.slot or self.node or 0}"

    @property
    def wanted(self) -> bool:
        """Whether the swarm still wants this task, rather than a successor or nothing in its place."""
        return _STATE_ORDER[self.desired_state] <= _STATE_ORDER["complete"]

    @property
    def ended(self) -> bool:
        """Whether the task will not run, or not run again."""
        return _STATE_ORDER[self.state] > _STATE_ORDER["running"]


@dataclass(frozen=True)
class Container:
    """A container that a person runs on a node: no service owns it, and no manager knows it."""

    id: str
    name: str
    image: str
    node: str  # name of its machine
    state: str  # created, running, paused, exited, and the like, as docker writes them
    since: datetime | None  # when it came into that state; None: before it was looked at

    @property
    def runs(self) -> bool:
        """Whether it is not over: it runs, or is about to, or is paused."""
        return self.state in ("created", "running", "restarting", "paused")


@dataclass(frozen=True)
class MachineState:
    """The state of a node's machine, as the outer engine sees it; the swarm may see the node in another."""

    id: str  # of the machine's container
    node: str
    state: str  # running, paused, exited, disconnected: the words of `Machine`
    since: datetime | None  # as of a container


@dataclass(frozen=True)
class Observation:
    """All nodes, services and tasks that a manager reported at one moment, and what is around the swarm."""

    at: float  # seconds since the epoch
    nodes: tuple[Node, ...]  # sorted by name
    services: tuple[Service, ...]  # sorted by name
    tasks: tuple[Task, ...]  # sorted by service and slot, the newest of a slot first
    containers: tuple[Container, ...] = ()  # run by hand, sorted by node and name; empty where nothing looks at them
    machines: tuple[MachineState, ...] = ()  # sorted by name; empty where nothing looks at them

    @classmethod
    def from_api(cls, at: float, nodes: Sequence[Json], services: Sequence[Json], tasks: Sequence[Json]) -> Self:
        """Read the answers to GET /nodes, /services and /tasks; `at` is the time of the requests."""
        seen_nodes = sorted(map(Node.from_api, nodes), key=lambda node: (natural_key(node.name), node.id))
        seen_services = sorted(map(Service.from_api, services), key=lambda service: service.name)
        node_names = {node.id: node.name for node in seen_nodes}
        service_names = {service.id: service.name for service in seen_services}
        seen_tasks = [Task.from_api(body, service_names, node_names) for body in tasks]
        seen_tasks.sort(key=lambda task: task.created_at, reverse=True)
        seen_tasks.sort(key=lambda task: (task.service, task.slot, task.node or "" if not task.slot else ""))
        return cls(at, tuple(seen_nodes), tuple(seen_services), tuple(seen_tasks))

    def service(self, name: str) -> Service | None:
        """The service of that name, if there is one."""
        return next((service for service in self.services if service.name == name), None)

    def node(self, name: str) -> Node | None:
        """The node of that name. If several have it (a machine rejoined), the one that is ready."""
        named = [node for node in self.nodes if node.name == name]
        return min(named, key=lambda node: node.state != "ready", default=None)

    def machine(self, node: str) -> MachineState | None:
        """The machine of the node of that name, where it is known."""
        return next((machine for machine in self.machines if machine.node == node), None)

    def tasks_of(self, service: str) -> tuple[Task, ...]:
        """The tasks of that service, with those that have ended."""
        return tuple(task for task in self.tasks if task.service == service)


def natural_key(name: str) -> tuple[str, int]:
    """A sort key that puts node2 before node10."""
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0)
