"""One container: all that is known of it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ..clock import Timer
from ..errors import ApiError
from .command_behaviour import Behaviour
from .request import Json

_NAMES = """
HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ
VTALRM PROF WINCH IO PWR SYS
"""
SIGNALS = {name: number for number, name in enumerate(_NAMES.split(), 1)}


@dataclass(slots=True, eq=False)
class Container:
    id: str
    name: str
    image: str  # as it was asked for
    image_id: str
    created: float
    config: Json  # as the Engine API writes it
    host: Json
    argv: list[str]
    behaviour: Behaviour
    labels: dict[str, str]
    volumes: dict[str, str] = field(default_factory=dict)  # name by target
    state: str = "created"  # created, running, paused, exited, dead
    started: float = 0.0
    finished: float = 0.0
    exit_code: int = 0
    error: str = ""
    pid: int = 0
    restarts: int = 0
    asked_to_stop: bool = False
    log: list[tuple[float, int, bytes]] = field(default_factory=list)  # when, stream, line
    listeners: list[Callable[[int, bytes], None]] = field(default_factory=list)  # stream 0: it has ended
    waiters: list[tuple[str, Callable[[int], None]]] = field(default_factory=list)
    ending: Timer | None = None
    held: Callable[[], None] | None = None  # what was to end it, while it is paused,
    left: float = 0.0  # and in how many seconds

    @property
    def running(self) -> bool:
        """Whether it has a process, if one that may stand still."""
        return self.state in ("running", "paused")

    @property
    def tty(self) -> bool:
        return bool(self.config.get("Tty"))


def signal_of(name: str) -> str:
    """The signal's name, whichever way it is written. Raises `ApiError` 400."""
    plain = str(name).upper().removeprefix("SIG")
    if plain.isdigit():
        plain = next((known for known, number in SIGNALS.items() if number == int(plain)), "")
    if plain not in SIGNALS:
        raise ApiError(400, f"invalid signal: {name}")
    return plain


def words(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(word) for word in value or ()]


def merged(asked: Json, image: Mapping[str, Json]) -> Json:
    """What is asked for, over what the image says (moby, daemon/commit.go, merge)."""
    config = {key: value for key, value in asked.items() if key not in ("HostConfig", "NetworkingConfig")}
    if not config.get("Entrypoint") and config.get("Entrypoint") != [""]:
        config["Entrypoint"] = image.get("Entrypoint")
        config["Cmd"] = config.get("Cmd") or image.get("Cmd")
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    mine = {line.partition("=")[0] for line in config.get("Env") or ()}
    config["Env"] = [
        *(config.get("Env") or ()),
        *(line for line in image.get("Env") or () if line.partition("=")[0] not in mine),
    ]
    config["Labels"] = {**(image.get("Labels") or {}), **(config.get("Labels") or {})}
    for key in ("User", "WorkingDir", "StopSignal"):
        config[key] = config.get(key) or image.get(key) or ""
    return config


def check_ports(bindings: Json) -> None:
    """Raises `ApiError` 400 for a port that cannot be (docker/go-connections, nat)."""
    for port, places in bindings.items():
        number, _, protocol = port.partition("/")
        for text in (number, *(place.get("HostPort") or "0" for place in places)):
            if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65535:
                raise ApiError(400, f'invalid port specification: "{text}"')
        if protocol not in ("", "tcp", "udp", "sctp"):
            raise ApiError(400, f"invalid proto: {protocol}")
