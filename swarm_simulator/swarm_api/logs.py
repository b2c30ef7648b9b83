"""The output of the tasks of a service (moby, daemon/cluster/services.go, ServiceLogs)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..errors import ApiError
from ..ids_and_times import stamp
from ..managers.swarm import ControlPlane
from ..objects import Task
from . import services, tasks

STDOUT, STDERR = 1, 2


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a container wrote."""

    moment: float  # simulated seconds since the epoch
    stream: int  # STDOUT or STDERR
    text: bytes  # with its line feed


LogSource = Callable[[Task], Sequence[LogLine]]  # what the task's container wrote so far, in order


@dataclass(frozen=True, slots=True)
class LogOptions:
    """Which lines to send, and how."""

    details: bool = False  # each begins with its node, service and task
    stdout: bool = True
    stderr: bool = True
    since: float = 0.0  # simulated seconds since the epoch
    tail: str = "all"  # so many of each task
    timestamps: bool = False

    def check(self) -> int | None:
        """The number of lines of each task; None for all. Raise `ApiError`."""
        if not self.stdout and not self.stderr:
            raise ApiError(400, "Bad parameters: you must choose at least one stream")
        if self.tail in ("", "all"):
            return None
        try:
            number = int(self.tail)
        except ValueError:
            raise ApiError(500, 'tail value must be a positive integer or "all"') from None
        if number < 0:
            raise ApiError(500, "negative tail values not supported")
        return number


def of_service(
    control_plane: ControlPlane, wanted: str, options: LogOptions, source: LogSource
) -> list[tuple[int, bytes]]:
    """The lines of all tasks of the service, in order of time: stream and text. Raise `ApiError`."""
    number = options.check()
    service = services.find(control_plane, wanted)
    lines = [
        each
        for task in control_plane.store.tasks_of[service.id].values()
        for each in _of(task, options, number, source)
    ]
    return [(line.stream, text) for line, text in sorted(lines, key=lambda each: each[0].moment)]


def of_task(
    control_plane: ControlPlane, wanted: str, options: LogOptions, source: LogSource
) -> list[tuple[int, bytes]]:
    """The lines of one task: stream and text. Raise `ApiError`."""
    number = options.check()
    return [(line.stream, text) for line, text in _of(tasks.find(control_plane, wanted), options, number, source)]


def show(task: Task, line: LogLine, options: LogOptions) -> bytes:
    """The line as the stream carries it."""
    before = f"{stamp(line.moment)} " if options.timestamps else ""
    if options.details:
        before += (
            f"com.docker.swarm.node.id={task.node_id},com.docker.swarm.service.id={task.service_id},"
            f"com.docker.swarm.task.id={task.id} "
        )
    return before.encode() + line.text


def _of(task: Task, options: LogOptions, number: int | None, source: LogSource) -> list[tuple[LogLine, bytes]]:
    streams = {STDOUT: options.stdout, STDERR: options.stderr}
    if not task.container_id:
        return []
    lines = [line for line in source(task) if streams[line.stream] and line.moment >= options.since]
    kept = lines if number is None else lines[len(lines) - min(number, len(lines)) :]
    return [(line, show(task, line, options)) for line in kept]
