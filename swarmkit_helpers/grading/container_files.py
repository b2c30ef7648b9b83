"""The root file system of an examination's containers: this machine's own files, read-only, and nothing else of it.

So there is no image to build or to pull: Python, its packages and the docker command are those that run here. What is
not listed is not there, least of all anybody's home. Where the engine does not see this machine's files, the image of
the repository's Dockerfile has the same inside.
"""

import compileall
import io
import sys
import tarfile
from pathlib import Path

from .. import __version__
from ..engine import images
from ..engine.discover import Engine
from ..errors import BadInput, NotFound
from ..language import _
from ..records import Json

PACKAGE = Path(__file__).parents[1]
SIMULATOR = PACKAGE.parent / "swarm_simulator"  # a program of the examiner
OWN, CLASS = "swarmlab-room:local", f"swarmlab-class:{__version__}"
KERNEL_USER, EXAMINER_USER = 64001, 64002  # numbers that nobody has here; names are in the image's /etc/passwd
_SYSTEM = ("lib", "lib64", "bin", "sbin")  # links into /usr, or folders of their own
_FOLDERS = ("dev", "proc", "sys", "tmp", "etc", "room/door", "room/kernel", "exam", "home")


def sees_our_files(engine: Engine) -> bool:
    """Whether the engine runs on this very machine, so that its containers can have files of it."""
    system = engine.api.get("info")["OperatingSystem"]
    return sys.platform == "linux" and engine.url.startswith("unix://") and system != "Docker Desktop"


def ensure_image(engine: Engine) -> str:
    """The name of the image of both containers. Raises `NotFound` if it has to be built first."""
    if not sees_our_files(engine):
        if images.has(engine.api, CLASS):
            return CLASS
        raise NotFound(
            _("the engine at {url} does not see this computer's files, and has no image {image}"),
            _("build it in the clone: docker build --tag {image} ."),
            url=engine.url,
            image=CLASS,
        )
    for package in (PACKAGE, SIMULATOR):  # in the containers nothing can be written
        compileall.compile_dir(package, quiet=2)
    if not images.has(engine.api, OWN):
        repository, _colon, tag = OWN.partition(":")
        engine.api.send("images", "create", data=_almost_empty(), fromSrc="-", repo=repository, tag=tag)
    return OWN


def mounts(image: str) -> list[Json]:
    """The mounts, all read-only, that make the image one in which this Python and this package run.

    Raises `BadInput` where that would show a home to students' code, as with a Python that was installed into one.
    """
    if image == CLASS:
        return []
    own = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1], PACKAGE, SIMULATOR]
    places = {Path("/usr"), *(path for path in own if not path.is_relative_to("/usr"))}
    places |= {path for name in _SYSTEM if (path := Path("/", name)).is_dir() and not path.is_symlink()}
    places |= {path for path in map(Path, ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")) if path.exists()}
    home = Path.home()
    if broad := {path for path in places if path.resolve() in (home.resolve(), *home.resolve().parents)}:
        raise BadInput(
            _("this Python is installed into {path}, which students' code may not see"),
            _("grade with a Python that has a folder of its own"),
            path=min(broad),
        )
    inner = {path for path in places if any(path != other and path.is_relative_to(other) for other in places)}
    return [
        {"Type": "bind", "Source": str(path), "Target": str(path), "ReadOnly": True} for path in sorted(places - inner)
    ]


def python(image: str) -> str:
    """The program to run there."""
    return "python3" if image == CLASS else sys.executable


def _almost_empty() -> bytes:
    """The archive of an image with folders to mount on, the links of a merged /usr, and names for the users."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        for name in _SYSTEM:
            if (here := Path("/", name)).is_symlink():
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, str(here.readlink())
                tar.addfile(link)
        users = f"student:x:{KERNEL_USER}:{KERNEL_USER}::/home:/bin/sh\n"
        users += f"examiner:x:{EXAMINER_USER}:{EXAMINER_USER}::/home:/bin/sh\n"
        passwd = tarfile.TarInfo("etc/passwd")
        passwd.size = len(users)
        tar.addfile(passwd, io.BytesIO(users.encode()))
    return file.getvalue()
