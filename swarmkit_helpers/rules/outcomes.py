"""All the ways in which SwarmKit could place a group of tasks.

The set may be huge (40 equal hosts, 7 tasks: 18 million), so what is kept is what can become of hosts and branches
of each kind: those that are alike can change places.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from .branch_outcomes import Spreading, Twig
from .host_outcomes import Kind, leaf
from .hosts import Host, Request
from .placement import Branch, Seat, tree

Counts = Mapping[str, int]  # by host id, how many new tasks; a host that gets none may be left out
Value = TypeVar("Value")


@dataclass(frozen=True)
class Place:
    """A branch before any task was placed: what is below it, and of which form or kind."""

    form: object
    weight: int
    branches: Sequence["Place"]
    seats: Mapping[str, Kind]  # by host id; of a last branch


class Outcomes:
    """The set of outcomes. An outcome says how many new tasks each host gets."""

    def __init__(self, root: Branch, number: int) -> None:
        rooms = {seat.id: seat.room for seat in _seats(root)}
        # Room beyond what a host may get makes no difference; left out of account, more hosts are alike.
        limits = dict.fromkeys(rooms, number // max(1, len(rooms)) + 2)
        tight = True
        while tight:
            self._root = _place(root, limits)
            self._spreading = Spreading()
            self._ends = {end for end, _ in self._spreading.ways(self._twig(self._root, {}), number, number)}
            self._ranges = dict(self._folded(self._root, self._ends))
            tight = {host for host, (_, most) in self._ranges.items() if most == limits[host] < rooms[host]}
            limits.update({host: limits[host] + max(1, limits[host] // 4) for host in tight})

    def __contains__(self, counts: Counts) -> bool:
        new = {host: number for host, number in counts.items() if number}
        return new.keys() <= self._ranges.keys() and self._twig(self._root, new) in self._ends

    def __iter__(self) -> Iterator[dict[str, int]]:
        """Each outcome once, with all the hosts a task fits on. There may be very many."""
        for end in self._ends:
            yield from self._arranged(self._root, end)

    def between(self, host: str) -> tuple[int, int]:
        """The least and the most new tasks the host may get."""
        return self._ranges.get(host, (0, 0))

    @property
    def placed(self) -> tuple[int, int]:
        """The least and the most tasks that find a place."""
        sums = [self._sum(end) for end in self._ends]
        return min(sums), max(sums)

    @property
    def certain(self) -> bool:
        """Whether there is only one."""
        return all(least == most for least, most in self._ranges.values())

    def _twig(self, place: Place, counts: Counts) -> int:
        """The number of what the branch is like when its hosts have got so many tasks."""
        if place.branches:
            below = tuple(sorted(Counter(self._twig(each, counts) for each in place.branches).items()))
        else:
            below = leaf(Counter((kind, counts.get(host, 0)) for host, kind in place.seats.items()))
        return self._spreading.number(Twig(place.form, place.weight, bool(place.branches), below))

    def _folded(self, place: Place, ends: set[int]) -> Iterator[tuple[str, tuple[int, int]]]:
        """By host id, the least and the most tasks, when the branch can become any of these."""
        twigs = [self._spreading.twigs[end] for end in ends]
        if place.branches:
            became: defaultdict[object, set[int]] = defaultdict(set)
            for at in {at for twig in twigs for at, _ in twig.below}:
                became[self._spreading.twigs[at].form].add(at)
            for each in place.branches:
                yield from self._folded(each, became[each.form])
        else:
            taken: defaultdict[Kind, set[int]] = defaultdict(set)
            for kind, number in {seat for twig in twigs for seat, _ in twig.below}:
                taken[kind].add(number)
            yield from ((host, (min(taken[kind]), max(taken[kind]))) for host, kind in place.seats.items())

    def _arranged(self, place: Place, end: int) -> Iterator[dict[str, int]]:
        """The outcomes on the hosts of the branch, if it becomes this."""
        below = self._spreading.twigs[end].below
        if not place.branches:
            taken = [(kind, number) for (kind, number), hosts in below for _ in range(hosts)]
            yield from _assigned(place.seats, taken)
            return
        became = [(self._spreading.twigs[at].form, at) for at, some in below for _ in range(some)]
        forms = {str(number): each.form for number, each in enumerate(place.branches)}
        for chosen in _assigned(forms, became):
            ways = [list(self._arranged(each, chosen[str(number)])) for number, each in enumerate(place.branches)]
            yield from ({host: new for each in way for host, new in each.items()} for way in product(*ways))

    def _sum(self, end: int) -> int:
        twig = self._spreading.twigs[end]
        return sum((self._sum(what) if twig.inner else what[1]) * some for what, some in twig.below)


def outcomes(hosts: Sequence[Host], request: Request, number: int) -> Outcomes:
    """All the ways in which that many tasks, wanted at the same time, can be placed."""
    return Outcomes(tree(hosts, request, number), number)


def _seats(branch: Branch) -> Iterator[Seat]:
    yield from branch.seats
    for each in branch.branches.values():
        yield from _seats(each)


def _place(branch: Branch, limits: Mapping[str, int]) -> Place:
    """The branch, with no more room on a host than its limit."""
    branches = [_place(each, limits) for each in branch.branches.values()]
    # Only differences in load make one host better than another.
    tasks, total = (min((getattr(seat, load) for seat in branch.seats), default=0) for load in ("tasks", "total"))
    seats = {
        seat.id: Kind(seat.failures, seat.tasks - tasks, seat.total - total, min(seat.room, limits[seat.id]))
        for seat in branch.seats
    }
    form = (
        branch.tasks,
        frozenset(Counter(each.form for each in branches).items()),
        frozenset(Counter(seats.values()).items()),
    )
    return Place(form, branch.tasks, branches, seats)


def _assigned(kinds: Mapping[str, object], given: list[tuple[object, Value]]) -> Iterator[dict[str, Value]]:
    """The different ways to give each its own of what is given to its kind."""
    members: defaultdict[object, list[str]] = defaultdict(list)
    for name, kind in kinds.items():
        members[kind].append(name)
    shared: defaultdict[object, list[Value]] = defaultdict(list)
    for kind, value in given:
        shared[kind].append(value)
    yield from _given(list(members.items()), shared)


def _given(members: list[tuple[object, list[str]]], shared: Mapping[object, list[Value]]) -> Iterator[dict[str, Value]]:
    if not members:
        yield {}
        return
    (kind, names), *others = members
    for values in _orders(shared[kind]):
        own = dict(zip(names, values, strict=True))
        yield from (own | rest for rest in _given(others, shared))


def _orders(values: list[int]) -> Iterator[list[int]]:
    """The different orders of the values, by the next permutation in the order of a dictionary."""
    now = sorted(values)
    while True:
        yield now[:]
        rise = next((at for at in reversed(range(len(now) - 1)) if now[at] < now[at + 1]), None)
        if rise is None:
            return
        above = next(at for at in reversed(range(len(now))) if now[at] > now[rise])
        now[rise], now[above] = now[above], now[rise]
        now[rise + 1 :] = reversed(now[rise + 1 :])
