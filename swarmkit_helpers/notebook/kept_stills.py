"""The stills of a student's figures, kept on disk when they are frozen: the report is made from them.

They lie beside the journal in Jupyter's data folder, a JSON file each, in a folder for each cluster. Only figures of a
section that was started are kept.
"""

import base64
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ..records import Json

STILLS_MAX = 300  # of a cluster; the oldest are deleted. Going through the course makes about forty, of 30 kB each
FILE_MAX_BYTES = 300_000


@dataclass(frozen=True)
class Moment:
    """How it looked when a command was given."""

    at: float  # seconds since the epoch
    command: str
    alt: str
    png: str  # base64


@dataclass(frozen=True)
class KeptStill:
    """A picture that stands still: when it was so, after which command, and what it shows in words."""

    at: float  # seconds since the epoch
    chart: str  # its name
    command: str  # empty if none was given before
    sentence: str
    alt: str
    rows: tuple[tuple[str, ...], ...]  # its table; the first row has the titles
    png: str  # base64
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True)
class Owner:
    """Whose figures a kernel makes: the cluster's name, the section and the student's id."""

    cluster: str
    section: str
    student: str


_owners: dict[str, Owner] = {}  # of this kernel, by the name of the swarm


def belong_to(swarm: str, owner: Owner) -> None:
    """Keep the stills of that swarm's figures for that student's section from now on."""
    _owners[swarm] = owner


def keep(swarm: str, still: KeptStill) -> None:
    """Write the still to the disk; the oldest ones of the cluster are deleted. Without a section, do nothing.

    A full disk must not stop a lesson: then the still is not in the report, and stays in the notebook.
    """
    owner = _owners.get(swarm)
    if owner is None:
        return
    place = folder(owner.cluster)
    name = f"{time.time_ns():020}"
    content = json.dumps({"section": owner.section, "student": owner.student, **asdict(still)})
    if len(content) > FILE_MAX_BYTES:
        return
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(place / f"{name}.json", content)
        for path in _files(place)[:-STILLS_MAX]:
            path.unlink(missing_ok=True)
    except OSError:
        return


def read(cluster: str, student: str) -> dict[str, list[KeptStill]]:
    """The student's stills on that cluster by section, in the order of time. A damaged file counts as none."""
    found: dict[str, list[KeptStill]] = {}
    for section, still in _read(cluster, student):
        found.setdefault(section, []).append(still)
    return found


def take_over(cluster: str, other: str, student: str) -> int:
    """Let the stills of that other student id be this one's too, and return how many were not yet.

    They stay one file each: copies could drive older stills out.
    """
    taken = 0
    for path in _files(folder(cluster)):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            owners = _students(content)
            if other in owners and student not in owners:
                content["taken_over_by"] = [*owners[1:], student]
                _write(path, json.dumps(content))
                taken += 1
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue
    return taken


def forget(cluster: str) -> None:
    """Delete the stills of that cluster."""
    shutil.rmtree(folder(cluster), ignore_errors=True)


def folder(cluster: str) -> Path:
    """Where the stills of that cluster are."""
    return Path(jupyter_data_dir()) / "swarmlab" / "stills" / cluster


def as_text(png: bytes) -> str:
    """The picture in base64."""
    return base64.b64encode(png).decode()


def _read(cluster: str, student: str) -> Iterator[tuple[str, KeptStill]]:
    for path in _files(folder(cluster)):
        try:
            body = json.loads(path.read_text(encoding="utf-8"))
            if student not in _students(body):
                continue
            body = {name: value for name, value in body.items() if name not in ("student", "taken_over_by")}
            section = str(body.pop("section"))
            moments = tuple(Moment(**{**each, "png": _checked(each["png"])}) for each in body.pop("moments"))
            rows = tuple(tuple(map(str, row)) for row in body.pop("rows"))
            yield section, KeptStill(**{**body, "png": _checked(body["png"])}, rows=rows, moments=moments)
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            continue  # torn by a power cut, or from a version that is not known


def _students(content: Json) -> list[str]:
    """The student id under which the still was made, and those that have taken it over."""
    return [content["student"], *content.get("taken_over_by", ())]


def _write(path: Path, content: str) -> None:
    """Write the file at once as a whole: a report may be made meanwhile."""
    new = path.with_name(f".{path.stem}")
    new.write_text(content, encoding="utf-8")
    new.replace(path)


def _checked(png: str) -> str:
    """The base64 of a PNG. Raises `ValueError` for anything else."""
    if not base64.b64decode(png, validate=True).startswith(b"\x89PNG"):
        raise ValueError("this is no PNG")
    return png


def _files(place: Path) -> list[Path]:
    """The files of stills, the oldest first."""
    return sorted(place.glob("[0-9]*.json"))
