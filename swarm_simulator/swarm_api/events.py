"""The events of a swarm in GET /events: scope "swarm" (moby, daemon/events.go).

There are events of nodes, services, networks, secrets and configs; tasks have none.
"""

from collections.abc import Callable

from ..managers.swarm import ControlPlane
from ..objects import Node, Resource, Service, StoreObject
from ..store import Action
from .go_structs import Json

EventListener = Callable[[Json], None]


class SwarmEvents:
    """Makes an event of each change in the store, as one manager does."""

    def __init__(self, control_plane: ControlPlane, heard: EventListener) -> None:
        """Call the listener with each event, until `stop`."""
        self._control_plane, self._heard = control_plane, heard
        store = control_plane.store
        self._last = {
            obj.id: self._watched(obj)  # to compare the next update with
            for obj in (*store.nodes.values(), *store.services.values())
        }
        store.watch(self._changed)

    def stop(self) -> None:
        """Stop making events: the node manages no longer, or is off."""
        self._control_plane.store.unwatch(self._changed)

    def _changed(self, action: Action, obj: StoreObject) -> None:
        if isinstance(obj, Node):
            kind, name = "node", obj.hostname if obj.described else ""
        elif isinstance(obj, Service):
            kind, name = "service", obj.name
        elif isinstance(obj, Resource):
            kind, name = obj.kind, obj.name
        else:
            return
        attributes, before, watched = {"name": name}, self._last.get(obj.id, {}), self._watched(obj)
        if action == "remove":
            self._last.pop(obj.id, None)
        else:
            self._last[obj.id] = watched
        if action == "update":
            attributes |= _differences(before, watched)
        micros = round(self._control_plane.clock.now * 1_000_000)
        event = {
            "Type": kind,
            "Action": action,
            "Actor": {"ID": obj.id, "Attributes": attributes},
            "scope": "swarm",
            "time": micros // 1_000_000,
            "timeNano": micros * 1000,
        }
        self._heard(event)

    def _watched(self, obj: StoreObject) -> dict[str, str]:
        """The attributes of the object that an update names if they have changed."""
        if isinstance(obj, Node):
            watched = {"availability": obj.spec["Availability"], "role": obj.role, "state": obj.state}
            if manager := self._control_plane.manager_states().get(obj.id):
                watched |= {"leader": str(manager.leader).lower(), "reachability": manager.reachability}
            return watched
        if isinstance(obj, Service):
            watched = {"image": obj.spec["TaskTemplate"]["ContainerSpec"]["Image"]}
            if "Replicated" in obj.spec["Mode"]:
                watched["replicas"] = str(obj.spec["Mode"]["Replicated"]["Replicas"])
            if obj.update_status:
                watched["updatestate"] = obj.update_status["State"]
            return watched
        return {}


def _differences(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """The changed attributes, old and new. Only an update's state may be without an old value."""
    found = {}
    for key, value in now.items():
        if before.get(key) == value:
            continue
        if key in before:
            found[f"{key}.old"] = before[key]
        elif key != "updatestate":
            continue
        found[f"{key}.new"] = value
    return found
