"""The course's own environment: whether it is complete, and how it is made."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from ..file_lock import one_at_a_time
from ..installation import FOLDERS, MARKS, PACKAGE, ROOT, STAMP, environment_folder
from . import installers
from .problem import Problem
from .pythons import python_with_venv

MARK_TEXT = "The Swarm practicum made this environment, and may erase it and make it again.\n"


def ensure_environment(which: str) -> Path:
    """Make our environment with exactly the versions of the lock, if it is not complete. The path of its Python.

    `which` is the name of the lock: "lab" or "test".
    """
    if not _lock(which).exists():
        raise Problem("{} is missing: students get no tests".format(_lock(which)), "use a clone of the project")
    folder = environment_folder()
    if not folder:
        raise Problem(
            "{} and {} in {} are environments that the course did not make".format(*FOLDERS, ROOT),
            "remove or rename {}, or activate an environment that has the course's packages".format(FOLDERS[1]),
        )
    if not _complete(folder, which):
        try:
            with one_at_a_time(ROOT / ".venv.lock", "Another start is making the environment; waiting for it"):
                if not _complete(folder, which):  # the other start may have just made it
                    _make(folder, which)
        except OSError as error:
            raise Problem(
                "the environment {} cannot be made ({})".format(folder, error.strerror or error),
                "put the project in a folder you may write to, with 1 GB of free space",
            ) from error
    return _python(folder)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _complete(folder: Path, which: str) -> bool:
    """Whether the environment is complete, for the present lock ("test" includes "lab")."""
    good = [_stamp_text(lock) for lock in (which, "test") if _lock(lock).exists()]  # students get no tests
    return _stamp(folder) in good and _python(folder).exists()


def _stamp(folder: Path) -> str:
    """The stamp of the environment, which is written last; empty if it is not complete."""
    stamp = folder / STAMP
    return stamp.read_text(encoding="utf-8") if stamp.exists() else ""


def _lock(which: str) -> Path:
    return ROOT / "requirements" / (which + ".lock")


def _stamp_text(which: str) -> str:
    """The stamp of an environment made from this lock, in this folder: an environment cannot be moved."""
    return "{} {} {}\n".format(which, hashlib.sha256(_lock(which).read_bytes()).hexdigest(), ROOT)


def _make(folder: Path, which: str) -> None:
    """Install the packages of the lock and this project, and write the stamp."""
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the installer ends too
    maker = python_with_venv()
    if not _stamp(folder).endswith("{}\n".format(ROOT)) or not _python(folder).exists():
        if folder.name != FOLDERS[0]:
            print("{} is not the course's, and stays as it is".format(ROOT / FOLDERS[0]), flush=True)
        print("Making the course's own environment in {}; this is done once".format(folder), flush=True)
        _make_empty(folder, maker)
    else:
        print("Bringing the course's own environment in {} up to date".format(folder), flush=True)
        (folder / MARKS[0]).write_text(MARK_TEXT, encoding="utf-8")  # 0.1.0 wrote none
        (folder / STAMP).unlink()
    installers.install(folder, _python(folder), maker, _lock(which))
    _compile(folder)
    (folder / STAMP).write_text(_stamp_text(which), encoding="utf-8")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("The environment is ready ({:.0f} s)".format(time.monotonic() - begun), flush=True)


def _make_empty(folder: Path, maker: str) -> None:
    """Make an environment without packages in the folder, which is ours or free. The mark in it is never missing."""
    folder.mkdir(exist_ok=True)
    (folder / MARKS[0]).write_text(MARK_TEXT, encoding="utf-8")
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(str(path))
        elif path.name != MARKS[0]:
            path.unlink()
    made = subprocess.run(
        [maker, "-m", "venv", "--without-pip", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if made.returncode:
        raise Problem(
            "{} could not make {}: {}".format(maker, folder, made.stdout.strip()),
            "fix the error it shows (is there 1 GB of free space?), and start again",
        )


def _compile(folder: Path) -> None:
    """Compile all modules. Some processes may not write compiled modules, such as a kernel in a container that
    grades: they would compile them again at each start. A module that cannot be compiled fails when it is imported.
    """
    print("  compiling the modules", flush=True)
    ours = [str(ROOT / package) for package in (PACKAGE, "swarm_simulator")]
    folders = [str(path) for path in installers.site_packages(folder)]
    subprocess.run(
        [str(_python(folder)), "-m", "compileall", "-qq", "-j", "0", "-x", r"[\\/]tests?[\\/]", *folders, *ours],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
