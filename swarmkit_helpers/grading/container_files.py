"""The root file system of an examination's containers: some of this computer's own files, read-only.

So there is no image to build or to pull: Python, its packages and the docker command are those that run here. Only the
folders listed here are in the containers, and no user's home. If the engine does not see this computer's files, an
image built from the repository's Dockerfile has the same content.
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
SIMULATOR = PACKAGE.parent / "swarm_simulator"  # the examiner starts it as a program
FRAME_IMAGE = "swarmlab-exam:local"  # almost empty: this computer's files are mounted into it
CLASS_IMAGE = f"swarmlab-class:{__version__}"  # of the repository's Dockerfile
# No user of this computer has these numbers; their names are in the image's /etc/passwd.
KERNEL_USER, EXAMINER_USER = 64001, 64002
_SYSTEM = ("lib", "lib64", "bin", "sbin")  # links into /usr, or folders of their own
_FOLDERS = ("dev", "proc", "sys", "tmp", "etc", "sockets/proxy", "sockets/kernel", "exam", "home")


def sees_our_files(engine: Engine) -> bool:
    """Whether the engine runs on this computer, so that its containers can have this computer's files."""
    system = engine.api.get("info")["OperatingSystem"]
    return sys.platform == "linux" and engine.url.startswith("unix://") and system != "Docker Desktop"


def ensure_image(engine: Engine) -> str:
    """Make the image of both containers if it is missing, and return its name.

    Raises `NotFound` for an engine that does not see our files and has no image of the Dockerfile.
    """
    if not sees_our_files(engine):
        if images.has(engine.api, CLASS_IMAGE):
            return CLASS_IMAGE
        raise NotFound(
            _("the engine at {url} does not see this computer's files, and has no image {image}"),
            _("build it in the clone: docker build --tag {image} ."),
            url=engine.url,
            image=CLASS_IMAGE,
        )
    for package in (PACKAGE, SIMULATOR):  # the containers cannot write the compiled files
        compileall.compile_dir(package, quiet=2)
    if not images.has(engine.api, FRAME_IMAGE):
        repository, _colon, tag = FRAME_IMAGE.partition(":")
        engine.api.send("images", "create", data=iter([_frame()]), fromSrc="-", repo=repository, tag=tag)
    return FRAME_IMAGE


def mounts(image: str) -> list[Json]:
    """The mounts, all read-only, with which this Python and this package run in the image.

    Raises `BadInput` if they would show a home to students' code: then Python was installed into a home.
    """
    if image == CLASS_IMAGE:
        return []
    programs = [Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable).resolve().parents[1], PACKAGE, SIMULATOR]
    places = {Path("/usr"), *(path for path in programs if not path.is_relative_to("/usr"))}
    places |= {path for name in _SYSTEM if (path := Path("/", name)).is_dir() and not path.is_symlink()}
    places |= {path for path in map(Path, ("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts")) if path.exists()}
    home = Path.home()
    if broad := {path for path in places if path.resolve() in (home.resolve(), *home.resolve().parents)}:
        raise BadInput(
            _("this Python is installed into {path}, which students' code may not see"),
            _("grade with a Python in a folder of its own"),
            path=min(broad),
        )
    inner = {path for path in places if any(path != other and path.is_relative_to(other) for other in places)}
    return [
        {"Type": "bind", "Source": str(path), "Target": str(path), "ReadOnly": True} for path in sorted(places - inner)
    ]


def python(image: str) -> str:
    """The path of Python in the image."""
    return "python3" if image == CLASS_IMAGE else sys.executable


def variables(image: str) -> dict[str, str]:
    """The environment variables with which Python finds this package in the image, also if it is not installed."""
    return {} if image == CLASS_IMAGE else {"PYTHONPATH": str(PACKAGE.parent)}


def _frame() -> bytes:
    """The archive of the frame image: folders to mount on, the links of a merged /usr, and names for the users."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name in _FOLDERS:
            folder = tarfile.TarInfo(name)
            folder.type, folder.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(folder)
        for name in _SYSTEM:
            if (path := Path("/", name)).is_symlink():
                link = tarfile.TarInfo(name)
                link.type, link.linkname = tarfile.SYMTYPE, str(path.readlink())
                tar.addfile(link)
        users = f"student:x:{KERNEL_USER}:{KERNEL_USER}::/home:/bin/sh\n"
        users += f"examiner:x:{EXAMINER_USER}:{EXAMINER_USER}::/home:/bin/sh\n"
        passwd = tarfile.TarInfo("etc/passwd")
        passwd.size = len(users)
        tar.addfile(passwd, io.BytesIO(users.encode()))
    return file.getvalue()
