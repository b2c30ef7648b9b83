"""A simulated engine in a separate process, for a computer that can run no real one, or on request.

Its address holds a secret, because a client of the engine can run scripts as this user. The address of the user's
simulated engine is noted in a folder that no other user can read.
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
from math import ceil
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ..errors import EngineUnavailable
from ..file_lock import one_at_a_time
from ..language import _
from ..polling import wait_until
from .api import answers

PROGRAM = "swarm_simulator"
# This user's, by the id: the login's name is still the other user's after `su` or with `sudo -E`.
RUN = Path(tempfile.gettempdir()) / f"swarmlab-simulated-{getpass.getuser() if os.name == 'nt' else os.geteuid()}"
STOP_SECONDS = 10  # time that the engine gets to end
_NOTE_FILE, _LOCK_FILE = RUN / "engine.json", RUN / "lock"
# These would make the docker command and the SDK use another engine, or expect TLS at the address.
_OTHER_DOCKER_VARIABLES = (
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_TLS",
    "DOCKER_CERT_PATH",
    "DOCKER_API_VERSION",
)


class _Note(NamedTuple):
    """How to reach this user's simulated engine, and how to end it."""

    url: str
    pid: int


def banner() -> str:
    """The sentences that say what is not real in a simulation."""
    return _(
        "This is a simulation: nothing runs in the containers; times, network traffic and logs are imitated. "
        "What the swarm decides follows SwarmKit's own rules."
    )


def is_simulated(url: str) -> bool:
    """Whether the address is a simulated engine's: on this computer, with a secret as its path."""
    address = urlsplit(url)
    return (address.scheme, address.hostname) == ("tcp", "127.0.0.1") and len(address.path) > 1


def without_secret(url: str) -> str:
    """The URL without its secret."""
    scheme, _mark, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}" if scheme == "tcp" else url


@contextmanager
def temporary_simulator(speed: float = 1.0, seed: int = 0, max_seconds: float = 0) -> Iterator[str]:
    """Start a simulated engine that ends with the block, or with this process. The value is its DOCKER_HOST.

    With `max_seconds` it ends after that time, whatever keeps it busy.
    """
    process, url = _launch(["--attached", "--seconds", str(ceil(max_seconds))], speed, seed)
    try:
        yield url
    finally:
        process.terminate()
        if process.stdin:
            process.stdin.close()
        process.wait()


@contextmanager
def temporary_docker_host(speed: float = 1.0, max_seconds: float = 0) -> Iterator[None]:
    """Start a simulated engine, and make it the DOCKER_HOST of this process and its children during the block.

    With `max_seconds` it ends after that time, whatever keeps it busy.
    """
    before = {name: os.environ.pop(name) for name in ("DOCKER_HOST", *_OTHER_DOCKER_VARIABLES) if name in os.environ}
    try:
        with temporary_simulator(speed, max_seconds=max_seconds) as url:
            os.environ["DOCKER_HOST"] = url
            yield
    finally:
        os.environ.pop("DOCKER_HOST", None)
        os.environ.update(before)


def find() -> str | None:
    """The URL of this user's simulated engine, if it answers."""
    note = _read_note()
    return note.url if note and answers(note.url) else None


def start(speed: float = 1.0) -> str:
    """Start this user's simulated engine if it does not run, and return its URL. It goes on after this process."""
    _ensure_private_folder()
    with one_at_a_time(_LOCK_FILE):
        if url := find():
            return url
        process, url = _launch([], speed, 0)
        _NOTE_FILE.touch(0o600)
        _NOTE_FILE.write_text(json.dumps(_Note(url, process.pid)._asdict()), encoding="utf-8")
        return url


def stop() -> bool:
    """End this user's simulated engine, with all its containers. True if there was one."""
    note = _read_note()
    if note is None or not answers(note.url):
        return False
    with suppress(ProcessLookupError):
        os.kill(note.pid, signal.SIGTERM)
    wait_until(
        lambda: not answers(note.url),
        STOP_SECONDS,
        lambda: EngineUnavailable(
            _("the simulated engine did not end within {seconds} s"),
            _("end it by hand: kill {pid}"),
            seconds=STOP_SECONDS,
            pid=note.pid,
        ),
    )
    _NOTE_FILE.unlink(missing_ok=True)
    return True


def _ensure_private_folder() -> None:
    """Make the folder if it is missing. Raises `EngineUnavailable` if other users can read it."""
    RUN.mkdir(mode=0o700, exist_ok=True)
    about = RUN.lstat()
    if os.name != "nt" and (about.st_uid != os.geteuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o077):
        raise EngineUnavailable(
            _("{folder} can be read by others, so no secret can be kept there"),
            _("remove that folder and try again"),
            folder=RUN,
        )


def _read_note() -> _Note | None:
    """What `start` noted; None if it has noted nothing."""
    try:
        _ensure_private_folder()
        return _Note(**json.loads(_NOTE_FILE.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _launch(options: list[str], speed: float, seed: int) -> tuple["subprocess.Popen[str]", str]:
    """Start a simulated engine, and wait until it answers: its process, and its DOCKER_HOST.

    Raises `EngineUnavailable` if it ends instead.
    """
    attached = bool(options)
    command = [sys.executable, "-m", PROGRAM, *options, "--speed", str(speed), "--seed", str(seed)]
    # In a separate session: a Ctrl-C on the terminal reaches only this process, which ends the engine last.
    apart = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # CREATE_NEW_PROCESS_GROUP
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE if attached else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=None if attached else subprocess.DEVNULL,
        text=True,
        **apart,
    )
    assert process.stdout  # it is a pipe
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
