"""What has happened on an engine: `docker events`."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from ..clock import Clock
from .request import Json

KEPT = 256  # moby, daemon/events/events.go, eventsLimit
Listener = Callable[[Json], None]


class Events:
    """The last events, and who wants to hear of the next."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: deque[Json] = deque(maxlen=KEPT)
        self._listeners: list[Listener] = []

    def tell(self, kind: str, action: str, id: str, attributes: Mapping[str, str], scope: str = "local") -> None:
        """It has happened now."""
        now = self._clock.now
        event = {
            "Type": kind,
            "Action": action,
            "Actor": {"ID": id, "Attributes": dict(attributes)},
            "scope": scope,
            "time": int(now),
            "timeNano": int(now * 1e9),
        }
        if kind == "container":
            event = {"status": action, "id": id, "from": attributes.get("image", ""), **event}
        self.keep(event)

    def keep(self, event: Json) -> None:
        self._kept.append(event)
        for listener in [*self._listeners]:
            listener(event)

    def between(self, since: float, until: float | None) -> Iterator[Json]:
        """Those that are kept, in the order of time."""
        for event in self._kept:
            moment = event["timeNano"] / 1e9
            if moment >= since and (until is None or moment <= until):
                yield event

    def listen(self, listener: Listener) -> Callable[[], None]:
        """The listener hears of what happens from now on, until what is returned is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def wanted(event: Json, filters: Mapping[str, list[str]]) -> bool:
    """Whether the event passes the filters (moby, daemon/events/filter.go): one value of each key has to match."""
    kind, actor = event["Type"], event["Actor"]
    attributes = actor["Attributes"]
    names = {actor["ID"], attributes.get("name", "")}

    def passes(key: str, values: list[str]) -> bool:
        if key in ("type", "scope"):
            return event[key.capitalize() if key == "type" else key] in values
        if key == "event":
            return any(event["Action"] == value or event["Action"].startswith(f"{value}: ") for value in values)
        if key == "label":
            return all(
                attributes.get(name) == value if mark else name in attributes
                for name, mark, value in (each.partition("=") for each in values)
            )
        if key == "image":
            image = actor["ID"] if kind == "image" else attributes.get("image", "")
            return any(value in (image, image.partition(":")[0]) for value in values)
        return kind == key and any(value in names or actor["ID"].startswith(value) for value in values)

    return all(passes(key, values) for key, values in filters.items() if values)
