"""A simulated engine in a process of its own: for a computer that can run no engine, and for who asks for one.

Where it is reached is a secret, as who reaches it runs scripts as this user: the user's own one is noted in a folder
that nobody else can read.
"""

import getpass
import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from ..errors import EngineUnavailable
from ..file_lock import one_at_a_time
from ..language import _
from ..polling import wait_until
from .api import answers

PROGRAM = "swarm_simulator"
RUN = Path(tempfile.gettempdir()) / f"swarmlab-simulated-{getpass.getuser()}"
STOP_TIME = 10  # seconds
_NOTE, _LOCK = RUN / "engine.json", RUN / "lock"
# What would have the docker command and the SDK look for something else at the address.
_IN_THE_WAY = ("DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_TLS", "DOCKER_CERT_PATH", "DOCKER_API_VERSION")


def banner() -> str:
    """What a simulation is, and what is not real in it."""
    return _(
        "This is a simulation: nothing runs in the containers; times, network traffic and logs are imitated. "
        "What the swarm decides follows SwarmKit's own rules."
    )


def is_simulated(url: str) -> bool:
    """Whether that address can only be a simulated engine's: one of this computer, with a secret in its path."""
    address = urlsplit(url)
    return (address.scheme, address.hostname) == ("tcp", "127.0.0.1") and len(address.path) > 1


def without_secret(url: str) -> str:
    """The URL without its secret."""
    scheme, _mark, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if scheme == "tcp" else url


@contextmanager
def temporary_simulator(speed: float = 1.0, seed: int = 0) -> Iterator[str]:
    """What DOCKER_HOST is to be, of a simulated engine that ends with the block, or with this process."""
    process, url = _launch(["--attached"], speed, seed)
    try:
        yield url
    finally:
        process.terminate()
        process.stdin.close()
        process.wait()


@contextmanager
def temporary_docker_host(speed: float = 1.0) -> Iterator[None]:
    """A simulated engine is the one that this process and those it starts find, until the block ends."""
    before = {name: os.environ.pop(name) for name in ("DOCKER_HOST", *_IN_THE_WAY) if name in os.environ}
    try:
        with temporary_simulator(speed) as url:
            os.environ["DOCKER_HOST"] = url
            yield
    finally:
        os.environ.pop("DOCKER_HOST", None)
        os.environ.update(before)


def find() -> str | None:
    """The URL of this user's simulated engine, if it answers."""
    note = _note()
    return note["url"] if note and answers(note["url"]) else None


def start(speed: float = 1.0) -> str:
    """The URL of this user's simulated engine, which is started if it does not run, and outlives this process."""
    _own_folder()
    with one_at_a_time(_LOCK):
        if url := find():
            return url
        process, url = _launch([], speed, 0)
        _NOTE.touch(0o600)
        _NOTE.write_text(json.dumps({"url": url, "pid": process.pid}), encoding="utf-8")
        return url


def stop() -> bool:
    """This user's simulated engine has ended, with all in it; True if there was one."""
    if not find():
        return False
    note = _note()
    with suppress(ProcessLookupError):
        os.kill(note["pid"], signal.SIGTERM)
    wait_until(
        lambda: not answers(note["url"]),
        STOP_TIME,
        lambda: EngineUnavailable(
            _("the simulated engine did not end within {seconds} s"),
            _("end it by hand: kill {pid}"),
            seconds=STOP_TIME,
            pid=note["pid"],
        ),
    )
    _NOTE.unlink(missing_ok=True)
    return True


def _own_folder() -> None:
    """The folder is there, and nobody else's. Raises `EngineUnavailable`."""
    RUN.mkdir(mode=0o700, exist_ok=True)
    about = RUN.lstat()
    if os.name != "nt" and (about.st_uid != os.geteuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o077):
        raise EngineUnavailable(
            _("{folder} can be read by others, so no secret can be kept there"),
            _("remove that folder and try again"),
            folder=RUN,
        )


def _note() -> dict | None:
    try:
        _own_folder()
        return json.loads(_NOTE.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _launch(options: list[str], speed: float, seed: int) -> tuple["subprocess.Popen[str]", str]:
    """The process, which answers, and what DOCKER_HOST is to be. Raises `EngineUnavailable`."""
    attached = bool(options)
    command = [sys.executable, "-m", PROGRAM, *options, "--speed", str(speed), "--seed", str(seed)]
    # In a session of its own, so that a Ctrl-C on the terminal reaches only us: then it ends after its machines.
    apart = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # CREATE_NEW_PROCESS_GROUP
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if attached else subprocess.DEVNULL,
        text=True,
        **apart,
    )
    url = process.stdout.readline().strip()
    process.stdout.close()
    if not url:
        process.wait()
        raise EngineUnavailable(
            _("the simulated engine did not start (exit status {status})"),
            _("see what it says: {python} -m {program}"),
            status=process.returncode,
            python=sys.executable,
            program=PROGRAM,
        )
    return process, url
