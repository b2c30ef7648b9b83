"""What became of a service's tasks, as sentences: which run, wait or fail, which went, and why none came back.

The sentences name no node that chance has chosen, and no number that chance decides: notebooks compare them.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ... import rules
from ...constraints import satisfies
from ...language import _, ngettext
from ...records import Observation, Service, Task
from ...rules import MAX_FAILURES, Slot, convergence, restart
from ..summary import NAMED
from . import pending
from .placements import Moment


def running(seen: Observation, service: Service, placed: Iterable[Moment]) -> list[str]:
    """How many run, how they got their places, and what is not yet as it was asked for."""
    tasks = convergence.running_tasks(seen, service)
    told = []
    if tasks:
        nodes = len({task.node for task in tasks})
        told.append(
            _("{tasks} on {nodes}").format(
                tasks=ngettext("{n} task of {service} runs", "{n} tasks of {service} run", len(tasks)).format(
                    n=len(tasks), service=service.name
                ),
                nodes=ngettext("{n} node", "{n} nodes", nodes).format(n=nodes),
            )
        )
        told += _rule(service, list(placed), len(tasks))
    elif service.replicas == 0:
        told.append(_("{service} is to have 0 replicas, and none runs").format(service=service.name))
    elif not (missing := convergence.reasons(seen, service.name)) and any(
        task.state == "complete" and service.is_job for task in seen.tasks_of(service.name)
    ):
        told.append(
            _("The job {service} is done: its tasks have ended well, and none is started again").format(
                service=service.name
            )
        )
    elif not missing:
        told.append(_("No node fits {service}").format(service=service.name))
    if service.update_state == "rollback_completed":
        told.append(_("The last change of {service} was rolled back").format(service=service.name))
    told += [_("Not yet as asked: {reason}").format(reason=each) for each in convergence.reasons(seen, service.name)]
    if service.update_state in convergence.RUNNING_UPDATES and any(
        task.wanted and task.node is None for task in seen.tasks_of(service.name)
    ):
        told.append(
            _(
                "An update goes on only when its newest task runs, however long that takes: this one waits for a "
                "task that has no place"
            )
        )
    if halted := convergence.halt_error(seen, service.name):
        told.append(_("Cure: {fix}").format(fix=halted.fix))
    return told


def _rule(service: Service, placed: list[Moment], tasks: int) -> list[str]:
    if service.mode.startswith("global"):
        return [_("A global service has one task on each node that it fits")]
    if not placed:
        return []
    if any(moment.request.preferences for moment in placed):
        return [
            _("The scheduler spreads them over the values of {labels} first, then over the nodes").format(
                labels=", ".join(placed[0].request.preferences)
            )
        ]
    if any(host.failures >= MAX_FAILURES for moment in placed for host in moment.hosts):
        return [_("A node on which five tasks of the service have failed within five minutes comes last")]
    if all(moment.fewest_first for moment in placed) and tasks == 1:
        return [
            _(
                "It was given to a node with the fewest tasks of the service, of those that could take it; among "
                "equals the total of all services decides, then chance"
            )
        ]
    if all(moment.fewest_first for moment in placed):
        return [
            _(
                "Each was given to a node with the fewest tasks of the service, of those that could take it; among "
                "equals the total of all services decides, then chance"
            )
        ]
    if not all(moment.lawful for moment in placed):
        return []  # too little is known
    return [
        _(
            "Tasks that are placed together are dealt out from the node with the fewest up, passing each node once "
            "before it goes round: that need not end evenly"
        )
    ]


def waiting(seen: Observation, tasks: Iterable[Task]) -> list[str]:
    """Which are pending and why, those with the same reason together, and the cure."""
    same: dict[str, list[str]] = defaultdict(list)
    for task in tasks:
        if task.state in ("new", "pending"):
            same["; ".join(pending.why(seen, task))].append(task.name)
    return [
        ngettext("{tasks} is pending: {why}", "{tasks} are pending: {why}", len(names)).format(
            tasks=_listed(names), why=why
        )
        for why, names in same.items()
    ]


def failing(seen: Observation, service: Service) -> list[str]:
    """Which slots have no task that runs because it fails, or ends, or was to be the last one."""
    rows = _troubled(seen, service)
    over = [row[0].name for row in rows if ends_it(seen, service, row)]
    again = [row[0].name for row in rows if _failed(row) and row[0].name not in over]
    short = [row[0].name for row in rows if not _failed(row) and row[0].name not in over]
    told = []
    if short:
        told += [
            ngettext(
                "The program of {tasks} ends by itself, and the swarm puts a new task into its slot again and again",
                "The programs of {tasks} end by themselves, and the swarm puts new tasks into their slots again and again",
                len(short),
            ).format(tasks=_listed(short)),
            _("Cure: give {service} a command that goes on, or make it a job").format(service=service.name),
        ]
    if again:
        told.append(
            ngettext(
                "{tasks} fails, and the swarm puts a new task into its slot again and again, each after the delay of the "
                "restart policy",
                "{tasks} fail, and the swarm puts new tasks into their slots again and again, each after "
                "the delay of the restart policy",
                len(again),
            ).format(tasks=_listed(again))
        )
    if over:
        told.append(
            ngettext(
                "{tasks} has ended, and the restart policy gives its slot no other task",
                "{tasks} have ended, and the restart policy gives their slots no others",
                len(over),
            ).format(tasks=_listed(over))
        )
    if over and not any(map(_failed, rows)):
        told.append(_("Cure: {fix}").format(fix=pending.force(service)))
    elif over or again:
        told.append(
            _(
                'Cure: look at swarm.logs("{service}"), then correct the image or the command with '
                'swarm.update_service("{service}", ...)'
            ).format(service=service.name)
        )
    return told


def ends_it(seen: Observation, service: Service, row: Sequence[Task]) -> bool:
    """Whether the restart policy gives no other task to a slot that counts; `row` are its tasks, the newest first."""
    newest, node = row[0], seen.node(row[0].node or "")
    over = newest.ended or node is None or node.state == "down"
    done = service.is_job and newest.state == "complete"
    away = service.mode == "global" and (newest.state == "shutdown" or node is None or not node.takes_tasks)
    return (
        over
        and not newest.wanted
        and newest.desired_state != "remove"
        and not done
        and not away
        and not restart.should_restart(service, list(row))
    )


def _troubled(seen: Observation, service: Service) -> list[list[Task]]:
    """The tasks, the newest first, of each slot that has none that runs, is done, or has yet to find a place."""
    rows: dict[object, list[Task]] = defaultdict(list)
    for task in seen.tasks_of(service.name):
        rows[task.node if service.mode.startswith("global") else task.slot].append(task)
    return [
        row
        for row in rows.values()
        if ends_it(seen, service, row)
        or (
            row[0].state not in ("running", "new", "pending")
            and row[0].desired_state != "remove"
            and (_failed(row) or _ended_well(service, row))
            and not (service.is_job and row[0].state == "complete")
        )
    ]


def _failed(row: Sequence[Task]) -> bool:
    return any(task.state in ("failed", "rejected") for task in row)


def _ended_well(service: Service, row: Sequence[Task]) -> bool:
    return not service.is_job and any(task.state == "complete" for task in row)


def went(service: Service, history: Sequence[Observation]) -> list[str]:
    """After a scale-down: that tasks went, and by what rule these."""
    if (pair := _scaled_down(service, history)) is None:
        return []
    before, after = (seen.service(service.name).replicas for seen in pair)
    return [
        ngettext(
            "{n} task went when {before} replicas became {after}",
            "{n} tasks went when {before} replicas became {after}",
            before - after,
        ).format(n=before - after, before=before, after=after)
        + _(
            ": first those without a node, then from the nodes with most tasks of the service; among equals the "
            "highest slots go"
        )
    ]


def stayed_away(service: Service, history: Sequence[Observation]) -> list[str]:
    """Nodes that could run tasks of the service and have none or few, because none has had to be placed since."""
    if service.mode != "replicated":
        return []
    seen = history[-1]
    running_ = Counter(task.node for task in convergence.running_tasks(seen, service))
    if convergence.reasons(seen, service.name) or not running_:
        return []
    most = max(running_.values())
    told = []
    for node in seen.nodes:
        fits = node.takes_tasks and satisfies(node, service.constraints)
        if not fits or not (running_[node.name] <= most - 2 or _came_late(node.name, service, history)):
            continue
        how = (
            _("{node} has no task of {service}")
            if not running_[node.name]
            else _("{node} has fewer tasks of {service} than others")
        ).format(node=node.name, service=service.name)
        told.append(
            _(
                "{how}, for none had to be placed since it could take one: as many run as are asked for, and a "
                'task that runs is never moved; swarm.rebalance("{service}") makes all of them new'
            ).format(how=how, service=service.name)
        )
    return told


def _came_late(name: str, service: Service, history: Sequence[Observation]) -> bool:
    """Whether the node has no task of the service, and was seen unable to take one after all of them were made."""
    tasks = [task for task in history[-1].tasks_of(service.name) if task.wanted]
    if any(task.node == name for task in tasks):
        return False
    return any(_knows(seen, tasks) and not ((node := seen.node(name)) and node.takes_tasks) for seen in history)


def notes(service: Service, history: Sequence[Observation]) -> list[str]:
    """What may differ from run to run: which slots went and from where, and with what errors tasks fail."""
    told = []
    if pair := _scaled_down(service, history):
        before, after = pair
        slots = {task.slot: task for task in before.tasks_of(service.name) if task.wanted}
        live = [Slot(number, task.node, task.state == "running") for number, task in slots.items()]
        earlier = rules.excess(live, before.service(service.name).replicas)  # asked for just before, not yet told
        gone = rules.excess([slot for slot in live if slot.number not in earlier], after.service(service.name).replicas)
        told.append(
            _("The slots that went: {slots}").format(
                slots=", ".join(_("{slot} on {node}").format(slot=slot, node=slots[slot].node or "-") for slot in gone)
            )
        )
    for row in filter(_failed, _troubled(history[-1], service)):
        error = next((task.error for task in row if task.error), "")
        told.append(_("{task} failed with: {error}").format(task=row[0].name, error=error))
    return told


def _scaled_down(service: Service, history: Sequence[Observation]) -> tuple[Observation, Observation] | None:
    """The states before and after the last change of the number of replicas, if it was to fewer."""
    if service.mode != "replicated":
        return None  # fewer completions of a job take no slot away: it begins anew
    present = [task for task in history[-1].tasks_of(service.name) if task.wanted]
    for after, before in pairwise(reversed(history)):
        now, then = after.service(service.name), before.service(service.name)
        if now is None or then is None or then.id != now.id:
            return None
        if not _knows(after, present):
            return None  # tasks were made since: that is another story
        if now.replicas != then.replicas:
            return (before, after) if (now.replicas or 0) < (then.replicas or 0) else None
    return None


def _knows(seen: Observation, tasks: Iterable[Task]) -> bool:
    """Whether all these tasks had been made then. Not told by times: those of tasks are by the manager's clock."""
    return {task.id for task in tasks} <= {task.id for task in seen.tasks}


def _listed(names: Sequence[str]) -> str:
    """The names, of many only the first."""
    if len(names) <= NAMED:
        return ", ".join(names)
    return ngettext("{names} and {n} other", "{names} and {n} others", len(names) - NAMED).format(
        names=", ".join(names[:NAMED]), n=len(names) - NAMED
    )
