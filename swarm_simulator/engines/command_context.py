"""What a container's command finds around it: variables, user, files. Some programs only tell of that."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ..swarm_api.go_structs import Json

HOSTNAME = "\0hostname\0"  # in an output: the host name of the container, which is known only once it is created
# The folders of busybox and of the images that have it.
_FOLDER_NAMES = "bin dev etc home lib lib64 mnt opt proc root run sbin srv sys tmp usr var www"
_FOLDERS = {*_FOLDER_NAMES.split()}
_LISTING = "bin\ndev\netc\nproc\nroot\nsys\ntmp\nvar\n"  # of the folder / in the course's busybox
_NO_FILE = "No such file or directory"
_NO_FILES = "this container is simulated: it has no files that could be read"
_OPERATORS = {"|", "||", "&", "<"}


class Told(NamedTuple):
    """What a program writes, and its exit code."""

    output: bytes = b""
    errors: bytes = b""
    exit_code: int = 0


@dataclass(frozen=True, slots=True)
class CommandContext:
    """What is around a command."""

    variables: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    groups: tuple[str, ...] = ()
    folder: str = "/"
    tty: bool = False
    open_stdin: bool = False  # somebody may still attach and write
    mounts: tuple[str, ...] = ()  # the paths of volumes and the like
    files: Mapping[str, bytes] = field(default_factory=dict)  # secrets and configs, by path
    script: str = ""  # that the command is in
    resolves: Callable[[str], bool] = lambda host: True  # whether a host of that name can be found

    def told_by(self, name: str, words: Sequence[str]) -> Told | None:
        """What that program tells with these arguments; None where that is not known."""
        if _OPERATORS & {*words}:
            return None
        program = _PROGRAMS.get(name)
        return program(self, words) if program else None

    def _missing(self, path: str) -> bool:
        """Whether there is surely no such file. What the script itself may have made is not known."""
        path = path if path.startswith("/") else f"{self.folder.rstrip('/')}/{path}"
        first = path.split("/")[1]
        inside = any(f"{path}/".startswith(f"{mount.rstrip('/')}/") for mount in (*self.mounts, *self.files))
        return bool(first) and first not in _FOLDERS and not inside and self.script.count(first) <= 1

    def env(self, words: Sequence[str]) -> Told | None:
        """The environment, in the order of a real engine."""
        if words:
            return None
        found = {"PATH": "", "HOSTNAME": HOSTNAME, **({"TERM": "xterm"} if self.tty else {})}
        found = {**found, **self.variables}
        found.setdefault("HOME", "/")
        return Told(_lines(f"{key}={value}" for key, value in found.items()))

    def printenv(self, words: Sequence[str]) -> Told | None:
        """The value of a variable."""
        if len(words) != 1:
            return self.env(words)
        value = self.variables.get(words[0])
        return Told(exit_code=1) if value is None else Told(_lines([value]))

    def id(self, words: Sequence[str]) -> Told | None:
        """The numbers of the user and of its groups; None for a name, since there is no list of users."""
        user, _, group = self.user.partition(":")
        numbers = [("0" if each in ("", "root") else each) for each in (user, group)]
        groups = [numbers[1], *self.groups]
        if not all(each.isdigit() for each in (*numbers, *groups)):
            return None
        text = {
            (): f"uid={numbers[0]} gid={numbers[1]} groups={','.join(groups)}",
            ("-u",): numbers[0],
            ("-g",): numbers[1],
            ("-G",): " ".join(groups),
        }.get(tuple(words))
        return None if text is None else Told(_lines([text]))

    def pwd(self, words: Sequence[str]) -> Told | None:
        """The working folder."""
        return Told(_lines([self.folder]))

    def uname(self, words: Sequence[str]) -> Told | None:
        """The name of the system."""
        return None if words else Told(b"Linux\n")

    def cat(self, words: Sequence[str]) -> Told | None:
        """The contents of files, as far as there are any; an error for one that is not there."""
        output, errors = b"", b""
        for path in words:
            if path == "/etc/hostname":
                output += _lines([HOSTNAME])
            elif path in self.files:
                output += self.files[path]
            elif not path.startswith("-"):
                missing = self._missing(path)
                errors += _lines([f"cat: can't open '{path}': {_NO_FILE if missing else _NO_FILES}"])
        return Told(output, errors, 1 if errors else 0)

    def ls(self, words: Sequence[str]) -> Told | None:
        """The folder /, or an error for a path that is not there."""
        paths = [word for word in words if not word.startswith("-")]
        if paths in ([], ["/"]) and (paths or self.folder == "/"):
            return Told(_LISTING.encode())
        unknown = paths or [self.folder]
        errors = _lines(f"ls: {path}: {_NO_FILE if self._missing(path) else _NO_FILES}" for path in unknown)
        return Told(errors=errors, exit_code=1)

    def ping(self, words: Sequence[str]) -> Told | None:
        """An error for a host that cannot be found."""
        host = words[-1] if words else ""
        if not host or host.startswith("-") or self.resolves(host):
            return None
        return Told(errors=_lines([f"ping: bad address '{host}'"]), exit_code=1)


_PROGRAMS: dict[str, Callable[[CommandContext, Sequence[str]], Told | None]] = {
    "env": CommandContext.env,
    "printenv": CommandContext.printenv,
    "id": CommandContext.id,
    "pwd": CommandContext.pwd,
    "uname": CommandContext.uname,
    "cat": CommandContext.cat,
    "ls": CommandContext.ls,
    "ping": CommandContext.ping,
}


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode(errors="replace")


def context_of(
    config: Json,
    host: Json,
    links: Mapping[str, str],
    files: Mapping[str, bytes],
    resolves: Callable[[str], bool],
) -> CommandContext:
    """What is around the command of a container with these settings, and these variables of links."""
    binds = [each.split(":")[1] for each in host.get("Binds") or () if ":" in each]
    mounts = [each.get("Target") or "" for each in host.get("Mounts") or ()]
    return CommandContext(
        {**links, **dict(line.partition("=")[::2] for line in config.get("Env") or ())},
        config.get("User") or "",
        tuple(map(str, host.get("GroupAdd") or ())),
        config.get("WorkingDir") or "/",
        bool(config.get("Tty")),
        bool(config.get("OpenStdin")),
        tuple(path for path in (*binds, *mounts, *(host.get("Tmpfs") or ()), *(config.get("Volumes") or ())) if path),
        files,
        resolves=resolves,
    )
