"""The objects in the store of a swarm's managers: nodes, services, tasks, and the rest.

Specs are as the Engine API writes them; everything else is a plain attribute. There is no behaviour here.
"""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

Spec = dict[str, Any]


class State(IntEnum):
    """The states of a task, with SwarmKit's own numbers (api/types.proto, TaskState). They only go up."""

    NEW = 0
    PENDING = 64
    ASSIGNED = 192
    ACCEPTED = 256
    PREPARING = 320
    READY = 384
    STARTING = 448
    RUNNING = 512
    COMPLETE = 576
    SHUTDOWN = 640
    FAILED = 704
    REJECTED = 768
    REMOVE = 800
    ORPHANED = 832

    @property
    def word(self) -> str:
        """The state as the Engine API writes it."""
        return self.name.lower()


@dataclass(slots=True, kw_only=True, eq=False)
class StoreObject:
    """The fields that every object in the store has."""

    id: str
    version: int = 0  # the store's index when it was last written
    created: float = 0.0  # simulated seconds since the epoch
    updated: float = 0.0


@dataclass(slots=True, kw_only=True, eq=False)
class Node(StoreObject):
    """A member of the swarm, as its managers know it."""

    spec: Spec  # Labels, Role, Availability
    hostname: str = ""
    address: str = ""  # that it advertises
    port: str = "2377"  # that it advertises as a manager
    role: str = "worker"  # the present one; the spec has the desired one
    state: str = "unknown"  # unknown, ready, down, disconnected
    message: str = ""
    cpus: int = 0  # billionths of a core
    memory: int = 0  # bytes
    generic: dict[str, int] = field(default_factory=dict)
    platform: tuple[str, str] = ("linux", "x86_64")
    engine_version: str = ""
    engine_labels: dict[str, str] = field(default_factory=dict)
    plugins: list[tuple[str, str]] = field(default_factory=list)  # (type, name)
    described: bool = False  # whether its agent has registered; until then the description is empty


@dataclass(slots=True, kw_only=True, eq=False)
class Service(StoreObject):
    """A service, as it should be."""

    spec: Spec
    previous_spec: Spec | None = None
    spec_version: int = 0  # the store's index when the spec was last written
    previous_spec_version: int | None = None
    endpoint: Spec = field(default_factory=dict)  # Spec, Ports, VirtualIPs
    update_status: Spec | None = None
    iteration: int = 0  # of a job
    last_execution: float = 0.0  # of a job

    @property
    def name(self) -> str:
        name: str = self.spec["Name"]
        return name


@dataclass(slots=True, kw_only=True, eq=False)
class Task(StoreObject):
    """One attempt to run a slot of a service on one node."""

    service_id: str
    slot: int = 0
    node_id: str = ""
    spec: Spec  # the service's TaskTemplate when the task was made
    spec_version: int = 0
    endpoint: Spec = field(default_factory=dict)  # the service's EndpointSpec when the task was made
    networks: list[Spec] = field(default_factory=list)  # NetworksAttachments, but with NetworkID for the Network
    state: State = State.NEW
    desired: State = State.RUNNING
    message: str = "created"
    error: str = ""
    reported: float = 0.0  # when the observed state was set
    container_id: str = ""
    pid: int = 0
    exit_code: int = 0
    iteration: int | None = None  # of a job
    generic: list[Spec] = field(default_factory=list)  # AssignedGenericResources

    @property
    def live(self) -> bool:
        """Whether the managers still want it to run."""
        return self.desired <= State.COMPLETE

    @property
    def ended(self) -> bool:
        return self.state > State.RUNNING


@dataclass(slots=True, kw_only=True, eq=False)
class Resource(StoreObject):
    """A network, a secret or a config: what services refer to."""

    kind: str  # network, secret, config
    spec: Spec
    extra: Spec = field(default_factory=dict)  # of a network: IPAM config, driver state

    @property
    def name(self) -> str:
        name: str = self.spec["Name"]
        return name


@dataclass(frozen=True, slots=True)
class AddressPools:
    """Where the networks of a swarm get their addresses, and how its nodes exchange data."""

    pools: tuple[str, ...] = ("10.0.0.0/8",)
    subnet_size: int = 24  # the length of each network's prefix
    data_path_port: int = 4789  # UDP


@dataclass(slots=True, kw_only=True, eq=False)
class Swarm(StoreObject):
    """The settings and the tokens of the swarm, which `docker swarm update` changes (SwarmKit: Cluster)."""

    spec: Spec
    worker_token: str
    manager_token: str
    addresses: AddressPools = field(default_factory=AddressPools)
    unlock_key: str = ""
