"""Questions of several sections to the history of a swarm, and the messages when something is missing."""

from collections import Counter
from collections.abc import Sequence

from ...display import summary
from ...engine.api import EngineAPI
from ...language import _
from ...records import Json, Observation, Service, Task
from ...rules import convergence
from ..checks import Unmet, expect
from .setup import SERVICE, containers


def settled(looks: Sequence[Observation], replicas: int | None = None) -> Observation | None:
    """The first look in which sleep-app had converged; with that many replicas, if given."""
    return next(
        (
            look
            for look in looks
            if (service := look.service(SERVICE))
            and replicas in (None, service.replicas)
            and not convergence.reasons(look, SERVICE)
        ),
        None,
    )


def since(looks: Sequence[Observation], first: Observation) -> Sequence[Observation]:
    """That look and those after it."""
    return looks[looks.index(first) :]


def until_changed(looks: Sequence[Observation]) -> Observation:
    """The last of these looks before the next request about sleep-app."""
    versions = [service.version if (service := look.service(SERVICE)) else None for look in looks]
    return looks[next((number for number, version in enumerate(versions) if version != versions[0]), len(looks)) - 1]


def running(seen: Observation) -> tuple[Task, ...]:
    """The running tasks of sleep-app; none if there is no such service."""
    service = seen.service(SERVICE)
    return tuple(convergence.running_tasks(seen, service)) if service else ()


def spread(seen: Observation) -> Counter[str]:
    """The number of running tasks of sleep-app by node: 0 included for nodes that may get tasks."""
    counts = Counter({node.name: 0 for node in seen.nodes if node.takes_tasks})
    counts.update(task.node for task in running(seen) if task.node)
    return counts


def replaced(seen: Observation) -> tuple[Task, Task] | None:
    """The first task of sleep-app that failed, and the one that runs in its slot; None if there is no such pair."""
    tasks = seen.tasks_of(SERVICE)
    for failed in sorted((task for task in tasks if task.state == "failed"), key=lambda task: task.created_at):
        newer = [
            task
            for task in tasks
            if task.slot == failed.slot and task.created_at > failed.created_at and task.state == "running"
        ]
        if newer:
            return failed, min(newer, key=lambda task: task.created_at)
    return None


def expect_running(seen: Observation, service: Service, got: int = 0) -> None:
    """Raise `Unmet`, with the missing replicas and the reason, unless all desired replicas run."""
    expect(_all_run(seen, service), summary.sentence(seen, service.name), patience(seen, service), got)


def patience(seen: Observation, service: Service) -> str:
    """The hint while tasks start or cannot, or the update is paused; empty if all run with the latest settings."""
    if any(task.wanted and task.error for task in seen.tasks_of(service.name)):
        return _('Look at `swarm.tasks("{service}")`: the last column tells why.').format(service=service.name)
    if service.update_state in convergence.HALTED_UPDATES:
        return _('Its update is paused: `swarm.converge("{service}")` says what lets it go on.').format(
            service=service.name
        )
    if service.update_state in convergence.RUNNING_UPDATES or not _all_run(seen, service):
        return _('It is under way: `swarm.converge("{service}")` waits for it.').format(service=service.name)
    return ""


def _all_run(seen: Observation, service: Service) -> bool:
    return len({task.slot for task in convergence.running_tasks(seen, service)}) == service.replicas


def expect_replicas(seen: Observation, service: Service, number: int, hint: str = "") -> None:
    """Raise `Unmet`, with that hint, unless that many replicas are desired."""
    expect(
        service.replicas == number,
        _("Replicas asked of {service}: {asked}; the exercise says {number}.").format(
            service=service.name, asked=service.replicas, number=number
        ),
        hint,
    )


def named(api: EngineAPI, name: str) -> Json | None:
    """The container of that name on a machine, running or not."""
    return next((found for found in containers(api) if f"/{name}" in found["Names"]), None)


def asked(seen: Observation | None, name: str, message: str) -> Service:
    """The service of that name. Raises `Unmet` (not attempted) if there is none, or no swarm."""
    service = seen.service(name) if seen else None
    if service is None:
        raise Unmet("not attempted", message)
    return service
