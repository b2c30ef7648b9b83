"""All the outcomes when tasks are placed on the branches that placement preferences make.

Branches that are alike are not told apart, as alike hosts in `host_outcomes`. SwarmKit looks at branches in a random
order, so every order is followed.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from .host_outcomes import Leaf, leaf_outcomes

BranchCounts = tuple[tuple[int, int], ...]  # number of a branch state: how many branches are in it; sorted
RoundCounts = tuple[tuple[tuple[int, bool], int], ...]  # the same, by number and whether the branch is full; sorted


class BranchState(NamedTuple):
    """A branch of the decision tree, at one moment."""

    form: Hashable  # what it was like before any task was placed; branches of one form can change places
    tasks: int  # active ones of the service on its hosts, before
    branches: BranchCounts  # of the branches below it
    leaf: Leaf | None  # the hosts, if no branches are below it


class Round(NamedTuple):
    """How far a round over the branches has come."""

    todo: RoundCounts
    done: RoundCounts
    share: int  # tasks that each branch is to have
    over: int  # how many more branches are to get one more than the share
    placed: int  # tasks
    usable: int  # tasks before, of the branches that are not full
    moved: bool  # whether any branch was given tasks


class BranchOutcomes:
    """Finds all the outcomes. Each state of a branch has a number, and what was found for it is kept."""

    def __init__(self) -> None:
        self.states: list[BranchState] = []  # by number
        self._numbers: dict[BranchState, int] = {}
        self._known: dict[tuple[int, int, int], set[tuple[int, int]]] = {}

    def number(self, state: BranchState) -> int:
        """The number of the state; a new state gets the next one."""
        if state not in self._numbers:
            self._numbers[state] = len(self.states)
            self.states.append(state)
        return self._numbers[state]

    def after(self, before: int, wanted: int, left: int) -> set[tuple[int, int]]:
        """The states that the branch can be in after `wanted` tasks, each with how many tasks were placed there.

        States are given by their numbers. `left` is how many tasks the group still has: more than `wanted` can be
        placed, but never more than these.
        """
        key = before, wanted, left
        if key not in self._known:
            state = self.states[before]
            found: Iterable[tuple[BranchState, int]]
            if state.leaf is None:
                found = self._inner_outcomes(state, wanted, left)
            else:
                outcomes = leaf_outcomes(state.leaf, min(wanted, left))
                found = ((state._replace(leaf=leaf), placed) for leaf, placed in outcomes)
            self._known[key] = {(self.number(after), placed) for after, placed in found}
        return self._known[key]

    def _inner_outcomes(self, state: BranchState, wanted: int, left: int) -> Iterator[tuple[BranchState, int]]:
        """The outcomes of `placement.schedule_on_subtree` for every order of the branches."""
        first = tuple(((number, False), some) for number, some in state.branches)
        stack = [_new_round(first, 0, state.tasks, wanted)]
        known = set(stack)
        while stack:
            now = stack.pop()
            over = not now.todo and (
                now.placed == wanted or not now.moved or all(full for (_, full), _some in now.done)
            )
            if over or now.placed == left:  # with no task left, nothing more can change
                yield state._replace(branches=_all_branches(now)), now.placed
                continue
            if now.todo:
                following = list(self._next_steps(now, left))
            else:
                following = [_new_round(now.done, now.placed, now.usable, wanted)]
            stack += [each for each in following if each not in known]
            known.update(following)

    def _next_steps(self, now: Round, left: int) -> Iterator[Round]:
        """The rounds that can follow when one more branch has had its turn."""
        # A branch that has its share is asked to take one more, as long as some are to have more than the share.
        passed = [
            ((number, full), some)
            for (number, full), some in now.todo
            if full or self.states[number].tasks - (now.over > 0) >= now.share
        ]
        if passed:  # these are skipped now and later in the round
            yield now._replace(
                todo=tuple(each for each in now.todo if each not in passed), done=_merged(now.done, passed)
            )
            return
        wanted_in_all = sum((now.share - self.states[number].tasks) * some for (number, _), some in now.todo)
        any_order = (
            now.over <= 0
            and wanted_in_all <= left - now.placed
            and all(self.states[number].leaf is not None for (number, _), _some in now.todo)
        )
        for (number, _), some in now.todo[:1] if any_order else now.todo:  # one order is enough if all give the same
            tasks = self.states[number].tasks
            wanted = now.share - tasks + (now.over > 0)
            others = _merged(
                [each for each in now.todo if each[0] != (number, False)],
                [((number, False), some - 1)] if some > 1 else [],
            )
            for after, placed in self.after(number, wanted, left - now.placed):
                full = placed < wanted
                over = now.over if full or not now.over else now.over - 1
                yield Round(
                    others,
                    _merged(now.done, [((after, full), 1)]),
                    now.share,
                    over,
                    now.placed + placed,
                    now.usable - full * tasks,
                    True,
                )


def _new_round(branches: RoundCounts, placed: int, usable: int, wanted: int) -> Round:
    """The beginning of a round; not all branches are full."""
    open_ = sum(some for (_, full), some in branches if not full)
    share, over = divmod(usable + wanted - placed, open_)
    return Round(branches, (), share, over, placed, usable, False)


def _merged(some: Iterable[tuple[tuple[int, bool], int]], more: Iterable[tuple[tuple[int, bool], int]]) -> RoundCounts:
    """The sum of two counts of branches."""
    merged: Counter[tuple[int, bool]] = Counter(dict(some))
    for branch, number in more:
        merged[branch] += number
    return tuple(sorted(merged.items()))


def _all_branches(now: Round) -> BranchCounts:
    """The branches of the round, full or not."""
    every: Counter[int] = Counter()
    for (number, _), some in (*now.todo, *now.done):
        every[number] += some
    return tuple(sorted(every.items()))
