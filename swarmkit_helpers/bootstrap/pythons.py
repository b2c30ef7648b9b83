"""The Pythons of this machine: which can make the environment."""

import os
import shutil
import subprocess
import sys

from ..installation import OLDEST_PYTHON, PACKAGE
from .problem import Problem

OTHER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")  # tried in this order


def newer_python(arguments: "list[str]") -> str:
    """Find a Python on the PATH that is new enough and can make environments. Raises `Problem` if there is none."""
    for name in OTHER_PYTHONS:
        found = shutil.which(name)
        if found and _can_make(found):
            return found
    raise Problem(
        "this needs Python {}.{} or newer, and this is {}.{}".format(*(OLDEST_PYTHON + sys.version_info[:2])),
        "install a newer Python beside it, and start again with: " + " ".join(["python3.12 -m", PACKAGE, *arguments]),
    )


def python_with_venv() -> str:
    """Find a Python that can make an environment: this one, else another, else this one with a package from apt.

    Raises `Problem` if there is none.
    """
    this = getattr(sys, "_base_executable", sys.executable)
    if os.name != "nt":
        this = os.path.realpath(this)  # a link such as python3 may lead to another version tomorrow
    if _can_make(this):
        return this
    try:
        return newer_python([])
    except Problem:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        command = "apt-get update && apt-get install --yes --no-install-recommends " + package
        if shutil.which("apt-get") and os.geteuid() == 0:
            print("Installing {} with apt: this Python needs it to make environments".format(package), flush=True)
            subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if _can_make(this):
            return this
        raise Problem(
            "{} cannot make environments: it lacks venv or ensurepip".format(this),
            "on Debian or Ubuntu: sudo apt-get install {}; elsewhere install Python from its own installer".format(
                package
            ),
        ) from None


def _can_make(python: str) -> bool:
    """Whether that Python is new enough and can make environments."""
    test = "import sys, venv, ensurepip; sys.exit(sys.version_info < {})".format(OLDEST_PYTHON)
    return not subprocess.call([python, "-c", test], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
