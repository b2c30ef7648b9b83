"""Images made of what is installed on this machine, for where no registry can be reached.

The node image is a busybox and the machine's own Docker: its programs, the libraries they name, and iptables.
That needs Linux with an installed dockerd; everywhere else a pull or a bundle is the way.
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

PROGRAMS = ("dockerd", "containerd", "containerd-shim-runc-v2", "runc", "docker-proxy", "docker-init", "docker")
_IPTABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save", "ip6tables-restore")
_PLUGINS = ("usr/lib/*/xtables/*.so", "usr/lib/xtables/*.so", "usr/lib64/xtables/*.so")
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/libexec/docker"])


@contextmanager
def busybox_files() -> Iterator[IO[bytes]]:
    """A tar archive with a busybox as every program it can be. Raises `Refused` if there is none."""
    with tempfile.TemporaryFile() as spool:
        with tarfile.open(fileobj=spool, mode="w") as tar:
            _add_busybox(tar)
        spool.seek(0)
        yield spool


@contextmanager
def node_files(phase: Phase) -> Iterator[IO[bytes]]:
    """A tar archive of a machine that can run dockerd. Raises `Refused` if a part of it is missing."""
    files = _node_files()
    with tempfile.TemporaryFile() as spool:
        with tarfile.open(fileobj=spool, mode="w") as tar:
            _add_busybox(tar)
            _text(tar, "etc/os-release", "ID=swarmlab\nPRETTY_NAME=swarmlab node\n")  # the engine asks for it
            _text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
            _text(tar, "etc/group", "root:x:0:\ndocker:x:999:\n")
            _link(tar, "var/run", "/run")
            for name in _IPTABLES:
                _link(tar, f"usr/bin/{name}", "xtables")
            for number, (target, source) in enumerate(files.items(), 1):
                tar.add(source, target.lstrip("/"))
                phase.advance(number, len(files) * 2)
        spool.seek(0)
        yield spool
        phase.advance(1, 1)


def _node_files() -> dict[str, Path]:
    """What goes into the node image: path in the image, path here."""
    if sys.platform != "linux":
        raise Refused(_("no node image could be pulled, and one can be made only on Linux"), _another_way())
    programs = {f"/usr/bin/{name}": _program(name) for name in PROGRAMS}
    # The iptables that works for the engine of this machine (legacy or nft) works for its nodes.
    programs["/usr/bin/xtables"] = _program("iptables")
    plugins = [plugin for pattern in _PLUGINS for plugin in Path("/").glob(pattern)]
    files = programs | {str(plugin): plugin for plugin in plugins}
    libraries = {name for file in files.values() for name in _libraries(file)}
    return files | {name: Path(name).resolve() for name in libraries}


def _program(name: str) -> Path:
    """Where the program is, links followed."""
    found = shutil.which(name, path=_PATH)
    if not found:
        raise Refused(
            _("no node image could be pulled, and one cannot be made: {name} is not installed here"),
            _another_way(),
            name=name,
        )
    return Path(found).resolve()


def _another_way() -> str:
    return _("connect to the internet, or load a bundle: python3 -m swarmkit_helpers bundle load FILE")


def _libraries(file: Path) -> list[str]:
    """The shared libraries the file names, and the loader, as `ldd` finds them."""
    shown = subprocess.run(["ldd", file], capture_output=True, text=True)  # fails for a static program: no library
    return [word for line in shown.stdout.splitlines() for word in line.split() if word.startswith("/")]


def _add_busybox(tar: tarfile.TarFile) -> None:
    """The shell and small tools, from the machine's static busybox."""
    path = shutil.which("busybox", path=_PATH)
    if not path or _libraries(Path(path)):
        apt.apt_install(["busybox-static"], _("a shell for the images made here"))
        path = shutil.which("busybox", path=_PATH)
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
