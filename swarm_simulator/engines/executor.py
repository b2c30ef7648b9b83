"""The containers that a node's engine runs for the agent's tasks (moby, daemon/cluster/executor/container)."""

from collections.abc import Callable
from typing import Protocol

from ..clock import Clock
from ..errors import ApiError
from ..objects import Task
from ..swarm_api.go_structs import Json
from .container import Container
from .containers import Containers

CREATE_SECONDS, START_SECONDS = 0.1, 0.3  # about what an idle Docker Engine 20.10 takes
GOSSIP_SECONDS = 2.0  # that a task on an overlay network waits, until the other nodes know that it ends
STOP_SECONDS = 10.0  # until a container that does not stop is killed (SwarmKit, api/defaults/service.go)
TASK_LABEL = "com.docker.swarm.task.id"


class TaskEngine(Protocol):
    """What an executor asks of its node's engine."""

    clock: Clock
    alive: bool
    starts: int
    containers: Containers

    def when_answering(self, go_on: Callable[[], None]) -> None:
        """Call it now, or when the engine goes on after a pause; never if it goes off before."""

    def service_name(self, task: Task) -> str:
        """The name of the task's service."""

    def expanded_spec(self, task: Task) -> Json:
        """The task's container spec with its templates filled in. Raises `ApiError` 400."""

    def files(self, task: Task) -> dict[str, bytes]:
        """The secrets and configs of the task, by path."""

    def attach(self, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""


class Executor:
    """The containers of the tasks on one node."""

    def __init__(self, engine: TaskEngine) -> None:
        self._engine = engine
        self._on_end: dict[str, Callable[[int, str], None]] = {}  # the agent's functions, by the container's id
        self._starting: set[str] = set()  # ids of tasks whose start has not been cancelled

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        """Create the task's container."""

        def create() -> None:
            try:
                container = self._find(task) or self._create(task)
            except ApiError as error:
                failed(error.message)
            else:
                done(container.id)

        self._after(CREATE_SECONDS, create)

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        """Start the task's container."""

        def start() -> None:
            if task.id not in self._starting:
                return
            self._starting.remove(task.id)
            container = self._find(task)
            if container is None:
                ended(1, f"No such container: {task.container_id}")
                return
            self._on_end[container.id] = ended
            try:
                self._engine.containers.start(container)
            except ApiError as error:
                del self._on_end[container.id]
                ended(container.exit_code or 1, f"starting container failed: {error.message}")
                return
            if container.running:
                done(container.pid)

        self._starting.add(task.id)
        self._after(START_SECONDS, start)

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        """Stop the task's container, or cancel its start."""
        self._starting.discard(task.id)
        container = self._find(task)
        if container is None or not container.running:
            self._after(0.0, lambda: stopped(container.exit_code if container else 0))
            return
        self._on_end.pop(container.id, None)
        grace = (task.spec.get("ContainerSpec") or {}).get("StopGracePeriod")

        def stop() -> None:
            seconds = STOP_SECONDS if grace is None else grace / 1e9
            if self._engine.containers.stop(container, seconds, lambda: stopped(container.exit_code)) is None:
                stopped(container.exit_code)

        self._after(GOSSIP_SECONDS if task.networks else 0.0, stop)

    def remove(self, task: Task) -> None:
        """Remove the task's container."""
        self._starting.discard(task.id)
        if container := self._find(task):
            self._on_end.pop(container.id, None)
            self._engine.containers.remove(container, force=True, volumes=True)

    def name(self, task: Task) -> str:
        """The name of the task's container."""
        return f"{self._engine.service_name(task)}.{task.slot or task.node_id}.{task.id}"

    def exit_code(self, task: Task) -> int | None:
        """The exit code of the task's container, if it has ever been started."""
        container = self._find(task)
        return container.exit_code if container and container.started else None

    def _after(self, seconds: float, do: Callable[[], None]) -> None:
        """Do it after so many seconds, later if the engine is paused then; never if the engine goes off before."""
        engine, starts = self._engine, self._engine.starts

        def now() -> None:
            if engine.alive and engine.starts == starts:
                engine.when_answering(do)

        engine.clock.after(seconds, now)

    # Called by the engine

    def on_end(self, container: Container) -> None:
        """Report the end of a task's container, whatever ended it, unless the agent has stopped it."""
        if not self._engine.alive:
            self._on_end.pop(container.id, None)  # the agent finds out when the engine is on again
        elif ended := self._on_end.pop(container.id, None):
            ended(container.exit_code, "")

    def on_remove(self, container: Container) -> None:
        """Forget a container."""
        self._on_end.pop(container.id, None)

    def _find(self, task: Task) -> Container | None:
        return next(
            (container for container in self._engine.containers if container.labels.get(TASK_LABEL) == task.id), None
        )

    def _create(self, task: Task) -> Container:
        engine = self._engine
        spec = engine.expanded_spec(task)
        name = self.name(task)
        labels = {
            **(spec.get("Labels") or {}),
            "com.docker.swarm.node.id": task.node_id,
            "com.docker.swarm.service.id": task.service_id,
            "com.docker.swarm.service.name": engine.service_name(task),
            "com.docker.swarm.task": "",
            TASK_LABEL: task.id,
            "com.docker.swarm.task.name": name,
        }
        attached = engine.attach(task)
        body = {
            "Image": spec.get("Image"),
            "Entrypoint": spec.get("Command"),
            "Cmd": spec.get("Args"),
            "Env": spec.get("Env"),
            "Hostname": spec.get("Hostname") or "",
            "OpenStdin": spec.get("OpenStdin", False),
            "Tty": spec.get("TTY", False),
            "User": spec.get("User") or "",
            "WorkingDir": spec.get("Dir") or "",
            "Labels": labels,
            "StopSignal": spec.get("StopSignal") or "",
            "HostConfig": {
                "GroupAdd": spec.get("Groups"),
                "NetworkMode": next(iter(attached), "default"),
                "Mounts": spec.get("Mounts") or [],
            },
            "NetworkingConfig": {"EndpointsConfig": attached},
        }
        return engine.containers.create(body, name, engine.files(task))
