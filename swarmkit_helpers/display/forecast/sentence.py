"""The sentences of a forecast: the change, what the swarm does, and the result. They name no node that chance chose."""

from collections.abc import Sequence

from ...language import _, ngettext
from .requests import PlannedChange
from .task_counts import TaskCounts, number_range

MAX_DISTRIBUTIONS = 3  # that are listed one by one; of more, only the least and the most tasks on a node
MAX_LISTED_NODES = 10  # of more nodes, only the least and the most tasks on a node


def sentence(change: PlannedChange, counts: TaskCounts, services: Sequence[str], unforeseen: Sequence[str]) -> str:
    """What the swarm does about the change, and the tasks of these services afterwards.

    `unforeseen` are the services with an update under way.
    """
    parts = [change.effect, *(_result(change, counts, service) for service in services)]
    if unforeseen:
        parts.append(
            _("An update of {services} is under way, and the forecast leaves out what it still replaces").format(
                services=", ".join(unforeseen)
            )
        )
    if counts.sampled:
        parts.append(_("The swarm can end in too many ways to look at each: the numbers are those of a sample"))
    return " ".join(f"{each}." for each in parts)


def _result(change: PlannedChange, counts: TaskCounts, service: str) -> str:
    """How many tasks of the service the nodes will have, the fullest node first."""
    nodes = [node for node in counts.nodes(service) if node.able or node.most]
    if not nodes:
        return _("No node fits {service}").format(service=service) + _pending(change, counts, service)
    ends, all_listed = counts.end_states
    distributions = {
        tuple(sorted((end.tasks.get(service, {}).get(node.node, 0) for node in nodes), reverse=True)) for end in ends
    }
    if all_listed and not any(any(each) for each in distributions):
        return _("{service} then has no task that runs").format(service=service) + _pending(change, counts, service)
    if all_listed and len(distributions) <= MAX_DISTRIBUTIONS and len(nodes) <= MAX_LISTED_NODES:
        numbers = _(" or ").join(", ".join(map(str, each)) for each in sorted(distributions)) or "0"
    else:
        numbers = _("from {least} to {most}").format(
            least=min(node.least for node in nodes), most=max(node.most for node in nodes)
        )
    text = ngettext(
        "The tasks of {service} are then on {n} node: {numbers}",
        "The tasks of {service} are then on {n} nodes, the fullest first: {numbers}",
        len(nodes),
    ).format(service=service, numbers=numbers, n=len(nodes))
    by_chance = sum(node.least < node.most for node in nodes)
    if by_chance == len(nodes):
        text += _(", and chance decides which node has how many")
    elif by_chance:
        text += _(", and for {n} of these nodes chance decides which has how many").format(n=by_chance)
    return text + _pending(change, counts, service)


def _pending(change: PlannedChange, counts: TaskCounts, service: str) -> str:
    """How many tasks of the service will be pending and why; empty if none."""
    least, most = counts.pending(service)
    if not most:
        return ""
    text = ngettext("; {n} is pending", "; {n} are pending", most).format(n=number_range(least, most))
    if stuck := change.reconciliation.stuck.get(service):
        return text + ngettext(
            ', of which {n} is not tried again unless swarm.rebalance("{service}") makes a new one',
            ', of which {n} are not tried again unless swarm.rebalance("{service}") makes new ones',
            stuck,
        ).format(n=stuck, service=service)
    message = counts.pending_message(service)
    return f"{text}: {message}" if message else text
