"""Why one task is where it is, waits, or has ended."""

from collections.abc import Iterable, Sequence

from ...language import _, ngettext
from ...records import Node, Observation, Service, Task, natural_key
from ...rules import Host
from ...rules.task import awaits_health, template
from .. import machine_states
from ..summary import FAILED_STATES, MAX_NODES
from . import pending
from .explanation import Explanation, Reason
from .failures import is_final
from .placements import Placement, placements
from .ranking import standings


def explain_task(slot: list[Task], history: Sequence[Observation]) -> Explanation:
    """Explain the first of the slot's tasks, and say of each what became of it."""
    seen, task = history[-1], slot[0]
    found = placements([each for each in slot if each.service == task.service], history)
    text = (
        _("{task} is {state}: {why}").format(
            task=task.name, state=task.state, why=_why_in_every_run(seen, slot, found.get(task.id))
        )
        if any(each.id == task.id for each in seen.tasks)
        else _removed(seen, task)
    )
    reasons = tuple(reason(seen, each, found.get(each.id)) for each in slot)
    chosen = not _unusual(seen, task) and bool(reasons[0].ranking)
    notes = [
        *([_("{task} on {node}: {why}").format(task=task.name, node=task.node, why=reasons[0].why)] if chosen else []),
        *machine_states.faults(seen.machines),
    ]
    return Explanation(
        task.name, (f"{text}.",), reasons, (*(f"{each}." for each in notes), *unwatched_note(found.values()))
    )


def reason(seen: Observation, task: Task, placement: Placement | None) -> Reason:
    """What is to be said of the task and, if it was placed as the rules say, of the nodes at that moment."""
    why = _why(seen, task, placement)
    if placement is None or task.ended or not placement.allowed:
        return Reason(task, why)
    nodes = {node.name: node for node in placement.nodes}
    out = ", ".join(pending.ruled_out_text(rule, nodes[name]) for name, rule in placement.ruled_out.items())
    return Reason(task, why, _why_together(placement), out or _("none"), standings(placement.ranking))


def unwatched_note(found: Iterable[Placement]) -> tuple[str, ...]:
    """The note that some of the placements were not seen, if so."""
    if all(placement.watched for placement in found):
        return ()
    return (
        _(
            "Some of these tasks were placed before the recording began. Why they are where they are was worked out "
            "from the times at which they were made."
        ),
    )


def _removed(seen: Observation, task: Task) -> str:
    """The text for a task that was seen before and is no longer there."""
    return (
        _("{task} is gone: its slot was removed, or the swarm no longer keeps a task that ended so long ago")
        if seen.service(task.service)
        else _("{task} is gone: its service was removed")
    ).format(task=task.name)


def _why_in_every_run(seen: Observation, slot: list[Task], placement: Placement | None) -> str:
    """Why the first of the slot's tasks is as it is, without what chance has decided."""
    task, service = slot[0], seen.service(slot[0].service)
    newest = all(each.created_at <= task.created_at for each in slot)
    if service and newest and is_final(seen, service, slot):
        why = _failure(task) if task.state in FAILED_STATES else _why_ended(seen, service, task)
        return _("{why}; the restart policy gives its slot no other task").format(why=why)
    if task.state in FAILED_STATES:
        return _failure(task)
    if placement is None or _unusual(seen, task):
        return _why(seen, task, placement)
    if not placement.allowed:
        return _("too little is known of what was on the nodes when it was placed")
    able = len(placement.hosts) - len(placement.ruled_out)
    return _(
        "{able} of {all} nodes could take it when it was placed. The swarm takes a node with the fewest tasks of "
        "{service}"
    ).format(able=able, all=len(placement.hosts), service=task.service)


def _why(seen: Observation, task: Task, placement: Placement | None) -> str:
    """Why the task is where it is, waits, or has ended."""
    return _unusual(seen, task) or (
        _why_that_node(task, placement) if placement else _("a global service has one task on each node that it fits")
    )


def _unusual(seen: Observation, task: Task) -> str:
    """Why the task does not simply run; empty if it does."""
    node, service = seen.node(task.node or ""), seen.service(task.service)
    if service is None:
        return _("its service was removed")
    if task.state in ("new", "pending") and task.wanted:
        return ". ".join(pending.why(seen, service, task))
    if task.ended or not task.wanted:
        return _why_ended(seen, service, task)
    if node is None or node.state == "down":
        return _("its node is down, so the swarm cannot know whether it still runs")
    if task.state != "running":
        return _not_yet_running(task)
    if node.availability == "pause":
        return _("it was there before {node} was paused; a paused node keeps what it has").format(node=node.name)
    return ""


def _not_yet_running(task: Task) -> str:
    """Why a task that is wanted and has a node does not run yet."""
    if task.desired_state == "ready":
        return _("waits for its turn: the task before it has to end, or the delay of the restart policy has to pass")
    if awaits_health(task):
        return _("its container runs, and its health check has not passed yet")
    return _("its node is preparing it")


def _why_ended(seen: Observation, service: Service, task: Task) -> str:
    node: Node | None = seen.node(task.node or "")
    if task.state in FAILED_STATES:
        return _("{state}: {error}").format(state=task.state, error=_failure(task))
    if task.state == "complete":
        return _("its program ended without an error")
    if task.desired_state == "remove":
        return _("its slot was removed: fewer replicas were asked for")
    if node is None or node.state == "down":
        followed = any(each.name == task.name and each.wanted for each in seen.tasks)
        return _("its node was lost, and its slot has a new task") if followed else _("its node was lost")
    if node.availability == "drain":
        return _("{node} was drained").format(node=node.name)
    if template(task.spec) != template(service.spec["TaskTemplate"]):
        return _("the service was changed, and its slot has a new task")
    return _("the swarm stopped it: its node was drained or lost, or it was replaced by force")


def _failure(task: Task) -> str:
    return task.error or task.message


def _why_that_node(task: Task, placement: Placement) -> str:
    """Why the scheduler chose the task's node among those that could take it."""
    ranking, node = placement.ranking, task.node or ""
    equals = next((equals for equals in ranking if node in {host.name for host in equals}), None)
    if equals is None or not placement.allowed:
        return _("too little is known of what was on the nodes then to say why it is on {node}").format(node=node)
    if sum(map(len, ranking)) == 1:
        return _("{node} was the only node that could take it").format(node=node)
    if placement.request.preferences:
        return _("the service spreads over {labels} first, then over the nodes with the fewest tasks").format(
            labels=", ".join(placement.request.preferences)
        )
    if len(placement.group) == 1:
        return _why_alone(task.service, node, ranking)
    before = next(host.tasks for host in equals if host.name == node)
    text = ngettext(
        "placed together with {n} other: {node} had {before} then and was given {given}",
        "placed together with {n} others: {node} had {before} then and was given {given}",
        len(placement.group) - 1,
    ).format(n=len(placement.group) - 1, node=node, before=before, given=placement.given[node])
    return f"{text}; {_('chance decided among equals')}" if len(equals) > 1 else text


def _why_together(placement: Placement) -> str:
    """Why those nodes, in words that hold for all tasks that were placed together; empty if that is not known."""
    ranking, given = placement.ranking, placement.given
    if len(placement.group) == 1 or sum(map(len, ranking)) == 1 or placement.request.preferences:
        return ""
    if len(given) > MAX_NODES:
        return ngettext("placed together on {n} node", "placed together on {n} nodes", len(given)).format(n=len(given))
    told = [
        _("{node} had {before} and was given {given}").format(node=host.name, before=host.tasks, given=given[host.name])
        for equals in ranking
        for host in sorted(equals, key=lambda host: natural_key(host.name))
        if given[host.name]
    ]
    text = _("placed together: {nodes}").format(nodes=", ".join(told))
    return f"{text}; {_('chance decided among equals')}" if any(len(equals) > 1 for equals in ranking) else text


def _why_alone(service: str, node: str, ranking: list[list[Host]]) -> str:
    """Why that node, for a task that was placed alone."""
    best, others = ranking[0], ranking[1:]
    if len(best) > 1:
        return ngettext(
            "chance chose {node}, one of {n} node with the fewest tasks of {service}",
            "chance chose {node}, one of {n} nodes with the fewest tasks of {service}",
            len(best),
        ).format(node=node, n=len(best), service=service)
    if others and others[0][0].tasks == best[0].tasks:
        return _("of the nodes with the fewest tasks of {service}, {node} had the fewest of all services").format(
            service=service, node=node
        )
    return _("{node} had the fewest tasks of {service}").format(service=service, node=node)
