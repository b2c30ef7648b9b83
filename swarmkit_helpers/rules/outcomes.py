"""All the outcomes that SwarmKit's scheduler allows for a group of tasks.

The set may be huge (40 equal hosts, 7 tasks: 18 million). So what is kept is how hosts and branches of each kind can
end: those that are alike can change places.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from .branch_outcomes import BranchOutcomes, BranchState
from .host_outcomes import HostKind, leaf
from .hosts import Host, Request
from .placement import Candidate, DecisionTree, decision_tree

HostCounts = Mapping[str, int]  # by host id, how many new tasks; a host that gets none may be left out


@dataclass(frozen=True)
class Subtree:
    """A branch of the decision tree before any task was placed."""

    form: Hashable  # the same for branches that can change places
    tasks: int  # active ones of the service on its hosts
    branches: Sequence["Subtree"]
    hosts: Mapping[str, HostKind]  # by host id; of a leaf


class Outcomes:
    """The set of outcomes. An outcome says how many new tasks each host gets."""

    def __init__(self, tree: DecisionTree, number: int) -> None:
        rooms = {each.id: each.room for each in _candidates(tree)}
        # Room beyond what a host may get makes no difference. With less room counted, more hosts are alike.
        limits = dict.fromkeys(rooms, number // max(1, len(rooms)) + 2)
        while True:
            self._root = _subtree(tree, limits)
            self._branches = BranchOutcomes()
            self._ends = {end for end, _ in self._branches.after(self._state(self._root, {}), number, number)}
            self._ranges = dict(self._host_ranges(self._root, self._ends))
            tight = {host for host, (_, most) in self._ranges.items() if most == limits[host] < rooms[host]}
            if not tight:
                break
            limits.update({host: limits[host] + max(1, limits[host] // 4) for host in tight})

    def __contains__(self, counts: HostCounts) -> bool:
        new = {host: number for host, number in counts.items() if number}
        return new.keys() <= self._ranges.keys() and self._state(self._root, new) in self._ends

    def __iter__(self) -> Iterator[dict[str, int]]:
        """Each outcome once, with all the hosts that a task fits on. There may be very many."""
        for end in self._ends:
            yield from self._on_hosts(self._root, end)

    def between(self, host: str) -> tuple[int, int]:
        """The least and the most new tasks that the host may get."""
        return self._ranges.get(host, (0, 0))

    @property
    def placed(self) -> tuple[int, int]:
        """The least and the most tasks that can be placed."""
        sums = [self._placed(end) for end in self._ends]
        return min(sums), max(sums)

    @property
    def certain(self) -> bool:
        """Whether there is only one outcome."""
        return all(least == most for least, most in self._ranges.values())

    def _state(self, subtree: Subtree, counts: HostCounts) -> int:
        """The number of the branch's state when its hosts have got so many tasks."""
        if subtree.branches:
            branches = Counter(self._state(each, counts) for each in subtree.branches)
            state = BranchState(subtree.form, subtree.tasks, tuple(sorted(branches.items())), None)
        else:
            hosts = leaf(Counter((kind, counts.get(host, 0)) for host, kind in subtree.hosts.items()))
            state = BranchState(subtree.form, subtree.tasks, (), hosts)
        return self._branches.number(state)

    def _host_ranges(self, subtree: Subtree, ends: set[int]) -> Iterator[tuple[str, tuple[int, int]]]:
        """By host id, the least and the most new tasks, when the branch can end in any of these states."""
        states = [self._branches.states[end] for end in ends]
        if subtree.branches:
            by_form: defaultdict[Hashable, set[int]] = defaultdict(set)
            for number in {number for state in states for number, _ in state.branches}:
                by_form[self._branches.states[number].form].add(number)
            for each in subtree.branches:
                yield from self._host_ranges(each, by_form[each.form])
        else:
            taken: defaultdict[HostKind, set[int]] = defaultdict(set)
            for kind, number in {host for state in states for host, _ in state.leaf or ()}:
                taken[kind].add(number)
            yield from ((host, (min(taken[kind]), max(taken[kind]))) for host, kind in subtree.hosts.items())

    def _on_hosts(self, subtree: Subtree, end: int) -> Iterator[dict[str, int]]:
        """The outcomes on the hosts of the branch, if it ends in this state."""
        state = self._branches.states[end]
        if state.leaf is not None:
            taken: list[tuple[Hashable, int]] = [
                (kind, number) for (kind, number), hosts in state.leaf for _ in range(hosts)
            ]
            yield from _assignments(subtree.hosts, taken)
            return
        ended: list[tuple[Hashable, int]] = [
            (self._branches.states[number].form, number) for number, some in state.branches for _ in range(some)
        ]
        forms = {str(position): each.form for position, each in enumerate(subtree.branches)}
        for chosen in _assignments(forms, ended):
            below = [
                list(self._on_hosts(each, chosen[str(position)])) for position, each in enumerate(subtree.branches)
            ]
            yield from ({host: new for each in parts for host, new in each.items()} for parts in product(*below))

    def _placed(self, end: int) -> int:
        """How many tasks were placed on the branch, if it ends in this state."""
        state = self._branches.states[end]
        if state.leaf is None:
            return sum(self._placed(number) * some for number, some in state.branches)
        return sum(taken * hosts for (_, taken), hosts in state.leaf)


def outcomes(hosts: Sequence[Host], request: Request, number: int) -> Outcomes:
    """All the outcomes for a group of that many tasks."""
    return Outcomes(decision_tree(hosts, request, number), number)


def _candidates(tree: DecisionTree) -> Iterator[Candidate]:
    yield from tree.candidates
    for each in tree.branches.values():
        yield from _candidates(each)


def _subtree(tree: DecisionTree, limits: Mapping[str, int]) -> Subtree:
    """The branch, with no more room on a host than its limit."""
    branches = [_subtree(each, limits) for each in tree.branches.values()]
    # Only differences in load make one host better than another.
    tasks = min((each.tasks for each in tree.candidates), default=0)
    total = min((each.total for each in tree.candidates), default=0)
    hosts = {
        each.id: HostKind(each.failures, each.tasks - tasks, each.total - total, min(each.room, limits[each.id]))
        for each in tree.candidates
    }
    form = (
        tree.tasks,
        frozenset(Counter(each.form for each in branches).items()),
        frozenset(Counter(hosts.values()).items()),
    )
    return Subtree(form, tree.tasks, branches, hosts)


def _assignments(kinds: Mapping[str, Hashable], given: list[tuple[Hashable, int]]) -> Iterator[dict[str, int]]:
    """The different ways to give each name one of the values that its kind is given."""
    members: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, kind in kinds.items():
        members[kind].append(name)
    values: defaultdict[Hashable, list[int]] = defaultdict(list)
    for kind, value in given:
        values[kind].append(value)
    yield from _assigned(list(members.items()), values)


def _assigned(
    members: list[tuple[Hashable, list[str]]], values: Mapping[Hashable, list[int]]
) -> Iterator[dict[str, int]]:
    if not members:
        yield {}
        return
    (kind, names), *others = members
    for order in _orders(values[kind]):
        own = dict(zip(names, order, strict=True))
        yield from (own | rest for rest in _assigned(others, values))


def _orders(values: list[int]) -> Iterator[list[int]]:
    """The different orders of the values, each as the next permutation in lexicographic order."""
    now = sorted(values)
    while True:
        yield now[:]
        rise = next((at for at in reversed(range(len(now) - 1)) if now[at] < now[at + 1]), None)
        if rise is None:
            return
        above = next(at for at in reversed(range(len(now))) if now[at] > now[rise])
        now[rise], now[above] = now[above], now[rise]
        now[rise + 1 :] = reversed(now[rise + 1 :])
