"""What became of a service's tasks, as sentences: which run, wait, fail or ended, and why no task came back.

The sentences name no node that chance has chosen, and no number that chance decides: notebooks compare them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from ...constraints import satisfies
from ...language import _, ngettext
from ...records import Observation, Service, Task
from ...rules import MAX_FAILURES, convergence
from .. import machine_states
from ..summary import name_list
from . import pending
from .explanation import Explanation
from .failures import errors, failing
from .placements import Placement, placements, were_made
from .scale_down import ended_slots, scaled_down
from .task import reason, unwatched_note


def explain_service(service: Service, history: Sequence[Observation]) -> Explanation:
    """Explain the service, and each of its tasks that is wanted."""
    seen = history[-1]
    tasks = [task for task in seen.tasks_of(service.name) if task.wanted]
    found = placements(tasks, history)
    sentences = [
        *_running(seen, service, list(found.values())),
        *_waiting(seen, service, tasks),
        *failing(seen, service),
        *scaled_down(service, history),
        *_nodes_left_out(service, history),
    ]
    notes = [*machine_states.faults(seen.machines), *ended_slots(service, history), *errors(seen, service)]
    return Explanation(
        service.name,
        tuple(f"{each}." for each in sentences),
        tuple(reason(seen, task, found.get(task.id)) for task in tasks),
        (*(f"{each}." for each in notes), *unwatched_note(found.values())),
    )


def _running(seen: Observation, service: Service, found: Sequence[Placement]) -> list[str]:
    """How many tasks run, by what rule they were placed, and what has not converged yet."""
    tasks = convergence.running_tasks(seen, service)
    missing = convergence.reasons(seen, service.name)
    sentences = []
    if tasks:
        nodes = len({task.node for task in tasks})
        sentences.append(
            _("{tasks} on {nodes}").format(
                tasks=ngettext("{n} task of {service} runs", "{n} tasks of {service} run", len(tasks)).format(
                    n=len(tasks), service=service.name
                ),
                nodes=ngettext("{n} node", "{n} nodes", nodes).format(n=nodes),
            )
        )
        sentences += _placement_rule(service, found, len(tasks))
    elif service.replicas == 0:
        sentences.append(_("0 replicas of {service} are desired, and none runs").format(service=service.name))
    elif not missing and any(task.state == "complete" and service.is_job for task in seen.tasks_of(service.name)):
        sentences.append(
            _("The job {service} is done: its tasks are complete, and none is started again").format(
                service=service.name
            )
        )
    elif not missing:
        sentences.append(_("No node fits {service}").format(service=service.name))
    if service.update_state == "rollback_completed":
        sentences.append(_("The last change of {service} was rolled back").format(service=service.name))
    sentences += [_("Not yet as asked: {reason}").format(reason=each) for each in missing]
    if service.update_state in convergence.RUNNING_UPDATES and any(
        task.wanted and task.node is None for task in seen.tasks_of(service.name)
    ):
        sentences.append(
            _(
                "An update continues only when its newest task runs, however long that takes: this one waits for a "
                "task that has no node"
            )
        )
    if error := convergence.halt_error(seen, service.name):
        sentences.append(_("Fix: {fix}").format(fix=error.fix))
    return sentences


def _placement_rule(service: Service, found: Sequence[Placement], tasks: int) -> list[str]:
    """The rule that explains where the tasks are; empty if too little is known."""
    if service.mode.startswith("global"):
        return [_("A global service has one task on each node that it fits")]
    if not found:
        return []
    if any(placement.request.preferences for placement in found):
        return [
            _("The scheduler spreads them over the values of {labels} first, then over the nodes").format(
                labels=", ".join(found[0].request.preferences)
            )
        ]
    if any(host.failures >= MAX_FAILURES for placement in found for host in placement.hosts):
        return [_("A node on which five tasks of the service have failed within five minutes comes last")]
    if all(placement.fewest_first for placement in found):
        fewest = (
            _("It went to a node that could take it and had the fewest tasks of {service}")
            if tasks == 1
            else _("Each went to a node that could take it and had the fewest tasks of {service} at that moment")
        )
        return [
            fewest.format(service=service.name),
            _("Among equals, the node with the fewest tasks of all services comes first. After that, chance decides"),
        ]
    if not all(placement.allowed for placement in found):
        return []
    return [
        _(
            "Tasks that are placed together are dealt out round by round, first to the node with the fewest tasks. The "
            "result need not be even"
        )
    ]


def _waiting(seen: Observation, service: Service, tasks: Iterable[Task]) -> list[str]:
    """Which tasks are pending and why, those with the same reason together, and the fix."""
    same: dict[str, list[str]] = defaultdict(list)
    for task in tasks:
        if task.state in ("new", "pending"):
            same[". ".join(pending.why(seen, service, task))].append(task.name)
    return [
        ngettext("{tasks} is pending: {why}", "{tasks} are pending: {why}", len(names)).format(
            tasks=name_list(names), why=why
        )
        for why, names in same.items()
    ]


def _nodes_left_out(service: Service, history: Sequence[Observation]) -> list[str]:
    """The nodes that could run tasks of the service and have none or few, because none had to be placed since."""
    if service.mode != "replicated":
        return []
    seen = history[-1]
    counts = Counter(task.node for task in convergence.running_tasks(seen, service))
    if convergence.reasons(seen, service.name) or not counts:
        return []
    most = max(counts.values())
    sentences = []
    for node in seen.nodes:
        fits = node.takes_tasks and satisfies(node, service.constraints)
        if not fits or not (counts[node.name] <= most - 2 or _came_late(node.name, service, history)):
            continue
        how = (
            _("{node} has no task of {service}")
            if not counts[node.name]
            else _("{node} has fewer tasks of {service} than others")
        ).format(node=node.name, service=service.name)
        sentences.append(
            _(
                "{how}: as many run as are asked for, so none had to be placed since it could take one. A task that "
                'runs is never moved. swarm.rebalance("{service}") makes all of them new'
            ).format(how=how, service=service.name)
        )
    return sentences


def _came_late(name: str, service: Service, history: Sequence[Observation]) -> bool:
    """Whether the node has no task of the service, and was seen unable to take one after all of them were made."""
    tasks = [task for task in history[-1].tasks_of(service.name) if task.wanted]
    if any(task.node == name for task in tasks):
        return False
    return any(were_made(tasks, seen) and not ((node := seen.node(name)) and node.takes_tasks) for seen in history)
