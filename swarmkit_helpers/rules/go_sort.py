"""Go's sort.Sort, for when the order in which it leaves equal items matters.

It is not stable, but always does the same: a pattern-defeating quicksort (Orson Peters) since Go 1.19, whose chance is
a generator that starts from the length. Other lengths and limits than Go's would leave equals in other orders.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")

_INSERTION = 12  # items that are sorted by insertion
_LONG = 50  # items from which on the pivot is a median of medians, and a nearly sorted part is mended
_MENDED = 5  # items out of order that are mended
_WORD = (1 << 64) - 1


def pdqsort(items: Sequence[Item], less: Callable[[Item, Item], bool]) -> list[Item]:
    """The items in the order in which Go leaves them; `less` says whether the first belongs before the second."""
    sorting = _Sorting(list(items), less)
    sorting.sort(0, len(items), len(items).bit_length())
    return sorting.items


class _Sorting(Generic[Item]):
    """Sorts in place. Parts are from their start up to, not with, their end."""

    def __init__(self, items: list[Item], less: Callable[[Item, Item], bool]) -> None:
        self.items = items
        self._before = less

    def sort(self, start: int, end: int, chances: int) -> None:
        """Sort the part; after so many bad pivots, in a way that is never slow."""
        balanced = partitioned = True
        while (length := end - start) > _INSERTION:
            if not chances:
                return self._heap_sort(start, end)
            if not balanced:
                self._break_patterns(start, end)
                chances -= 1
            pivot, swaps = self._pivot(start, end)
            if swaps == 12:  # all that can be: the part looks descending
                self.items[start:end] = reversed(self.items[start:end])
                pivot, swaps = end - 1 - (pivot - start), 0
            if balanced and partitioned and not swaps and self._mend(start, end):
                return None
            if start and not self._less(start - 1, pivot):  # nothing here is less than the pivot: many equals
                start = self._partition_equal(start, end, pivot)
                continue
            pivot, partitioned = self._partition(start, end, pivot)
            left, right = pivot - start, end - pivot
            balanced = min(left, right) >= length // 8
            if left < right:
                self.sort(start, pivot, chances)
                start = pivot + 1
            else:
                self.sort(pivot + 1, end, chances)
                end = pivot
        return self._insertion_sort(start, end)

    def _less(self, one: int, other: int) -> bool:
        return self._before(self.items[one], self.items[other])

    def _swap(self, one: int, other: int) -> None:
        self.items[one], self.items[other] = self.items[other], self.items[one]

    def _insertion_sort(self, start: int, end: int) -> None:
        for at in range(start + 1, end):
            while at > start and self._less(at, at - 1):
                self._swap(at, at - 1)
                at -= 1

    def _heap_sort(self, start: int, end: int) -> None:
        length = end - start
        for root in range((length - 1) // 2, -1, -1):
            self._sift_down(start, root, length)
        for last in range(length - 1, -1, -1):
            self._swap(start, start + last)
            self._sift_down(start, 0, last)

    def _sift_down(self, start: int, root: int, length: int) -> None:
        while (child := 2 * root + 1) < length:
            if child + 1 < length and self._less(start + child, start + child + 1):
                child += 1
            if not self._less(start + root, start + child):
                return
            self._swap(start + root, start + child)
            root = child

    def _pivot(self, start: int, end: int) -> tuple[int, int]:
        """Where the pivot is, and how many pairs were out of order: 0 to 3, or to 12 in a long part."""
        length, swaps = end - start, 0

        def median(one: int, two: int, three: int) -> int:
            nonlocal swaps
            if self._less(two, one):
                one, two, swaps = two, one, swaps + 1
            if self._less(three, two):
                two, three, swaps = three, two, swaps + 1
            if self._less(two, one):
                one, two, swaps = two, one, swaps + 1
            return two

        quarters = [start + length // 4 * quarter for quarter in (1, 2, 3)]
        if length >= _LONG:
            quarters = [median(at - 1, at, at + 1) for at in quarters]
        return median(*quarters), swaps

    def _mend(self, start: int, end: int) -> bool:
        """Whether the part is in order, at the latest after a few items were moved."""
        at = start + 1
        for _ in range(_MENDED):
            while at < end and not self._less(at, at - 1):
                at += 1
            if at == end:
                return True
            if end - start < _LONG:
                return False
            self._swap(at, at - 1)
            if at - start >= 2:
                for left in range(at - 1, 0, -1):
                    if not self._less(left, left - 1):
                        break
                    self._swap(left, left - 1)
            if end - at >= 2:
                for right in range(at + 1, end):
                    if not self._less(right, right - 1):
                        break
                    self._swap(right, right - 1)
        return False

    def _break_patterns(self, start: int, end: int) -> None:
        """Swap three items in the middle with others, by chance (which is always the same for the same length)."""
        length = chance = end - start
        middle = start + length // 4 * 2
        for at in (middle - 1, middle, middle + 1):
            chance ^= chance << 13 & _WORD
            chance ^= chance >> 7
            chance ^= chance << 17 & _WORD
            other = chance & ((1 << length.bit_length()) - 1)
            self._swap(at, start + (other - length if other >= length else other))

    def _partition(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        """Where the pivot is when what is less stands before it and the rest behind, and whether they already did."""
        self._swap(start, pivot)
        left, right, swapped = start + 1, end - 1, False
        while True:
            while left <= right and self._less(left, start):
                left += 1
            while left <= right and not self._less(right, start):
                right -= 1
            if left > right:
                self._swap(right, start)
                return right, not swapped
            self._swap(left, right)
            left, right, swapped = left + 1, right - 1, True

    def _partition_equal(self, start: int, end: int, pivot: int) -> int:
        """Where those begin that are greater than the pivot, when its equals stand before them."""
        self._swap(start, pivot)
        left, right = start + 1, end - 1
        while True:
            while left <= right and not self._less(start, left):
                left += 1
            while left <= right and self._less(start, right):
                right -= 1
            if left > right:
                return left
            self._swap(left, right)
            left, right = left + 1, right - 1
