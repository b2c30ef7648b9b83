"""The moment at which a task got its node: what was there then, and which tasks were placed with it.

It is looked up in what was seen; a moment that nobody saw is reconstructed from the times of the tasks.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from ... import rules
from ...records import Node, Observation, Task
from ...rules import FAILURE_WINDOW, Filter, Host, Request
from ...rules.node_info import NodeInfo

TOGETHER = timedelta(seconds=0.5)  # tasks that are made within so long of each other are placed together


@dataclass(frozen=True)
class Moment:
    """The scheduler is about to place some tasks of one service."""

    service: str
    group: tuple[Task, ...]  # with the nodes they were given
    request: Request
    hosts: tuple[Host, ...]  # before that
    nodes: tuple[Node, ...]
    watched: bool  # whether it was seen, not reconstructed

    @cached_property
    def ruled_out(self) -> dict[str, Filter]:
        """By name the nodes that could not take the tasks, and the first rule against each."""
        names = {host.id: host.name for host in self.hosts}
        return {names[id]: rule for id, rule in rules.rejected(self.hosts, self.request).items()}

    @cached_property
    def ranking(self) -> list[list[Host]]:
        """The nodes that could, best first; equals together."""
        out = self.ruled_out
        return rules.rank(host for host in self.hosts if host.name not in out)

    @cached_property
    def given(self) -> Counter[str]:
        """How many of the tasks each node was given."""
        return Counter(task.node for task in self.group)

    @cached_property
    def lawful(self) -> bool:
        """Whether the rules allow this from what was there; if not, something else happened at the same time."""
        ids = {host.name: host.id for host in self.hosts}
        if not self.given.keys() <= ids.keys():
            return False
        counts = {ids[name]: number for name, number in self.given.items()}
        return counts in rules.outcomes(self.hosts, self.request, len(self.group))

    @cached_property
    def fewest_first(self) -> bool:
        """Whether each task can be said to have gone to a node with the fewest of the service at that time."""
        out = self.ruled_out
        after = {host.name: host.tasks + self.given[host.name] for host in self.hosts if host.name not in out}
        # A node that was filled up by these very tasks is not one that they passed by.
        least = min((number for name, number in after.items() if self._has_room(name)), default=None)
        return least is None or all(after.get(name, 0) <= least + 1 for name in self.given)

    def _has_room(self, name: str) -> bool:
        after = [rules.with_tasks(host, self.request, self.given[name]) for host in self.hosts if host.name == name]
        return not rules.rejected(after, self.request)


def moments(tasks: Iterable[Task], history: Sequence[Observation]) -> dict[str, Moment]:
    """By task id the moment each of them, all of one service, got its node; the last in the history is the present."""
    found: dict[str, Moment] = {}
    homes = {service.name for service in history[-1].services if service.mode.startswith("global")}
    open_ = {task.id: task for task in tasks if task.node and task.service not in homes}
    before: Observation | None = None
    for seen in history:
        if not open_:
            break
        here = {task.id: task for task in seen.tasks if task.id in open_ and task.node}
        for id, task in here.items():
            if id not in found:
                moment = _watched(task, before, seen) if before else _reconstructed(task, seen)
                found.update((each.id, moment) for each in moment.group)
            open_.pop(id, None)
        before = seen
    return found


def _watched(task: Task, before: Observation, seen: Observation) -> Moment:
    """The task has its node, and had none when last looked."""
    placed = {each.id for each in before.tasks if each.node}
    group = tuple(each for each in seen.tasks_of(task.service) if each.node and each.id not in placed)
    known = {each.id for each in group}
    return _moment(task, group, seen, [each for each in seen.tasks if each.id not in known], True)


def _reconstructed(task: Task, seen: Observation) -> Moment:
    """The task had its node when one first looked: what was made before it was there, as far as it had not ended."""
    made = sorted((each for each in seen.tasks_of(task.service) if each.node), key=lambda each: each.created_at)
    group = [task]
    for each in made:
        if each is not task and any(abs(each.created_at - other.created_at) <= TOGETHER for other in group):
            group.append(each)
    then = min(each.created_at for each in group)
    known = {each.id for each in group}
    others = [
        each
        for each in seen.tasks
        if each.id not in known and each.created_at < then and (not each.ended or _ended_after(each, then))
    ]
    given = {each.node for each in group}  # what is not available now was it when tasks were placed there
    there = tuple(
        replace(node, state="ready", availability="active") if node.name in given else node
        for node in seen.nodes
        if node.joined_at <= then
    )
    return _moment(task, tuple(group), replace(seen, nodes=there), others, False)


def _ended_after(task: Task, then: datetime) -> bool:
    # A task that this one replaces was on its way out already.
    return task.since > then + TOGETHER


def _moment(task: Task, group: tuple[Task, ...], seen: Observation, others: Sequence[Task], watched: bool) -> Moment:
    service = seen.service(task.service)
    request = Request.from_spec(task.spec, service.spec.get("EndpointSpec") if service else None)
    then = min(each.created_at for each in group)
    failures = Counter(
        (each.service, each.node)
        for each in others
        if each.state in ("failed", "rejected")
        and each.service == task.service
        and 0 <= (then - each.since).total_seconds() < FAILURE_WINDOW
    )
    node_info = NodeInfo.of(seen, others, failures)
    return Moment(task.service, group, request, tuple(node_info.hosts(task.service)), node_info.nodes, watched)
