"""Whether the observed state is the desired state, and if not, what is missing.

Pure functions of one observation. The rules are those of SwarmKit's orchestrators (manager/orchestrator):
which tasks there should be, on which nodes, and when a task counts.
"""

from collections import defaultdict
from collections.abc import Iterable

from ..constraints import satisfies
from ..errors import NotConverged
from ..language import _, ngettext
from ..records import Node, Observation, Service, Task, natural_key
from .task import awaits_health

HALTED_UPDATES = ("paused", "rollback_paused")  # the swarm has stopped and waits for a request
RUNNING_UPDATES = ("updating", "rollback_started")
Failing = tuple[Task, Task]  # a task that does not run, and the task (itself or an earlier one) with the cause


def reasons(seen: Observation, service: str | None = None) -> list[str]:
    """The differences from the desired state, a sentence each; none if all has converged.

    `service` is the name of one service; None means every service, and the tasks of removed ones.
    """
    found = [reason for each in _services(seen, service) for reason in _service_reasons(seen, each)]
    if service is None:
        known = {each.name for each in seen.services}
        # The tasks of a removed job are never told to stop (seen on Docker 20.10.24), so they are left out.
        orphans = [
            task
            for task in seen.tasks
            if task.service not in known and task.desired_state != "complete" and _still_there(seen, task)
        ]
        if orphans:
            said = ngettext(
                "{n} task of a removed service is still stopping",
                "{n} tasks of a removed service are still stopping",
                len(orphans),
            )
            found.append(said.format(n=len(orphans)))
    return found


def halt_error(seen: Observation, service: str | None = None) -> NotConverged | None:
    """The error to raise at once if an update or rollback has halted, so that waiting is of no use; else None."""
    for each in _services(seen, service):
        if each.update_state in HALTED_UPDATES:
            failing = _failing(seen, each)
            halted = "; ".join([*_update_texts(each), *_missing(seen, each), *_causes(failing)])
            return NotConverged(halted, _way_out(each, failing).format(name=each.name, image=each.image))
    return None


def _way_out(service: Service, failing: list[Failing]) -> str:
    """What helps against a halted update: going back only if the tasks had other settings before the last change."""
    now, before = (
        {key: value for key, value in spec.get("TaskTemplate", {}).items() if key != "ForceUpdate"}
        for spec in (service.spec, service.previous_spec)
    )
    if service.update_state == "paused" and before and before != now:
        return _(
            "go back with swarm.rollback({name!r}), or ask for something that can run with "
            "swarm.update_service({name!r}, ...)"
        )
    if any(cause.state == "rejected" for _task, cause in failing):  # its node could not make a container
        return _(
            "ask for something that can run with swarm.update_service({name!r}, ...), for example another image than "
            "{image}; swarm.rollback({name!r}) does not help here"
        )
    return _(
        "look at swarm.logs({name!r}), then ask for something that can run with swarm.update_service({name!r}, ...); "
        "swarm.rollback({name!r}) does not help here"
    )


def timeout_error(seen: Observation, service: str | None, timeout: float, missing: list[str]) -> NotConverged:
    """The error when the time is over: what is missing, why, and what to do. `timeout` is in seconds."""
    failing = [pair for each in _services(seen, service) for pair in _failing(seen, each)]
    problem = _("after {timeout:g} s {missing}").format(timeout=timeout, missing="; ".join(missing + _causes(failing)))
    pending = [task.service for task, _ in failing if task.state == "pending" and task.error]
    failed = [task.service for task, cause in failing if cause.error]
    waiting = [task for task, _ in failing if task.state == "pending" and replaces_running(seen, task)]
    if waiting:
        fix = _(
            "let each old task end before its new one starts, with swarm.update_service({name!r}, "
            "update_order='stop-first'), or add a node"
        ).format(name=waiting[0].service)
    elif pending and (resting := _all_resting(seen)):
        problem = _("{problem}; no node is active").format(problem=problem)
        fix = _('a node has to take tasks again: swarm.activate("{node}")').format(node=resting)
    elif pending:
        fix = _(
            "make a node that fits, or ask for less with swarm.update_service({name!r}, ...); "
            "if a task stays pending all the same, swarm.rebalance({name!r}) makes a new one"
        ).format(name=pending[0])
    elif failed:
        fix = _(
            "look at swarm.logs({name!r}), then correct the image or the command with "
            "swarm.update_service({name!r}, ...)"
        ).format(name=failed[0])
    else:
        fix = _("look at swarm.tasks(), and give it more time: converge(timeout=...)")
    return NotConverged(problem, fix)


def _all_resting(seen: Observation) -> str:
    """The first node that would take tasks if it were active, if no node takes any; else an empty text."""
    ready = sorted((node.name for node in seen.nodes if node.state == "ready"), key=natural_key)
    return "" if any(node.takes_tasks for node in seen.nodes) or not ready else ready[0]


def replaces_running(seen: Observation, task: Task) -> bool:
    """Whether the task of an update that starts new tasks first waits beside the one that it is to replace."""
    return any(
        other.id != task.id
        and (other.slot, other.node if not task.slot else None) == (task.slot, task.node if not task.slot else None)
        and other.state == other.desired_state == "running"
        for other in seen.tasks_of(task.service)
    )


def running_tasks(seen: Observation, service: Service) -> list[Task]:
    """The tasks that count for the service now: they run, are to go on running, and their node may keep them."""
    nodes = {node.name: node for node in seen.nodes if node.state != "down"}
    return [
        task
        for task in seen.tasks_of(service.name)
        if task.state == "running"
        and task.desired_state == "running"
        and (node := nodes.get(task.node or ""))
        and node.keeps_tasks
        and _may_run(node, service)
    ]


def outdated_reason(number: int) -> list[str]:
    """The reason, as in `reasons`, if that many running tasks are of an older version of the service; else none."""
    said = ngettext("{n} running task is to be replaced", "{n} running tasks are to be replaced", number)
    return [said.format(n=number)] if number else []


def tasks_to_confirm(seen: Observation, service: str | None = None) -> set[str]:
    """The ids of the tasks that have to be of the service's newest version before it has converged.

    A paused node keeps a global service's old task until it is active again.
    """
    taking = {node.name for node in seen.nodes if node.takes_tasks}
    return {
        task.id
        for each in _services(seen, service)
        for task in running_tasks(seen, each)
        if each.mode != "global" or task.node in taking
    }


def _services(seen: Observation, service: str | None) -> Iterable[Service]:
    return [each for each in seen.services if service in (None, each.name)]


def _service_reasons(seen: Observation, service: Service) -> list[str]:
    found = _update_texts(service)
    found += _missing(seen, service) or _unknown(seen, service)
    stopping = [task for task in seen.tasks_of(service.name) if not task.wanted and _still_there(seen, task)]
    if stopping:
        said = ngettext(
            "{n} task of {service} is still stopping", "{n} tasks of {service} are still stopping", len(stopping)
        )
        found.append(said.format(n=len(stopping), service=service.name))
    return found


def _unknown(seen: Observation, service: Service) -> list[str]:
    """A text for the nodes whose tasks count as running though nothing is known of them.

    A new leader calls nodes unknown until they report, or until they are down (SwarmKit, dispatcher.markNodesUnknown).
    """
    unknown = {node.name for node in seen.nodes if node.state == "unknown"}
    silent = sorted({task.node for task in running_tasks(seen, service) if task.node in unknown and task.node})
    if not silent:
        return []
    said = ngettext(
        "{nodes} has not said yet whether its tasks of {service} run",
        "{nodes} have not said yet whether their tasks of {service} run",
        len(silent),
    )
    return [said.format(nodes=", ".join(silent), service=service.name)]


def _update_texts(service: Service) -> list[str]:
    """A text for the update or rollback that is going on or has halted, if there is one."""
    texts = {
        "updating": _("the update of {service} is going on"),
        "paused": _("the update of {service} is paused"),
        "rollback_started": _("the rollback of {service} is going on"),
        "rollback_paused": _("the rollback of {service} is paused"),
    }
    return [text.format(service=service.name) for state, text in texts.items() if state == service.update_state]


def _missing(seen: Observation, service: Service) -> list[str]:
    rules = {"replicated": _replicated, "global": _global, "replicated-job": _replicated_job, "global-job": _global_job}
    return rules[service.mode](seen, service)


def _replicated(seen: Observation, service: Service) -> list[str]:
    slots = {task.slot for task in running_tasks(seen, service)}
    wanted = {task.slot for task in seen.tasks_of(service.name) if task.wanted}
    if len(slots) == service.replicas == len(wanted):
        return []
    return [
        _("{n} of {due} replicas of {service} run").format(n=len(slots), due=service.replicas, service=service.name)
    ]


def _global(seen: Observation, service: Service) -> list[str]:
    due = {node.name for node in seen.nodes if node.takes_tasks and _may_run(node, service)}
    running = {task.node for task in running_tasks(seen, service)}
    # A wanted task on a node that may not keep it: the swarm has not reacted yet.
    misplaced = [
        task
        for task in seen.tasks_of(service.name)
        if task.wanted and task.state == "running" and task.node not in running
    ]
    if due <= running and not misplaced:
        return []
    return [
        _("{service} runs on {n} of the {due} nodes it is for").format(
            service=service.name, n=len(due & running), due=len(due)
        )
    ]


def _replicated_job(seen: Observation, service: Service) -> list[str]:
    due = 1 if service.replicas is None else service.replicas
    done = len(_completed(seen, service))
    if done >= due:
        return []
    return [_("{n} of {due} completions of {service} are done").format(n=done, due=due, service=service.name)]


def _global_job(seen: Observation, service: Service) -> list[str]:
    due = {node.name for node in seen.nodes if node.takes_tasks and _may_run(node, service)}
    done = {task.node for task in _completed(seen, service)}
    if due <= done:
        return []
    return [
        _("{service} is done on {n} of the {due} nodes it is for").format(
            service=service.name, n=len(due & done), due=len(due)
        )
    ]


def _completed(seen: Observation, service: Service) -> list[Task]:
    """The tasks that are complete, of the job's present iteration."""
    return [
        task for task in seen.tasks_of(service.name) if task.state == "complete" and task.iteration == service.iteration
    ]


def _may_run(node: Node, service: Service) -> bool:
    """Whether the node meets the constraints; SwarmKit enforces them on active nodes only."""
    return node.availability == "pause" or satisfies(node, service.constraints)


def _still_there(seen: Observation, task: Task) -> bool:
    """Whether the task has not ended, as far as its node can report it."""
    states = {node.state for node in seen.nodes if node.name == task.node}
    return not task.ended and states == {"ready"}


def _failing(seen: Observation, service: Service) -> list[Failing]:
    """The newest task of each slot (of each node, if global) that does not run as it should."""
    slots: dict[object, list[Task]] = defaultdict(list)
    for task in seen.tasks_of(service.name):
        slots[task.node if service.mode.startswith("global") else task.slot].append(task)
    failing = []
    for newest, *earlier in slots.values():
        if newest.state not in ("running", "complete") and (newest.wanted or newest.error):
            with_error = [task for task in (newest, *earlier) if task.error]
            failing.append((newest, with_error[0] if with_error else newest))
    return failing


def _causes(failing: list[Failing]) -> list[str]:
    """Which tasks do not run and why, those with the same reason together."""
    same = defaultdict(list)
    for task, cause in failing:
        why = task.state if cause is task else _("new after a {state} one").format(state=cause.state)
        said = (
            _("its container runs, and its health check has not passed yet")
            if awaits_health(cause)
            else cause.error or cause.message
        )
        same[why if said == why else f"{why}: {said}"].append(task.name)
    return [
        ngettext("{tasks} is {why}", "{tasks} are {why}", len(names)).format(tasks=", ".join(names), why=why)
        for why, names in same.items()
    ]
