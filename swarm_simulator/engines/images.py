"""The images of one engine. An image is names, a size and settings: there are no files in it."""

import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import stamp
from ..swarm_api.go_structs import Json
from ..swarm_api.go_structs import body as read_body
from .events import Events
from .request_bodies import CONTAINER

BUSYBOX = "Simulated busybox"  # key in the settings of an image that has only busybox's programs
_PREFIXES = ("docker.io/library/", "index.docker.io/library/", "docker.io/", "index.docker.io/")


@dataclass(slots=True)
class Image:
    """One image."""

    id: str  # sha256:...
    created: float
    size: int  # bytes that a real one would have
    config: Json  # Cmd, Entrypoint, Env, Labels, ExposedPorts
    names: list[str] = field(default_factory=list)


def familiar(name: str) -> str:
    """The name as Docker shows it: without the default registry, with a tag (distribution/reference, FamiliarName)."""
    for prefix in _PREFIXES:
        if name.startswith(prefix):
            name = name.removeprefix(prefix)
            break
    if "@" in name:
        return name
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


class Images:
    """An engine's images, by id."""

    def __init__(self, clock: Clock, events: Events) -> None:
        self._clock, self._events = clock, events
        self._all: dict[str, Image] = {}

    def __iter__(self) -> Iterator[Image]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def add(self, name: str, config: Json, size: int, created: float | None = None) -> Image:
        """Add an image, unless there is an equal one, and give it that name."""
        created = self._clock.now if created is None else created
        core = json.dumps([config, size, round(created, 3)], sort_keys=True).encode()
        image = Image(f"sha256:{hashlib.sha256(core).hexdigest()}", created, size, config)
        image = self._all.setdefault(image.id, image)
        if name:
            self.tag(image, name)
        return image

    def tag(self, image: Image, name: str) -> None:
        """Give the image that name, and take it from any other."""
        name = familiar(name)
        for other in self._all.values():
            if name in other.names:
                other.names.remove(name)
        image.names.append(name)
        self._events.log("image", "tag", image.id, {"name": name})

    def find(self, name: str) -> Image:
        """The image with that name or id, or whose id starts so. Raises `ApiError` 404."""
        wanted, plain = familiar(name), name.removeprefix("sha256:")
        repository = wanted.partition("@")[0]
        for image in self._all.values():
            if wanted in image.names:
                return image
            if "@" in wanted and (
                f"{repository}@{image.id}" == wanted
                and any(
                    each.rpartition(":")[0] == repository.rpartition(":")[0] or each.rpartition(":")[0] == repository
                    for each in image.names
                )
            ):
                return image
        found = [
            image
            for image in self._all.values()
            if len(plain) >= 4 and image.id.removeprefix("sha256:").startswith(plain)
        ]
        if len(found) == 1:
            return found[0]
        raise ApiError(404, f"No such image: {wanted if not name.startswith('sha256:') else name}")

    def has(self, name: str) -> bool:
        """Whether there is such an image."""
        try:
            self.find(name)
        except ApiError:
            return False
        return True

    def remove(self, name: str, force: bool, used: set[str]) -> list[Json]:
        """Remove the name, and the image with its last name; return what was removed. Raises `ApiError` 404, 409."""
        image = self.find(name)
        by_name = familiar(name) in image.names
        if by_name and len(image.names) > 1:
            image.names.remove(familiar(name))
            return [{"Untagged": familiar(name)}]
        if not by_name and len(image.names) > 1 and not force:
            raise ApiError(
                409,
                f"conflict: unable to delete {name} (must be forced) - image is referenced in multiple repositories",
            )
        if image.id in used and not force:
            raise ApiError(
                409,
                f'conflict: unable to remove repository reference "{name}" (must force) - a container '
                "is using its referenced image",
            )
        removed = [{"Untagged": each} for each in image.names] + [{"Deleted": image.id}]
        del self._all[image.id]
        self._events.log("image", "delete", image.id, {"name": image.id})
        return removed

    def archive(self, names: list[str]) -> bytes:
        """The archive that `docker save` writes, without layers. Raises `ApiError` 404."""
        manifest: list[Json] = []
        files: dict[str, object] = {}
        for name in names:
            image = self.find(name)
            digest = image.id.removeprefix("sha256:")
            files[f"{digest}.json"] = {
                "architecture": "amd64",
                "os": "linux",
                "created": stamp(image.created),
                "config": image.config,
                "simulated": [image.created, image.size],
            }
            tags = [familiar(name)] if familiar(name) in image.names else []
            manifest.append({"Config": f"{digest}.json", "RepoTags": tags, "Layers": []})
        spool = io.BytesIO()
        with tarfile.open(fileobj=spool, mode="w") as tar:
            for path, content in {**files, "manifest.json": manifest}.items():
                data = json.dumps(content).encode()
                entry = tarfile.TarInfo(path)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        return spool.getvalue()

    def load(self, file: IO[bytes]) -> list[str]:
        """Add the images of an archive, and return their names. Raises `ApiError` 400 if it is no such archive."""
        try:
            file.seek(0)
            with tarfile.open(fileobj=file) as tar:
                listed = _read_json(tar, "manifest.json")
                total = sum(member.size for member in tar)
                found = [(entry.get("RepoTags") or [], _read_json(tar, entry["Config"])) for entry in listed]
            names = []
            for tags, config in found:
                created, size = map(float, config.get("simulated") or (self._clock.now, total))
                settings = _settings(config.get("config"))
                for name in tags or [""]:
                    image = self.add(str(name), settings, int(size), created)
                    names.append(str(name) or image.id)
        except (
            tarfile.TarError,
            OSError,
            EOFError,
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OverflowError,
        ) as error:
            raise ApiError(400, f"unrecognized image format: {error}") from error
        return names


def _read_json(tar: tarfile.TarFile, path: str) -> Any:
    """The content of a JSON file in the archive. Raises KeyError, ValueError."""
    file = tar.extractfile(path)
    if file is None:
        raise ValueError(f"{path} is no file")
    return json.load(file)


def _settings(config: object) -> Json:
    """The settings of an image that are used here. Raises `ApiError` 400."""
    settings = read_body(CONTAINER, config)
    return settings | ({BUSYBOX: True} if isinstance(config, dict) and config.get(BUSYBOX) is True else {})


def summary(image: Image, containers: int) -> Json:
    """An entry of GET /images/json."""
    return {
        "Id": image.id,
        "ParentId": "",
        "RepoTags": image.names,
        "RepoDigests": [],
        "Created": int(image.created),
        "Size": image.size,
        "SharedSize": -1,
        "Labels": image.config.get("Labels"),
        "Containers": containers,
    }


def body(image: Image) -> Json:
    """The body of GET /images/{name}/json."""
    return {
        "Id": image.id,
        "RepoTags": image.names,
        "RepoDigests": [],
        "Parent": "",
        "Comment": "",
        "Created": stamp(image.created),
        "DockerVersion": "",
        "Author": "",
        "Config": image.config,
        "Architecture": "amd64",
        "Os": "linux",
        "Size": image.size,
        "GraphDriver": {"Name": "overlay2", "Data": {}},
        "RootFS": {"Type": "layers", "Layers": []},
        "Metadata": {"LastTagTime": stamp(image.created)},
    }
