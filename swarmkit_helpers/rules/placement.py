"""Onto which nodes SwarmKit puts the tasks of a group, the ones it wants to place at the same time.

Follows SwarmKit's manager/scheduler: nodeset.go and decision_tree.go choose and order the nodes, scheduler.go
(scheduleNTasksOnSubtree, scheduleNTasksOnNodes) gives them the tasks.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import groupby
from typing import Protocol, TypeVar

from .filters import pipeline
from .hosts import Host, Request
from .node_info import MAX_FAILURES

_LABEL_ATTRIBUTES = (("node.labels.", "labels"), ("engine.labels.", "engine_labels"))

Rank = tuple[int, int, int]  # failures, tasks of the service, tasks of all services
Item = TypeVar("Item")


class Shuffle(Protocol):
    """Puts items into a random order."""

    def __call__(self, items: list[Item], /) -> list[Item]: ...


@dataclass
class Candidate:
    """A host that passes the filters, while tasks are put on it."""

    id: str
    failures: int  # 0 if fewer than MAX_FAILURES
    tasks: int
    total: int
    room: int  # how many more tasks of the group it can take
    taken: int = 0

    @property
    def rank(self) -> Rank:
        """The order of hosts: the least is the best."""
        return self.failures, self.tasks + self.taken, self.total + self.taken


@dataclass
class DecisionTree:
    """The hosts with the same value of a label (SwarmKit's decisionTree); a leaf has the candidates."""

    tasks: int = 0  # active ones of the service, on all its hosts, also on those that take no tasks
    branches: dict[str, "DecisionTree"] = field(default_factory=dict)  # by the next label's value; of a leaf, none
    candidates: list[Candidate] = field(default_factory=list)  # of a leaf


def rank(hosts: Iterable[Host]) -> list[list[Host]]:
    """The hosts in the order in which SwarmKit prefers them for a task of the service; equals together."""
    ordered = sorted(hosts, key=_rank)
    return [list(equals) for _, equals in groupby(ordered, key=_rank)]


def _rank(host: Host) -> Rank:
    return _candidate(host, 0).rank


def _candidate(host: Host, room: int) -> Candidate:
    # Fewer failures than the limit count as none.
    failures = host.failures if host.failures >= MAX_FAILURES else 0
    return Candidate(host.id, failures, host.tasks, host.total, room)


def place(hosts: Sequence[Host], request: Request, number: int, random: random.Random) -> list[str]:
    """The ids of the hosts for a group of so many tasks, one for each task that can be placed.

    This is one outcome that SwarmKit could choose; `random` decides among equals.
    """

    def shuffled(items: list[Item]) -> list[Item]:
        return random.sample(items, len(items))

    placed: list[str] = []
    schedule_on_subtree(decision_tree(hosts, request, number), number, Progress(number, placed), shuffled)
    return placed


def with_tasks(host: Host, request: Request, number: int) -> Host:
    """The host after that many tasks of the service have been assigned to it."""
    return replace(
        host, cpus=host.cpus - number * request.cpus, memory=host.memory - number * request.memory,
        generic={kind: left - number * request.generic.get(kind, 0) for kind, left in host.generic.items()},
        ports=host.ports | set(request.ports) if number else host.ports,
        tasks=host.tasks + number, total=host.total + number,
    )  # fmt: skip


@dataclass
class Progress:
    """How far the placement of a group has come."""

    left: int  # tasks of the group that have no host yet
    placed: list[str]  # the host's id for each task that has one


def decision_tree(hosts: Iterable[Host], request: Request, number: int) -> DecisionTree:
    """The hosts that fit, by the values of the preferences' labels."""
    filters = pipeline(request)
    root = DecisionTree()
    for host in hosts:
        branch = root
        branch.tasks += host.tasks
        for value in preference_values(host, request.preferences):
            branch = branch.branches.setdefault(value, DecisionTree())
            branch.tasks += host.tasks
        if all(passes(host) for _, passes in filters):
            branch.candidates.append(_candidate(host, _room(host, request, number)))
    return root


def preference_values(host: Host, preferences: Iterable[str]) -> list[str]:
    """The host's value for each preference, "" for none. SwarmKit ignores a preference that names no label."""
    found = []
    for preference in preferences:
        for prefix, attribute in _LABEL_ATTRIBUTES:
            if preference.lower().startswith(prefix) and len(preference) > len(prefix):
                labels: Mapping[str, str] = getattr(host, attribute)
                found.append(labels.get(preference[len(prefix) :], ""))
    return found


def _room(host: Host, request: Request, number: int) -> int:
    """How many tasks fit on a host that passes the filters."""
    needs = [
        (host.cpus, request.cpus),
        (host.memory, request.memory),
        *((host.generic.get(kind, 0), each) for kind, each in request.generic.items()),
    ]
    limits = [number, *(free // each for free, each in needs if each > 0)]
    if request.ports:
        limits.append(1)
    if request.max_replicas:
        limits.append(request.max_replicas - host.tasks)
    return min(limits)


def schedule_on_subtree(tree: DecisionTree, number: int, progress: Progress, shuffled: Shuffle) -> int:
    """Put up to so many of the group's tasks on hosts of the subtree; the number that was put there.

    It can be more than `number`: the shares are computed as if no branch had more than its share already.
    """
    if not tree.branches:
        return _schedule_on_hosts(tree, number, progress, shuffled)
    done, usable = 0, tree.tasks
    full: set[str] = set()
    moved = True
    # Engines before 28.3 do not check `moved`, and can loop for ever: `done` may go beyond `number`.
    while done != number and len(full) < len(tree.branches) and moved:
        moved = False
        share, over = divmod(usable + number - done, len(tree.branches) - len(full))
        for value, each in shuffled(list(tree.branches.items())):
            if value in full or each.tasks > share or (each.tasks == share and not over):
                continue
            moved = True
            wanted = share - each.tasks + (over > 0)
            put = schedule_on_subtree(each, wanted, progress, shuffled)
            if put < wanted:
                full.add(value)
                usable -= each.tasks
            elif over:
                over -= 1
            done += put
    return done


def _schedule_on_hosts(leaf: DecisionTree, number: int, progress: Progress, shuffled: Shuffle) -> int:
    """Put up to so many tasks on the hosts of a leaf; the number that was put there.

    The first round goes from the best host to the worst. It goes on to the next host only when that one is strictly
    better than the host just used. The later rounds give each host one task. So when a host late in the order has
    many tasks, the last of the emptier hosts takes all that it needs to reach that number.
    """
    free = shuffled([each for each in leaf.candidates if each.room > each.taken])
    candidates = nsmallest(number, free, key=lambda each: each.rank)  # each takes at least one: no more are needed
    at, done = 0, 0
    full: set[int] = set()
    while candidates and progress.left:
        candidate = candidates[at % len(candidates)]
        candidate.taken += 1
        progress.placed.append(candidate.id)
        progress.left -= 1
        done += 1
        if done == number:
            break
        if at + 1 >= len(candidates) or candidates[at + 1].rank < candidate.rank:
            at += 1
        first = at
        while (here := at % len(candidates)) in full or candidates[here].taken >= candidates[here].room:
            full.add(here)
            at += 1
            if at - first == len(candidates):
                return done
    return done
