"""A machine: a container of the laptop's engine that has an engine of its own, and may be a member of a swarm."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Protocol

from ..clock import Clock
from ..objects import Task
from .container import Container
from .containers import LOST
from .engine import DockerEngine
from .executor import Executor
from .networks import Networks
from .request import Json
from .swarm_member import Membership

END_TIME = 0.3  # seconds the engine itself takes to stop


class Host(Protocol):
    """What a node's engine asks of the engine in whose container it runs."""

    clock: Clock
    random: Random
    networks: Networks
    node_engines: "dict[str, NodeEngine]"

    def reach(self, engine: "NodeEngine", host: str) -> "NodeEngine | None":
        """The node engine that this one finds at that name or address, if it can reach one there."""


class NodeEngine(DockerEngine):
    """One node's engine. What it holds outlives its being off; only removing its container ends it."""

    def __init__(self, host: Host, container: Container) -> None:
        super().__init__(host.clock, host.random, container.config["Hostname"])
        self._host, self.container = host, container
        self.last_address = ""
        self.alive = False
        self.frozen = False
        self.starts = 0  # how often it has been switched on
        self.executor = Executor(self)
        self.membership = Membership(self)
        self._lost: set[str] = set()  # ids of containers that ran when it went off
        self._closing: list[Callable[[], None]] = []  # what is connected to it, and is not once it is off
        self._waiting: list[Callable[[], None]] = []  # what waits until it goes on

    @property
    def place(self) -> str:
        """Its address on a network of the laptop's engine, or nothing if it is on none."""
        places = [
            network.endpoints[self.container.id].address
            for network in self._host.networks
            if self.container.id in network.endpoints
        ]
        return next(filter(None, places), "")

    @property
    def address(self) -> str:
        """Its address; the last one it had, if it is off the network."""
        self.last_address = self.place or self.last_address
        return self.last_address

    @property
    def answers(self) -> bool:
        """Whether it does anything at all."""
        return self.alive and not self.frozen

    def all_nodes(self) -> "Iterable[NodeEngine]":
        """The engines of all nodes on the same host, this one included."""
        return self._host.node_engines.values()

    def reach(self, host: str) -> "NodeEngine | None":
        """The engine of the node at that name or address, if this one can reach it."""
        return self._host.reach(self, host)

    # Power: what becomes of it becomes of all in it

    def power_on(self) -> None:
        """Its engine runs, with all it knew before; what ran when it went off has ended."""
        self.alive, self.frozen, self.starts = True, False, self.starts + 1
        self.last_address = self.address
        self.membership.on()
        for container in self.containers:
            if container.id in self._lost:  # it is found out only now
                container.finished = self.clock.now
            policy = (container.host.get("RestartPolicy") or {}).get("Name")
            if policy == "always" and not container.running and container.started:
                self.containers.start(container)
        self._lost.clear()

    def power_off(self) -> None:
        """It is off at once."""
        self.alive = False
        self.membership.off()
        for container in self.containers:
            if container.running:
                self._lost.add(container.id)
                container.asked_to_stop = True
                self.containers.end(container, LOST, told=False)
        self._cut()

    def shut_down(self) -> float:
        """Its engine ends what runs in it; the value is in how many seconds that is done."""
        self.membership.off()
        longest = 0.0
        for container in self.containers:
            if container.running and self.containers.stop(container):
                longest = max(longest, container.ending.due - self.clock.now)
        return longest + END_TIME

    def freeze(self) -> None:
        """It stands still: it holds everything and answers nothing."""
        self.frozen = True
        self.membership.freeze()
        for container in self.containers:
            if container.state == "running":
                self.containers.hold(container)

    def thaw(self) -> None:
        self.frozen = False
        self.membership.thaw()
        for container in self.containers:
            if container.state == "running":
                self.containers.go_on(container)
        waiting, self._waiting = self._waiting, []
        for go_on in waiting:
            go_on()

    def unplug(self) -> None:
        self.membership.unplug()

    def reconnect(self) -> None:
        self.membership.plug_in()

    def gone(self) -> None:
        """Its container has been removed."""
        self.alive = False
        self.membership.gone()
        self._cut()

    def when_answering(self, go_on: Callable[[], None]) -> None:
        """Called at once, or when the machine does not stand still any more; never if it goes off before."""
        if self.frozen:
            self._waiting.append(go_on)
        else:
            go_on()

    def on_end(self, close: Callable[[], None]) -> Callable[[], None]:
        """`close` is called when the machine goes off, unless what is returned was called before."""
        self._closing.append(close)
        return lambda: self._closing.remove(close) if close in self._closing else None

    def _cut(self) -> None:
        closing, self._closing, self._waiting = self._closing, [], []
        for close in closing:
            close()

    # What a container in it is

    def ended(self, container: Container) -> None:
        self.executor.ended(container)

    def removed(self, container: Container) -> None:
        self.executor.removed(container)

    def service_name(self, task: Task) -> str:
        return self.membership.service_name(task)

    def attach(self, task: Task) -> dict[str, Json]:
        return self.membership.attach(task)

    def attach_by_hand(self, network: str) -> None:
        self.membership.attach_by_hand(network)

    def swarm_state(self) -> Json:
        return self.membership.info() or super().swarm_state()
