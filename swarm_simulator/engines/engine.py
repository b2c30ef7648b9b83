"""A Docker Engine without a swarm: what the one on the laptop and those in the machines have in common."""

import shlex
from random import Random
from typing import ClassVar

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import stamp
from . import command_behaviour
from .container import Container
from .containers import Containers
from .events import Events
from .execs import Execs
from .images import BUSYBOX as ONLY_BUSYBOX
from .images import Image, Images, familiar
from .networks import Network, Networks
from .request import Json
from .volumes import Volumes

API, OLDEST_API = (1, 51), (1, 24)  # what it speaks
VERSION = "28.5.2-simulated"
SYSTEM = "Simulated Docker Engine (nothing runs in its containers)"
KERNEL = "simulated"
CPUS, MEMORY = 4, 16 << 30
BUSYBOX = "busybox:latest"
PLUGINS = {
    "Volume": ["local"],
    "Network": ["bridge", "host", "ipvlan", "macvlan", "null", "overlay"],
    "Authorization": None,
    "Log": ["awslogs", "fluentd", "gcplogs", "gelf", "journald", "json-file", "local", "splunk", "syslog"],
}


class DockerEngine:
    """One engine: its images, containers, networks, volumes and events."""

    headers: ClassVar = {
        "Api-Version": f"{API[0]}.{API[1]}",
        "Docker-Experimental": "false",
        "Ostype": "linux",
        "Server": f"Docker/{VERSION} (linux)",
    }  # of every answer

    def __init__(self, clock: Clock, random: Random, name: str) -> None:
        self.clock, self.random, self.name = clock, random, name
        self.alive = True  # whether it runs; one that does not answers nobody
        self.id = ":".join("".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=4)) for _ in range(12))
        self.events = Events(self.clock)
        self.images = Images(self.clock, self.events)
        self.networks = Networks(self.clock, self.random, self.events)
        self.volumes = Volumes(self.clock, self.random, self.events)
        self.containers = Containers(self)
        self.execs = Execs(self.random)

    # What a container is to its engine; the kinds of engines differ in this

    def behaviour(self, image: Image, argv: list[str], config: Json) -> command_behaviour.Behaviour:
        does = command_behaviour.of(argv, tty=bool(config.get("Tty")), busybox=bool(image.config.get(ONLY_BUSYBOX)))
        if does.error or not config.get("AttachStdout"):
            return does
        return command_behaviour.watched(does, shlex.join(argv), typing=bool(config.get("AttachStdin")))

    def heeds(self, container: Container) -> tuple[float, int] | None:
        """After how many seconds and with what code it ends when it is asked to; None if it does not hear that."""
        code = container.behaviour.on_term
        return None if code is None else (0.1, code)

    def started(self, container: Container) -> None:
        """A container runs."""

    def ended(self, container: Container) -> None:
        """A container does not run any more."""

    def paused(self, container: Container) -> None:
        """A container stands still."""

    def unpaused(self, container: Container) -> None:
        """It goes on."""

    def removed(self, container: Container) -> None:
        """A container is gone."""

    # What a container needs

    def places(self, asked: Json, host: Json) -> list[tuple[Network, Json]]:
        """The networks a new container is to be on, and what it wishes there. Raises `ApiError` 404."""
        mode = host.get("NetworkMode") or "default"
        asked = (asked.get("NetworkingConfig") or {}).get("EndpointsConfig") or {}
        wishes = {"bridge" if name == "default" else name: wish for name, wish in asked.items()}
        if mode.startswith("container:"):
            return []
        first = "bridge" if mode == "default" else mode
        if mode != "default" or not wishes:
            wishes = {first: wishes.pop(first, None), **wishes}
        return [(self.networks.find(name), wish) for name, wish in wishes.items()]

    def attach_by_hand(self, network: str) -> None:
        """A container may be on the network of that name, if it is a swarm's. Raises `ApiError` 403 if it may not."""

    def connect(self, network: Network, container: Container, wish: Json = None) -> None:
        """The container is on that network. Raises `ApiError`."""
        self.networks.join(network, container.id, container.name, wish)

    def disconnect(self, network: Network, container: Container) -> None:
        """The container is not on that network any more. Raises `ApiError`."""
        self.networks.part(network, container.id)

    def mount(self, container: Container) -> dict[str, str]:
        """Its volumes, made if they are not there: name by target. Raises `ApiError` for a folder that is not there."""
        found: dict[str, str] = {}
        for mount in container.host.get("Mounts") or ():
            source = mount.get("Source") or ""
            if mount.get("Type") == "bind" and source.rstrip("/") not in _FOLDERS:
                raise ApiError(400, 'invalid mount config for type "bind": bind source path does not exist: ' + source)
            if mount.get("Type") == "volume":
                options = mount.get("VolumeOptions") or {}
                volume = self.volumes.create(mount.get("Source") or "", options.get("Labels"))
                found[mount.get("Target") or ""] = volume.name
        for bind in container.host.get("Binds") or ():
            source, _, target = bind.partition(":")
            if source and not source.startswith(("/", ".", "~")):
                found[target.partition(":")[0]] = self.volumes.create(source).name
        for target in container.config.get("Volumes") or ():
            found.setdefault(target, self.volumes.create().name)
        for name in found.values():
            self.volumes.find(name).users.add(container.id)
        return found

    # Images

    def have(self, *names: str) -> None:
        """It has those images, of those that every simulation knows."""
        for name in names:
            config, size = KNOWN[familiar(name)]
            self.images.add(name, config, size)

    def pull(self, name: str) -> Image:
        """Raises `ApiError` 404 for an image that is not there: there is no registry."""
        if self.images.has(name):
            return self.images.find(name)
        raise ApiError(
            404,
            f"pull access denied for {familiar(name).rpartition(':')[0]}: a simulated engine has no "
            "registry, only the images it came with",
        )

    # What it says of itself

    def swarm_state(self) -> Json:
        """Its part in a swarm: the "Swarm" of GET /info."""
        return {
            "NodeID": "",
            "NodeAddr": "",
            "LocalNodeState": "inactive",
            "ControlAvailable": False,
            "Error": "",
            "RemoteManagers": None,
        }

    def info(self) -> Json:
        """What GET /info answers."""
        containers = [*self.containers]
        count = {state: sum(container.state == state for container in containers) for state in ("running", "paused")}
        return {
            "ID": self.id,
            "Containers": len(containers),
            "ContainersRunning": count["running"],
            "ContainersPaused": count["paused"],
            "ContainersStopped": len(containers) - sum(count.values()),
            "Images": len(self.images),
            "Driver": "overlay2",
            "DriverStatus": [["Backing Filesystem", "simulated"]],
            "Plugins": PLUGINS,
            "MemoryLimit": True,
            "SwapLimit": True,
            "CpuCfsPeriod": True,
            "CpuCfsQuota": True,
            "CPUShares": True,
            "CPUSet": True,
            "PidsLimit": True,
            "IPv4Forwarding": True,
            "Debug": False,
            "NFd": 0,
            "OomKillDisable": False,
            "NGoroutines": 0,
            "SystemTime": stamp(self.clock.now),
            "LoggingDriver": "json-file",
            "CgroupDriver": "simulated",
            "CgroupVersion": "2",
            "NEventsListener": 0,
            "KernelVersion": KERNEL,
            "OperatingSystem": SYSTEM,
            "OSVersion": "",
            "OSType": "linux",
            "Architecture": "x86_64",
            "IndexServerAddress": "",
            "RegistryConfig": {"IndexConfigs": {}, "InsecureRegistryCIDRs": [], "Mirrors": []},
            "NCPU": CPUS,
            "MemTotal": MEMORY,
            "GenericResources": None,
            "DockerRootDir": "/var/lib/docker",
            "HttpProxy": "",
            "HttpsProxy": "",
            "NoProxy": "",
            "Name": self.name,
            "Labels": [],
            "ExperimentalBuild": False,
            "ServerVersion": VERSION,
            "Runtimes": {"runc": {"path": "runc"}},
            "DefaultRuntime": "runc",
            "Swarm": self.swarm_state(),
            "LiveRestoreEnabled": False,
            "Isolation": "",
            "InitBinary": "docker-init",
            "ContainerdCommit": {"ID": ""},
            "RuncCommit": {"ID": ""},
            "InitCommit": {"ID": ""},
            "SecurityOptions": [],
            "ProductLicense": "",
            "CDISpecDirs": [],
            "Warnings": None,
        }


def version() -> Json:
    """What GET /version answers."""
    api, oldest = (f"{major}.{minor}" for major, minor in (API, OLDEST_API))
    engine = {
        "ApiVersion": api,
        "Arch": "amd64",
        "BuildTime": "",
        "Experimental": "false",
        "GitCommit": "simulated",
        "GoVersion": "",
        "KernelVersion": KERNEL,
        "MinAPIVersion": oldest,
        "Os": "linux",
    }
    return {
        "Platform": {"Name": "Simulated Docker Engine"},
        "Components": [{"Name": "Engine", "Version": VERSION, "Details": engine}],
        "Version": VERSION,
        "ApiVersion": api,
        "MinAPIVersion": oldest,
        "GitCommit": "simulated",
        "GoVersion": "",
        "Os": "linux",
        "Arch": "amd64",
        "KernelVersion": KERNEL,
        "BuildTime": "",
    }


# What a machine has of a file system: enough for the mounts that are usual.
_FOLDERS = {
    "",
    "/bin",
    "/dev",
    "/etc",
    "/home",
    "/lib",
    "/mnt",
    "/opt",
    "/proc",
    "/root",
    "/run",
    "/run/docker.sock",
    "/srv",
    "/sys",
    "/tmp",
    "/usr",
    "/var",
    "/var/lib/docker",
    "/var/log",
    "/var/run",
    "/var/run/docker.sock",
}
_PATH = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
_SERVE = (
    'mkdir -p /www && hostname > /www/index.html && httpd -p 80 -h /www && trap "exit 0" TERM && '
    "while :; do sleep 1; done"
)
# The images that every simulation has, with what they are configured to run and their size in bytes.
KNOWN: dict[str, tuple[Json, int]] = {
    BUSYBOX: ({"Cmd": ["sh"], "Env": _PATH, ONLY_BUSYBOX: True}, 4_400_000),
    "swarmlab-web:1": ({"Cmd": ["/bin/sh", "-c", _SERVE], "Env": _PATH, ONLY_BUSYBOX: True}, 4_400_000),
    "swarmlab-node:local": ({"Cmd": ["sh"], "Env": _PATH, ONLY_BUSYBOX: True}, 216_000_000),
}
