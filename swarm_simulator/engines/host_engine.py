"""The engine on the laptop: the one whose containers are the machines."""

from random import Random

from swarmkit_helpers.machine import NODE_LABEL

from ..clock import Clock
from ..errors import ApiError
from .command_behaviour import Behaviour
from .container import Container
from .engine import BUSYBOX, DockerEngine
from .images import Image
from .networks import Network
from .node_engine import NodeEngine
from .request import Json


class HostEngine(DockerEngine):
    """What a student's Docker Engine is to the course. A container with our node label is a machine."""

    def __init__(self, clock: Clock, random: Random) -> None:
        super().__init__(clock, random, "simulated-engine")
        self.node_engines: dict[str, NodeEngine] = {}  # by the id of the container
        self.have("swarmlab-node:local", "swarmlab-web:1", BUSYBOX)

    def node_engine(self, name: str) -> NodeEngine:
        """The machine in the container of that name or id. Raises `ApiError` 404."""
        container = self.containers.find(name)
        if container.id not in self.node_engines:
            raise ApiError(404, f"No such container: {name}")
        return self.node_engines[container.id]

    def reach(self, machine: NodeEngine, host: str) -> NodeEngine | None:
        """The machine that this one finds at that name or address, if there is one that it can reach."""
        mine = {network.id for network in self.networks if machine.container.id in network.endpoints}
        for other in self.node_engines.values():
            known = {other.name, other.address, other.container.name, other.container.id[:12]}
            shared = any(network.id in mine for network in self.networks if other.container.id in network.endpoints)
            if host in known and (shared or other is machine) and other.answers:
                return other
        return None

    def behaviour(self, image: Image, argv: list[str], config: Json) -> Behaviour:
        return Behaviour() if "swarmlab-node" in str(image.names) else super().behaviour(image, argv, config)

    def heeds(self, container: Container) -> tuple[float, int] | None:
        if machine := self.node_engines.get(container.id):
            return machine.shut_down(), 0
        return super().heeds(container)

    def started(self, container: Container) -> None:
        if NODE_LABEL not in container.labels:
            return
        if container.id not in self.node_engines:
            self.node_engines[container.id] = NodeEngine(self, container)
        self.node_engines[container.id].power_on()

    def ended(self, container: Container) -> None:
        if machine := self.node_engines.get(container.id):
            machine.power_off()

    def paused(self, container: Container) -> None:
        if machine := self.node_engines.get(container.id):
            machine.freeze()

    def unpaused(self, container: Container) -> None:
        if machine := self.node_engines.get(container.id):
            machine.thaw()

    def removed(self, container: Container) -> None:
        if machine := self.node_engines.pop(container.id, None):
            machine.gone()

    def connect(self, network: Network, container: Container, wish: Json = None) -> None:
        super().connect(network, container, wish)
        if machine := self.node_engines.get(container.id):
            machine.reconnect()

    def disconnect(self, network: Network, container: Container) -> None:
        super().disconnect(network, container)
        if (machine := self.node_engines.get(container.id)) and not machine.place:
            machine.unplug()
