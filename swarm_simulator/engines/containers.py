"""The containers of one engine. They have everything but a process: command_behaviour.py says what theirs would do."""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Protocol

from ..errors import ApiError
from ..ids_and_times import hex_id, random_name
from ..swarm_api.go_structs import Json
from .command_behaviour import Behaviour
from .command_context import CommandContext, context_of
from .container import Container, check_ports, merge_config, words
from .container_checks import check_settings
from .container_processes import KILLED_EXIT_CODE, ContainerProcesses, ProcessEngine
from .images import Image, Images
from .networks import Networks
from .volumes import Volumes

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


class ContainerEngine(ProcessEngine, Protocol):
    """What the containers ask of their engine."""

    images: Images
    networks: Networks
    volumes: Volumes

    def behaviour(self, image: Image, argv: list[str], config: Json, context: CommandContext) -> Behaviour:
        """What the command of a new container does."""

    def resolves(self, host: str) -> bool:
        """Whether a container finds a host of that name."""

    def create_volumes(self, container: Container) -> dict[str, str]:
        """Create the volumes of a new container that are missing: names by target. Raises `ApiError` 400."""

    def on_remove(self, container: Container) -> None:
        """Follow the removal of a container."""


class Containers(ContainerProcesses):
    """An engine's containers, by id."""

    _engine: ContainerEngine

    def __init__(self, engine: ContainerEngine) -> None:
        super().__init__(engine)
        self._all: dict[str, Container] = {}

    def __iter__(self) -> Iterator[Container]:
        return iter([*self._all.values()])

    def __len__(self) -> int:
        return len(self._all)

    def running_names(self) -> dict[str, str]:
        """The names of the containers that run, by id."""
        return {container.id: container.name for container in self if container.running}

    def find(self, name: str) -> Container:
        """The container with that id or name, or whose id starts so. Raises `ApiError` 404, 400."""
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

    def create(self, body: Json, name: str = "", files: Mapping[str, bytes] | None = None) -> Container:
        """Create a container, with these files by path. Raises `ApiError` 400, 404, 409."""
        engine = self._engine
        if not body.get("Image"):
            raise ApiError(400, "invalid reference format")
        host_config = dict(body.get("HostConfig") or {})
        check_settings(body, host_config, self.find)
        image = engine.images.find(body["Image"])
        name = self._free_name(name)
        check_ports(host_config.get("PortBindings") or {})
        config = merge_config(body, image.config)
        id = hex_id(self._random)
        config["Hostname"] = config.get("Hostname") or id[:12]
        argv = [*words(config.get("Entrypoint")), *words(config.get("Cmd"))]
        if not argv:
            raise ApiError(400, "no command specified")
        container = Container(
            id,
            name,
            body["Image"],
            image.id,
            self._clock.now,
            config,
            host_config,
            argv,
            engine.behaviour(
                image,
                argv,
                config,
                context_of(config, host_config, self._link_variables(name, host_config), files or {}, engine.resolves),
            ),
            dict(config.get("Labels") or {}),
            endpoints=(body.get("NetworkingConfig") or {}).get("EndpointsConfig") or {},
        )
        container.volumes = engine.create_volumes(container)  # all refusals come before anything is kept
        self._all[id] = container
        with suppress(ApiError):  # the start is refused then
            engine.join_networks(container)
        self.log_event(container, "create")
        return container

    def _link_variables(self, name: str, host_config: Json) -> dict[str, str]:
        """The variables of that container about those that it is linked to (moby, daemon/links, ToEnv)."""
        found = {}
        for link in host_config.get("Links") or ():
            other, _, alias = link.partition(":")
            linked = self.find(other)
            alias = alias or linked.name
            prefix = alias.upper().replace("-", "_")
            found[f"{prefix}_NAME"] = f"/{name}/{alias}"
            for line in linked.config.get("Env") or ():
                key, _, value = line.partition("=")
                if key not in ("HOME", "PATH"):
                    found[f"{prefix}_ENV_{key}"] = value
        return found

    def _free_name(self, name: str) -> str:
        """The name of a new container, a random one if none is given. Raises `ApiError` 400, 409."""
        name = name.removeprefix("/")
        known = {container.name: container for container in self}
        if not name:
            while (name := random_name(self._random)) in known:
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
        """Rename it. Raises `ApiError` 400, 409."""
        if not name:
            raise ApiError(400, "Neither old nor new names may be empty")
        old, container.name = container.name, self._free_name(name)
        self.log_event(container, "rename", oldName=f"/{old}")

    def remove(self, container: Container, force: bool = False, volumes: bool = False) -> None:
        """Remove it, with `volumes` also its anonymous volumes. Raises `ApiError` 409 if it runs, without `force`."""
        if container.restarting and force:
            container.restarting = False
        if container.running or container.restarting:
            if not force:
                verb, state = ("unpause" if container.state == "paused" else "stop"), container.status
                raise ApiError(
                    409,
                    f'cannot remove container "/{container.name}": container is {state}: '
                    f"{verb} the container before removing or force remove",
                )
            container.stop_requested = True
            self.end(container, KILLED_EXIT_CODE)
            if container.removed:
                return  # AutoRemove was quicker
        self._forget(container, volumes)
        self.log_event(container, "destroy")
        self._notify_waiters(container, ("removed",))
        self._engine.on_remove(container)

    def _forget(self, container: Container, volumes: bool = True) -> None:
        """Remove it from all that refers to it."""
        del self._all[container.id]
        container.removed = True
        for network in self._engine.networks:
            network.endpoints.pop(container.id, None)
        for volume in [*self._engine.volumes]:
            if container.id in volume.users:
                volume.users.remove(container.id)
                if volumes and volume.name in container.anonymous_volumes and not volume.users:
                    self._engine.volumes.remove(volume.name)
