"""One container, and how its settings are read."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ..clock import Timer
from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .command_behaviour import Behaviour

_SIGNAL_NAMES = """
HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ
VTALRM PROF WINCH IO PWR SYS
"""
SIGNALS = {name: number for number, name in enumerate(_SIGNAL_NAMES.split(), 1)}


@dataclass(slots=True, eq=False)
class Container:
    """A container's settings and its state."""

    id: str
    name: str
    image: str  # the name that the request gave
    image_id: str
    created: float  # this and other times in simulated seconds since the epoch
    config: Json  # as the Engine API writes it
    host_config: Json
    argv: list[str]
    behaviour: Behaviour
    labels: dict[str, str]
    endpoints: dict[str, Json] = field(default_factory=dict)  # its settings on networks, as the request gave them
    networked: bool = False  # whether it has joined its networks
    volumes: dict[str, str] = field(default_factory=dict)  # name by target
    anonymous_volumes: set[str] = field(default_factory=set)  # names of those that no setting of it names
    state: str = "created"  # created, running, paused, exited, dead
    started: float = 0.0
    finished: float = 0.0
    exit_code: int = 0
    error: str = ""
    pid: int = 0
    published: dict[str, list[dict[str, str]]] = field(default_factory=dict)  # host ports of its last start, by port
    restarts: int = 0
    restarting: bool = False  # whether its restart policy will start it again in a moment
    stop_requested: bool = False
    removed: bool = False
    log: list[tuple[float, int, bytes]] = field(default_factory=list)  # time, stream, line
    listeners: list[Callable[[int, bytes], None]] = field(default_factory=list)  # of its output; stream 0: it has ended
    waiters: list[tuple[str, Callable[[int], None]]] = field(default_factory=list)  # condition, what to call then
    end_timer: Timer | None = None
    # While it is paused: the seconds that were left until its end, and what ends it.
    frozen_end: tuple[float, Callable[[], None] | None] | None = None

    @property
    def running(self) -> bool:
        """Whether it has a process, paused or not."""
        return self.state in ("running", "paused")

    @property
    def status(self) -> str:
        """Its state as the Engine API shows it."""
        return "restarting" if self.restarting else self.state

    @property
    def tty(self) -> bool:
        """Whether its process has a terminal."""
        return bool(self.config.get("Tty"))


def signal_name(signal: object) -> str:
    """The plain name of a signal that is given as TERM, SIGTERM or 15. Raises `ApiError` 400."""
    plain = str(signal).upper().removeprefix("SIG")
    if plain.isdigit():
        plain = next((name for name, number in SIGNALS.items() if number == int(plain)), "")
    if plain not in SIGNALS:
        raise ApiError(400, f"invalid signal: {signal}")
    return plain


def words(command: str | Iterable[object] | None) -> list[str]:
    """The words of a command, which may be one word."""
    return [command] if isinstance(command, str) else [str(word) for word in command or ()]


def merge_config(body: Json, image: Mapping[str, Json]) -> Json:
    """The settings of a new container: the request's over the image's (moby, daemon/commit.go, merge)."""
    config = {key: value for key, value in body.items() if key not in ("HostConfig", "NetworkingConfig")}
    if not config.get("Entrypoint") and config.get("Entrypoint") != [""]:
        config["Entrypoint"] = image.get("Entrypoint")
        config["Cmd"] = config.get("Cmd") or image.get("Cmd")
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    variables = {line.partition("=")[0] for line in config.get("Env") or ()}
    config["Env"] = [
        *(config.get("Env") or ()),
        *(line for line in image.get("Env") or () if line.partition("=")[0] not in variables),
    ]
    config["Labels"] = {**(image.get("Labels") or {}), **(config.get("Labels") or {})}
    for key in ("User", "WorkingDir", "StopSignal"):
        config[key] = config.get(key) or image.get(key) or ""
    return config


def published_ports(host_config: Json, exposed: Iterable[str], free: Iterator[int]) -> dict[str, list[dict[str, str]]]:
    """The host ports of a container that starts; `free` gives those that it does not name."""
    bindings = dict(host_config.get("PortBindings") or {})
    if host_config.get("PublishAllPorts"):
        bindings = {port: [{}] for port in exposed} | bindings
    return {
        port if "/" in port else f"{port}/tcp": [
            {"HostIp": each.get("HostIp") or "0.0.0.0", "HostPort": str(each.get("HostPort") or next(free))}
            for each in host_ports or ()
        ]
        for port, host_ports in bindings.items()
    }


def check_ports(bindings: Json) -> None:
    """Check the ports (docker/go-connections, nat). Raises `ApiError` 400 for an impossible one."""
    for port, host_ports in bindings.items():
        number, _, protocol = port.partition("/")
        for text in (number, *(host_port.get("HostPort") or "0" for host_port in host_ports)):
            if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
                raise ApiError(400, f'invalid port specification: "{text}"')
        if protocol not in ("", "tcp", "udp", "sctp"):
            raise ApiError(400, f"invalid proto: {protocol}")
