"""Which slots go and which numbers are used again (facts/swarm-conformance.md, O01 and O02), and Go's sort."""

import random

import pytest

from swarmkit_helpers.rules import Slot, excess, free_slots
from swarmkit_helpers.rules.go_sort import pdqsort


def slots(nodes: str) -> list[Slot]:
    """Slots 1, 2, ... on these nodes; "-" has none, and a small letter means that the task does not run yet."""
    return [
        Slot(number, None if node == "-" else node.upper(), node.isupper())
        for number, node in enumerate(nodes, start=1)
    ]


def test_o01_step_by_step():
    live = slots("aBBCCC-")
    for replicas, gone in ((6, [7]), (4, [5, 6]), (2, [1, 3])):
        assert excess(live, replicas) == gone
        live = [slot for slot in live if slot.number not in gone]


@pytest.mark.parametrize(("nodes", "replicas", "gone"), [
    ("ABCABC", 3, [4, 5, 6]), ("AAAABC", 4, [3, 4]), ("AAAABC", 2, [2, 3, 4, 6]), ("aBCABC", 5, [1]),
    ("aBCABC", 4, [1, 6]), ("A-BCAB", 5, [2]), ("AAAAA", 2, [3, 4, 5]),
    ("AAAAA", 5, []), ("AB", 9, []), ("AB", 0, [1, 2]),
])  # fmt: skip
def test_o02_layouts(nodes, replicas, gone):
    assert excess(slots(nodes), replicas) == gone


def test_a_slot_that_is_being_updated_goes_first():
    assert excess([Slot(1, "A", True, tasks=2), Slot(2, "B", True), Slot(3, "B", True)], 2) == [1]


def test_the_order_in_which_slots_are_given_does_not_matter():
    live = slots("ABCDEAABBCDDEABCAAEDB")
    assert excess(random.Random(0).sample(live, len(live)), 7) == excess(live, 7)


def test_o02_numbers_are_used_again():
    assert free_slots([1, 2], 2) == [3, 4]
    assert free_slots([2, 4], 3) == [1, 3, 5]
    assert free_slots([], 0) == []


def items(kind: str, length: int) -> list[int]:
    chance = random.Random(length)
    return {
        "random": [chance.randrange(10**6) for _ in range(length)],
        "equal": [1] * length,
        "few": [chance.randrange(3) for _ in range(length)],
        "rising": list(range(length)),
        "falling": list(range(length, 0, -1)),
        "nearly": [*range(length), 3],
        "waves": [number % 7 * 1000 - number for number in range(length)],
    }[kind]


@pytest.mark.parametrize("length", [0, 1, 2, 12, 13, 40, 51, 300])
@pytest.mark.parametrize("kind", ["random", "equal", "few", "rising", "falling", "nearly", "waves"])
def test_go_sorts(kind, length):
    given = items(kind, length)
    assert pdqsort(given, int.__lt__) == sorted(given)


def test_go_sorts_what_is_made_to_be_slow():
    # The order in which a quicksort always meets its worst pivot, made by answering only when asked (McIlroy 1999).
    known: dict[int, int] = {}
    candidate = 0

    def less(one: int, other: int) -> bool:
        nonlocal candidate
        if one not in known and other not in known:
            known[one if one == candidate else other] = len(known)
        if one not in known:
            candidate = one
        elif other not in known:
            candidate = other
        return known.get(one, 10**6) < known.get(other, 10**6)

    ordered = pdqsort(range(400), less)
    assert [known.get(item, 10**6) for item in ordered] == sorted(known.get(item, 10**6) for item in ordered)


def test_equals_are_left_as_go_leaves_them():
    equals = [(number % 3, number) for number in range(20)]
    assert sorted(equals, key=lambda item: item[0]) != pdqsort(equals, lambda one, other: one[0] < other[0])
    stable = equals[:12]
    assert sorted(stable, key=lambda item: item[0]) == pdqsort(stable, lambda one, other: one[0] < other[0])
