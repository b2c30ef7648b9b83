"""What is around a swarm: the states of its machines, and the containers on them that no service owns.

No manager knows either. The outer engine tells of the machines, and the engine of each machine of its containers, as
events: while a recorder follows them, a thread listens to each engine. Nothing is asked again and again.
"""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime
from functools import partial
from weakref import WeakValueDictionary

from ..engine.api import EngineAPI
from ..engine.discover import Engine
from ..errors import EngineUnavailable, NotFound
from ..machine import CLUSTER_LABEL, NODE_LABEL, ClusterId, Machine, cluster_of
from ..records import Container, Json, MachineState, natural_key
from .container_watch import ContainerWatch
from .engine_watch import EngineWatch, since

FIRST_LOOK_MAX_SECONDS = 1.0  # that an observation waits for the first look at all machines
EVENTS = {
    "type": ["container", "network"],
    "event": ["start", "die", "pause", "unpause", "connect", "disconnect", "destroy"],
}


class Surroundings:
    """The surroundings of a cluster's swarm; they are known while there is a follower."""

    def __init__(self, engine: Engine, cluster: ClusterId) -> None:
        self._engine, self._cluster = engine, cluster
        self._lock = threading.Lock()
        self._followers: list[Callable[[], None]] = []
        self._known_at = 0.0  # until then the first look is waited for; by the monotonic clock
        self._outer: EngineWatch | None = None
        # By the id of the machine's container:
        self._machines: dict[str, MachineState] = {}
        self._nodes: dict[str, ContainerWatch] = {}

    def follow(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Look from now on, and call `changed` at each change; the result ends that."""
        with self._lock:
            if not self._followers:
                self._known_at = time.monotonic() + FIRST_LOOK_MAX_SECONDS
            self._followers.append(changed)
            self._listen()
        return partial(self._leave, changed)

    def now(self) -> tuple[tuple[Container, ...], tuple[MachineState, ...]]:
        """The containers run by hand and the machines, as last seen; none of either without a follower.

        Waits for the first look at all machines, but no longer than `FIRST_LOOK_MAX_SECONDS` after the first `follow`.
        """
        with self._lock:
            outer = self._listen() if self._followers else None
        self._await(outer)
        with self._lock:
            watches = [node.watch for node in self._nodes.values()]
        self._await(*watches)
        with self._lock:
            machines = sorted(self._machines.values(), key=lambda machine: natural_key(machine.node))
            nodes = [self._nodes[machine.id] for machine in machines if machine.id in self._nodes]
        return tuple(container for node in nodes for container in node.containers()), tuple(machines)

    def _await(self, *watches: EngineWatch | None) -> None:
        """Wait for the first look of these watches."""
        for watch in watches:
            if watch and (left := self._known_at - time.monotonic()) > 0:
                watch.ready.wait(left)

    def _leave(self, follower: Callable[[], None]) -> None:
        """End what `follow` began; after the last follower no thread is left."""
        with self._lock:
            self._followers.remove(follower)
            if self._followers:
                return
            watches = [*filter(None, [self._outer]), *(node.watch for node in self._nodes.values())]
            self._outer = None
            self._machines.clear()
            self._nodes.clear()
        for watch in watches:
            watch.end()
        for watch in watches:
            watch.join()

    def _listen(self) -> EngineWatch:
        """Listen to the outer engine, again if it was away; one that refuses is not asked again."""
        if self._outer and (self._outer.is_alive() or not isinstance(self._outer.failure, EngineUnavailable | None)):
            return self._outer
        self._outer = EngineWatch(
            f"events-of-{self._cluster.name}",
            lambda _ending: nullcontext(self._engine.api),
            EVENTS,
            self._list,
            self._concerned,
            self._look_at,
        )
        self._outer.start()
        return self._outer

    def _list(self, api: EngineAPI) -> list[str]:
        labels = {"label": [f"{CLUSTER_LABEL}={self._cluster.name}", NODE_LABEL]}
        found = [body["Id"] for body in api.get("containers", "json", all=True, filters=labels)]
        return [*found, *(self._machines.keys() - set(found))]  # the others were removed while the engine was away

    def _concerned(self, event: Json) -> str | None:
        actor = event["Actor"]
        attributes = actor["Attributes"]
        if event["Type"] == "network":
            id: str = attributes.get("container", "")
            return id if id in self._machines else None
        return actor["ID"] if NODE_LABEL in attributes and cluster_of(attributes) == self._cluster else None

    def _look_at(self, api: EngineAPI, id: str, at: datetime | None) -> None:
        # An inspect waits for the container's lock, so its answer comes after the change that the event is about
        # (moby, daemon/pause.go).
        try:
            body = api.get("containers", id, "json")
        except NotFound:
            body = None
        machine = Machine.from_inspect(body) if body else None
        if machine and machine.cluster_id != self._cluster:
            return
        with self._lock:
            if not self._followers:
                return
            if body and machine:
                time = since(machine.state, body, self._machines.get(id), at)
                self._machines[id] = MachineState(id, machine.name, machine.state, time)
                self._watch_containers(id, machine, body["State"]["StartedAt"], time)
            else:
                self._machines.pop(id, None)
                if node := self._nodes.pop(id, None):
                    node.watch.end()
        self._changed()

    def _watch_containers(self, id: str, machine: Machine, started: str, time: datetime | None) -> None:
        """Listen to the engine of the machine, or stop listening, as its state requires."""
        node = self._nodes.get(id)
        if machine.state == "exited":
            if node:
                node.switch_off(time)
        elif machine.state != "paused" and not (node and node.started == started and node.watch.is_alive()):
            if node:
                node.watch.end()
            self._nodes[id] = ContainerWatch(self._engine, machine, started, self._changed)

    def _changed(self) -> None:
        with self._lock:
            followers = tuple(self._followers)
        for follower in followers:
            follower()


_of_clusters: WeakValueDictionary[tuple[str, ClusterId], Surroundings] = WeakValueDictionary()
_of_clusters_lock = threading.Lock()


def of(engine: Engine, cluster: ClusterId) -> Surroundings:
    """The surroundings of that cluster's swarm: the same object for all its users in this process."""
    with _of_clusters_lock:
        return _of_clusters.setdefault((engine.url, cluster), Surroundings(engine, cluster))
