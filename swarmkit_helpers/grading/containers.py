"""The two containers of an examination: the student's kernel in one, the examiner in the other, without a network.

They share two small folders in memory: the sockets of the kernel, and the sockets of the proxy to its swarm.
SECURITY.md says against whom this protects, and against whom it does not. The limits are measured, with space to spare.
"""

import os
import secrets
import time
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from ..cluster.node_container import NANO_CPUS
from ..display.charts.pixels import font_list
from ..engine import exam_sockets
from ..engine.discover import Engine
from ..machine import OWNER_VARIABLE, current_user
from ..recorder.pace import BUSY_PAUSE_VARIABLE
from ..records import Json
from . import container_files

LABEL = "swarmlab.grading"  # on all that an examination makes; its value is the process that made it
# A process id means something only where it was given: on one boot, in one namespace, such as that of a devcontainer.
NAMESPACE_LABEL, NAMESPACE_CHARS = "swarmlab.grading.namespace", 12
LEASE_LABEL = "swarmlab.grading.until"  # seconds since the epoch; until then no other grader removes it
LEASE_SECONDS = 25 * 3600  # an examination takes a day at most
KERNEL_MAX_BYTES = 640 << 20  # of memory, with its files: a kernel with the lessons' charts has 190 MB
EXAMINER_MAX_BYTES = 1 << 30  # of memory: papermill, the observer and the simulated engine have 250 MB
KERNEL_MAX_PIDS, EXAMINER_MAX_PIDS = 128, 256  # processes and threads: the lessons have 40
KERNEL_LOOK_SECONDS = 0.5  # between two looks of the kernel at its swarm: three of four of its requests were looks
CPUS = 1.0  # of each container
KILL_SECONDS = 15  # between the end of a container's time and SIGKILL, for a program that ignores SIGTERM
TIMEOUT_STATUS = 124  # of a container whose time was over, as `timeout` (coreutils) has it
SOCKETS = Path("/sockets")  # the shared folders, in both containers
PROXY, KERNEL = "proxy", "kernel"  # the two shared folders
# Of a folder in memory that a container can write to. Docker would make it noexec, but `hostname` and `sleep` of a
# script run there (cluster/exam_exec.py); for an attacker, who has Python, it makes no difference.
_MEMORY_FOLDER = "size=64m,mode=1777,nosuid,nodev,exec"
_SHARED_FOLDER = "size=1m,nr_inodes=200,mode=0777,noexec"


def own_label() -> dict[str, str]:
    """The label of what this process makes."""
    return {LABEL: str(os.getpid())}


@cache
def namespace() -> str:
    """What tells this computer's processes from others': its boot, and the namespace of their ids; empty off Linux."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return sha256(f"{boot} {os.stat('/proc/self/ns/pid').st_ino}".encode()).hexdigest()[:NAMESPACE_CHARS]  # noqa: PTH116
    except OSError:
        return ""


def lease() -> dict[str, str]:
    """The labels by which graders elsewhere know whether what this process makes is still in use."""
    return {NAMESPACE_LABEL: namespace(), LEASE_LABEL: str(int(time.time()) + LEASE_SECONDS)}


def kernel_connection() -> Json:
    """A new connection to a kernel, as a Jupyter connection file has it."""
    return {
        "transport": "ipc",
        "ip": str(SOCKETS / KERNEL / "k"),
        "shell_port": 1,
        "iopub_port": 2,
        "stdin_port": 3,
        "control_port": 4,
        "hb_port": 5,
        "key": secrets.token_hex(16),
        "signature_scheme": "hmac-sha256",
    }


def shared_volume(exam: str, part: str) -> Json:
    """The body of the request that creates the shared folder `part`, which is `PROXY` or `KERNEL`."""
    return {
        "Name": f"{exam}-{part}",
        "Driver": "local",
        "Labels": own_label() | lease(),
        "DriverOpts": {"type": "tmpfs", "device": "tmpfs", "o": _SHARED_FOLDER},
    }


def kernel_container(image: str, exam: str, connection: Json, speed: float, max_seconds: float) -> Json:
    """The body of the request that creates the kernel's container.

    Its first process ends the container when the time is over, also if all other processes have died.
    """
    ports = [f"--{part}={connection[f'{part}_port']}" for part in ("shell", "iopub", "stdin", "control", "hb")]
    start = [
        *_limited_python(image, max_seconds),
        "-m",
        "ipykernel_launcher",
        "--transport=ipc",
        f"--ip={connection['ip']}",
        *ports,
        f"--Session.key={connection['key']}",
        "--HistoryManager.enabled=False",  # nobody reads a database of the cells
    ]
    # The examiner is another user: with this umask it may connect to the kernel's sockets.
    command = ["sh", "-c", 'umask 0; exec "$@"', "kernel", *start]
    mounts = [*container_files.mounts(image), _shared_mount(exam, PROXY, read_only=True), _shared_mount(exam, KERNEL)]
    proxy = SOCKETS / PROXY
    environment = {
        exam_sockets.FOLDER_VARIABLE: str(proxy),
        exam_sockets.SPEED_VARIABLE: str(speed),
        BUSY_PAUSE_VARIABLE: str(KERNEL_LOOK_SECONDS),
        "DOCKER_HOST": f"unix://{exam_sockets.socket_path(proxy, exam_sockets.OUTER_ENGINE)}",
    }
    host = _host_config(container_files.KERNEL_USER, KERNEL_MAX_BYTES, KERNEL_MAX_PIDS, mounts)
    return _container(image, container_files.KERNEL_USER, command, environment, host)


def examiner_container(
    image: str, exam: str, given: Path, answer: Path, max_seconds: float, engine: Engine | None
) -> Json:
    """The body of the request that creates the examiner's container.

    It reads `given` and writes `answer`. With a real engine it also has the engine's socket, which the kernel's
    container never has.
    """
    command = [*_limited_python(image, max_seconds), "-m", "swarmkit_helpers.grading.examiner", "/exam"]
    mounts = [
        *container_files.mounts(image),
        _shared_mount(exam, PROXY),
        _shared_mount(exam, KERNEL),
        {"Type": "bind", "Source": str(given), "Target": "/exam/in", "ReadOnly": True},
        {"Type": "bind", "Source": str(answer), "Target": "/exam/out"},
    ]
    environment = {"MPLCONFIGDIR": "/home"}
    if (fonts := font_list()).exists():
        mounts.append({"Type": "bind", "Source": str(fonts), "Target": f"/home/{fonts.name}", "ReadOnly": True})
    groups: list[str] = []
    if engine:
        path = Path(engine.url.removeprefix("unix://"))
        mounts.append({"Type": "bind", "Source": str(path), "Target": "/exam/engine.sock"})
        environment["DOCKER_HOST"] = "unix:///exam/engine.sock"
        groups = [str(path.stat().st_gid)]
    host = _host_config(container_files.EXAMINER_USER, EXAMINER_MAX_BYTES, EXAMINER_MAX_PIDS, mounts)
    return _container(image, container_files.EXAMINER_USER, command, environment, {**host, "GroupAdd": groups})


def _limited_python(image: str, max_seconds: float) -> list[str]:
    """The beginning of a command: Python with a time limit, behind the seccomp filter."""
    python = container_files.python(image)
    # A shell starts it: as a container's first process, timeout of coreutils 9.10 (Debian 14) ends with status 125.
    limit = ["sh", "-c", 'timeout "$@"; exit $?', "timeout", "-k", str(KILL_SECONDS), str(int(max_seconds))]
    return [*limit, python, "-m", "swarmkit_helpers.grading.seccomp", python]


def _host_config(user: int, max_bytes: int, max_pids: int, mounts: list[Json]) -> Json:
    """The HostConfig of a container without network or rights, which can write only to a little memory."""
    return {
        "NetworkMode": "none",
        "ReadonlyRootfs": True,
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "Memory": max_bytes,
        "MemorySwap": max_bytes,
        "PidsLimit": max_pids,
        "NanoCpus": int(CPUS * NANO_CPUS),
        "OomScoreAdj": 500,
        "Tmpfs": dict.fromkeys(("/tmp", "/home"), f"{_MEMORY_FOLDER},uid={user}"),
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}, {"Name": "nofile", "Soft": 1024, "Hard": 1024}],
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m", "max-file": "1"}},
        "IpcMode": "private",
        "Mounts": mounts,
    }


def _container(image: str, user: int, command: list[str], variables: Mapping[str, str], host_config: Json) -> Json:
    environment = {
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
        OWNER_VARIABLE: current_user(),  # the kernel and the examiner are other users, and have one cluster
        **container_files.variables(image),
        **variables,
    }
    return {
        "Image": image,
        "User": f"{user}:{user}",
        "WorkingDir": "/home",
        "Entrypoint": [],
        "Cmd": command,
        "Healthcheck": {"Test": ["NONE"]},  # the image's is for a server of JupyterLab
        "Env": [f"{name}={value}" for name, value in environment.items()],
        "Labels": own_label() | lease(),
        "HostConfig": host_config,
    }


def _shared_mount(exam: str, part: str, read_only: bool = False) -> Json:
    # A copy of what the image has in that place would bring that folder's rights, too.
    return {
        "Type": "volume",
        "Source": f"{exam}-{part}",
        "Target": str(SOCKETS / part),
        "ReadOnly": read_only,
        "VolumeOptions": {"NoCopy": True},
    }
