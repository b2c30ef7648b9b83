"""What a manager tells of the swarm in GET /events: scope "swarm" (moby, daemon/events.go).

There are events of nodes, services, networks, secrets and configs; tasks have none.
"""

from collections.abc import Callable

from ..managers.swarm import ControlPlane
from ..objects import Node, Resource, Service, StoreObject
from ..store import Action
from .go_structs import Json

EventListener = Callable[[Json], None]


class SwarmEvents:
    """Tells of each change in the store, as one manager does."""

    def __init__(self, orchestration: ControlPlane, heard: EventListener) -> None:
        """`heard` is called with each event, until `stop`."""
        self._orchestration, self._heard = orchestration, heard
        store = orchestration.store
        self._last = {
            kept.id: self._watched(kept)  # what the next update of an object is compared with
            for kept in (*store.nodes.values(), *store.services.values())
        }
        store.watch(self._changed)

    def stop(self) -> None:
        """No more is told: the machine manages no longer, or is off."""
        self._orchestration.store.unwatch(self._changed)

    def _changed(self, action: Action, kept: StoreObject) -> None:
        if isinstance(kept, Node):
            kind, name = "node", kept.hostname if kept.described else ""
        elif isinstance(kept, Service):
            kind, name = "service", kept.name
        elif isinstance(kept, Resource):
            kind, name = kept.kind, kept.name
        else:
            return
        attributes, before, watched = {"name": name}, self._last.get(kept.id, {}), self._watched(kept)
        if action == "remove":
            self._last.pop(kept.id, None)
        else:
            self._last[kept.id] = watched
        if action == "update":
            attributes |= _differences(before, watched)
        micros = round(self._orchestration.clock.now * 1_000_000)
        event = {
            "Type": kind,
            "Action": action,
            "Actor": {"ID": kept.id, "Attributes": attributes},
            "scope": "swarm",
            "time": micros // 1_000_000,
            "timeNano": micros * 1000,
        }
        self._heard(event)

    def _watched(self, kept: StoreObject) -> dict[str, str]:
        """What of the object an update tells of, if it has changed."""
        if isinstance(kept, Node):
            watched = {"availability": kept.spec["Availability"], "role": kept.role, "state": kept.state}
            if manager := self._orchestration.manager_states().get(kept.id):
                watched |= {"leader": str(manager.leader).lower(), "reachability": manager.reachability}
            return watched
        if isinstance(kept, Service):
            watched = {"image": kept.spec["TaskTemplate"]["ContainerSpec"]["Image"]}
            if "Replicated" in kept.spec["Mode"]:
                watched["replicas"] = str(kept.spec["Mode"]["Replicated"]["Replicas"])
            if kept.update_status:
                watched["updatestate"] = kept.update_status["State"]
            return watched
        return {}


def _differences(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """What is another than before, as attributes. An update's state may be new; the rest is told only as a change."""
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
