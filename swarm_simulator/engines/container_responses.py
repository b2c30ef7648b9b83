"""The bodies of responses about containers, and the filters of their list."""

from collections.abc import Callable, Iterable

from ..errors import ApiError
from ..ids_and_times import age, stamp
from ..swarm_api.go_structs import Json
from . import host_config
from .container import Container
from .container_mounts import mounts
from .engine import DockerEngine
from .images import familiar
from .network import Network
from .networks import has_label, matches

_STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
_FILTERS = (
    "ancestor", "before", "expose", "exited", "health", "id", "is-task", "isolation",
    "label", "name", "network", "publish", "since", "status", "volume",
)  # fmt: skip


def status(container: Container, now: float) -> str:
    """The status in `docker ps` (moby, daemon/container/state.go, String)."""
    if container.state == "created":
        return "Created"
    if container.restarting:
        return f"Restarting ({container.exit_code}) {age(now - container.finished)} ago"
    if container.running:
        paused = " (Paused)" if container.state == "paused" else ""
        return f"Up {age(now - container.started)}{paused}"
    return f"Exited ({container.exit_code}) {age(now - container.finished)} ago"


def ports(container: Container) -> list[Json]:
    """The published ports, as in the list."""
    return [
        {
            "IP": binding["HostIp"],
            "PrivatePort": int(port.partition("/")[0]),
            "PublicPort": int(binding["HostPort"]),
            "Type": port.partition("/")[2] or "tcp",
        }
        for port, bindings in container.published.items()
        for binding in bindings
        if container.running
    ]


def _networks(engine: DockerEngine, container: Container) -> dict[str, Network]:
    return {network.name: network for network in engine.networks if container.id in network.endpoints}


def summary(engine: DockerEngine, container: Container) -> Json:
    """An entry of GET /containers/json."""
    attached = {name: network.settings(container.id) for name, network in _networks(engine, container).items()}
    return {
        "Id": container.id,
        "Names": [f"/{container.name}"],
        "Image": container.image,
        "ImageID": container.image_id,
        "Command": " ".join(container.argv),
        "Created": int(container.created),
        "Ports": ports(container),
        "Labels": container.labels,
        "State": container.status,
        "Status": status(container, engine.clock.now),
        "HostConfig": {"NetworkMode": container.host_config.get("NetworkMode") or "bridge"},
        "NetworkSettings": {"Networks": attached},
        "Mounts": mounts(container),
    }


def body(engine: DockerEngine, container: Container) -> Json:
    """The body of GET /containers/{id}/json."""
    attached = {name: network.settings(container.id) for name, network in _networks(engine, container).items()}
    first = next(iter(attached.values()), {"IPAddress": "", "Gateway": "", "MacAddress": "", "IPPrefixLen": 0})
    folder = f"/var/lib/docker/containers/{container.id}"
    config = {
        "Hostname": "",
        "Domainname": "",
        "User": "",
        "AttachStdin": False,
        "AttachStdout": False,
        "AttachStderr": False,
        "Tty": False,
        "OpenStdin": False,
        "StdinOnce": False,
        "Env": [],
        "Cmd": None,
        "Image": container.image,
        "Volumes": None,
        "WorkingDir": "",
        "Entrypoint": None,
        "OnBuild": None,
        **container.config,
        "Labels": container.labels,
    }
    return {
        "Id": container.id,
        "Created": stamp(container.created),
        "Path": container.argv[0],
        "Args": container.argv[1:],
        "State": state(container),
        "Image": container.image_id,
        "ResolvConfPath": f"{folder}/resolv.conf",
        "HostnamePath": f"{folder}/hostname",
        "HostsPath": f"{folder}/hosts",
        "LogPath": f"{folder}/{container.id}-json.log",
        "Name": f"/{container.name}",
        "RestartCount": container.restarts,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": None,
        "HostConfig": host_config.shown(container.host_config),
        "GraphDriver": {"Name": "overlay2", "Data": {}},
        "Mounts": mounts(container),
        "Config": config,
        "NetworkSettings": {
            "Bridge": "",
            "SandboxID": "",
            "SandboxKey": "",
            "Ports": container.published if container.running else {},
            "IPAddress": first["IPAddress"],
            "Gateway": first["Gateway"],
            "MacAddress": first["MacAddress"],
            "IPPrefixLen": first["IPPrefixLen"],
            "Networks": attached,
        },
    }


def state(container: Container) -> Json:
    """The "State" of GET /containers/{id}/json."""
    return {
        "Status": container.status,
        "Running": container.running or container.restarting,
        "Paused": container.state == "paused",
        "Restarting": container.restarting,
        "OOMKilled": False,
        "Dead": False,
        "Pid": container.pid,
        "ExitCode": container.exit_code,
        "Error": container.error,
        "StartedAt": stamp(container.started),
        "FinishedAt": stamp(container.finished),
    }


def list_containers(
    engine: DockerEngine, include_stopped: bool, limit: int | None, filters: dict[str, list[str]]
) -> list[Container]:
    """The containers that pass the filters, the newest first (moby, daemon/list.go). Raises `ApiError` 400."""
    if unknown := next((key for key in filters if key not in _FILTERS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    if wrong := next((value for value in filters.get("status", ()) if value not in _STATES), None):
        raise ApiError(400, f"invalid filter: 'status'='{wrong}'")
    include_stopped = include_stopped or "status" in filters or "exited" in filters or bool(limit and limit > 0)
    tests = _tests(engine, filters)
    found = [
        container
        for container in engine.containers
        if (include_stopped or container.running or container.restarting)
        and all(
            any(test(container, value) for value in filters[key]) for key, test in tests.items() if filters.get(key)
        )
        and all(has_label(container.labels, value) for value in filters.get("label", ()))
    ]
    found.sort(key=lambda container: container.created, reverse=True)
    return found[:limit] if limit and limit > 0 else found


def _tests(engine: DockerEngine, filters: dict[str, list[str]]) -> dict[str, Callable[[Container, str], bool]]:
    moments = {
        key: [engine.containers.find(name).created for name in filters.get(key, ())] for key in ("before", "since")
    }
    return {
        "id": lambda container, value: container.id.startswith(value),
        "name": lambda container, value: matches(value, container.name) or matches(value, f"/{container.name}"),
        "status": lambda container, value: container.status == value,
        "exited": lambda container, value: container.state == "exited" and str(container.exit_code) == value,
        "health": lambda container, value: value == "none",
        "ancestor": lambda container, value: (
            familiar(value) == familiar(container.image)
            or container.image_id.removeprefix("sha256:").startswith(value.removeprefix("sha256:"))
        ),
        "network": lambda container, value: any(
            value == name or network.id.startswith(value) for name, network in _networks(engine, container).items()
        ),
        "volume": lambda container, value: value in container.volumes.values() or value in container.volumes,
        "publish": lambda container, value: _has_port(value, container.host_config.get("PortBindings") or {}),
        "expose": lambda container, value: _has_port(value, container.config.get("ExposedPorts") or {}),
        "is-task": lambda container, value: (
            (value.lower() in ("1", "true")) == ("com.docker.swarm.task.id" in container.labels)
        ),
        "before": lambda container, value: container.created < min(moments["before"]),
        "since": lambda container, value: container.created > max(moments["since"]),
    }


def _has_port(value: str, ports: Iterable[str]) -> bool:
    return any(port in (value, f"{value}/tcp") for port in ports)
