"""The containers of one engine. They have everything but something that runs: see behaviour.py for what one does."""

import re
from collections.abc import Callable, Iterator
from random import Random
from typing import Protocol

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import hex_id, some_name
from .command_behaviour import Behaviour
from .container import SIGNALS, Container, check_ports, merged, signal_of, words
from .container_output import Output
from .events import Events
from .images import Image, Images
from .networks import Network, Networks
from .request import Json
from .volumes import Volumes

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")
KILLED = 137  # the exit code of a process that SIGKILL ended
LOST = 255  # the exit code of a container whose engine went down with it
TERM_TIME = 0.1  # seconds a process that heeds its stop signal takes to end
STOP_TIME = 10.0  # seconds until one that does not is killed (docker stop)
RESTART_DELAY = 0.1  # seconds (moby, daemon/internal/restartmanager, defaultTimeout)
_DEADLY = {"TERM", "INT", "QUIT"}  # a process that wants to end in order heeds these


class Engine(Protocol):
    """What the containers ask of their engine."""

    clock: Clock
    random: Random
    alive: bool
    events: Events
    images: Images
    networks: Networks
    volumes: Volumes

    def behaviour(self, image: Image, argv: list[str], config: Json) -> Behaviour:
        """What the command of a new container does."""

    def heeds(self, container: Container) -> tuple[float, int] | None:
        """After how many seconds, and with what exit code, it ends on its stop signal; None if it ignores that."""

    def places(self, asked: Json, host: Json) -> list[tuple[Network, Json]]:
        """The networks a new container joins, and its settings there. Raises `ApiError` 404."""

    def mount(self, container: Container) -> dict[str, str]:
        """Create the volumes of a new container that are missing: names by target. Raises `ApiError` 400."""

    def started(self, container: Container) -> None:
        """Follow the start of a container."""

    def ended(self, container: Container) -> None:
        """Follow the end of a container."""

    def paused(self, container: Container) -> None:
        """Follow the pause of a container."""

    def unpaused(self, container: Container) -> None:
        """Follow the end of a pause."""

    def removed(self, container: Container) -> None:
        """Follow the removal of a container."""


class Containers:
    """An engine's containers, by id."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._clock, self._random = engine.clock, engine.random
        self._all: dict[str, Container] = {}
        self._output = Output(self._clock, self.write)

    def __iter__(self) -> Iterator[Container]:
        return iter([*self._all.values()])

    def __len__(self) -> int:
        return len(self._all)

    def names(self) -> dict[str, str]:
        """The names of those that run, by id."""
        return {container.id: container.name for container in self if container.running}

    def find(self, name: str) -> Container:
        """By whole id, name, or the start of the id. Raises `ApiError` 404, 400."""
        plain = name.removeprefix("/")
        if plain in self._all:
            return self._all[plain]
        found = [container for container in self if container.name == plain] or [
            container for container in self if plain and container.id.startswith(plain)
        ]
        if not found:
            raise ApiError(404, f"No such container: {name}")
        if len(found) > 1:
            raise ApiError(400, f"multiple IDs found with provided prefix: {name}")
        return found[0]

    def create(self, asked: Json, name: str = "") -> Container:
        """A container that has not been started. Raises `ApiError` 400, 404, 409."""
        engine = self._engine
        if not asked.get("Image"):
            raise ApiError(400, "invalid reference format")
        image = engine.images.find(asked["Image"])
        name = self._name(name)
        host = dict(asked.get("HostConfig") or {})
        check_ports(host.get("PortBindings") or {})
        config = merged(asked, image.config)
        id = hex_id(self._random)
        config["Hostname"] = config.get("Hostname") or id[:12]
        argv = [*words(config.get("Entrypoint")), *words(config.get("Cmd"))]
        if not argv:
            raise ApiError(400, "no command specified")
        container = Container(
            id,
            name,
            asked["Image"],
            image.id,
            self._clock.now,
            config,
            host,
            argv,
            engine.behaviour(image, argv, config),
            dict(config.get("Labels") or {}),
        )
        networks = engine.places(asked, host)  # all that may be refused comes before anything is kept
        container.volumes = engine.mount(container)
        self._all[id] = container
        try:
            for network, wish in networks:
                engine.networks.join(network, id, name, wish)
        except ApiError:
            self._let_go(container)
            raise
        self.tell(container, "create")
        return container

    def _name(self, name: str) -> str:
        name = name.removeprefix("/")
        known = {container.name: container for container in self}
        if not name:
            while (name := some_name(self._random)) in known:
                pass
        if not NAME.fullmatch(name):
            raise ApiError(400, f"Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")
        if name in known:
            raise ApiError(
                409,
                f'Conflict. The container name "/{name}" is already in use by container '
                f'"{known[name].id}". You have to remove (or rename) that container to be able to '
                "reuse that name.",
            )
        return name

    def rename(self, container: Container, name: str) -> None:
        if not name:
            raise ApiError(400, "Neither old nor new names may be empty")
        old, container.name = container.name, self._name(name)
        self.tell(container, "rename", oldName=f"/{old}")

    def start(self, container: Container) -> bool:
        """It runs; False if it did before. Raises `ApiError` for a command that is not there."""
        if container.state == "paused":
            raise ApiError(409, "cannot start a paused container, try unpause instead")
        if container.state == "running":
            return False
        container.asked_to_stop, container.error = False, ""
        if problem := container.behaviour.error:
            container.exit_code, container.error = 127, problem
            container.state, container.finished = "created" if not container.started else "exited", self._clock.now
            for listener in [*container.listeners]:
                listener(0, b"")
            if container.host.get("AutoRemove"):
                self.remove(container, volumes=True)
            raise ApiError(400, problem)
        container.state, container.started, container.finished = "running", self._clock.now, 0.0
        container.exit_code, container.pid = 0, self._random.randrange(1000, 32768)
        self.tell(container, "start")
        self._output.begin(container)
        if container.behaviour.lasts is not None:
            end = container.behaviour.exit_code
            container.ending = self._clock.after(container.behaviour.lasts, lambda: self.end(container, end))
        self._engine.started(container)
        return True

    def write(self, container: Container, stream: int, line: bytes) -> None:
        """The container has written that."""
        container.log.append((self._clock.now, stream, line))
        for listener in [*container.listeners]:
            listener(stream, line)

    def end(self, container: Container, exit_code: int, told: bool = True) -> None:
        """Its process has ended. Nothing happens if it had none."""
        if not container.running:
            return
        if container.ending:
            container.ending.cancel()
            container.ending = None
        container.state, container.exit_code, container.pid = "exited", exit_code, 0
        container.finished = self._clock.now
        if told:
            self.tell(container, "die", exitCode=str(exit_code))
        for listener in [*container.listeners]:
            listener(0, b"")
        self._waited(container, ("not-running", "next-exit"))
        self._engine.ended(container)
        if container.host.get("AutoRemove") and container.id in self._all:
            self.remove(container, volumes=True)
        elif not container.asked_to_stop and self._restarts(container):
            container.restarts += 1
            self._clock.after(RESTART_DELAY, lambda: self._again(container))

    def _restarts(self, container: Container) -> bool:
        """Whether its restart policy brings it back."""
        policy = container.host.get("RestartPolicy") or {}
        name, most = policy.get("Name"), policy.get("MaximumRetryCount") or 0
        return name in ("always", "unless-stopped") or (
            name == "on-failure" and container.exit_code != 0 and (not most or container.restarts < most)
        )

    def _again(self, container: Container) -> None:
        if container.id in self._all and not container.running and self._engine.alive:
            self.start(container)

    def stop(self, container: Container, seconds: float | None = None, done: Callable[[], None] = lambda: None) -> bool:
        """It is asked to end, and killed after so many seconds; `done` is called once it has. False if it had."""
        if not container.running:
            return False
        container.asked_to_stop = True
        name = signal_of(container.config.get("StopSignal") or "TERM")
        self.tell(container, "kill", signal=str(SIGNALS[name]))
        grace = container.config.get("StopTimeout") or STOP_TIME if seconds is None else seconds
        heeded = self._engine.heeds(container) if name in _DEADLY else (0.0, KILLED) if name == "KILL" else None
        after, code = (grace, KILLED) if heeded is None or heeded[0] > grace >= 0 else heeded

        def ended(_: int) -> None:
            self.tell(container, "stop")
            done()

        container.waiters.append(("next-exit", ended))
        if container.ending:
            container.ending.cancel()
        container.ending = self._clock.after(after, lambda: self.end(container, code))
        return True

    def kill(self, container: Container, signal: str = "KILL") -> None:
        """Raises `ApiError` for one that does not run, or a signal there is not."""
        name = signal_of(signal)
        if not container.running:
            raise ApiError(409, f"cannot kill container: {container.id}: container {container.id} is not running")
        self.tell(container, "kill", signal=str(SIGNALS[name]))
        if name == "KILL":
            container.asked_to_stop = True
            self.end(container, KILLED)
        elif name in _DEADLY and (heeded := self._engine.heeds(container)):
            after, code = heeded
            container.ending = self._clock.after(after, lambda: self.end(container, code))

    def pause(self, container: Container) -> None:
        if container.state != "running":
            problem = "already paused" if container.state == "paused" else "not running"
            raise ApiError(409, f"container {container.id} is {problem}")
        container.state = "paused"
        self.hold(container)
        self.tell(container, "pause")
        self._engine.paused(container)

    def unpause(self, container: Container) -> None:
        if container.state != "paused":
            raise ApiError(409, f"container {container.id} is not paused")
        container.state = "running"
        self.go_on(container)
        self.tell(container, "unpause")
        self._engine.unpaused(container)

    def hold(self, container: Container) -> None:
        """What it was to do waits."""
        if container.ending:
            container.left = container.ending.due - self._clock.now
            container.held = container.ending.do
            container.ending.cancel()
            container.ending = None

    def go_on(self, container: Container) -> None:
        """What waited goes on."""
        if container.held:
            container.ending, container.held = self._clock.after(container.left, container.held), None

    def remove(self, container: Container, force: bool = False, volumes: bool = False) -> None:
        """It is gone. Raises `ApiError` 409 for one that runs, without `force`."""
        if container.running:
            if not force:
                verb, state = ("unpause", "paused") if container.state == "paused" else ("stop", "running")
                raise ApiError(
                    409,
                    f'cannot remove container "/{container.name}": container is {state}: '
                    f"{verb} the container before removing or force remove",
                )
            container.asked_to_stop = True
            self.end(container, KILLED)
            if container.id not in self._all:
                return  # AutoRemove was quicker
        self._let_go(container, volumes)
        self.tell(container, "destroy")
        self._waited(container, ("removed",))
        self._engine.removed(container)

    def _let_go(self, container: Container, volumes: bool = True) -> None:
        del self._all[container.id]
        for network in self._engine.networks:
            network.endpoints.pop(container.id, None)
        for volume in [*self._engine.volumes]:
            if container.id in volume.users:
                volume.users.remove(container.id)
                if volumes and volume.anonymous and not volume.users:
                    self._engine.volumes.remove(volume.name)

    def wait(self, container: Container, condition: str, told: Callable[[int], None]) -> None:
        """`told` gets the exit code once that is so: not-running, next-exit, removed. Raises `ApiError` 400."""
        condition = condition or "not-running"
        if condition not in ("not-running", "next-exit", "removed"):
            raise ApiError(400, f'invalid condition: "{condition}"')
        if condition == "not-running" and not container.running:
            told(container.exit_code)
        else:
            container.waiters.append((condition, told))

    def _waited(self, container: Container, conditions: tuple[str, ...]) -> None:
        ready = [told for condition, told in container.waiters if condition in conditions]
        container.waiters = [waiter for waiter in container.waiters if waiter[0] not in conditions]
        for told in ready:
            told(container.exit_code)

    def tell(self, container: Container, action: str, **attributes: str) -> None:
        """An event of this container."""
        self._engine.events.tell(
            "container",
            action,
            container.id,
            {**container.labels, **attributes, "image": container.image, "name": container.name},
        )
