"""The student's Docker Engine: the engine whose containers are the nodes."""

from random import Random

from swarmkit_helpers.machine import NODE_LABEL

from ..clock import Clock
from ..errors import ApiError
from ..swarm_api.go_structs import Json
from .command_behaviour import Behaviour
from .command_context import CommandContext
from .container import Container
from .engine import BUSYBOX, DockerEngine
from .images import Image
from .network import Network
from .node_engine import NodeEngine


class HostEngine(DockerEngine):
    """The engine on the student's computer. A container with our node label has an engine of its own."""

    def __init__(self, clock: Clock, random: Random) -> None:
        super().__init__(clock, random, "simulated-engine")
        self.node_engines: dict[str, NodeEngine] = {}  # by the id of the container
        self.add_known_images("swarmlab-node:local", "swarmlab-web:1", BUSYBOX)

    def node_engine(self, name: str) -> NodeEngine:
        """The engine in the container of that name or id. Raises `ApiError` 404."""
        container = self.containers.find(name)
        if container.id not in self.node_engines:
            raise ApiError(404, f"No such container: {name}")
        return self.node_engines[container.id]

    def reach(self, engine: NodeEngine, host: str) -> NodeEngine | None:
        """The node engine that this one finds at that name or address, if it can reach one there."""
        reachable = {network.id for network in self.networks if engine.container.id in network.endpoints}
        for other in self.node_engines.values():
            names = {other.name, other.address, other.container.name, other.container.id[:12]}
            shared = any(
                network.id in reachable for network in self.networks if other.container.id in network.endpoints
            )
            if host in names and (shared or other is engine) and other.answers:
                return other
        return None

    def behaviour(self, image: Image, argv: list[str], config: Json, context: CommandContext) -> Behaviour:
        return Behaviour() if "swarmlab-node" in str(image.names) else super().behaviour(image, argv, config, context)

    def stop_outcome(self, container: Container) -> tuple[float, int] | None:
        if engine := self.node_engines.get(container.id):
            return engine.shut_down(), 0
        return super().stop_outcome(container)

    def on_start(self, container: Container) -> None:
        if NODE_LABEL not in container.labels:
            return
        if container.id not in self.node_engines:
            self.node_engines[container.id] = NodeEngine(self, container)
        self.node_engines[container.id].power_on()

    def on_end(self, container: Container) -> None:
        if engine := self.node_engines.get(container.id):
            engine.power_off()

    def on_pause(self, container: Container) -> None:
        if engine := self.node_engines.get(container.id):
            engine.freeze()

    def on_unpause(self, container: Container) -> None:
        if engine := self.node_engines.get(container.id):
            engine.thaw()

    def on_remove(self, container: Container) -> None:
        if engine := self.node_engines.pop(container.id, None):
            engine.remove()

    def connect(self, network: Network, container: Container, settings: Json | None = None) -> None:
        super().connect(network, container, settings)
        if engine := self.node_engines.get(container.id):
            engine.go_online()

    def disconnect(self, network: Network, container: Container) -> None:
        super().disconnect(network, container)
        if (engine := self.node_engines.get(container.id)) and not engine.current_address:
            engine.go_offline()
