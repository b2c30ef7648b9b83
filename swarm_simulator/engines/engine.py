"""A Docker Engine without a swarm: what the host's engine and the nodes' engines have in common."""

import shlex
from random import Random
from typing import ClassVar

from ..clock import Clock
from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .command_behaviour import Behaviour, behaviour_of, is_script, with_notice, with_variables
from .command_context import CommandContext
from .container import Container
from .container_mounts import bind_targets
from .containers import Containers
from .events import Events
from .execs import Execs
from .images import BUSYBOX as ONLY_BUSYBOX
from .images import Image, Images, familiar
from .info import API, VERSION
from .network import Network
from .networks import Networks
from .volumes import Volumes

BUSYBOX = "busybox:latest"
STOP_SIGNAL_SECONDS = 0.1  # that a program takes to end on its stop signal


class DockerEngine:
    """One engine: its images, containers, networks, volumes and events."""

    headers: ClassVar[dict[str, str]] = {
        "Api-Version": f"{API[0]}.{API[1]}",
        "Docker-Experimental": "false",
        "Ostype": "linux",
        "Server": f"Docker/{VERSION} (linux)",
    }  # of every response

    def __init__(self, clock: Clock, random: Random, name: str) -> None:
        self.clock, self.random, self.name = clock, random, name
        self.alive = True  # whether it runs; otherwise it answers no request
        self.id = ":".join("".join(self.random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=4)) for _ in range(12))
        self.events = Events(self.clock)
        self.images = Images(self.clock, self.events)
        self.networks = Networks(self.clock, self.random, self.events)
        self.volumes = Volumes(self.clock, self.random, self.events)
        self.containers = Containers(self)
        self.execs = Execs(self.random)

    # The behaviour of containers; the kinds of engines differ in this

    def behaviour(self, image: Image, argv: list[str], config: Json, context: CommandContext) -> Behaviour:
        """What the command of a new container does."""
        only_busybox = bool(image.config.get(ONLY_BUSYBOX))
        behaviour = behaviour_of(argv, context, busybox=only_busybox)
        if is_script(argv):
            behaviour = with_variables(behaviour, context.variables)
        if behaviour.error or not config.get("AttachStdout"):
            return behaviour
        return with_notice(behaviour, shlex.join(argv), interactive=bool(config.get("AttachStdin")))

    def resolves(self, host: str) -> bool:
        """Whether a container finds a host of that name. Names with a dot are not looked up."""
        return "." in host or ":" in host or host == "localhost" or host in {each.name for each in self.containers}

    def stop_outcome(self, container: Container) -> tuple[float, int] | None:
        """The seconds it takes to end on its stop signal, and its exit code then; None if it ignores the signal."""
        code = container.behaviour.term_exit_code
        return None if code is None else (STOP_SIGNAL_SECONDS, code)

    def on_start(self, container: Container) -> None:
        """Follow the start of a container."""

    def on_end(self, container: Container) -> None:
        """Follow the end of a container."""

    def on_pause(self, container: Container) -> None:
        """Follow the pause of a container."""

    def on_unpause(self, container: Container) -> None:
        """Follow the end of a pause."""

    def on_remove(self, container: Container) -> None:
        """Follow the removal of a container."""

    # The networks and volumes of containers

    def join_networks(self, container: Container) -> None:
        """Let the container join the networks of its settings, unless it has. Raises `ApiError`."""
        if container.networked:
            return
        mode = container.host_config.get("NetworkMode") or "default"
        settings = {"bridge" if name == "default" else name: each for name, each in container.endpoints.items()}
        if mode.startswith("container:"):
            self.containers.find(mode.removeprefix("container:"))
            settings = {}
        elif mode != "default" or not settings:
            first = "bridge" if mode == "default" else mode
            settings = {first: settings.pop(first, {}), **settings}
        mac_address = container.config.get("MacAddress") or ""
        found = [(self.networks.find(name), endpoint) for name, endpoint in settings.items()]
        for network, endpoint in found:
            if container.id not in network.endpoints:
                self.networks.join(network, container.id, container.name, endpoint, mac_address)
                mac_address = ""  # it is that of the first network only
        container.networked = True

    def attach_by_hand(self, network: str) -> None:
        """Let a container join a swarm's network of that name. Raises `ApiError` 403 if it may not."""

    def connect(self, network: Network, container: Container, settings: Json | None = None) -> None:
        """Connect the container to the network. Raises `ApiError`."""
        self.networks.join(network, container.id, container.name, settings)

    def disconnect(self, network: Network, container: Container) -> None:
        """Disconnect the container from the network. Raises `ApiError`."""
        self.networks.leave(network, container.id)

    def create_volumes(self, container: Container) -> dict[str, str]:
        """Create the volumes of a new container that are missing: names by target. Raises `ApiError` 400."""
        found: dict[str, str] = {}
        for mount in container.host_config.get("Mounts") or ():
            source = mount.get("Source") or ""
            if mount.get("Type") == "bind" and source.rstrip("/") not in _FOLDERS:
                raise ApiError(400, 'invalid mount config for type "bind": bind source path does not exist: ' + source)
            if mount.get("Type") == "volume":
                options = mount.get("VolumeOptions") or {}
                volume = self.volumes.create(mount.get("Source") or "", options.get("Labels"))
                found[mount.get("Target") or ""] = volume.name
                if not mount.get("Source"):
                    container.anonymous_volumes.add(volume.name)
        for bind in container.host_config.get("Binds") or ():
            source, _, target = bind.partition(":")
            if source and not source.startswith(("/", ".", "~")):
                found[target.partition(":")[0]] = self.volumes.create(source).name
        for target in container.config.get("Volumes") or ():
            if target not in found and target not in bind_targets(container.host_config):
                found[target] = self.volumes.create().name
                container.anonymous_volumes.add(found[target])
        for name in found.values():
            self.volumes.find(name).users.add(container.id)
        return found

    # Images

    def add_known_images(self, *names: str) -> None:
        """Add images of those that each simulation knows."""
        for name in names:
            config, size = KNOWN_IMAGES[familiar(name)]
            self.images.add(name, config, size)

    def pull(self, name: str) -> Image:
        """The image of that name. Raises `ApiError` 404 if it is not there already: there is no registry."""
        if self.images.has(name):
            return self.images.find(name)
        raise ApiError(
            404,
            f"pull access denied for {familiar(name).rpartition(':')[0]}, repository does not exist: "
            "a simulated engine has no registry, only the images it came with",
        )

    def swarm_info(self) -> Json:
        """The "Swarm" of GET /info: its part in a swarm."""
        return {
            "NodeID": "",
            "NodeAddr": "",
            "LocalNodeState": "inactive",
            "ControlAvailable": False,
            "Error": "",
            "RemoteManagers": None,
        }


# The folders of an engine's file system: enough for the usual mounts.
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
_SERVE_HTTP = (
    'mkdir -p /www && hostname > /www/index.html && httpd -p 80 -h /www && trap "exit 0" TERM && '
    "while :; do sleep 1; done"
)
# The images that each simulation has: their settings and their size in bytes.
KNOWN_IMAGES: dict[str, tuple[Json, int]] = {
    BUSYBOX: ({"Cmd": ["sh"], "Env": _PATH, ONLY_BUSYBOX: True}, 4_400_000),
    "swarmlab-web:1": ({"Cmd": ["/bin/sh", "-c", _SERVE_HTTP], "Env": _PATH, ONLY_BUSYBOX: True}, 4_400_000),
    "swarmlab-node:local": ({"Cmd": ["sh"], "Env": _PATH, ONLY_BUSYBOX: True}, 216_000_000),
}
