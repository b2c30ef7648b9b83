"""Onto which nodes SwarmKit puts the tasks of a group, the ones it wants to place at the same time.

Follows SwarmKit's manager/scheduler: nodeset.go and decision_tree.go choose and order the nodes, scheduler.go
(scheduleNTasksOnSubtree, scheduleNTasksOnNodes) deals out the tasks.
"""

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import groupby

from .accounting import MAX_FAILURES
from .filters import pipeline
from .hosts import Host, Request

_LABELS = (("node.labels.", "labels"), ("engine.labels.", "engine_labels"))

Rank = tuple[int, int, int]


@dataclass
class Seat:
    """A host while tasks are put on it."""

    id: str
    failures: int  # those that matter
    tasks: int
    total: int
    room: int  # how many more tasks of the group it can take
    taken: int = 0

    @property
    def rank(self) -> Rank:
        """What hosts are compared by: the least is the best."""
        return self.failures, self.tasks + self.taken, self.total + self.taken


@dataclass
class Branch:
    """The hosts with the same value of a label; at the end of the preferences, with the hosts that fit."""

    tasks: int = 0  # active ones of the service, on all its hosts, also those that take no tasks
    branches: dict[str, "Branch"] = field(default_factory=dict)
    seats: list[Seat] = field(default_factory=list)


def rank(hosts: Iterable[Host]) -> list[list[Host]]:
    """The hosts by how much SwarmKit would like a task of the service there, the best first; equals together."""
    ordered = sorted(hosts, key=_rank)
    return [list(equals) for _, equals in groupby(ordered, key=_rank)]


def _rank(host: Host) -> Rank:
    return _seat(host, 0).rank


def _seat(host: Host, room: int) -> Seat:
    # Fewer failures than the limit do not matter.
    failures = host.failures if host.failures >= MAX_FAILURES else 0
    return Seat(host.id, failures, host.tasks, host.total, room)


def place(hosts: Sequence[Host], request: Request, number: int, random: random.Random) -> list[str]:
    """Where the group's tasks go: the ids of hosts, one for each task that finds a place.

    One of the ways SwarmKit could choose; the chances are those of `random`.
    """

    def shuffled(seats: list) -> list:
        return random.sample(seats, len(seats))

    placed: list[str] = []
    fill(tree(hosts, request, number), number, Group(number, placed), shuffled)
    return placed


def with_tasks(host: Host, request: Request, number: int) -> Host:
    """The host after that many tasks of the service have been assigned to it."""
    return replace(
        host, cpus=host.cpus - number * request.cpus, memory=host.memory - number * request.memory,
        generic={kind: left - number * request.generic.get(kind, 0) for kind, left in host.generic.items()},
        ports=host.ports | set(request.ports) if number else host.ports,
        tasks=host.tasks + number, total=host.total + number,
    )  # fmt: skip


Shuffle = Callable[[list], list]


@dataclass
class Group:
    """The tasks of a group that still have no place, and where the others went."""

    left: int
    placed: list[str]


def tree(hosts: Iterable[Host], request: Request, number: int) -> Branch:
    """The hosts that fit, by the values of the preferences' labels."""
    filters = pipeline(request)
    root = Branch()
    for host in hosts:
        branch = root
        branch.tasks += host.tasks
        for value in values(host, request.preferences):
            branch = branch.branches.setdefault(value, Branch())
            branch.tasks += host.tasks
        if all(passes(host) for _, passes in filters):
            branch.seats.append(_seat(host, _room(host, request, number)))
    return root


def values(host: Host, preferences: Iterable[str]) -> list[str]:
    """What the host has for each preference, "" for nothing. SwarmKit passes over what names no label."""
    found = []
    for preference in preferences:
        for prefix, attribute in _LABELS:
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


def fill(branch: Branch, number: int, group: Group, shuffled: Shuffle) -> int:
    """Put that many of the group's tasks below the branch, as far as they go; how many were put."""
    if not branch.branches:
        return _deal(branch, number, group, shuffled)
    done, usable, full = 0, branch.tasks, set()
    moved = True
    # Without the look at `moved` (engines before 28.3) this can go on for ever: below, more may be put than asked.
    while done != number and len(full) < len(branch.branches) and moved:
        moved = False
        share, over = divmod(usable + number - done, len(branch.branches) - len(full))
        for value, each in shuffled(list(branch.branches.items())):
            if value in full or each.tasks > share or (each.tasks == share and not over):
                continue
            moved = True
            wanted = share - each.tasks + (over > 0)
            put = fill(each, wanted, group, shuffled)
            if put < wanted:
                full.add(value)
                usable -= each.tasks
            elif over:
                over -= 1
            done += put
    return done


def _deal(branch: Branch, number: int, group: Group, shuffled: Shuffle) -> int:
    """Put that many tasks on the hosts of a last branch, as far as they go; how many were put.

    The first round goes from the best host to the worst, but on to the next only when that one is strictly better
    than the host just used; the later rounds give each host one. So an over-full host late in the order lets the
    last of the emptier ones take all that is needed to reach its level.
    """
    free = shuffled([seat for seat in branch.seats if seat.room > seat.taken])
    seats = nsmallest(number, free, key=lambda seat: seat.rank)  # each takes at least one: no more are needed
    at, done, barred = 0, 0, set()
    while seats and group.left:
        seat = seats[at % len(seats)]
        seat.taken += 1
        group.placed.append(seat.id)
        group.left -= 1
        done += 1
        if done == number:
            break
        if at + 1 >= len(seats) or seats[at + 1].rank < seat.rank:
            at += 1
        first = at
        while (here := at % len(seats)) in barred or seats[here].taken >= seats[here].room:
            barred.add(here)
            at += 1
            if at - first == len(seats):
                return done
    return done
