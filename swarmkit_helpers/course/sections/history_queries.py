"""What several sections look for in a swarm's history, and how they say what is missing."""

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
    """The first look in which sleep-app is what was asked for; with that many replicas, if given."""
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
    """The last of these looks before somebody asked something else of sleep-app."""
    versions = [service.version if (service := look.service(SERVICE)) else None for look in looks]
    return looks[next((number for number, version in enumerate(versions) if version != versions[0]), len(looks)) - 1]


def spread(seen: Observation, service: Service) -> Counter[str]:
    """How many tasks of the service run on each node that may get tasks, 0 included; and on others that have some."""
    counts = Counter({node.name: 0 for node in seen.nodes if node.takes_tasks})
    counts.update(task.node for task in convergence.running_tasks(seen, service))
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
    """All the replicas that are asked for run; else it is said which do not, and why."""
    expect(_all_run(seen, service), summary.sentence(seen, service.name), patience(seen, service), got)


def patience(seen: Observation, service: Service) -> str:
    """What to try while tasks are on their way or cannot come; nothing if all run as they were asked for last."""
    if any(task.wanted and task.error for task in seen.tasks_of(service.name)):
        return _('Look at `swarm.tasks("{service}")`: the last column tells why.').format(service=service.name)
    if service.update_state in convergence.RUNNING_UPDATES or not _all_run(seen, service):
        return _('It is under way: `swarm.converge("{service}")` waits for it.').format(service=service.name)
    return ""


def _all_run(seen: Observation, service: Service) -> bool:
    return len({task.slot for task in convergence.running_tasks(seen, service)}) == service.replicas


def expect_replicas(seen: Observation, service: Service, number: int) -> None:
    """That many replicas are asked for."""
    expect(
        service.replicas == number,
        _("Replicas asked of {service}: {asked}; the task says {number}.").format(
            service=service.name, asked=service.replicas, number=number
        ),
        _('Try `swarm.scale("{service}", {number})`.').format(service=service.name, number=number),
    )


def named(api: EngineAPI, name: str) -> Json | None:
    """The container of that name on a machine, running or not."""
    return next((found for found in containers(api) if f"/{name}" in found["Names"]), None)


def asked(seen: Observation | None, name: str, message: str) -> Service:
    """The service of that name; where there is none (or no swarm), the exercise has not been attempted."""
    service = seen.service(name) if seen else None
    if service is None:
        raise Unmet("not attempted", message)
    return service
