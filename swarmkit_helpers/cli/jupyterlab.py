"""The process of JupyterLab: its port, its log, how it starts and how it ends."""

import http.client
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

from .. import progress
from ..errors import BadInput, Refused
from ..language import _
from ..notebook import jupyter_options
from ..polling import wait_until

# The course has its own list of open tabs, apart from other work in JupyterLab.
_WORKSPACES = {"JUPYTERLAB_WORKSPACES_DIR": str(Path(jupyter_data_dir()) / "swarmlab" / "workspaces")}
HOST = "127.0.0.1"  # no other computer can connect
PORTS = range(8888, 8988)
START_SECONDS = 60  # that JupyterLab gets to start
END_SECONDS = 15  # that JupyterLab gets to end with its kernels
ANSWER_SECONDS = 5  # that it gets to answer a request
POLL_SECONDS = 0.1
LOG_LINES = 8  # that an error shows
_CREATE_NEW_PROCESS_GROUP = 0x200  # on Windows (subprocess)


@dataclass(frozen=True)
class JupyterLab:
    """A JupyterLab that answers."""

    process: subprocess.Popen[bytes]
    port: int
    token: str
    log: Path

    def url(self, page: str) -> str:
        """The address of that page, with the token; the tabs of earlier days are closed."""
        return f"http://{HOST}:{self.port}/lab/tree/{page}?token={self.token}&reset"

    def wait(self) -> None:
        """Wait until it ends. Raises `Refused` with the last lines of its log if it ends with an error."""
        if status := self.process.wait():
            raise _died(status, self.log)


@contextmanager
def running(port: int, folder: Path, language: str, cluster: str | None) -> Iterator[JupyterLab]:
    """Run JupyterLab on the port, in that folder, inside the block; it and its kernels end with the block.

    `cluster` is a name that no other cluster has; None if this JupyterLab has an engine of its own. Raises `Refused`
    if it does not start.
    """
    token = secrets.token_hex(24)
    log = _log_path(port, cluster)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        *jupyter_options.options(),
        f"--ServerApp.root_dir={folder}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
    ]
    if os.name != "nt" and os.geteuid() == 0:
        command.append("--allow-root")
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            # The token is in the environment, as all users of the computer can read command lines.
            env=_WORKSPACES | os.environ | {"JUPYTER_TOKEN": token, "SWARMLAB_LANG": language},
            # In a process group of its own, so that Ctrl-C in the terminal reaches only us: JupyterLab then ends
            # before its machines do.
            start_new_session=os.name != "nt",
            creationflags=_CREATE_NEW_PROCESS_GROUP if os.name == "nt" else 0,
        )
    try:
        with progress.current().phase(_("start JupyterLab")):
            wait_until(
                lambda: _answers(port, token) or process.poll() is not None,
                START_SECONDS,
                lambda: Refused(
                    _("JupyterLab did not answer within {seconds} s"),
                    _("read its log: {log}"),
                    seconds=START_SECONDS,
                    log=log,
                ),
                every=POLL_SECONDS,
            )
            if process.poll() is not None:
                raise _died(process.returncode, log)
        yield JupyterLab(process, port, token, log)
    finally:
        if process.poll() is None:
            with progress.current().phase(_("end JupyterLab and its kernels")):
                _end(process)
            log.unlink()


def free_port(wanted: int | None) -> int:
    """The wanted port, or the first free one. Raises `BadInput` if it is not free."""
    free = next(filter(is_free, PORTS if wanted is None else [wanted]), None)
    if free is None:
        raise BadInput(
            _("port {asked} is taken, or not yours to use")
            if wanted is not None
            else _("every port from {first} to {last} is taken, or not yours to use"),
            _("choose another: --port 9999"),
            asked=wanted,
            first=PORTS[0],
            last=PORTS[-1],
        )
    return free


def is_free(port: int) -> bool:
    """Whether JupyterLab could listen there."""
    with socket.socket() as probe:
        if os.name != "nt":  # a connection that has just ended does not hold the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def another_is_running(cluster: str) -> bool:
    """Whether this user has another `lab` that uses that cluster: its log is there, and its port is taken.

    Ask when our own JupyterLab has ended.
    """
    pattern = _log_path("[0-9]*", cluster)
    logs = pattern.parent.glob(pattern.name)
    return any(not is_free(int(log.stem.rpartition(".")[2])) for log in logs)


def _log_path(port: int | str, cluster: str | None) -> Path:
    """The log of the JupyterLab on that port, which is there as long as JupyterLab runs. It says with which cluster."""
    return Path(jupyter_runtime_dir()) / f"{cluster or 'swarmlab'}.{port}.log"


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask JupyterLab to end, which ends its kernels; kill it if it does not. A kernel without a server ends itself."""
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _died(status: int, log: Path) -> Refused:
    last = "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-LOG_LINES:])
    return Refused(
        _("JupyterLab ended with status {status}; the last lines of its log:\n{last}"),
        _("fix the error that they name, and start again (the whole log: {log})"),
        status=status,
        last=last,
        log=log,
    )
