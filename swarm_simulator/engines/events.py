"""What has happened on an engine: `docker events`."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping

from ..clock import Clock
from ..swarm_api.go_structs import Json

MAX_EVENTS = 256  # that are kept (moby, daemon/events/events.go, eventsLimit)
Listener = Callable[[Json], None]


class Events:
    """The last events, and the listeners for the next ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._recent: deque[Json] = deque(maxlen=MAX_EVENTS)
        self._listeners: list[Listener] = []

    def log(self, kind: str, action: str, id: str, attributes: Mapping[str, str], scope: str = "local") -> None:
        """Publish an event that happens now (moby, Events.Log)."""
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
        self.publish(event)

    def publish(self, event: Json) -> None:
        """Keep the event, and pass it to all listeners (moby, Events.PublishMessage)."""
        self._recent.append(event)
        for listener in [*self._listeners]:
            listener(event)

    def between(self, since: float, until: float | None) -> Iterator[Json]:
        """The events of that time that are kept, in the order of time."""
        for event in self._recent:
            moment = event["timeNano"] / 1e9
            if moment >= since and (until is None or moment <= until):
                yield event

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Pass all further events to the listener, until the returned function is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)


def included(event: Json, filters: Mapping[str, list[str]]) -> bool:
    """Whether the event matches one value of each filter (moby, daemon/events/filter.go, Include)."""
    kind, actor = event["Type"], event["Actor"]
    attributes = actor["Attributes"]
    names = {actor["ID"], attributes.get("name", "")}

    def matches(key: str, values: list[str]) -> bool:
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

    return all(matches(key, values) for key, values in filters.items() if values)
