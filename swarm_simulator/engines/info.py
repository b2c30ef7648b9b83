"""What an engine says of itself (moby, daemon/info.go)."""

from typing import Protocol

from ..clock import Clock
from ..ids_and_times import stamp
from ..swarm_api.go_structs import Json
from .containers import Containers
from .hardware import CPUS, MEMORY_BYTES, PLUGINS
from .images import Images

API, OLDEST_API = (1, 51), (1, 24)  # versions that it speaks
VERSION = "28.5.2-simulated"
SYSTEM = "Simulated Docker Engine (nothing runs in its containers)"
KERNEL = "simulated"


class DescribedEngine(Protocol):
    """What of an engine is in its description."""

    id: str
    name: str
    clock: Clock
    containers: Containers
    images: Images

    def swarm_info(self) -> Json:
        """The "Swarm" of GET /info: its part in a swarm."""


def system_info(engine: DescribedEngine) -> Json:
    """The body of GET /info."""
    containers = [*engine.containers]
    count = {state: sum(container.state == state for container in containers) for state in ("running", "paused")}
    return {
        "ID": engine.id,
        "Containers": len(containers),
        "ContainersRunning": count["running"],
        "ContainersPaused": count["paused"],
        "ContainersStopped": len(containers) - sum(count.values()),
        "Images": len(engine.images),
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
        "SystemTime": stamp(engine.clock.now),
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
        "MemTotal": MEMORY_BYTES,
        "GenericResources": None,
        "DockerRootDir": "/var/lib/docker",
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Name": engine.name,
        "Labels": [],
        "ExperimentalBuild": False,
        "ServerVersion": VERSION,
        "Runtimes": {"runc": {"path": "runc"}},
        "DefaultRuntime": "runc",
        "Swarm": engine.swarm_info(),
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


def system_version() -> Json:
    """The body of GET /version."""
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
