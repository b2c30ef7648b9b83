"""Why tasks are where they are, why others wait, which went, and why nothing came back.

    swarm.explain("sleep-app")       a service: what became of its tasks, a sentence for each
    swarm.explain("sleep-app.3")     a task, by its name, with those that were in its slot before

In a notebook the stored text has only what is the same in every run; what chance decided is in the table.
"""

import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

from ...errors import BadInput, NotFound
from ...language import _, ngettext
from ...records import Node, Observation, Service, Task
from ...rules import Host
from ..tables import aligned, data, figure, grid
from . import pending
from . import service as service_story
from .placements import Moment, moments

NBSP = "\N{NO-BREAK SPACE}"
_WRONG = ("failed", "rejected", "orphaned")


@dataclass(frozen=True)
class Reason:
    """Why one task is as it is."""

    task: Task
    why: str
    ruled_out: str = ""  # the nodes that could not take it then, and why
    ranking: str = ""  # the nodes that could, best first, each with its tasks of the service and of all then


@dataclass(frozen=True)
class Explanation:
    """It shows itself: some sentences, and a table of the tasks."""

    about: str
    sentences: tuple[str, ...]  # what is the same in every run of the same lesson
    reasons: tuple[Reason, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())  # what may differ

    @property
    def text(self) -> str:
        """The sentences that are the same in every run."""
        return "\n".join(self.sentences)

    def rows(self) -> list[list[str]]:
        """The table's cells, a list for each task."""
        return [
            [reason.task.name, reason.task.node or "-", reason.task.state, reason.why, reason.ruled_out, reason.ranking]
            for reason in self.reasons
        ]

    def titles(self) -> list[str]:
        """What the columns of the table are."""
        return [_("task"), _("node"), _("state"), _("why"), _("ruled out then"), _("ranking then")]

    def html(self) -> str:
        """The sentences, and the table if there is one."""
        told = "".join(f"<div>{escape(each)}</div>" for each in (*self.sentences, *self.notes))
        table = grid(self.titles(), map(data, self.rows())) if self.reasons else ""
        legend = f"<div><small>{escape(_legend())}</small></div>" if any(each.ranking for each in self.reasons) else ""
        return figure(told + table + legend, "")

    def __repr__(self) -> str:
        table = [aligned([self.titles(), *self.rows()])] if self.reasons else []
        return "\n".join([*self.sentences, *self.notes, *table])

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.text)

    def _repr_html_(self) -> str:
        return self.html()


def _legend() -> str:
    return _(
        "Ranking: the best first; chance decides between those with =. In brackets the tasks that the node had "
        "then, of the service and of all."
    )


def explain(what: str | Service | Task, history: Sequence[Observation]) -> Explanation:
    """The explanation of a service or of a task; the last in the history is the present.

    Raises `BadInput` for what is neither, nor the name of one; `NotFound`.
    """
    seen = history[-1]
    if isinstance(what, Service):
        what = what.name
    if not isinstance(what, (str, Task)):
        raise BadInput(
            _("{what} is neither a service nor a task"),
            _('give the name of one, for example swarm.explain("sleep-app")'),
            what=reprlib.repr(what),
        )
    if isinstance(what, str) and (service := seen.service(what)):
        return _of_service(service, history)
    name = what if isinstance(what, str) else what.name
    row = [task for task in seen.tasks if task.name == name]
    if isinstance(what, Task):
        row.sort(key=lambda task: task.id != what.id)
        row = row if row and row[0].id == what.id else [what, *row]
    if not row:
        known = [service.name for service in seen.services]
        raise NotFound(
            _("no service and no task is called {name!r}; this swarm has the services: {known}"),
            _("use one of those names, or a task's, such as sleep-app.1; swarm.tasks() lists them"),
            name=name,
            known=", ".join(known) or _("none"),
        )
    return _of_task(row, history)


# A task ---------------------------------------------------------------------------------------------------


def _of_task(row: list[Task], history: Sequence[Observation]) -> Explanation:
    seen, task = history[-1], row[0]
    placed = moments([each for each in row if each.service == task.service], history)
    told = (
        _("{task} is {state}: {why}").format(
            task=task.name, state=task.state, why=_general(seen, row, placed.get(task.id))
        )
        if any(each.id == task.id for each in seen.tasks)
        else _gone(seen, task)
    )
    return Explanation(
        task.name,
        (f"{told}.",),
        tuple(_reason(seen, each, placed.get(each.id)) for each in row),
        _hindsight(placed.values()),
    )


def _gone(seen: Observation, task: Task) -> str:
    """Of a task that was seen before, and is not there any more."""
    return (
        _("{task} is gone: its slot was taken away, or the swarm keeps so much of the past no longer")
        if seen.service(task.service)
        else _("{task} is gone: its service was removed")
    ).format(task=task.name)


def _general(seen: Observation, row: list[Task], moment: Moment | None) -> str:
    """Why the first of the slot's tasks is as it is, without what chance has decided."""
    task, service = row[0], seen.service(row[0].service)
    newest = all(each.created_at <= task.created_at for each in row)
    if service and newest and service_story.ends_it(seen, service, row):
        why = task.error or task.message if task.state in _WRONG else _end(seen, task, seen.node(task.node or ""))
        return _("{why}; the restart policy gives its slot no other task").format(why=why)
    if task.state in _WRONG:
        return task.error or task.message
    if moment is None or _unusual(seen, task):
        return _why(seen, task, moment)
    if not moment.lawful:
        return _("too little is known of what was on the nodes when it was placed")
    able = len(moment.hosts) - len(moment.ruled_out)
    return _(
        "{able} of {all} nodes could take it when it was placed, and those with the fewest tasks of {service} "
        "come first"
    ).format(able=able, all=len(moment.hosts), service=task.service)


def _reason(seen: Observation, task: Task, moment: Moment | None) -> Reason:
    why = _why(seen, task, moment)
    if moment is None or task.ended or not moment.lawful:
        return Reason(task, why)
    nodes, rules = {node.name: node for node in moment.nodes}, moment.ruled_out
    out = ", ".join(pending.against(rule, nodes[name]) for name, rule in rules.items())
    return Reason(task, why, out or _("none"), _ranking(moment))


def _hindsight(placed: Iterable[Moment]) -> tuple[str, ...]:
    """That some of it was not seen as it happened, if so."""
    return (
        ()
        if all(moment.watched for moment in placed)
        else (_("Nobody watched when some of these tasks were placed: that part is worked out from the tasks' times."),)
    )


def _ranking(moment: Moment) -> str:
    """node2 (0, 1) = node3 (0, 1), then node1 (1, 1); numbers stay with their node."""
    classes = [
        " = ".join(f"{host.name}{NBSP}({host.tasks},{NBSP}{host.total})" for host in equals)
        for equals in moment.ranking
    ]
    return _(", then ").join(classes)


def _why(seen: Observation, task: Task, moment: Moment | None) -> str:
    """Why the task is where it is, waits, or has ended."""
    return _unusual(seen, task) or (
        _chosen(task, moment) if moment else _("a global service has one task on each node that it fits")
    )


def _unusual(seen: Observation, task: Task) -> str:
    """What is to be said of a task that does not simply run."""
    node = seen.node(task.node or "")
    if seen.service(task.service) is None:
        return _("its service was removed")
    if task.state in ("new", "pending") and task.wanted:
        return "; ".join(pending.why(seen, task))
    if task.ended or not task.wanted:
        return _end(seen, task, node)
    if node is None or node.state == "down":
        return _("its node is down, so nobody can tell whether it still runs")
    if task.state != "running":
        return (
            _(
                "waits until its turn has come: the task before it has to end, or the delay of the restart policy has "
                "to pass"
            )
            if task.desired_state == "ready"
            else _("its node is preparing it")
        )
    if node.availability == "pause":
        return _("it was there before {node} was paused; a paused node keeps what it has").format(node=node.name)
    return ""


def _end(seen: Observation, task: Task, node: Node | None) -> str:
    service = seen.service(task.service)
    if task.state in _WRONG:
        return _("{state}: {error}").format(state=task.state, error=task.error or task.message)
    if task.state == "complete":
        return _("its program ended, and said that all is well")
    if task.desired_state == "remove":
        return _("its slot was taken away: fewer replicas were asked for")
    if node is None or node.state == "down":
        followed = any(each.name == task.name and each.wanted for each in seen.tasks)
        return _("its node was lost, and its slot has a new task") if followed else _("its node was lost")
    if node.availability == "drain":
        return _("{node} was drained").format(node=node.name)
    if _template(task.spec) != _template(service.spec["TaskTemplate"]):
        return _("the service was changed, and its slot has a new task")
    return _("the swarm told it to end: its node was drained or lost, or it was replaced by force")


def _template(spec: Any) -> dict[str, Any]:
    """What makes tasks different, of which the engine adds the kind of runtime by itself."""
    return {key: value for key, value in spec.items() if key != "Runtime" and value}


def _chosen(task: Task, moment: Moment) -> str:
    """Why that node, of those that could take it."""
    ranking = moment.ranking
    equals = next((equals for equals in ranking if task.node in {host.name for host in equals}), None)
    if equals is None or not moment.lawful:
        return _("too little is known of what was on the nodes then to say why it is on {node}").format(node=task.node)
    if sum(map(len, ranking)) == 1:
        return _("{node} was the only node that could take it").format(node=task.node)
    if moment.request.preferences:
        return _("the service spreads over {labels} first, then over the nodes with the fewest tasks").format(
            labels=", ".join(moment.request.preferences)
        )
    if len(moment.group) == 1:
        return _alone(task, ranking)
    before = next(host.tasks for host in equals if host.name == task.node)
    told = ngettext(
        "placed together with {n} other: {node} had {before} then and was given {given}",
        "placed together with {n} others: {node} had {before} then and was given {given}",
        len(moment.group) - 1,
    ).format(n=len(moment.group) - 1, node=task.node, before=before, given=moment.given[task.node])
    return f"{told}; {_('chance decided among equals')}" if len(equals) > 1 else told


def _alone(task: Task, ranking: list[list[Host]]) -> str:
    best, others = ranking[0], ranking[1:]
    if len(best) > 1:
        return ngettext(
            "chance chose {node}, one of {n} node with the fewest tasks of {service}",
            "chance chose {node}, one of {n} nodes with the fewest tasks of {service}",
            len(best),
        ).format(node=task.node, n=len(best), service=task.service)
    if others and others[0][0].tasks == best[0].tasks:
        return _("of the nodes with the fewest tasks of {service}, {node} had the fewest of all services").format(
            service=task.service, node=task.node
        )
    return _("{node} had the fewest tasks of {service}").format(service=task.service, node=task.node)


# A service ------------------------------------------------------------------------------------------------


def _of_service(service: Service, history: Sequence[Observation]) -> Explanation:
    seen = history[-1]
    tasks = [task for task in seen.tasks_of(service.name) if task.wanted]
    placed = moments(tasks, history)
    sentences = [
        *service_story.running(seen, service, placed.values()),
        *service_story.waiting(seen, tasks),
        *service_story.failing(seen, service),
        *service_story.went(service, history),
        *service_story.stayed_away(service, history),
    ]
    reasons = [_reason(seen, task, placed.get(task.id)) for task in tasks]
    return Explanation(
        service.name,
        tuple(f"{each}." for each in sentences),
        tuple(reasons),
        (*(f"{each}." for each in service_story.notes(service, history)), *_hindsight(placed.values())),
    )
