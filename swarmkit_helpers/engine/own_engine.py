"""The course's own engine, for a Linux machine that has `dockerd` but runs none.

It has its own data, sockets and containerd namespace, so it can run beside a system Docker. It goes on when
this process ends; the next process finds it by its socket.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ..errors import EngineUnavailable, TooSlow
from ..file_lock import one_at_a_time
from ..language import _
from ..polling import wait_until
from . import daemon_log
from .api import answers
from .work import Work

ROOT = Path("/var/lib/swarmlab")  # images and containers; it stays when the engine stops
RUN = Path("/run/swarmlab")  # sockets and process ids; short, as a socket's path has at most 107 bytes
URL = f"unix://{RUN}/docker.sock"
LOG = ROOT / "dockerd.log"
IDLE_SECONDS = 60  # that the engine may do nothing, before it answers
START_SECONDS = 900  # that it gets until it answers while it is at work; a slow computer has needed more than 60
STARTS = 3  # how often it is started, if it ends for want of time
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

    If it ends for want of time, it is started again. Raises `EngineUnavailable` with the error in the engine's log.
    """
    RUN.mkdir(parents=True, exist_ok=True, mode=0o700)
    with one_at_a_time(_LOCK_FILE):
        if running():
            return False
        if daemon := _daemon_pid():  # it is only slow: ending it would end all its containers
            _wait(running, _("wait a moment and try again, or end it: kill -9 {pid}").format(pid=daemon))
            return False
        for left in reversed(range(STARTS)):
            try:
                _start_daemon()
                break
            except TooSlow as error:
                if not left:
                    raise
                print(_("{problem}. This computer is slow or busy: it is started again").format(problem=error.problem))
        return True


def _start_daemon() -> None:
    """Start dockerd, and wait until it answers; end it if it does not."""
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
        _wait(
            lambda: running() or daemon.poll() is not None,
            _("read {log}, fix the error it names, and try again").format(log=LOG),
        )
    except BaseException:
        _end_processes()
        raise
    if daemon.poll() is not None:
        raise _start_error()


def _wait(look: Callable[[], bool], fix: str) -> None:
    """Wait until `look` sees what it looks for, as long as the engine is at work. Raises `EngineUnavailable`."""
    work = Work(LOG, _process_ids)

    def look_at_work() -> bool:
        if look():
            return True
        if work.idle_seconds() >= IDLE_SECONDS:
            raise EngineUnavailable(
                _("the course's own engine does not answer, and did nothing for {seconds} s (log: {log})").format(
                    seconds=IDLE_SECONDS, log=LOG
                ),
                fix,
            )
        return False

    def too_late() -> EngineUnavailable:
        problem = _("the course's own engine is at work, but did not answer within {minutes:.0f} minutes (log: {log})")
        return EngineUnavailable(problem.format(minutes=START_SECONDS / 60, log=LOG), fix)

    wait_until(look_at_work, START_SECONDS, too_late)


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
    """The error of an engine that did not start, with the error in its log that says why."""
    log = LOG.read_text(errors="replace")
    kind = TooSlow if daemon_log.lacked_time(log) else EngineUnavailable
    return kind(
        _("the course's own engine did not start: {said}"),
        _("read {log}, fix the error it names, and try again"),
        said=daemon_log.reason(log),
        log=LOG,
    )
