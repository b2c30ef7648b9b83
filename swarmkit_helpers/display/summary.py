"""What a swarm is doing, in one sentence: for those who cannot see the picture, and for those who can."""

from collections import Counter, defaultdict
from collections.abc import Iterable

from ..language import _, ngettext
from ..records import Node, Observation, Service, Task
from ..rules import convergence

NAMED = 4  # services, nodes or reasons that are named one by one; of more there is only the number


def sentence(seen: Observation, service: str | None = None) -> str:
    """What runs, what does not and why, and which nodes are not as usual; of all services, or of one."""
    services = [each for each in seen.services if service in (None, each.name)]
    if len(services) > NAMED:
        told = [_many(seen, services)]
    else:
        told = [_told(seen, each) for each in services] or [_nothing(seen, service)]
    remains = _remains(seen) if service is None else []
    if remains:
        told.append(
            ngettext(
                "{n} task of a removed service is stopping", "{n} tasks of removed services are stopping", len(remains)
            ).format(n=len(remains))
        )
    return " ".join(f"{each}." for each in [*told, *_nodes(seen.nodes)])


def stopping(seen: Observation, task: Task) -> bool:
    """Whether the task is on its way out: it was told to stop, has not, and its node can be heard."""
    node = seen.node(task.node or "")
    return not task.wanted and not task.ended and node is not None and node.state == "ready"


def _nothing(seen: Observation, service: str | None) -> str:
    if service is not None:
        return _("There is no service {service}").format(service=service)
    return ngettext("{n} node and no service", "{n} nodes and no service", len(seen.nodes)).format(n=len(seen.nodes))


def _remains(seen: Observation) -> list[Task]:
    known = {service.name for service in seen.services}
    return [task for task in seen.tasks if task.service not in known and stopping(seen, task)]


def _told(seen: Observation, service: Service) -> str:
    """How many tasks of the service run and where, then what is under way."""
    running = convergence.running_tasks(seen, service)
    places = Counter(task.node for task in running)
    parts = [_amount(seen, service, running) + _where(seen, places, service.mode == "global")]
    if service.update_state in convergence.RUNNING_UPDATES:
        parts.append(_("an update is going on"))
    elif service.update_state in convergence.HALTED_UPDATES:
        parts.append(_("its update is paused"))
    return "; ".join([*parts, *_under_way(seen, service)])


def _amount(seen: Observation, service: Service, running: list[Task]) -> str:
    if service.is_job:
        done = sum(
            task.state == "complete" and task.iteration == service.iteration for task in seen.tasks_of(service.name)
        )
        return ngettext(
            "{service}: {done} task of the job is complete, {n} run",
            "{service}: {done} tasks of the job are complete, {n} run",
            done,
        ).format(service=service.name, done=done, n=len(running))
    if service.mode == "global":
        return ngettext("{service} runs on {n} node", "{service} runs on {n} nodes", len(running)).format(
            service=service.name, n=len(running)
        )
    slots = len({task.slot for task in running})
    return ngettext(
        "{service}: {n} of {all} replica runs", "{service}: {n} of {all} replicas run", service.replicas
    ).format(service=service.name, n=slots, all=service.replicas)


def _where(seen: Observation, places: Counter, one_each: bool) -> str:
    """On which nodes, and how many unless it is one on each; nothing if that would be a long list."""
    names = [name for name in dict.fromkeys(node.name for node in seen.nodes) if name in places]
    if not names or len(names) > 2 * NAMED:
        return ""
    if one_each:
        return ": " + ", ".join(names)
    return ", " + ", ".join(_("{n} on {node}").format(n=places[name], node=name) for name in names)


def _under_way(seen: Observation, service: Service) -> list[str]:
    """The tasks that are wanted and do not run yet, those with the same reason together; then those that stop."""
    waiting, leaving = defaultdict(list), defaultdict(list)
    for task in seen.tasks_of(service.name):
        # One that runs and does not count is on a node that may not keep it: the swarm will react.
        if task.wanted and not task.ended and task.state != "running":
            waiting[task.state, task.error].append(task)
        elif stopping(seen, task):
            leaving[task.node].append(task)
    parts = [
        _in_state(len(tasks), state) + (f" ({error})" if error else "")
        for (state, error), tasks in sorted(waiting.items())[:NAMED]
    ]
    if leaving:
        total = sum(map(len, leaving.values()))
        nodes = ", ".join(sorted(leaving)) if len(leaving) <= NAMED else _("{n} nodes").format(n=len(leaving))
        parts.append(
            ngettext("{n} task is stopping on {nodes}", "{n} tasks are stopping on {nodes}", total).format(
                n=total, nodes=nodes
            )
        )
    return parts


def _in_state(number: int, state: str) -> str:
    return ngettext("{n} is {state}", "{n} are {state}", number).format(n=number, state=state)


def _many(seen: Observation, services: list[Service]) -> str:
    running = sum(len(convergence.running_tasks(seen, service)) for service in services)
    wanted = sum(task.wanted for task in seen.tasks)
    return _("{services} services: {n} of {all} wanted tasks run").format(services=len(services), n=running, all=wanted)


def _nodes(nodes: Iterable[Node]) -> list[str]:
    """The nodes that are not ready and active, a sentence for each way."""
    ways = {
        "down": lambda n: ngettext("{nodes} is down", "{nodes} are down", n),
        "unknown": lambda n: ngettext("The state of {nodes} is unknown", "The states of {nodes} are unknown", n),
        "disconnected": lambda n: ngettext("{nodes} is disconnected", "{nodes} are disconnected", n),
        "drain": lambda n: ngettext("{nodes} is drained", "{nodes} are drained", n),
        "pause": lambda n: ngettext("{nodes} is paused", "{nodes} are paused", n),
    }
    found = defaultdict(list)
    for node in nodes:
        for way in (node.state, node.availability):
            if way in ways:
                found[way].append(node.name)
    return [
        ways[way](len(names)).format(
            nodes=", ".join(names) if len(names) <= 2 * NAMED else _("{n} nodes").format(n=len(names))
        )
        for way, names in found.items()
    ]
