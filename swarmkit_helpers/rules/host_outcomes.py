"""All the outcomes when tasks are placed on the hosts of one leaf of the decision tree.

Hosts that are alike are not told apart: an outcome says how many hosts of a kind have taken how many tasks. The order
of equal hosts is the only thing that is random. Of that order two things matter: which host is the last of a class of
equals (`steps` explains why), and which hosts come first when too few tasks are left for another round.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .placement import Rank

LeafOutcomes = set[tuple["Leaf", int]]  # the leaf afterwards, and how many tasks were placed


class HostKind(NamedTuple):
    """What alike hosts have in common."""

    failures: int
    tasks: int
    total: int
    room: int


class HostGroup(NamedTuple):
    """Some hosts of one kind that have taken equally many tasks."""

    position: int  # of their class of equals, in the order
    last: bool  # whether it is the one host that is the last of its class
    kind: HostKind
    taken: int
    hosts: int

    @property
    def free_hosts(self) -> int:
        """How many of them can take another task."""
        return self.hosts if self.taken < self.kind.room else 0

    def with_tasks(self, tasks: int) -> "HostGroup":
        """The group after each host has taken that many more."""
        return self._replace(taken=self.taken + tasks)

    def split(self, some: int, tasks: int, last: bool = False) -> list["HostGroup"]:
        """The group after only `some` of its hosts have taken that many more."""
        parts = [self._replace(hosts=self.hosts - some), self._replace(hosts=some, taken=self.taken + tasks, last=last)]
        return [part for part in parts if part.hosts]


Leaf = tuple[tuple[tuple[HostKind, int], int], ...]  # kind, taken: how many hosts; sorted


def leaf(hosts: Counter[tuple[HostKind, int]]) -> Leaf:
    """The leaf with these hosts: so many of a kind that have taken so many tasks."""
    return tuple(sorted(hosts.items()))


def leaf_outcomes(before: Leaf, number: int) -> LeafOutcomes:
    """The outcomes when so many tasks are placed on the leaf, for every order of equal hosts."""
    full = Counter({host: hosts for host, hosts in before if host[1] >= host[0].room})
    classes: dict[Rank, list[HostGroup]] = {}
    for (kind, taken), hosts in before:
        if taken < kind.room:
            rank = kind.failures, kind.tasks + taken, kind.total + taken
            classes.setdefault(rank, []).append(HostGroup(0, False, kind, taken, hosts))
    order = [
        (rank, [group._replace(position=position) for group in classes[rank]])
        for position, rank in enumerate(sorted(classes))
    ]
    found: LeafOutcomes = set()
    for groups, rest in _first_round(order, number):
        for ended, left in _later_rounds(groups, rest):
            after = Counter(full)
            for group in ended:
                after[group.kind, group.taken] += group.hosts
            found.add((leaf(after), number - left))
    return found


def steps(rank: Rank, following: Rank) -> int | None:
    """How many tasks the last host of a class takes before a host of the following class is better; None: no limit.

    The other hosts of the class take one each, because the next of their equals is then better at once.
    """
    if following[0] > rank[0]:
        return None  # tasks never make up for failures
    behind = following[1] - rank[1]
    return behind if behind > 0 and following[2] < rank[2] + behind else behind + 1


def _first_round(order: Sequence[tuple[Rank, list[HostGroup]]], number: int) -> Iterator[tuple[list[HostGroup], int]]:
    """From the best class to the worst: the hosts afterwards, and how many tasks are left."""
    if not order or not number:
        yield [group for _, groups in order for group in groups], number
        return
    (rank, groups), *rest = order
    hosts = sum(group.hosts for group in groups)
    if number <= hosts:
        for chosen in _divisions(number, [group.hosts for group in groups]):
            parts = [part for group, some in zip(groups, chosen, strict=True) for part in group.split(some, 1)]
            yield parts + [group for _, others in rest for group in others], 0
        return
    most = steps(rank, rest[0][0]) if rest else 1
    for last in groups if most != 1 else [None]:
        taken, now = hosts, [group.with_tasks(1) for group in groups if group is not last]
        if last is not None:
            own = min(last.kind.room - last.taken, number - hosts + 1, *([] if most is None else [most]))
            taken += own - 1
            now += (
                last._replace(last=True, hosts=1).with_tasks(own),
                last._replace(hosts=last.hosts - 1).with_tasks(1),
            )
        for then, left in _first_round(rest, number - taken):
            yield [group for group in now if group.hosts] + then, left


def _later_rounds(groups: list[HostGroup], number: int) -> Iterator[tuple[list[HostGroup], int]]:
    """One task to each host that has room, round after round: the hosts afterwards, and how many tasks are left."""
    while (free := sum(group.free_hosts for group in groups)) and number >= free:
        rounds = min(number // free, *(group.kind.room - group.taken for group in groups if group.free_hosts))
        groups = [group.with_tasks(rounds) if group.free_hosts else group for group in groups]
        number -= rounds * free
    if not number or not free:
        yield groups, number
        return
    position = 0
    while number >= (here := sum(group.free_hosts for group in groups if group.position == position)):
        groups = [group.with_tasks(1) if group.position == position and group.free_hosts else group for group in groups]
        number -= here
        position += 1
    limits = [group.free_hosts if group.position == position and not group.last else 0 for group in groups]
    for chosen in _divisions(number, limits):
        yield [part for group, some in zip(groups, chosen, strict=True) for part in group.split(some, 1, group.last)], 0


def _divisions(number: int, limits: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """All divisions of a number into parts of at most these sizes."""
    if not limits:
        if not number:
            yield ()
        return
    first, *others = limits
    room = sum(others)
    for part in range(max(0, number - room), min(first, number) + 1):
        for rest in _divisions(number - part, others):
            yield part, *rest
