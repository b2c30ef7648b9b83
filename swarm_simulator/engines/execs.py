"""Commands that are executed in containers: `docker exec`."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from ..errors import ApiError
from ..ids_and_times import hex_id
from .container import Container, words
from .request import Json

KEPT = 500  # ended ones; the engine forgets them too, after five minutes


@dataclass(slots=True, eq=False)
class Exec:
    id: str
    container: Container
    argv: list[str]
    variables: list[str] = field(default_factory=list)
    tty: bool = False
    keyboard: bool = False  # whether the client's bytes go to it
    user: str = ""
    running: bool = False
    started: bool = False
    exit_code: int | None = None
    pid: int = 0
    script: Any = None  # the process on this computer, if there is one

    def body(self) -> Json:
        """What GET /exec/{id}/json answers."""
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
            "OpenStdin": self.keyboard,
            "OpenStdout": True,
            "OpenStderr": True,
            "CanRemove": False,
            "DetachKeys": "",
            "Pid": self.pid,
        }


class Execs:
    """An engine's execs, by id."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._all: dict[str, Exec] = {}

    def create(self, container: Container, asked: Json) -> Exec:
        """Raises `ApiError` 409 for a container that does not run, 400 for no command."""
        if container.state == "paused":
            raise ApiError(409, f"container {container.id} is paused, unpause the container before exec")
        if not container.running:
            raise ApiError(409, f"container {container.id} is not running")
        if not (argv := words(asked.get("Cmd"))):
            raise ApiError(400, "no exec command specified")
        ended = [old for old in self._all.values() if old.exit_code is not None]
        for old in ended[: max(0, len(ended) - KEPT)]:
            del self._all[old.id]
        made = Exec(
            hex_id(self._random),
            container,
            argv,
            words(asked.get("Env")),
            bool(asked.get("Tty")),
            bool(asked.get("AttachStdin")),
            str(asked.get("User") or ""),
        )
        self._all[made.id] = made
        return made

    def find(self, id: str) -> Exec:
        if id not in self._all:
            raise ApiError(404, f"No such exec instance: {id}")
        return self._all[id]

    def begin(self, found: Exec) -> None:
        """It is started now. Raises `ApiError` 409."""
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
        found.running, found.exit_code, found.script = False, exit_code, None
