"""The folder of the course, and whether this Python has the packages that it requires.

Standard library only. It also loads on the Pythons that `bootstrap` refuses.
"""

import os
import re
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # the same as requires-python; a test compares them
ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "swarmkit_helpers"
# Names of the folder of our environment. The second is used where the first is a user's own.
FOLDERS = (".venv", ".venv-swarmlab")
STAMP = "complete"  # the file of a complete environment
MARKS = ("swarmlab", STAMP, "pip.log")  # one of these files says that it is ours; version 0.1.0 wrote the last two


def is_clone() -> bool:
    """Whether the package is in the project's folder, and not installed in an environment."""
    return (ROOT / "pyproject.toml").exists()


def is_ours(folder: Path) -> bool:
    """Whether the folder is an environment that the course made, or had begun to make.

    A link is not: what it leads to may be another clone's, and making ours would erase that.
    """
    return not folder.is_symlink() and any((folder / mark).is_file() for mark in MARKS)


def environment_folder() -> "Path | None":
    """The folder of the course's own environment: the one that is there, else a free one; None if none is free."""
    folders = [ROOT / name for name in FOLDERS]
    return next(filter(is_ours, folders), None) or next(filter(_is_free, folders), None)


def _is_free(folder: Path) -> bool:
    """Whether there is nothing, or an empty folder."""
    if folder.is_dir():
        return not any(folder.iterdir())
    return not os.path.lexists(str(folder))


def requirements(which: str) -> "list[str]":
    """The requirements in pyproject.toml: for "lab" the dependencies, for "test" also those of that extra."""
    import tomllib  # Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted: "list[str]" = [*project["dependencies"]]
    if which == "test":
        wanted += project["optional-dependencies"]["test"]
    return wanted


def satisfied(wanted: "list[str]") -> bool:
    """Whether this Python has them all. Each is a name with bounds such as ">=1.2,<2"."""
    from importlib.metadata import PackageNotFoundError, version

    for requirement in wanted:
        name = re.split("[<>]", requirement)[0]
        try:
            if not within(version(name), requirement[len(name) :]):
                return False
        except PackageNotFoundError:
            return False
    return True


def within(version: str, bounds: str) -> bool:
    """Whether the version is within bounds such as ">=1.2,<2"."""
    has = _release(version)
    for sign, bound in re.findall(r"([<>]=?)([\d.]+)", bounds):
        limit = _release(bound)
        if not {"<": has < limit, "<=": has <= limit, ">": has > limit, ">=": has >= limit}[sign]:
            return False
    return True


def _release(version: str) -> "tuple[int, ...]":
    """The numbers of a version, at least four; without a suffix such as rc1 or post1."""
    numbers = [int(number) for number in re.split(r"\.?[^\d.]", version)[0].split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
