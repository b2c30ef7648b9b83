"""The volumes of one engine: names with labels."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import hex_id, stamp
from ..swarm_api.go_structs import Json
from .events import Events
from .networks import has_label, matches

_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


@dataclass(slots=True)
class Volume:
    """One volume. There are no files in it."""

    name: str
    created: float  # simulated seconds since the epoch
    anonymous: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)  # ids of containers

    def body(self) -> Json:
        """The body of GET /volumes/{name}."""
        return {
            "CreatedAt": stamp(self.created),
            "Driver": "local",
            "Labels": self.labels,
            "Mountpoint": f"/var/lib/docker/volumes/{self.name}/_data",
            "Name": self.name,
            "Options": self.options or None,
            "Scope": "local",
        }


class Volumes:
    """An engine's volumes, by name."""

    def __init__(self, clock: Clock, random: Random, events: Events) -> None:
        self._clock, self._random, self._events = clock, random, events
        self._all: dict[str, Volume] = {}

    def __iter__(self) -> Iterator[Volume]:
        return iter(self._all.values())

    def create(
        self, name: str = "", labels: Json | None = None, options: Json | None = None, driver: str = "local"
    ) -> Volume:
        """The volume of that name, which is created if it is missing; anonymous without a name. Raises `ApiError`."""
        if driver not in ("", "local"):
            raise ApiError(404, f'error looking up volume plugin {driver}: plugin "{driver}" not found')
        if len(name) == 1:
            raise ApiError(
                400, f"create {name}: volume name is too short, names should be at least two alphanumeric characters"
            )
        if name and not _NAME.fullmatch(name):
            raise ApiError(
                400,
                f'create {name}: "{name}" includes invalid characters for a local volume name, only '
                '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, '
                "use absolute path",
            )
        if name in self._all:
            return self._all[name]
        volume = Volume(
            name or hex_id(self._random), self._clock.now, not name, dict(labels or {}), dict(options or {})
        )
        if volume.anonymous:
            volume.labels.setdefault("com.docker.volume.anonymous", "")
        self._all[volume.name] = volume
        self._events.log("volume", "create", volume.name, {"driver": "local"})
        return volume

    def find(self, name: str) -> Volume:
        """The volume of that name. Raises `ApiError` 404."""
        if name not in self._all:
            raise ApiError(404, f"get {name}: no such volume")
        return self._all[name]

    def remove(self, name: str) -> None:
        """Remove it. Raises `ApiError` 404, 409."""
        volume = self.find(name)
        if volume.users:
            raise ApiError(409, f"remove {name}: volume is in use - [{', '.join(sorted(volume.users))}]")
        del self._all[name]
        self._events.log("volume", "destroy", name, {"driver": "local"})


def passes(volume: Volume, filters: dict[str, list[str]]) -> bool:
    """Whether the volume passes the filters. Raises `ApiError` 400."""
    if unknown := next((key for key in filters if key not in ("dangling", "driver", "label", "name")), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    tests: dict[str, Callable[[str], bool]] = {
        "name": lambda value: matches(value, volume.name),
        "driver": lambda value: value == "local",
        "dangling": lambda value: (value in ("1", "true")) == (not volume.users),
    }
    return all(any(tests[key](value) for value in values) for key, values in filters.items() if key != "label") and all(
        has_label(volume.labels, value) for value in filters.get("label", ())
    )
