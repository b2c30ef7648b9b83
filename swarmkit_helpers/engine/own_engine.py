"""The course's own engine, for a Linux machine that has `dockerd` but runs none.

It has its own data, sockets and containerd namespace, so it can run beside a system Docker. It goes on when
this process ends; the next process finds it by its socket.
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

ROOT = Path("/var/lib/swarmlab")  # images and containers; it stays when the engine stops
RUN = Path("/run/swarmlab")  # sockets and process ids; short, as a socket's path has at most 107 bytes
URL = f"unix://{RUN}/docker.sock"
LOG = ROOT / "dockerd.log"
START_SECONDS = 60  # time that the engine gets until it answers
STOP_SECONDS = 30  # time that the engine gets to stop its containers and itself
_PID_FILE = RUN / "docker.pid"
_EXEC_ROOT = RUN / "exec"
_LOCK_FILE = RUN / "lock"  # held while the engine starts or stops


def possible() -> bool:
    """Whether this machine can run it: Linux, root, `dockerd` installed."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("dockerd") is not None


def running() -> bool:
    """Whether it answers this user. Only root may enter the folder of its socket."""
    return answers(URL)


def start() -> bool:
    """Start the engine if it does not run, and wait until it answers. True if this call started it.

    Raises `EngineUnavailable` with the last error in the engine's log if it does not start.
    """
    RUN.mkdir(parents=True, exist_ok=True, mode=0o700)
    with one_at_a_time(_LOCK_FILE):
        if running():
            return False
        if _daemon_pid():  # it is only slow: ending it would end all its containers
            wait_until(
                running,
                START_SECONDS,
                lambda: EngineUnavailable(
                    _("the course's own engine runs, but did not answer within {seconds} s (log: {log})"),
                    _("wait a moment, or end the engine: python3 -m swarmkit_helpers down --all"),
                    seconds=START_SECONDS,
                    log=LOG,
                ),
            )
            return False
        _end_processes()
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
                    _EXEC_ROOT,
                    "--pidfile",
                    _PID_FILE,
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
            wait_until(lambda: running() or daemon.poll() is not None, START_SECONDS, _start_error)
        except BaseException:
            _end_processes()
            raise
        if daemon.poll() is not None:
            raise _start_error()
        return True


def stop() -> bool:
    """Stop the engine and its containers. Its images stay on the disk. True if it ran."""
    if not RUN.exists():
        return False
    with one_at_a_time(_LOCK_FILE):
        was_there = bool(_process_ids())
        _end_processes()
    shutil.rmtree(RUN, ignore_errors=True)
    return was_there


def _end_processes() -> None:
    """End the processes of the engine: ask them first, then kill those that are left."""
    if _process_ids():
        if daemon := _daemon_pid():
            os.kill(daemon, signal.SIGTERM)
            try:
                wait_until(lambda: not _process_ids(), timeout=STOP_SECONDS, too_late=_start_error)
            except EngineUnavailable:
                print(
                    _(
                        "the course's own engine did not stop within {seconds} s and is ended by force (log: {log})"
                    ).format(seconds=STOP_SECONDS, log=LOG)
                )
        for pid in _process_ids():
            os.kill(pid, signal.SIGKILL)
    _PID_FILE.unlink(missing_ok=True)


def _daemon_pid() -> int | None:
    """The process id of its dockerd, if that runs."""
    daemon = int(_PID_FILE.read_text()) if _PID_FILE.exists() else None
    return daemon if daemon in _process_ids() else None


def _process_ids() -> set[int]:
    """The process ids of its dockerd, containerd and shims, found by the engine's paths in their command lines.

    After a `kill -9` of dockerd, its containerd and shims go on. Program names would also find the system's. In another
    mount or process namespace, such as a container or a chroot of its own, the same paths are another engine's.
    """
    ids, own = set(), _namespaces(Path("/proc/self"))
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                command = (entry / "cmdline").read_bytes().split(b"\0")
                ours = any(argument.startswith(bytes(_EXEC_ROOT)) for argument in command)
                if ours and _namespaces(entry) == own:
                    ids.add(int(entry.name))
            except OSError:
                continue  # it has just ended, or is another user's
    return ids


def _namespaces(process: Path) -> list[str]:
    """The mount and process namespaces of the process with that folder in /proc, and its root directory."""
    return [str((process / link).readlink()) for link in ("ns/mnt", "ns/pid", "root")]


def _start_error() -> EngineUnavailable:
    """The error of an engine that did not start, with the last error in its log."""
    lines = LOG.read_text(errors="replace").splitlines()
    last = next((line for line in reversed(lines) if "failed" in line or "error" in line), _("it gave no reason"))
    return EngineUnavailable(
        _("the course's own engine did not start: {said}"),
        _("read {log}, fix the error it names, and try again"),
        said=last.strip(),
        log=LOG,
    )
