"""The two containers of an examination, neither with a network: the student's kernel in one, the examiner in the other.

They share two small folders in memory: the sockets of the kernel, and those of the door to its swarm. SECURITY.md says
against whom this stands, and what it does not hold. Limits are measured ones, with room to spare.
"""

import json
import os
import re
import secrets
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..cluster import provision
from ..cluster.node_container import NANO
from ..engine import exam_sockets, images
from ..engine.discover import Engine
from ..errors import NotConverged, NotFound, Refused
from ..language import _
from ..polling import wait_until
from ..progress import Progress, current
from ..records import Json
from . import container_files
from .printable import shown

LABEL = "swarmlab.grading"  # on all that an examination makes: the process that made it
KERNEL_MEMORY = 640 << 20  # bytes, with what is in its files: a kernel with the lessons' charts has 190 MB
EXAMINER_MEMORY = 1 << 30  # bytes: papermill, the witness and the simulated engine have 250 MB
KERNEL_PIDS, EXAMINER_PIDS = 128, 256  # processes and threads: the lessons have 40
CPUS = 1.0  # of each container
FILES = "size=64m,mode=1777,nosuid,nodev"  # of a folder in memory that can be written to
given_up = threading.Event()  # set where no examination of this process is to begin any more
REMOVAL = 30  # seconds that the removal of a real cluster may take
AROUND = 90  # seconds that an examination takes before the first and after the last cell, at most
_FOLDER = "swarmlab-exam-"  # what the name of an examination's folder begins with; the process follows
_CLUSTER = re.compile(r"exam-(\d+)-[0-9a-f]{8}")
LARGEST = {"result.json": 20 << 20, "executed.ipynb": 64 << 20}  # bytes that are read of an examiner's answer


@dataclass(frozen=True)
class Examined:
    """What an examination gave."""

    result: Json  # as `examine` writes it
    notebook: bytes | None  # executed; None where it did not come so far
    seconds: float


def examine(request: Json, engine: Engine) -> Examined:
    """The notebook of the request has been examined in two containers on that engine, which are gone again.

    Whatever the notebook does, that is an answer; it takes `request["timeout"]` and `AROUND` seconds at most. Raises
    `Refused`, `NotFound`, `EngineUnavailable` for what is wrong with the engine.
    """
    began = time.monotonic()
    prepare(engine, request["engine"])
    image = container_files.ensure_image(engine)
    here = f"{_FOLDER}{os.getpid()}-"
    with tempfile.TemporaryDirectory(prefix=here) as folder, _room(engine, request["cluster"]) as name:
        given, answer = Path(folder, "in"), Path(folder, "out")
        given.mkdir()
        answer.mkdir()
        given.chmod(0o755)
        answer.chmod(0o777)  # for the examiner, who is another user; nobody else comes into the folder around it
        connection = {
            "transport": "ipc",
            "ip": "/room/kernel/k",
            "shell_port": 1,
            "iopub_port": 2,
            "stdin_port": 3,
            "control_port": 4,
            "hb_port": 5,
            "key": secrets.token_hex(16),
            "signature_scheme": "hmac-sha256",
        }
        told = {key: value for key, value in request.items() if key != "notebook"}
        (given / "notebook.ipynb").write_text(json.dumps(request["notebook"]), encoding="utf-8")
        (given / "request.json").write_text(json.dumps({**told, "connection": connection}), encoding="utf-8")
        longest = request["timeout"] + AROUND
        kernel = _start(engine, f"{name}-kernel", _kernel(image, name, connection, request["speed"], longest))
        examiner = _start(engine, f"{name}-examiner", _examiner(engine, image, name, given, answer, request, longest))
        state = _ended(engine, examiner, longest)
        result = _bytes(answer / "result.json")
        if result is None:  # it is there when the set-up is done, and before that no student's code runs
            log = shown(engine.client.logs(examiner, tail=5).decode(errors="replace").strip(), 500)
            raise Refused(
                _("the examiner could not work: {log}"),
                _("mend what it names, and grade again"),
                log=log or _("it ran out of time or of memory"),
            )
        found = json.loads(result)
        remarks = _remarks(state, engine.api.get("containers", kernel, "json")["State"])
        notebook = _bytes(answer / "executed.ipynb")
        found["remarks"] += [{"cell": None, "text": text} for text in remarks]
        return Examined(found, notebook, time.monotonic() - began)


def prepare(engine: Engine, kind: str, progress: Progress | None = None) -> None:
    """The engine has what examinations of that kind need, and nothing that a grader left which is no more."""
    if kind == "real":
        images.ensure_node_image(engine, progress or current())
        images.ensure_workloads(engine, progress or current())
    for found in engine.api.get("containers", "json", all=True, filters={"label": [LABEL]}):
        if not _alive(found["Labels"][LABEL]):
            _gone(engine, "containers", found["Id"])
    for found in engine.api.get("volumes", filters={"label": [LABEL]})["Volumes"] or ():
        if not _alive(found["Labels"][LABEL]):
            _gone(engine, "volumes", found["Name"])
    _discard(engine, lambda process: not _alive(process))
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}[0-9]*-*"):
        about = folder.lstat()
        ours = os.name != "nt" and stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid()
        if ours and not _alive(folder.name.split("-")[2]):
            shutil.rmtree(folder, ignore_errors=True)


def new_cluster() -> str:
    """A name for the machines of an examination on a real engine, which tells the process that has it made."""
    return f"exam-{os.getpid()}-{secrets.token_hex(4)}"


def _discard(engine: Engine, whose: Callable[[str], bool], cluster: str = "") -> None:
    """No machines are left of those processes' examinations, or of one of them; killed examiners leave theirs."""
    found = {machine.cluster for machine in provision.machines(engine)} | set(provision.leftovers(engine).values())
    for each in found & {cluster} if cluster else found:
        if (made := _CLUSTER.fullmatch(each)) and whose(made[1]):
            left = Refused(
                _("the machines of {cluster} could not be removed"),
                _("remove them: python3 -m swarmkit_helpers down --name {cluster}"),
                cluster=each,
            )
            wait_until(partial(_discarded, engine, each), REMOVAL, lambda left=left: left, every=0.5)


def _discarded(engine: Engine, cluster: str) -> bool:
    with suppress(Refused):  # somebody else is at it, such as an examiner that is no more, but asked before
        provision.discard(engine, cluster, [machine.container for machine in provision.machines(engine, cluster)])
    return not provision.machines(engine, cluster) and cluster not in provision.leftovers(engine).values()


def abandon(engine: Engine) -> None:
    """No examination of this process goes on."""
    mine = {"label": [f"{LABEL}={os.getpid()}"]}
    for found in engine.api.get("containers", "json", all=True, filters=mine):
        _gone(engine, "containers", found["Id"])
    for found in engine.api.get("volumes", filters=mine)["Volumes"] or ():
        _gone(engine, "volumes", found["Name"])
    _discard(engine, _is_ours)


def _alive(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is somebody else's
        return True
    return True


def _is_ours(process: str) -> bool:
    return process == str(os.getpid())


def _mine() -> dict[str, str]:
    return {LABEL: str(os.getpid())}


@contextmanager
def _room(engine: Engine, cluster: str) -> Iterator[str]:
    """The name of an examination whose two shared folders are there; with the block all of it is gone."""
    name = f"swarmlab-exam-{secrets.token_hex(6)}"
    try:
        for part in ("door", "kernel"):
            engine.api.post(
                "volumes",
                "create",
                body={
                    "Name": f"{name}-{part}",
                    "Driver": "local",
                    "Labels": _mine(),
                    "DriverOpts": {"type": "tmpfs", "device": "tmpfs", "o": "size=1m,nr_inodes=200,mode=0777,noexec"},
                },
            )
        yield name
    finally:
        for part in ("examiner", "kernel"):
            _gone(engine, "containers", f"{name}-{part}")
        for part in ("door", "kernel"):
            _gone(engine, "volumes", f"{name}-{part}")
        _discard(engine, _is_ours, cluster)


def _gone(engine: Engine, kind: str, name: str) -> None:
    with suppress(NotFound, Refused):  # it was never made, or another grader is removing it
        engine.api.delete(kind, name, force=True, v=kind == "containers")


def _start(engine: Engine, name: str, body: Json) -> str:
    if given_up.is_set():
        raise Refused(_("grading was interrupted"), _("grade again"))
    engine.api.post("containers", "create", body=body, name=name)
    engine.api.post("containers", name, "start")
    return name


def _confined(user: int, memory: int, pids: int, mounts: list[Json]) -> Json:
    """What holds a container in: no network, no rights, nothing to write on but a little memory."""
    return {
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Memory": memory,
        "MemorySwap": memory,
        "PidsLimit": pids,
        "NanoCpus": int(CPUS * NANO),
        "OomScoreAdj": 500,
        "Tmpfs": dict.fromkeys(("/tmp", "/home"), f"{FILES},uid={user}"),
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}, {"Name": "nofile", "Soft": 1024, "Hard": 1024}],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        "IpcMode": "private",
        "Mounts": mounts,
    }


def _container(image: str, user: int, command: list[str], environment: Mapping[str, str], host: Json) -> Json:
    own = {
        "HOME": "/home",
        "TMPDIR": "/tmp",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "MPLCONFIGDIR": "/home/mpl",
        "IPYTHONDIR": "/home/ipython",
        "JUPYTER_DATA_DIR": "/home/jupyter",
        "JUPYTER_CONFIG_DIR": "/home/jupyter",
        "JUPYTER_RUNTIME_DIR": "/home/jupyter",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return {
        "Image": image,
        "User": f"{user}:{user}",
        "WorkingDir": "/home",
        "Entrypoint": [],
        "Cmd": command,
        "Env": [f"{name}={value}" for name, value in {**own, **environment}.items()],
        "Labels": _mine(),
        "HostConfig": host,
    }


def _shared(name: str, part: str, read_only: bool = False) -> Json:
    # A copy of what the image has in that place would bring that folder's rights, too.
    return {
        "Type": "volume",
        "Source": f"{name}-{part}",
        "Target": f"/room/{part}",
        "ReadOnly": read_only,
        "VolumeOptions": {"NoCopy": True},
    }


def _fenced(image: str, longest: float) -> list[str]:
    """The beginning of a command: Python that has so much time, and a fence around it."""
    python = container_files.python(image)
    return ["timeout", "-k", "15", str(int(longest)), python, "-m", "swarmkit_helpers.grading.seccomp", python]


def _kernel(image: str, name: str, connection: Json, speed: float, longest: float) -> Json:
    """The kernel's container. Its first process ends it when the time is over, whoever else may have died."""
    ports = [f"--{part}={connection[f'{part}_port']}" for part in ("shell", "iopub", "stdin", "control", "hb")]
    start = [
        *_fenced(image, longest),
        "-m",
        "ipykernel_launcher",
        "--transport=ipc",
        f"--ip={connection['ip']}",
        *ports,
        f"--Session.key={connection['key']}",
    ]
    # The examiner is another user: it may connect to the kernel's sockets.
    command = ["sh", "-c", 'umask 0; exec "$@"', "kernel", *start]
    mounts = [*container_files.mounts(image), _shared(name, "door", read_only=True), _shared(name, "kernel")]
    door = Path("/room/door")
    return _container(
        image,
        container_files.KERNEL_USER,
        command,
        {
            exam_sockets.FOLDER_VARIABLE: str(door),
            exam_sockets.SPEED_VARIABLE: str(speed),
            "DOCKER_HOST": f"unix://{exam_sockets.socket_path(door, exam_sockets.OUTER_ENGINE)}",
        },
        _confined(container_files.KERNEL_USER, KERNEL_MEMORY, KERNEL_PIDS, mounts),
    )


def _examiner(engine: Engine, image: str, name: str, given: Path, answer: Path, request: Json, longest: float) -> Json:
    """The examiner's container; with a real engine it has the way to that, which the kernel's has not."""
    command = [*_fenced(image, longest), "-m", "swarmkit_helpers.grading.examiner", "/exam"]
    mounts = [
        *container_files.mounts(image),
        _shared(name, "door"),
        _shared(name, "kernel"),
        {"Type": "bind", "Source": str(given), "Target": "/exam/in", "ReadOnly": True},
        {"Type": "bind", "Source": str(answer), "Target": "/exam/out"},
    ]
    environment, groups = {}, []
    if request["engine"] == "real":
        path = Path(engine.url.removeprefix("unix://"))
        mounts.append({"Type": "bind", "Source": str(path), "Target": "/exam/engine.sock"})
        environment["DOCKER_HOST"] = "unix:///exam/engine.sock"
        groups = [str(path.stat().st_gid)]
    host = _confined(container_files.EXAMINER_USER, EXAMINER_MEMORY, EXAMINER_PIDS, mounts)
    return _container(image, container_files.EXAMINER_USER, command, environment, {**host, "GroupAdd": groups})


def _ended(engine: Engine, container: str, timeout: float) -> Json | None:
    """The state in which the container ended; None if its time was over first."""

    def look() -> Json | None:
        state = engine.api.get("containers", container, "json")["State"]
        return None if state["Running"] else state

    late = NotConverged(_("the examination took too long"), _("look at what it did"))
    try:
        return wait_until(look, timeout, lambda: late, every=0.2)
    except NotConverged:
        return None


def _remarks(examiner: Json | None, kernel: Json) -> list[str]:
    """What the ends of the two containers tell the student."""
    told = []
    if kernel["OOMKilled"]:
        told.append(_("Its code wanted more than {n} MB of memory and was ended.").format(n=KERNEL_MEMORY >> 20))
    if examiner is None or examiner["ExitCode"] == 124:  # as `timeout` says it
        told.append(_("The examination took too long and was ended."))
    elif examiner["ExitCode"]:
        told.append(_("What it sent was too much for the examiner, which was ended."))
    return told


def _bytes(path: Path) -> bytes | None:
    """What is in the file that the examiner wrote; None if there is nothing, or more than can be an answer."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            content = file.read(LARGEST[path.name] + 1)
    except OSError:
        return None
    return content if 0 < len(content) <= LARGEST[path.name] else None
