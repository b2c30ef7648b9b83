"""The moment at which tasks got their node: what was on the nodes then, and which tasks were placed together.

It is looked up in the observations; a moment that was not observed is reconstructed from the times of the tasks.
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

SAME_GROUP_MAX_GAP = timedelta(seconds=0.5)  # tasks that are made within this time of each other are placed together


@dataclass(frozen=True)
class Placement:
    """One decision of the scheduler: some tasks of one service, and what it knew of the nodes before."""

    service: str
    group: tuple[Task, ...]  # with the nodes they were given
    request: Request
    hosts: tuple[Host, ...]  # before the decision
    nodes: tuple[Node, ...]
    watched: bool  # whether it was observed, not reconstructed

    @cached_property
    def ruled_out(self) -> dict[str, Filter]:
        """By name the nodes that could not take the tasks, and the first filter that each fails."""
        names = {host.id: host.name for host in self.hosts}
        return {names[id]: rule for id, rule in rules.rejected(self.hosts, self.request).items()}

    @cached_property
    def ranking(self) -> list[list[Host]]:
        """The nodes that could take the tasks, best first; equals together."""
        out = self.ruled_out
        return rules.rank(host for host in self.hosts if host.name not in out)

    @cached_property
    def given(self) -> Counter[str]:
        """How many of the tasks each node was given."""
        return Counter(task.node for task in self.group if task.node)

    @cached_property
    def allowed(self) -> bool:
        """Whether the rules allow this decision; if not, something else happened at the same time."""
        ids = {host.name: host.id for host in self.hosts}
        if not self.given.keys() <= ids.keys():
            return False
        counts = {ids[name]: number for name, number in self.given.items()}
        return counts in rules.outcomes(self.hosts, self.request, len(self.group))

    @cached_property
    def fewest_first(self) -> bool:
        """Whether it is true that each task went to a node with the fewest tasks of the service at that time."""
        out = self.ruled_out
        after = {host.name: host.tasks + self.given[host.name] for host in self.hosts if host.name not in out}
        # A node that these tasks have filled up was not passed over.
        least = min((number for name, number in after.items() if self._has_room(name)), default=None)
        return least is None or all(after.get(name, 0) <= least + 1 for name in self.given)

    def _has_room(self, name: str) -> bool:
        after = [rules.with_tasks(host, self.request, self.given[name]) for host in self.hosts if host.name == name]
        return not rules.rejected(after, self.request)


def placements(tasks: Iterable[Task], history: Sequence[Observation]) -> dict[str, Placement]:
    """By task id the placement of each task; all are of one service. The last in the history is the present."""
    found: dict[str, Placement] = {}
    global_services = {service.name for service in history[-1].services if service.mode.startswith("global")}
    open_ = {task.id: task for task in tasks if task.node and task.service not in global_services}
    before: Observation | None = None
    for seen in history:
        if not open_:
            break
        here = {task.id: task for task in seen.tasks if task.id in open_ and task.node}
        for id, task in here.items():
            if id not in found:
                placement = _observed(task, before, seen) if before else _reconstructed(task, seen)
                found.update((each.id, placement) for each in placement.group)
            open_.pop(id, None)
        before = seen
    return found


def were_made(tasks: Iterable[Task], seen: Observation) -> bool:
    """Whether all these tasks had been made then. Times are not compared: those of tasks are by the manager's clock."""
    return {task.id for task in tasks} <= {task.id for task in seen.tasks}


def _observed(task: Task, before: Observation, seen: Observation) -> Placement:
    """The placement of a task that has its node, and had none in the observation before."""
    placed = {each.id for each in before.tasks if each.node}
    group = tuple(each for each in seen.tasks_of(task.service) if each.node and each.id not in placed)
    known = {each.id for each in group}
    return _placement(task, group, seen, [each for each in seen.tasks if each.id not in known], True)


def _reconstructed(task: Task, seen: Observation) -> Placement:
    """The placement of a task that had its node at the first look.

    Tasks that were made earlier were there, unless they had ended.
    """
    made = sorted((each for each in seen.tasks_of(task.service) if each.node), key=lambda each: each.created_at)
    group = [task]
    for each in made:
        if each is not task and any(abs(each.created_at - other.created_at) <= SAME_GROUP_MAX_GAP for other in group):
            group.append(each)
    then = min(each.created_at for each in group)
    known = {each.id for each in group}
    others = [
        each
        for each in seen.tasks
        if each.id not in known and each.created_at < then and (not each.ended or _ended_after(each, then))
    ]
    given = {each.node for each in group}  # these nodes were available then, even if they are not now
    nodes = tuple(
        replace(node, state="ready", availability="active") if node.name in given else node
        for node in seen.nodes
        if node.joined_at <= then
    )
    return _placement(task, tuple(group), replace(seen, nodes=nodes), others, False)


def _ended_after(task: Task, then: datetime) -> bool:
    # A task that this one replaces was already ending then.
    return task.since > then + SAME_GROUP_MAX_GAP


def _placement(
    task: Task, group: tuple[Task, ...], seen: Observation, others: Sequence[Task], watched: bool
) -> Placement:
    service = seen.service(task.service)
    request = Request.from_spec(task.spec, service.spec.get("EndpointSpec") if service else None)
    then = min(each.created_at for each in group)
    failures = Counter(
        (each.service, each.node)
        for each in others
        if each.node
        and each.state in ("failed", "rejected")
        and each.service == task.service
        and 0 <= (then - each.since).total_seconds() < FAILURE_WINDOW
    )
    info = NodeInfo.of(seen, others, failures)
    return Placement(task.service, group, request, tuple(info.hosts(task.service)), info.nodes, watched)
