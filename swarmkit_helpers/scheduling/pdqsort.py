"""Go's sort.Sort (since Go 1.19: pattern-defeating quicksort), for when the order of equals matters."""

from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def pdqsort(data: Sequence[Item], less: Callable[[Item, Item], bool]) -> list[Item]:
    """The items in the order in which Go leaves them."""
    items = list(data)
    for end in range(1, len(items)):
        at = end
        while at and less(items[at], items[at - 1]):
            items[at], items[at - 1] = items[at - 1], items[at]
            at -= 1
    return items
