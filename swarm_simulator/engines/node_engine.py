"""A node's engine: it runs in a container of the host's engine, and may be a member of a swarm."""

from collections.abc import Callable, Iterable
from random import Random
from typing import Protocol

from ..clock import Clock
from ..objects import Task
from ..swarm_api.go_structs import Json
from .container import Container
from .engine import DockerEngine
from .executor import Executor
from .networks import Networks
from .swarm_member import SwarmMember

SHUT_DOWN_SECONDS = 0.3  # that the engine takes to stop once its containers have stopped
LOST_EXIT_CODE = 255  # of a container whose engine went off while it ran


class Host(Protocol):
    """What a node's engine asks of the engine in whose container it runs."""

    clock: Clock
    random: Random
    networks: Networks
    node_engines: "dict[str, NodeEngine]"

    def reach(self, engine: "NodeEngine", host: str) -> "NodeEngine | None":
        """The node engine that this one finds at that name or address, if it can reach one there."""


class NodeEngine(DockerEngine):
    """One node's engine. It keeps its state while it is off; only removing its container ends it."""

    def __init__(self, host: Host, container: Container) -> None:
        super().__init__(host.clock, host.random, container.config["Hostname"])
        self._host, self.container = host, container
        self.last_address = ""
        self.alive = False
        self.frozen = False
        self.starts = 0  # how often it has been switched on
        self.executor = Executor(self)
        self.member = SwarmMember(self)
        self._lost: set[str] = set()  # ids of containers that ran when it went off
        self._on_power_off: list[Callable[[], None]] = []  # closes the connections to it
        self._on_thaw: list[Callable[[], None]] = []  # what waits until it goes on

    @property
    def current_address(self) -> str:
        """Its address on a network of the host's engine; empty if it is on none."""
        addresses = [
            network.endpoints[self.container.id].address
            for network in self._host.networks
            if self.container.id in network.endpoints
        ]
        return next(filter(None, addresses), "")

    @property
    def address(self) -> str:
        """Its address; the last one it had, if it is off the network."""
        self.last_address = self.current_address or self.last_address
        return self.last_address

    @property
    def answers(self) -> bool:
        """Whether it is on and not paused."""
        return self.alive and not self.frozen

    def all_nodes(self) -> "Iterable[NodeEngine]":
        """The engines of all nodes on the same host, this one included."""
        return self._host.node_engines.values()

    def reach(self, host: str) -> "NodeEngine | None":
        """The engine of the node at that name or address, if this one can reach it."""
        return self._host.reach(self, host)

    # Power, for the engine and all in it

    def power_on(self) -> None:
        """Start the engine with all its state; the containers that ran when it went off have ended."""
        self.alive, self.frozen, self.starts = True, False, self.starts + 1
        self.last_address = self.address
        if self.member.runner:
            self.member.runner.power_on()
        for container in self.containers:
            if container.id in self._lost:  # the engine finds out only now
                container.finished = self.clock.now
            policy = (container.host_config.get("RestartPolicy") or {}).get("Name")
            if policy == "always" and not container.running and container.started:
                self.containers.start(container)
        self._lost.clear()

    def power_off(self) -> None:
        """Switch the engine off at once."""
        self.alive = False
        if self.member.runner:
            self.member.runner.agent.off()
        for container in self.containers:
            container.restarting = False
            if container.running:
                self._lost.add(container.id)
                container.stop_requested = True
                self.containers.end(container, LOST_EXIT_CODE, quiet=True)
        self._close_connections()

    def shut_down(self) -> float:
        """Stop all containers, and return after how many seconds the engine has stopped."""
        if self.member.runner:
            self.member.runner.agent.off()
        longest = 0.0
        for container in self.containers:
            longest = max(longest, self.containers.stop(container) or 0.0)
        return longest + SHUT_DOWN_SECONDS

    def freeze(self) -> None:
        """Pause the engine: it keeps everything and answers nothing."""
        self.frozen = True
        if self.member.runner:
            self.member.runner.agent.freeze()
        for container in self.containers:
            if container.state == "running":
                self.containers.freeze(container)

    def thaw(self) -> None:
        """Let the engine go on."""
        self.frozen = False
        if self.member.runner:
            self.member.runner.agent.thaw()
        for container in self.containers:
            if container.state == "running":
                self.containers.thaw(container)
        waiting, self._on_thaw = self._on_thaw, []
        for go_on in waiting:
            go_on()

    def go_offline(self) -> None:
        """Take the engine off its last network."""
        if self.member.runner:
            self.member.runner.agent.disconnect()

    def go_online(self) -> None:
        """Put the engine on a network."""
        if self.member.runner:
            self.member.runner.agent.reconnect()

    def remove(self) -> None:
        """End the engine for good: its container has been removed."""
        self.alive = False
        if self.member.runner:
            self.member.runner.remove()
        self._close_connections()

    def when_answering(self, go_on: Callable[[], None]) -> None:
        """Call it now, or when the engine goes on after a pause; never if it goes off before."""
        if self.frozen:
            self._on_thaw.append(go_on)
        else:
            go_on()

    def on_power_off(self, close: Callable[[], None]) -> Callable[[], None]:
        """Call `close` when the engine goes off, unless the returned function is called before."""
        self._on_power_off.append(close)

        def forget() -> None:
            if close in self._on_power_off:
                self._on_power_off.remove(close)

        return forget

    def _close_connections(self) -> None:
        closing, self._on_power_off, self._on_thaw = self._on_power_off, [], []
        for close in closing:
            close()

    # Its containers, and those of tasks among them

    def on_end(self, container: Container) -> None:
        self.executor.on_end(container)

    def on_remove(self, container: Container) -> None:
        self.executor.on_remove(container)

    def service_name(self, task: Task) -> str:
        """The name of the task's service; its id if the service is gone."""
        return self.member.service_name(task)

    def expanded_spec(self, task: Task) -> Json:
        """The task's container spec with its templates filled in. Raises `ApiError` 400."""
        return self.member.expanded_spec(task)

    def files(self, task: Task) -> dict[str, bytes]:
        """The secrets and configs of the task, by path."""
        return self.member.files(task)

    def resolves(self, host: str) -> bool:
        return super().resolves(host) or self.member.has_service(host)

    def attach(self, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""
        return self.member.attach(task)

    def attach_by_hand(self, network: str) -> None:
        self.member.attach_by_hand(network)

    def swarm_info(self) -> Json:
        return self.member.info() or super().swarm_info()
