"""A node as the scheduler sees it, and what a service asks of a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from ..records import Json


@dataclass(frozen=True)
class Host:
    """One node as the scheduler sees it, for the tasks of one service and version of its spec."""

    id: str
    name: str  # its host name
    takes_tasks: bool = True  # ready and active
    role: str = "worker"  # manager, worker: its present role, not the desired one
    address: str = ""
    platform: tuple[str, str] = ("", "")  # operating system, architecture; both empty: the node has not said
    labels: Json = field(default_factory=dict, hash=False)
    engine_labels: Json = field(default_factory=dict, hash=False)
    plugins: frozenset[tuple[str, str]] | None = None  # type ("Volume", "Network", "Log"), name; None: has not said
    cpus: int = 0  # billionths of a CPU that are not reserved
    memory: int = 0  # bytes that are not reserved
    generic: Mapping[str, int] = field(default_factory=dict, hash=False)  # kind: how many are not reserved
    ports: frozenset[tuple[str, int]] = frozenset()  # protocol, number: held in host mode, by any task
    volumes: frozenset[str] = frozenset()  # cluster (CSI) volumes a task here could use
    tasks: int = 0  # active ones of this service
    total: int = 0  # active ones of all services
    failures: int = 0  # of this service and version, in the last `FAILURE_WINDOW` seconds


@dataclass(frozen=True)
class Request:
    """What the tasks of one service ask of a node."""

    constraints: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()  # labels to spread over, the most important first, such as node.labels.rack
    cpus: int = 0  # billionths of a CPU reserved for each task
    memory: int = 0  # bytes
    generic: Mapping[str, int] = field(default_factory=dict, hash=False)
    platforms: tuple[tuple[str, str], ...] = ()  # operating system, architecture; any one will do, "" is any
    ports: tuple[tuple[str, int], ...] = ()  # protocol, number: published in host mode
    max_replicas: int = 0  # active tasks of the service on one node; 0: no limit
    plugins: tuple[tuple[str, str], ...] = ()  # type, name: all are needed
    volumes: tuple[str, ...] = ()  # cluster (CSI) volumes; SwarmKit is content with any one of them

    @classmethod
    def from_spec(cls, template: Json, endpoint: Json | None = None) -> Self:
        """The request of a service with this TaskTemplate and this EndpointSpec (Docker Engine API).

        A spec does not say which driver a network has, so network plugins are left out.
        """
        placement = template.get("Placement") or {}
        reserved = (template.get("Resources") or {}).get("Reservations") or {}
        discrete = [
            each["DiscreteResourceSpec"]
            for each in reserved.get("GenericResources") or ()
            if "DiscreteResourceSpec" in each
        ]
        spread = [each["Spread"]["SpreadDescriptor"] for each in placement.get("Preferences") or () if "Spread" in each]
        mounts = (template.get("ContainerSpec") or {}).get("Mounts") or ()
        log = (template.get("LogDriver") or {}).get("Name", "")
        return cls(
            constraints=tuple(placement.get("Constraints") or ()),
            preferences=tuple(spread),
            cpus=reserved.get("NanoCPUs", 0),
            memory=reserved.get("MemoryBytes", 0),
            generic={each["Kind"]: each["Value"] for each in discrete},
            platforms=tuple(
                (each.get("OS", ""), each.get("Architecture", "")) for each in placement.get("Platforms") or ()
            ),
            ports=tuple(
                (port.get("Protocol", "tcp"), port["PublishedPort"])
                for port in (endpoint or {}).get("Ports") or ()
                if port.get("PublishMode") == "host" and port.get("PublishedPort")
            ),
            max_replicas=placement.get("MaxReplicas", 0),
            plugins=(*_volume_plugins(mounts), *([("Log", log)] if log not in ("", "none") else [])),
            volumes=tuple(mount.get("Source", "") for mount in mounts if mount.get("Type") == "cluster"),
        )


def _volume_plugins(mounts: Sequence[Json]) -> list[tuple[str, str]]:
    drivers = [
        ((mount.get("VolumeOptions") or {}).get("DriverConfig") or {}).get("Name", "")
        for mount in mounts
        if mount.get("Type") == "volume"
    ]
    return [("Volume", name) for name in drivers if name not in ("", "local")]
