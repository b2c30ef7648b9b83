"""What an agent has of its machine's engine: containers for its tasks (moby, daemon/cluster/executor/container)."""

from collections.abc import Callable
from typing import Protocol

from ..clock import Clock
from ..errors import ApiError
from ..objects import Task
from .container import Container
from .containers import Containers
from .request import Json

CREATE_TIME, START_TIME = 0.1, 0.3  # seconds; about what an idle Docker Engine 20.10 takes
GOSSIP_TIME = 2.0  # seconds a task on an overlay network is given until the others know that it goes
GRACE = 10.0  # seconds until a container that does not stop is killed (SwarmKit, api/defaults/service.go)
TASK_LABEL = "com.docker.swarm.task.id"


class Engine(Protocol):
    """What an executor asks of its node's engine."""

    clock: Clock
    alive: bool
    starts: int
    containers: Containers

    def when_answering(self, go_on: Callable[[], None]) -> None:
        """Call it now, or when the engine goes on after a pause; never if it goes off before."""

    def service_name(self, task: Task) -> str:
        """The name of the task's service."""

    def attach(self, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""


class Executor:
    """The containers of the tasks on one node."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ended: dict[str, Callable[[int, str], None]] = {}  # by the container's id: who is to be told
        self._starting: set[str] = set()  # ids of tasks whose start has not been called off

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        def create() -> None:
            try:
                container = self._find(task) or self._create(task)
            except ApiError as error:
                failed(error.message)
            else:
                done(container.id)

        self._later(CREATE_TIME, create)

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        def start() -> None:
            if task.id not in self._starting:
                return
            self._starting.remove(task.id)
            container = self._find(task)
            if container is None:
                ended(1, f"No such container: {task.container_id}")
                return
            self._ended[container.id] = ended
            try:
                self._engine.containers.start(container)
            except ApiError as error:
                del self._ended[container.id]
                ended(container.exit_code or 1, f"starting container failed: {error.message}")
                return
            if container.running:
                done(container.pid)

        self._starting.add(task.id)
        self._later(START_TIME, start)

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        self._starting.discard(task.id)
        container = self._find(task)
        if container is None or not container.running:
            self._later(0.0, lambda: stopped(container.exit_code if container else 0))
            return
        self._ended.pop(container.id, None)
        grace = (task.spec.get("ContainerSpec") or {}).get("StopGracePeriod")

        def stop() -> None:
            seconds = GRACE if grace is None else grace / 1e9
            if not self._engine.containers.stop(container, seconds, lambda: stopped(container.exit_code)):
                stopped(container.exit_code)

        self._later(GOSSIP_TIME if task.networks else 0.0, stop)

    def remove(self, task: Task) -> None:
        self._starting.discard(task.id)
        if container := self._find(task):
            self._ended.pop(container.id, None)
            self._engine.containers.remove(container, force=True, volumes=True)

    def found(self, task: Task) -> int | None:
        container = self._find(task)
        return container.exit_code if container and container.started else None

    def _later(self, seconds: float, do: Callable[[], None]) -> None:
        """It is done then, or when the machine goes on after that; not if the machine has been off meanwhile."""
        engine, starts = self._engine, self._engine.starts

        def now() -> None:
            if engine.alive and engine.starts == starts:
                engine.when_answering(do)

        engine.clock.after(seconds, now)

    # What the engine tells

    def ended(self, container: Container) -> None:
        """A container does not run any more, by itself or by somebody's hand."""
        if not self._engine.alive:
            self._ended.pop(container.id, None)  # the agent finds out when the machine is on again
        elif told := self._ended.pop(container.id, None):
            told(container.exit_code, "")

    def removed(self, container: Container) -> None:
        self._ended.pop(container.id, None)

    def _find(self, task: Task) -> Container | None:
        return next(
            (container for container in self._engine.containers if container.labels.get(TASK_LABEL) == task.id), None
        )

    def _create(self, task: Task) -> Container:
        engine = self._engine
        spec: Json = task.spec.get("ContainerSpec") or {}
        service = engine.service_name(task)
        name = f"{service}.{task.slot or task.node_id}.{task.id}"
        labels = {
            **(spec.get("Labels") or {}),
            "com.docker.swarm.node.id": task.node_id,
            "com.docker.swarm.service.id": task.service_id,
            "com.docker.swarm.service.name": service,
            "com.docker.swarm.task": "",
            TASK_LABEL: task.id,
            "com.docker.swarm.task.name": name,
        }
        attached = engine.attach(task)
        asked = {
            "Image": spec.get("Image"),
            "Entrypoint": spec.get("Command"),
            "Cmd": spec.get("Args"),
            "Env": spec.get("Env"),
            "Hostname": spec.get("Hostname") or "",
            "Tty": spec.get("TTY", False),
            "User": spec.get("User") or "",
            "WorkingDir": spec.get("Dir") or "",
            "Labels": labels,
            "StopSignal": spec.get("StopSignal") or "",
            "HostConfig": {"NetworkMode": next(iter(attached), "default"), "Mounts": spec.get("Mounts") or []},
            "NetworkingConfig": {"EndpointsConfig": attached},
        }
        return engine.containers.create(asked, name)
