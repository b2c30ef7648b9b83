"""Where the course is installed, and whether this Python has the packages it asks for.

Standard library only, and written so that it also loads on the Pythons that `bootstrap` refuses.
"""

import re
from pathlib import Path

OLDEST_PYTHON = (3, 11)  # as requires-python says; a test compares them
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"


def is_clone() -> bool:
    """Whether this is the project's folder, and not a package installed somewhere."""
    return (ROOT / "pyproject.toml").exists()


def requirements(which: str) -> "list[str]":
    """What pyproject.toml asks for: for "lab" its dependencies, for "test" also those of the extra."""
    import tomllib  # Python 3.11

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"] + (project["optional-dependencies"]["test"] if which == "test" else [])


def satisfied(wanted: "list[str]") -> bool:
    """Whether this Python has them all. Each is a name and bounds such as ">=1.2,<2": all this project uses."""
    from importlib.metadata import PackageNotFoundError, version

    for requirement in wanted:
        name, bounds = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
        try:
            if not within(version(name), bounds):
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
    numbers = [int(number) for number in re.match(r"\d+(\.\d+)*", version).group().split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))
