"""Which slots end when a service gets fewer replicas, and which numbers new slots get.

Follows SwarmKit's manager/orchestrator/replicated: slot.go and services.go.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count, islice

from .go_sort import pdqsort


@dataclass(frozen=True)
class Slot:
    """One live slot of a replicated service."""

    number: int
    node: str | None  # None until its task has a node
    running: bool  # whether one of its tasks is observed to run
    tasks: int = 1  # live ones: two during an update with the order start-first


def excess(slots: Sequence[Slot], replicas: int) -> list[int]:
    """The numbers of the slots that end when only so many replicas are wanted, the lowest first.

    Slots without a node end first, then slots on the nodes with most: there those that do not run, then the highest.
    """
    ordered = sorted(slots, key=lambda slot: (not slot.running, slot.number))
    copies: Counter[str] = Counter()
    indices = []
    for slot in ordered:
        if slot.node is None or slot.tasks != 1:
            indices.append(-1)
        else:
            copies[slot.node] += 1
            indices.append(copies[slot.node])
    # Not a stable sort: above 12 slots, equals are permuted, always in the same way.
    kept = pdqsort(list(zip(indices, ordered, strict=True)), _before)[:replicas]
    return sorted({slot.number for slot in slots} - {slot.number for _, slot in kept})


def _before(one: tuple[int, Slot], other: tuple[int, Slot]) -> bool:
    """Whether the first is to be kept rather than the second; -1 is the last."""
    return one[0] >= 0 and (other[0] < 0 or one[0] < other[0])


def free_slots(live: Iterable[int], number: int) -> list[int]:
    """The numbers of so many new slots: the lowest from 1 that no live slot has."""
    taken = set(live)
    return list(islice((slot for slot in count(1) if slot not in taken), number))
