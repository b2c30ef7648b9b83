"""Commands that are executed in containers: `docker exec`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from ..errors import ApiError
from ..ids_and_times import hex_id
from ..swarm_api.go_structs import Json
from .container import Container, words

MAX_ENDED = 500  # execs that are kept after their end; the real engine forgets them after five minutes


@dataclass(slots=True, eq=False)
class Exec:
    """One command in a running container."""

    id: str
    container: Container
    argv: list[str]
    variables: list[str] = field(default_factory=list)
    tty: bool = False
    interactive: bool = False  # whether it gets the client's input
    user: str = ""
    running: bool = False
    started: bool = False
    exit_code: int | None = None
    resize: Callable[[int, int], None] | None = None  # of its terminal, to rows and columns, while it runs

    def body(self) -> Json:
        """The body of GET /exec/{id}/json."""
        entry, *arguments = self.argv
        return {
            "ID": self.id,
            "Running": self.running,
            "ExitCode": self.exit_code,
            "ContainerID": self.container.id,
            "ProcessConfig": {
                "tty": self.tty,
                "entrypoint": entry,
                "arguments": arguments,
                "privileged": False,
                "user": self.user,
            },
            "OpenStdin": self.interactive,
            "OpenStdout": True,
            "OpenStderr": True,
            "CanRemove": False,
            "DetachKeys": "",
            "Pid": 0,
        }


class Execs:
    """An engine's execs, by id."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._all: dict[str, Exec] = {}

    def create(self, container: Container, body: Json) -> Exec:
        """Create an exec. Raises `ApiError` 409 for a container that does not run, 400 for no command."""
        if container.state == "paused":
            raise ApiError(409, f"container {container.id} is paused, unpause the container before exec")
        if not container.running:
            raise ApiError(409, f"container {container.id} is not running")
        if not (argv := words(body.get("Cmd"))):
            raise ApiError(400, "no exec command specified")
        ended = [old for old in self._all.values() if old.exit_code is not None]
        for old in ended[: max(0, len(ended) - MAX_ENDED)]:
            del self._all[old.id]
        made = Exec(
            hex_id(self._random),
            container,
            argv,
            words(body.get("Env")),
            bool(body.get("Tty")),
            bool(body.get("AttachStdin")),
            str(body.get("User") or ""),
        )
        self._all[made.id] = made
        return made

    def find(self, id: str) -> Exec:
        """The exec with that id. Raises `ApiError` 404."""
        if id not in self._all:
            raise ApiError(404, f"No such exec instance: {id}")
        return self._all[id]

    def start(self, found: Exec) -> None:
        """Mark it as running. Raises `ApiError` 409 if it has run, or its container does not run."""
        if found.started:
            raise ApiError(
                409,
                f"exec {found.id} has already been started"
                if found.running
                else f"Error: Exec command {found.id} has already run",
            )
        if found.container.state != "running":
            state = "paused" if found.container.state == "paused" else "not running"
            raise ApiError(409, f"container {found.container.id} is {state}")
        found.started = found.running = True

    def end(self, found: Exec, exit_code: int) -> None:
        """Keep its exit code."""
        found.running, found.exit_code, found.resize = False, exit_code, None
