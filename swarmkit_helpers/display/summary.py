"""What a swarm is doing, in one sentence, for readers of a chart and for those who cannot see it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence

from ..language import _, ngettext
from ..records import Container, Node, Observation, Service, Task
from ..rules import convergence

FAILED_STATES = ("failed", "rejected", "orphaned")  # of tasks that could not run or did not end well
MAX_NAMED = 4  # services, tasks or reasons that are listed one by one; of more, only the number is given
MAX_NODES = 2 * MAX_NAMED  # nodes that are listed one by one


def sentence(seen: Observation, service: str | None = None) -> str:
    """Say what runs, what does not and why, and which nodes are not ready and active; of all services, or of one."""
    services = [each for each in seen.services if service in (None, each.name)]
    if len(services) > MAX_NAMED:
        parts = [_total(seen, services)]
    else:
        parts = [_service(seen, each) for each in services] or [_no_service(seen, service)]
    orphans = _orphans(seen) if service is None else []
    if orphans:
        parts.append(
            ngettext(
                "{n} task of a removed service is stopping", "{n} tasks of removed services are stopping", len(orphans)
            ).format(n=len(orphans))
        )
    if service is None and (hand := by_hand(seen.containers)):
        parts.append(hand)
    return " ".join(f"{each}." for each in [*parts, *_nodes(seen.nodes)])


def stopping(seen: Observation, task: Task) -> bool:
    """Whether the task is about to end: it is not wanted and has not ended, and its node is ready."""
    node = seen.node(task.node or "")
    return not task.wanted and not task.ended and node is not None and node.state == "ready"


def node_name(node: Node) -> str:
    """Its name; words for a node that has just joined, which has told only its id yet."""
    return _("a new node") if node.name == node.id[:12] else node.name


def name_list(names: Sequence[str]) -> str:
    """The names; of many, only the first and how many others there are."""
    if len(names) <= MAX_NAMED:
        return ", ".join(names)
    return ngettext("{names} and {n} other", "{names} and {n} others", len(names) - MAX_NAMED).format(
        names=", ".join(names[:MAX_NAMED]), n=len(names) - MAX_NAMED
    )


def _no_service(seen: Observation, service: str | None) -> str:
    if service is not None:
        return _("There is no service {service}").format(service=service)
    return ngettext("{n} node and no service", "{n} nodes and no service", len(seen.nodes)).format(n=len(seen.nodes))


def _orphans(seen: Observation) -> list[Task]:
    """The tasks of removed services that are stopping."""
    known = {service.name for service in seen.services}
    return [task for task in seen.tasks if task.service not in known and stopping(seen, task)]


def by_hand(containers: Iterable[Container]) -> str:
    """Which of the containers run that no service owns, and where; empty if there is none."""
    running = [container for container in containers if container.runs]
    if not running:
        return ""
    names = name_list([_("{name} on {node}").format(name=each.name, node=each.node) for each in running])
    return ngettext(
        "{n} container is run by hand: {names}", "{n} containers are run by hand: {names}", len(running)
    ).format(n=len(running), names=names)


def _service(seen: Observation, service: Service) -> str:
    """How many tasks of the service run and where, then what is going on."""
    running = convergence.running_tasks(seen, service)
    places = Counter(task.node for task in running if task.node)
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
    slots, replicas = len({task.slot for task in running}), service.replicas or 0
    return ngettext("{service}: {n} of {all} replica runs", "{service}: {n} of {all} replicas run", replicas).format(
        service=service.name, n=slots, all=replicas
    )


def _where(seen: Observation, places: Counter[str], one_each: bool) -> str:
    """On which nodes, and how many unless it is one on each; empty if the list would be long."""
    names = [name for name in dict.fromkeys(node.name for node in seen.nodes) if name in places]
    if not names or len(names) > MAX_NODES:
        return ""
    if one_each:
        return ": " + ", ".join(names)
    return ", " + ", ".join(_("{n} on {node}").format(n=places[name], node=name) for name in names)


def _under_way(seen: Observation, service: Service) -> list[str]:
    """The tasks that are wanted and do not run yet, those with the same reason together; then those that stop."""
    waiting: dict[tuple[str, str], int] = Counter()
    stopping_on: dict[str, int] = Counter()
    for task in seen.tasks_of(service.name):
        # A task that runs and does not count is on a node that may not keep it: the swarm will react.
        if task.wanted and not task.ended and task.state != "running":
            waiting[task.state, task.error] += 1
        elif stopping(seen, task):
            stopping_on[task.node or ""] += 1
    parts = [
        _in_state(number, state) + (f" ({error})" if error else "")
        for (state, error), number in sorted(waiting.items())[:MAX_NAMED]
    ]
    if stopping_on:
        total = sum(stopping_on.values())
        names = sorted(stopping_on)
        nodes = ", ".join(names) if len(names) <= MAX_NAMED else _("{n} nodes").format(n=len(names))
        parts.append(
            ngettext("{n} task is stopping on {nodes}", "{n} tasks are stopping on {nodes}", total).format(
                n=total, nodes=nodes
            )
        )
    return parts


def _in_state(number: int, state: str) -> str:
    return ngettext("{n} is {state}", "{n} are {state}", number).format(n=number, state=state)


def _total(seen: Observation, services: list[Service]) -> str:
    running = sum(len(convergence.running_tasks(seen, service)) for service in services)
    wanted = sum(task.wanted for task in seen.tasks)
    return _("{services} services: {n} of {all} wanted tasks run").format(services=len(services), n=running, all=wanted)


def _nodes(nodes: Iterable[Node]) -> list[str]:
    """The nodes that are not ready and active, a sentence for each state."""
    texts: dict[str, Callable[[int], str]] = {
        "down": lambda n: ngettext("{nodes} is down", "{nodes} are down", n),
        "unknown": lambda n: ngettext("The state of {nodes} is unknown", "The states of {nodes} are unknown", n),
        "disconnected": lambda n: ngettext("{nodes} is disconnected", "{nodes} are disconnected", n),
        "drain": lambda n: ngettext("{nodes} is drained", "{nodes} are drained", n),
        "pause": lambda n: ngettext("{nodes} is paused", "{nodes} are paused", n),
    }
    found = defaultdict(list)
    for node in nodes:
        for state in (node.state, node.availability):
            if state in texts:
                found[state].append(node_name(node))
    return [
        texts[state](len(names)).format(
            nodes=", ".join(names) if len(names) <= MAX_NODES else _("{n} nodes").format(n=len(names))
        )
        for state, names in found.items()
    ]
