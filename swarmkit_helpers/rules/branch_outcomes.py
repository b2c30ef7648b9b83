"""All the ways in which tasks can be spread over the branches that placement preferences make.

Branches that are alike are not told apart, as hosts are not in `dealing`; the order in which SwarmKit looks at
branches is left to chance.
"""

from collections import Counter
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from .host_outcomes import Leaf, deal


class Twig(NamedTuple):
    """A branch, at one moment."""

    form: Hashable  # what it was like before any task was placed; branches of one form are interchangeable
    weight: int  # active tasks of the service below it, before
    inner: bool  # whether branches are below it, or hosts
    below: Leaf | tuple[tuple[int, int], ...]  # the numbers of the branches, and how many like it; sorted


Branches = tuple[tuple[tuple[int, bool], int], ...]  # number, whether it is full: how many like it; sorted


class Round(NamedTuple):
    """How far a round over the branches has come."""

    todo: Branches
    seen: Branches
    share: int  # tasks each branch is to have
    over: int  # how many more branches are to get one more than the share
    done: int  # tasks put
    usable: int  # tasks before, of the branches that are not full
    moved: bool


class Spreading:
    """Finds all the ways. A branch at a moment has a number; what was found for it is kept for its likes."""

    def __init__(self) -> None:
        self.twigs: list[Twig] = []
        self._numbers: dict[Twig, int] = {}
        self._known: dict[tuple[int, int, int], set[tuple[int, int]]] = {}

    def number(self, twig: Twig) -> int:
        """The number of the branch."""
        if twig not in self._numbers:
            self._numbers[twig] = len(self.twigs)
            self.twigs.append(twig)
        return self._numbers[twig]

    def ways(self, at: int, wanted: int, left: int) -> set[tuple[int, int]]:
        """What the branch can be like after that many tasks were wanted below it, and how many were put there.

        `left` is how many tasks the group still has: more than wanted may be put, never more than these.
        """
        key = at, wanted, left
        if key not in self._known:
            twig = self.twigs[at]
            found = self._spread(twig, wanted, left) if twig.inner else deal(twig.below, min(wanted, left))
            self._known[key] = {(self.number(twig._replace(below=below)), put) for below, put in found}
        return self._known[key]

    def _spread(self, twig: Twig, wanted: int, left: int) -> Iterator[tuple[tuple[tuple[int, int], ...], int]]:
        """As `placement.fill` does it for one order of the branches."""
        first = tuple(((below, False), some) for below, some in twig.below)
        stack = [_round(first, 0, twig.weight, wanted)]
        known = set(stack)
        while stack:
            now = stack.pop()
            over = not now.todo and (now.done == wanted or not now.moved or all(full for (_, full), _some in now.seen))
            if over or now.done == left:  # with no task left, nothing more can change
                yield _together(now), now.done
                continue
            following = list(self._next(now, left)) if now.todo else [_round(now.seen, now.done, now.usable, wanted)]
            stack += [each for each in following if each not in known]
            known.update(following)

    def _next(self, now: Round, left: int) -> Iterator[Round]:
        """What can follow when one more of the branches is looked at."""
        # A branch that has its share is asked for one more, as long as some are to have more than the share.
        passed = [
            ((at, full), some)
            for (at, full), some in now.todo
            if full or self.twigs[at].weight - (now.over > 0) >= now.share
        ]
        if passed:  # not asked now, nor later in the round
            yield now._replace(
                todo=tuple(each for each in now.todo if each not in passed), seen=_join(now.seen, passed)
            )
            return
        asked = sum((now.share - self.twigs[at].weight) * some for (at, _), some in now.todo)
        fixed = now.over <= 0 and asked <= left - now.done and not any(self.twigs[at].inner for (at, _), _s in now.todo)
        for (at, _), some in now.todo[:1] if fixed else now.todo:  # when no order makes a difference, any will do
            weight = self.twigs[at].weight
            wanted = now.share - weight + (now.over > 0)
            others = _join(
                [each for each in now.todo if each[0] != (at, False)], [((at, False), some - 1)] if some > 1 else []
            )
            for after, put in self.ways(at, wanted, left - now.done):
                full = put < wanted
                over = now.over if full or not now.over else now.over - 1
                yield Round(
                    others,
                    _join(now.seen, [((after, full), 1)]),
                    now.share,
                    over,
                    now.done + put,
                    now.usable - full * weight,
                    True,
                )


def _round(branches: Branches, done: int, usable: int, wanted: int) -> Round:
    """The beginning of a round; not all branches are full."""
    opened = sum(some for (_, full), some in branches if not full)
    share, over = divmod(usable + wanted - done, opened)
    return Round(branches, (), share, over, done, usable, False)


def _join(some: Branches | list, more: Branches | list) -> Branches:
    joined: Counter[tuple[int, bool]] = Counter(dict(some))
    for branch, number in more:
        joined[branch] += number
    return tuple(sorted(joined.items()))


def _together(now: Round) -> tuple[tuple[int, int], ...]:
    """The branches, full or not."""
    every: Counter[int] = Counter()
    for (at, _), some in (*now.todo, *now.seen):
        every[at] += some
    return tuple(sorted(every.items()))
