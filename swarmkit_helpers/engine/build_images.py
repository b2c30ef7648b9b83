"""Build images from the programs of this machine, for places where no registry can be reached.

The node image is a busybox and the machine's own Docker: its programs, their libraries, and iptables.
This needs Linux with an installed dockerd. On other systems, pull the images or load a bundle.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ..errors import Refused
from ..language import _
from ..progress import Phase
from . import apt

NODE_PROGRAMS = ("dockerd", "containerd", "containerd-shim-runc-v2", "runc", "docker-proxy", "docker-init", "docker")
_IPTABLES_PROGRAMS = (
    "iptables",
    "iptables-save",
    "iptables-restore",
    "ip6tables",
    "ip6tables-save",
    "ip6tables-restore",
)
_IPTABLES_PLUGINS = ("usr/lib/*/xtables/*.so", "usr/lib/xtables/*.so", "usr/lib64/xtables/*.so")
_PROGRAM_PATH = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/libexec/docker"]
)


@contextmanager
def busybox_files() -> Iterator[IO[bytes]]:
    """Make a tar archive of a busybox, with a link for each of its programs. Raises `Refused` if there is none."""
    with tempfile.TemporaryFile() as spool:
        with tarfile.open(fileobj=spool, mode="w") as tar:
            _add_busybox(tar)
        spool.seek(0)
        yield spool


@contextmanager
def node_files(phase: Phase) -> Iterator[IO[bytes]]:
    """Make a tar archive of a machine that can run dockerd. Raises `Refused` if a part is missing here."""
    files = _node_files()
    with tempfile.TemporaryFile() as spool:
        with tarfile.open(fileobj=spool, mode="w") as tar:
            _add_busybox(tar)
            _text(tar, "etc/os-release", "ID=swarmlab\nPRETTY_NAME=swarmlab node\n")  # the engine reads it
            _text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
            _text(tar, "etc/group", "root:x:0:\ndocker:x:999:\n")
            _link(tar, "var/run", "/run")
            for name in _IPTABLES_PROGRAMS:
                _link(tar, f"usr/bin/{name}", "xtables")
            for number, (target, source) in enumerate(files.items(), 1):
                tar.add(source, target.lstrip("/"))
                phase.advance(number, len(files) * 2)
        spool.seek(0)
        yield spool
        phase.advance(1, 1)


def _node_files() -> dict[str, Path]:
    """The files of the node image: path in the image, path on this machine."""
    if sys.platform != "linux":
        raise Refused(_("no node image could be pulled, and one can be made only on Linux"), _other_ways())
    programs = {f"/usr/bin/{name}": _program(name) for name in NODE_PROGRAMS}
    # The iptables that works for this machine's engine (legacy or nft) also works for its nodes.
    programs["/usr/bin/xtables"] = _program("iptables")
    plugins = [plugin for pattern in _IPTABLES_PLUGINS for plugin in Path("/").glob(pattern)]
    files = programs | {str(plugin): plugin for plugin in plugins}
    libraries = {name for file in files.values() for name in _libraries(file)}
    return files | {name: Path(name).resolve() for name in libraries}


def _program(name: str) -> Path:
    """Find the program, and follow its links. Raises `Refused` if it is not installed."""
    found = shutil.which(name, path=_PROGRAM_PATH)
    if not found:
        raise Refused(
            _("no node image could be pulled, and one cannot be made: {name} is not installed here"),
            _other_ways(),
            name=name,
        )
    return Path(found).resolve()


def _other_ways() -> str:
    """The fix where no image can be built."""
    return _("connect to the internet, or load a bundle: python3 -m swarmkit_helpers bundle load FILE")


def _libraries(file: Path) -> list[str]:
    """The shared libraries of the program, and its loader, as `ldd` lists them."""
    shown = subprocess.run(["ldd", file], capture_output=True, text=True)  # fails for a static program, which has none
    return [word for line in shown.stdout.splitlines() for word in line.split() if word.startswith("/")]


def _add_busybox(tar: tarfile.TarFile) -> None:
    """Add the machine's static busybox, as the shell and the small tools. Install it first if it is missing."""
    found = shutil.which("busybox", path=_PROGRAM_PATH)
    if not found or _libraries(Path(found)):
        apt.apt_install(["busybox-static"], _("a shell for the images made here"))
    path = _program("busybox")
    names = subprocess.run([path, "--list"], capture_output=True, text=True, check=True).stdout.split()
    for folder in ("bin", "etc", "tmp", "root", "var"):
        _folder(tar, folder)
    tar.add(path, "bin/busybox")
    for name in names:
        if name != "busybox":
            _link(tar, f"bin/{name}", "busybox")


def _entry(tar: tarfile.TarFile, name: str, kind: bytes, link: str = "", mode: int = 0o755) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = kind, link, mode
    tar.addfile(entry)


def _folder(tar: tarfile.TarFile, name: str) -> None:
    _entry(tar, name, tarfile.DIRTYPE, mode=0o1777 if name == "tmp" else 0o755)


def _link(tar: tarfile.TarFile, name: str, to: str) -> None:
    _entry(tar, name, tarfile.SYMTYPE, link=to)


def _text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(text)
    tar.addfile(entry, io.BytesIO(text.encode()))
