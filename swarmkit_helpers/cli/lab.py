"""`lab`: an engine, machines, and JupyterLab on the notebooks; at the end, all that it started has ended."""

import http.client
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir, jupyter_runtime_dir

from .. import progress
from ..cluster.cluster import Cluster
from ..engine import apt, simulator
from ..engine.discover import Engine
from ..errors import BadInput, NotFound, Refused
from ..installation import ROOT
from ..language import _
from ..polling import wait_until

NOTEBOOKS = ROOT / "notebooks"
# JupyterLab's defaults here: no question about news, no look for updates, and no debugger, which takes space in
# every notebook and reports an error when a kernel is restarted soon after it was started (JupyterLab 4.6). Nor what
# the tests' environment brings: nbgrader's buttons, and a second way to open each notebook.
SETTINGS = Path(__file__).parents[1] / "jupyter"
# Which tabs are open is the course's own affair, and does not mix with other work in JupyterLab.
_WORKSPACES = {"JUPYTERLAB_WORKSPACES_DIR": str(Path(jupyter_data_dir()) / "swarmlab" / "workspaces")}
HOST = "127.0.0.1"  # nobody else's business
PORTS = range(8888, 8988)
START_TIME = 60  # seconds JupyterLab gets to start,
END_TIME = 15  # and to end with its kernels


def run(
    nodes: int,
    language: str,
    port: int | None,
    browser: bool,
    install_engine: bool | None,
    simulated_speed: float | None = None,
) -> int:
    """JupyterLab has run until it was ended, and what this started is gone.

    With a speed the engine is a simulated one, whose time goes that many times as fast.

    Raises `NotFound` if there are no notebooks in that language, `BadInput` for a port that is taken,
    `Refused` with JupyterLab's last words if it does not start or dies, and what `Cluster.up` raises.
    """
    path = _first_page(language)
    port = _port(port)
    simulation = nullcontext() if simulated_speed is None else simulator.temporary_docker_host(simulated_speed)
    with (
        _ending_in_order(),
        simulation,
        apt.engine_for_this_run(install_engine, simulate=True) as engine,
        _cluster(engine, nodes, alone=simulated_speed is not None),
        _jupyterlab(port, language, alone=simulated_speed is not None) as (jupyterlab, token, log),
    ):
        if engine.simulated and not shutil.which("docker"):
            print(
                "   "
                + _(
                    "The docker command is not installed, and %%node cells need it: install docker-cli, which "
                    "needs no engine."
                )
            )
        url = f"http://{HOST}:{port}/lab/tree/{path}?token={token}&reset"  # the tabs of another day are closed
        print(
            "\n   JupyterLab: {}\n   {}\n".format(url, _("Ctrl-C here ends it, and what this command started.")),
            flush=True,
        )
        if browser and _has_display():
            webbrowser.open(url)
        try:
            status = jupyterlab.wait()
        except KeyboardInterrupt:
            return 0  # the way it is meant to end
        if status:
            raise _died(status, log)
    return 0


def _first_page(language: str) -> str:
    """What JupyterLab opens: the first notebook in that language."""
    notebooks = sorted((NOTEBOOKS / language).glob("*.ipynb"))
    if not notebooks:
        there = sorted({path.parent.name for path in NOTEBOOKS.glob("??/*.ipynb")})
        raise NotFound(
            _("{folder} has no notebooks; languages that have: {there}"),
            _("choose one with --lang {first}") if there else _("run this in a clone of the project"),
            folder=NOTEBOOKS / language,
            there=", ".join(there) or _("none"),
            first="".join(there[:1]),
        )
    return notebooks[0].relative_to(NOTEBOOKS).as_posix()


def _port(asked: int | None) -> int:
    """The port asked for, or the first free one. Raises `BadInput`."""
    free = next(filter(is_free, PORTS if asked is None else [asked]), None)
    if free is None:
        raise BadInput(
            _("port {asked} is taken, or not yours to use")
            if asked is not None
            else _("every port from {first} to {last} is taken, or not yours to use"),
            _("choose another: --port 9999"),
            asked=asked,
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


@contextmanager
def _ending_in_order() -> Iterator[None]:
    """SIGTERM and a closed terminal end the block as Ctrl-C does; once it ends, nothing interrupts that."""

    def interrupt(number: int, frame: object) -> None:
        for each in names:
            signal.signal(each, signal.SIG_IGN)
        if number == hangup:  # the terminal is gone, and with it the place to print to
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.dup2(nowhere, sys.stderr.fileno())
        raise KeyboardInterrupt

    hangup = getattr(signal, "SIGHUP", None)
    names = [number for number in (signal.SIGINT, signal.SIGTERM, hangup) if number]
    before = {number: signal.signal(number, interrupt) for number in names}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _cluster(engine: Engine, nodes: int, alone: bool) -> Iterator[None]:
    """The machines run. Those of a cluster that was there before, or that another `lab` uses, stay.

    `alone`: the engine is this command's own, so there is no other.
    """
    before = Cluster.names(engine)
    cluster = Cluster.up(nodes=nodes)
    try:
        yield
    finally:
        if cluster.name in before or (not alone and _another_lab()):
            why = (
                _("The cluster {name!r} was there before and is kept: {command} removes it")
                if cluster.name in before
                else _("The cluster {name!r} is used by another JupyterLab and is kept: {command} removes it")
            )
            print("   " + why.format(name=cluster.name, command="python3 -m swarmkit_helpers down"), flush=True)
        else:
            with progress.current().phase(_("remove the cluster {name!r}").format(name=cluster.name)):
                cluster.down()


def _log(port: int | str, alone: bool = False) -> Path:
    """Where the JupyterLab on that port writes; the file is there as long as it runs."""
    return Path(jupyter_runtime_dir()) / f"swarmlab-{'alone-' if alone else ''}{port}.log"


def _another_lab() -> bool:
    """Whether a `lab` of this user runs that may share our engine, now that ours has ended: its log is there and its
    port is taken."""
    pattern = _log("[0-9]*")
    logs = pattern.parent.glob(pattern.name)
    return any(not is_free(int(log.stem.rpartition("-")[2])) for log in logs)


@contextmanager
def _jupyterlab(port: int, language: str, alone: bool) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """JupyterLab answers on the port: its process, its token and its log. It and its kernels end with the block."""
    token = secrets.token_hex(24)
    log = _log(port, alone)
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--LabApp.app_settings_dir={SETTINGS}",
        f"--ServerApp.root_dir={NOTEBOOKS}",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
    ]
    if os.name != "nt" and os.geteuid() == 0:
        command.append("--allow-root")
    own = {"JUPYTER_TOKEN": token, "SWARMLAB_LANG": language}
    # The token goes by the environment, as command lines can be read by everybody on the machine. A group of
    # its own, so that a Ctrl-C in the terminal reaches only us: then it ends before its machines do.
    apart = {"creationflags": 0x200} if os.name == "nt" else {"start_new_session": True}  # CREATE_NEW_PROCESS_GROUP
    with log.open("wb") as file:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, env=_WORKSPACES | os.environ | own, **apart
        )
    try:
        with progress.current().phase(_("start JupyterLab")):
            wait_until(
                lambda: _answers(port, token) or process.poll() is not None,
                START_TIME,
                lambda: Refused(
                    _("JupyterLab did not answer within {seconds} s"),
                    _("read its log: {log}"),
                    seconds=START_TIME,
                    log=log,
                ),
                every=0.1,
            )
            if process.poll() is not None:
                raise _died(process.returncode, log)
        yield process, token, log
    finally:
        if process.poll() is None:
            with progress.current().phase(_("end JupyterLab and its kernels")):
                _end(process)
            log.unlink()


def _answers(port: int, token: str) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/status", headers={"Authorization": f"token {token}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """JupyterLab has ended, asked first: it then ends its kernels. A kernel whose server is gone ends by itself."""
    process.terminate()
    try:
        process.wait(END_TIME)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _died(status: int, log: Path) -> Refused:
    last = "\n".join(f"    {line}" for line in log.read_text(errors="replace").splitlines()[-8:])
    return Refused(
        _("JupyterLab ended with status {status}; the last lines of its log:\n{last}"),
        _("mend what they name, and start again (all of the log: {log})"),
        status=status,
        last=last,
        log=log,
    )


def _has_display() -> bool:
    """Whether a browser can be shown; without one, `webbrowser` may start a text browser in this very terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
