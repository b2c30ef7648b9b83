"""An engine of our own, for a Linux machine that has `dockerd` and runs none.

It has its own data, sockets and containerd namespace, so it can live beside a system Docker. It is started
apart from this process and outlives it; whoever comes next finds it by its socket.
"""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from ..errors import EngineUnavailable
from ..file_lock import one_at_a_time
from ..language import _
from ..polling import wait_until
from .api import answers

ROOT = Path("/var/lib/swarmlab")  # images and containers; kept when the engine stops
RUN = Path("/run/swarmlab")  # sockets and process ids; short, as a socket's path has at most 107 bytes
URL = f"unix://{RUN}/docker.sock"
LOG = ROOT / "dockerd.log"
START_TIME = 60  # seconds it may take until it answers,
STOP_TIME = 30  # and until it has stopped what it runs
_PID = RUN / "docker.pid"
_EXEC = RUN / "exec"
_LOCK = RUN / "lock"  # starting and stopping


def possible() -> bool:
    """Whether this machine can run one: Linux, root, `dockerd` installed."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("dockerd") is not None


def running() -> bool:
    """Whether it answers this user. Root's own engine does not answer others: they may not enter its folder."""
    return answers(URL)


def start() -> bool:
    """The engine answers; True if it was this call that started it.

    Raises `EngineUnavailable` with the engine's own last words if it does not come up.
    """
    RUN.mkdir(parents=True, exist_ok=True, mode=0o700)
    with one_at_a_time(_LOCK):
        if running():
            return False
        if _daemon():  # it is only slow: ending it would end all that runs on it
            wait_until(
                running,
                START_TIME,
                lambda: EngineUnavailable(
                    _("the course's own engine runs and does not answer within {seconds} s (log: {log})"),
                    _("give the machine a moment; or end the engine: python3 -m swarmkit_helpers down --all"),
                    seconds=START_TIME,
                    log=LOG,
                ),
            )
            return False
        _clear_up()
        ROOT.mkdir(parents=True, exist_ok=True)
        with LOG.open("wb") as log:
            daemon = subprocess.Popen(
                [
                    "dockerd",
                    "--host",
                    URL,
                    "--data-root",
                    ROOT / "engine",
                    "--exec-root",
                    _EXEC,
                    "--pidfile",
                    _PID,
                    "--containerd-namespace",
                    "swarmlab",
                    "--containerd-plugins-namespace",
                    "swarmlab-plugins",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            wait_until(lambda: running() or daemon.poll() is not None, START_TIME, _no_start)
        except BaseException:
            _clear_up()
            raise
        if daemon.poll() is not None:
            raise _no_start()
        return True


def stop() -> bool:
    """The engine and all it ran have ended; its images stay on the disk. True if there was one."""
    if not RUN.exists():
        return False
    with one_at_a_time(_LOCK):
        was_there = bool(_processes())
        _clear_up()
    shutil.rmtree(RUN, ignore_errors=True)
    return was_there


def _clear_up() -> None:
    """Nothing of the engine runs: asked first, then made to."""
    if _processes():
        if daemon := _daemon():
            os.kill(daemon, signal.SIGTERM)
            try:
                wait_until(lambda: not _processes(), timeout=STOP_TIME, too_late=_no_start)
            except EngineUnavailable:
                print(
                    _(
                        "the course's own engine did not stop within {seconds} s and is ended by force (log: {log})"
                    ).format(seconds=STOP_TIME, log=LOG)
                )
        for pid in _processes():
            os.kill(pid, signal.SIGKILL)
    _PID.unlink(missing_ok=True)


def _daemon() -> int | None:
    """The id of its dockerd, if that lives."""
    daemon = int(_PID.read_text()) if _PID.exists() else None
    return daemon if daemon in _processes() else None


def _processes() -> set[int]:
    """The ids of its dockerd, containerd and shims, known by our own paths in their command lines.

    After a `kill -9` of dockerd, its containerd and shims live on; a name would also hit the system's.
    """
    ours = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # ended meanwhile
            if any(argument.startswith(bytes(_EXEC)) for argument in command):
                ours.add(int(entry.name))
    return ours


def _no_start() -> EngineUnavailable:
    lines = LOG.read_text(errors="replace").splitlines()
    last = next((line for line in reversed(lines) if "failed" in line or "error" in line), _("it gave no reason"))
    return EngineUnavailable(
        _("the course's own engine did not come up: {said}"),
        _("read {log}, mend what it names, and try again"),
        said=last.strip(),
        log=LOG,
    )
