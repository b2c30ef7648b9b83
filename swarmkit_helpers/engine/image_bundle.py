"""Save all images of the course in one file, and load them from it, for a classroom without internet."""

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import BadInput
from ..language import _
from ..progress import Progress
from .discover import Engine
from .images import WORKLOADS, ensure_node_image, ensure_workloads, one_platform

_CHUNK_BYTES = 1 << 20


def save_bundle(engine: Engine, path: Path, progress: Progress) -> None:
    """Save the node image and the workload images in the file. A failure leaves no incomplete file.

    Raises `BadInput` if the file cannot be written.
    """
    names = (ensure_node_image(engine, progress), *WORKLOADS)
    ensure_workloads(engine, progress)
    total = sum(engine.api.get("images", name, "json")["Size"] for name in names)
    part = path.with_name(path.name + ".part")
    said = _("save {images} in {path}").format(images=", ".join(names), path=path)
    try:
        with progress.phase(said) as phase, gzip.open(part, "wb", 3) as file:
            done = 0
            for chunk in engine.api.stream("images", "get", names=names, **one_platform(engine, names)):
                file.write(chunk)
                done += len(chunk)
                phase.advance(done, max(done, total))
        part.replace(path)
    except OSError as error:
        raise BadInput(
            _("{path} cannot be written ({reason})"),
            _("choose a file in a folder that exists, on a disk with 300 MB of free space"),
            path=path,
            reason=error.strerror,
        ) from error
    finally:
        part.unlink(missing_ok=True)


def load_bundle(engine: Engine, path: Path, progress: Progress) -> None:
    """Load the images of the bundle into the engine.

    Reads the file to its end before sending any of it, so that a damaged file changes nothing. Raises
    `BadInput` for a file that is not a complete bundle, `Refused` if the engine cannot load it.
    """
    again = _("copy the file again, or make one with: python3 -m swarmkit_helpers bundle save FILE")
    try:
        with progress.phase(_("check {path}").format(path=path)):
            names = _image_names(path)
    except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
        raise BadInput(_("{path} is not a complete bundle ({reason})"), again, path=path, reason=error) from error
    if missing := set(WORKLOADS) - names:
        raise BadInput(
            _("{path} is not a bundle of this course: it lacks {images}"),
            again,
            path=path,
            images=", ".join(sorted(missing)),
        )
    said = _("load {images}").format(images=", ".join(sorted(names)))
    with progress.phase(said) as phase, path.open("rb") as packed:
        size = path.stat().st_size

        def chunks() -> Iterator[bytes]:
            with gzip.open(packed) as file:
                while chunk := file.read(_CHUNK_BYTES):
                    phase.advance(packed.tell(), size)
                    yield chunk

        engine.api.send("images", "load", data=chunks(), quiet=True)


def _image_names(path: Path) -> set[str]:
    """Read the names in the bundle's manifest. Reading the file to its end checks its checksum."""
    names: set[str] = set()
    with gzip.open(path) as file:
        with tarfile.open(fileobj=file, mode="r|") as tar:
            for member in tar:
                if member.name == "manifest.json" and (manifest := tar.extractfile(member)):
                    names = {tag for image in json.load(manifest) for tag in image["RepoTags"] or ()}
        while file.read(_CHUNK_BYTES):
            pass
    return names
