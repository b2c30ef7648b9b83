"""The state of the course's code: whether a stored result was made with the check and the package of now."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from ..course import checks, sections
from ..course.sections import SECTIONS, history_queries

_PACKAGES = ("swarmkit_helpers", "swarm_simulator")


@cache
def state_of(section: str) -> dict[str, str]:
    """Digests of that section's check, and of all code."""
    files = [SECTIONS[section].__file__, checks.__file__, sections.__file__, history_queries.__file__]
    return {"check": _digest(tuple(Path(file) for file in files if file)), "package": _package()}


@cache
def _package() -> str:
    folder = Path(__file__).parents[2]
    return _digest(tuple(path for name in _PACKAGES for path in sorted((folder / name).rglob("*.py"))))


def _digest(paths: tuple[Path, ...]) -> str:
    digest = sha256()
    for path in paths:
        text = path.read_bytes().replace(b"\r\n", b"\n")  # as git may have it on Windows
        digest.update(f"{path.name} {len(text)}\n".encode() + text)
    return digest.hexdigest()[:16]
