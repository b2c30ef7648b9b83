"""The folder of the course, and whether this Python has the packages that it requires.

Standard library only. It also loads on the Pythons that `bootstrap` refuses.
"""

import re
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # the same as requires-python; a test compares them
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def is_clone() -> bool:
    """Whether the package is in the project's folder, and not installed in an environment."""
    return (ROOT / "pyproject.toml").exists()


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
