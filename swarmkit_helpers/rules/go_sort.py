"""Go's sort.Sort, which leaves equal items in an order of its own.

It is not stable, but the same input always gives the same order. Since Go 1.19 it is the pattern-defeating quicksort
(Orson Peters), whose random numbers start from the length. Limits other than Go's would leave equals in other orders.
The names are those of Go's sort/zsortinterface.go.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")

_MAX_INSERTION = 12  # items: a part up to this length is sorted by insertion
_SHORTEST_NINTHER = 50  # items: from this length on, the pivot is a median of medians
_SHORTEST_SHIFTING = 50  # items: from this length on, a nearly sorted part is repaired
_MAX_STEPS = 5  # items out of order that are repaired
_MAX_SWAPS = 12  # pairs out of order that the choice of a pivot can find
_WORD = (1 << 64) - 1  # the bits of Go's uint64


def pdqsort(items: Sequence[Item], less: Callable[[Item, Item], bool]) -> list[Item]:
    """The items in Go's order; `less` says whether the first belongs before the second."""
    sorting = _Sorting(list(items), less)
    sorting.sort(0, len(items), len(items).bit_length())
    return sorting.items


class _Sorting(Generic[Item]):
    """Sorts in place. A part goes from its start up to its end, without the end."""

    def __init__(self, items: list[Item], less: Callable[[Item, Item], bool]) -> None:
        self.items = items
        self._before = less

    def sort(self, start: int, end: int, limit: int) -> None:
        """Sort the part; after `limit` bad pivots, by heapsort, which is never slow."""
        balanced = partitioned = True
        while (length := end - start) > _MAX_INSERTION:
            if not limit:
                return self._heap_sort(start, end)
            if not balanced:
                self._break_patterns(start, end)
                limit -= 1
            pivot, swaps = self._choose_pivot(start, end)
            if swaps == _MAX_SWAPS:  # the part looks descending
                self.items[start:end] = reversed(self.items[start:end])
                pivot, swaps = end - 1 - (pivot - start), 0
            if balanced and partitioned and not swaps and self._partial_insertion_sort(start, end):
                return None
            if start and not self._less(start - 1, pivot):  # nothing here is less than the pivot: many equals
                start = self._partition_equal(start, end, pivot)
                continue
            pivot, partitioned = self._partition(start, end, pivot)
            left, right = pivot - start, end - pivot
            balanced = min(left, right) >= length // 8
            if left < right:
                self.sort(start, pivot, limit)
                start = pivot + 1
            else:
                self.sort(pivot + 1, end, limit)
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

    def _choose_pivot(self, start: int, end: int) -> tuple[int, int]:
        """The index of the pivot, and how many pairs were out of order: 0 to 3, or to 12 in a long part."""
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
        if length >= _SHORTEST_NINTHER:
            quarters = [median(at - 1, at, at + 1) for at in quarters]
        return median(*quarters), swaps

    def _partial_insertion_sort(self, start: int, end: int) -> bool:
        """Move a few items into order; whether the part is sorted then."""
        at = start + 1
        for _ in range(_MAX_STEPS):
            while at < end and not self._less(at, at - 1):
                at += 1
            if at == end:
                return True
            if end - start < _SHORTEST_SHIFTING:
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
        """Swap three items in the middle with random others; the random numbers depend on the length alone."""
        length = random = end - start
        middle = start + length // 4 * 2
        for at in (middle - 1, middle, middle + 1):
            random ^= random << 13 & _WORD
            random ^= random >> 7
            random ^= random << 17 & _WORD
            other = random & ((1 << length.bit_length()) - 1)
            self._swap(at, start + (other - length if other >= length else other))

    def _partition(self, start: int, end: int, pivot: int) -> tuple[int, bool]:
        """Put what is less before the pivot and the rest behind it; its index, and whether nothing had to move."""
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
        """Put the pivot's equals before what is greater; the index at which the greater items begin."""
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
