"""All the ways in which tasks can be dealt out among the hosts of one last branch.

Hosts that are alike are not told apart: a way says how many of a kind have taken how many tasks. The tie between
equal hosts is the only chance there is, and of the order of a class of equals only this matters: which one stands
last in it (`step` explains why), and which come first when too few tasks are left for another round.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

Ways = set[tuple["Leaf", int]]  # what a leaf is like afterwards, and how many tasks were put


class Kind(NamedTuple):
    """What alike hosts have in common."""

    failures: int
    tasks: int
    total: int
    room: int


class Lot(NamedTuple):
    """Some hosts of one kind that have taken equally many tasks."""

    place: int  # of their class in the order
    last: bool  # whether it is the host that stands last in its class
    kind: Kind
    taken: int
    hosts: int

    @property
    def live(self) -> int:
        """How many of them can take another task."""
        return self.hosts if self.taken < self.kind.room else 0

    def given(self, tasks: int) -> "Lot":
        """The lot after each host has taken that many more."""
        return self._replace(taken=self.taken + tasks)

    def split(self, some: int, tasks: int, last: bool = False) -> list["Lot"]:
        """The lot after only some of its hosts have taken that many more."""
        parts = [self._replace(hosts=self.hosts - some), self._replace(hosts=some, taken=self.taken + tasks, last=last)]
        return [part for part in parts if part.hosts]


Leaf = tuple[tuple[tuple[Kind, int], int], ...]  # kind, taken: how many hosts; sorted
Rank = tuple[int, int, int]


def leaf(seats: Counter[tuple[Kind, int]]) -> Leaf:
    """The leaf with these hosts."""
    return tuple(sorted(seats.items()))


def deal(seats: Leaf, number: int) -> Ways:
    """The ways in which so many tasks can be dealt out among them, as `placement` does it for one order of equals."""
    spent = Counter({seat: hosts for seat, hosts in seats if seat[1] >= seat[0].room})
    classes: dict[Rank, list[Lot]] = {}
    for (kind, taken), hosts in seats:
        if taken < kind.room:
            rank = kind.failures, kind.tasks + taken, kind.total + taken
            classes.setdefault(rank, []).append(Lot(0, False, kind, taken, hosts))
    order = [(rank, [lot._replace(place=place) for lot in classes[rank]]) for place, rank in enumerate(sorted(classes))]
    found: Ways = set()
    for lots, rest in _first_round(order, number):
        for ended, left in _later_rounds(lots, rest):
            after = Counter(spent)
            for lot in ended:
                after[lot.kind, lot.taken] += lot.hosts
            found.add((leaf(after), number - left))
    return found


def step(rank: Rank, following: Rank) -> int | None:
    """How many tasks the last host of a class takes before a host of the following class is better; None: no end.

    The others of the class take one each, because the next one is then better at once.
    """
    if following[0] > rank[0]:
        return None  # tasks never make up for failures
    behind = following[1] - rank[1]
    return behind if behind > 0 and following[2] < rank[2] + behind else behind + 1


def _first_round(order: Sequence[tuple[Rank, list[Lot]]], number: int) -> Iterator[tuple[list[Lot], int]]:
    """From the best class to the worst: the hosts afterwards, and how many tasks are left."""
    if not order or not number:
        yield [lot for _, lots in order for lot in lots], number
        return
    (rank, lots), *rest = order
    hosts = sum(lot.hosts for lot in lots)
    if number <= hosts:
        for chosen in _shares(number, [lot.hosts for lot in lots]):
            parts = [part for lot, some in zip(lots, chosen, strict=True) for part in lot.split(some, 1)]
            yield parts + [lot for _, others in rest for lot in others], 0
        return
    most = step(rank, rest[0][0]) if rest else 1
    for last in lots if most != 1 else [None]:
        taken, now = hosts, [lot.given(1) for lot in lots if lot is not last]
        if last is not None:
            own = min(last.kind.room - last.taken, number - hosts + 1, *([] if most is None else [most]))
            taken += own - 1
            now += last._replace(last=True, hosts=1).given(own), last._replace(hosts=last.hosts - 1).given(1)
        for then, left in _first_round(rest, number - taken):
            yield [lot for lot in now if lot.hosts] + then, left


def _later_rounds(lots: list[Lot], number: int) -> Iterator[tuple[list[Lot], int]]:
    """One task to each host that has room, round after round: the hosts afterwards, and what finds no place."""
    while (live := sum(lot.live for lot in lots)) and number >= live:
        rounds = min(number // live, *(lot.kind.room - lot.taken for lot in lots if lot.live))
        lots = [lot.given(rounds) if lot.live else lot for lot in lots]
        number -= rounds * live
    if not number or not live:
        yield lots, number
        return
    place = 0
    while number >= (here := sum(lot.live for lot in lots if lot.place == place)):
        lots = [lot.given(1) if lot.place == place and lot.live else lot for lot in lots]
        number -= here
        place += 1
    open_to_choice = [lot.live if lot.place == place and not lot.last else 0 for lot in lots]
    for chosen in _shares(number, open_to_choice):
        yield [part for lot, some in zip(lots, chosen, strict=True) for part in lot.split(some, 1, lot.last)], 0


def _shares(number: int, limits: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """The ways to divide a number into parts of at most these sizes."""
    if not limits:
        if not number:
            yield ()
        return
    first, *others = limits
    room = sum(others)
    for share in range(max(0, number - room), min(first, number) + 1):
        for rest in _shares(number - share, others):
            yield share, *rest
