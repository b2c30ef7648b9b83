"""The set of outcomes is exactly what placement can do: no more, no less, and never listed when it is huge."""

import random
from collections.abc import Iterator
from itertools import permutations
from time import process_time

import pytest
from support.scheduler_hosts import NOTHING, host, hosts, placed

from swarmkit_helpers.rules import Host, Request, outcomes, place
from swarmkit_helpers.rules.placement import Progress, decision_tree, schedule_on_subtree


def every_way(now: list[Host], request: Request, number: int) -> Iterator[dict[str, int]]:
    """What placement does for every order of hosts and branches it might be given."""
    script: list[int] = []  # which permutation is chosen, at each time one is asked for
    while True:
        asked: list[int] = []  # how many there were to choose from

        def shuffled(items: list, asked: list[int] = asked) -> list:
            orders = list(permutations(items)) if len(items) > 1 else [items]
            asked.append(len(orders))
            if len(script) < len(asked):
                script.append(0)
            return list(orders[script[len(asked) - 1]])

        progress = Progress(number, [])
        schedule_on_subtree(decision_tree(now, request, number), number, progress, shuffled)
        yield {each.id: progress.placed.count(each.id) for each in now}
        del script[len(asked) :]
        while script and script[-1] + 1 == asked[len(script) - 1]:
            script.pop()
        if not script:
            return
        script[-1] += 1


def situation(chance: random.Random, most: int) -> tuple[list[Host], Request, int]:
    """A few hosts that differ in all that matters, and some tasks for them."""
    labels = [{"rack": chance.choice("ab"), "zone": chance.choice("xy")} for _ in range(most)]
    now = [
        host(
            chr(ord("A") + number),
            chance.choice((0, 0, 0, 1, 3)),
            chance.choice((0, 0, 2)),
            takes_tasks=chance.random() > 0.1,
            memory=chance.choice((1, 2, 3, 9)),
            labels=each,
            failures=chance.choice((0, 0, 0, 4, 6)),
        )
        for number, each in enumerate(labels)
    ]
    spread = chance.choice(((), (), ("node.labels.rack",), ("node.labels.zone", "node.labels.rack")))
    request = Request(preferences=spread, memory=chance.choice((0, 1)), max_replicas=chance.choice((0, 0, 4)))
    return now, request, chance.randint(1, 8)


def exactly(new: dict[str, int], now: list[Host]) -> tuple[int, ...]:
    return tuple(new.get(each.id, 0) for each in now)


@pytest.mark.parametrize("seed", range(60))
def test_the_set_is_what_every_order_gives(seed):
    now, request, number = situation(random.Random(seed), 3)
    real = {exactly(new, now) for new in every_way(now, request, number)}
    allowed = outcomes(now, request, number)
    listed = [exactly(new, now) for new in allowed]
    assert sorted(listed) == sorted(real)
    assert allowed.certain == (len(real) == 1)
    assert allowed.placed == (min(map(sum, real)), max(map(sum, real)))
    for at, each in enumerate(now):
        assert allowed.between(each.id) == (min(new[at] for new in real), max(new[at] for new in real))


@pytest.mark.parametrize("seed", range(60))
def test_what_is_placed_is_in_the_set_and_what_is_changed_is_not(seed):
    chance = random.Random(seed)
    now, request, number = situation(chance, 7)
    allowed = outcomes(now, request, number)
    listed = {exactly(new, now) for new in allowed}
    for again in range(5):
        new = placed(now, request, number, again)
        assert new in allowed
        moved = {each.id: new.get(each.id, 0) for each in now}
        fewer, more = chance.sample(now, 2)
        if moved[fewer.id]:
            moved[fewer.id] -= 1
            moved[more.id] += 1
            assert (moved in allowed) == (exactly(moved, now) in listed)


def test_a_huge_set_is_not_listed():
    now = [host(f"pc{n}") for n in range(40)]
    allowed = outcomes(now, NOTHING, 7)
    assert {f"pc{n}": 1 for n in range(33, 40)} in allowed
    assert {"pc1": 2, **{f"pc{n}": 1 for n in range(5, 10)}} not in allowed
    assert {f"pc{n}": 1 for n in range(6)} not in allowed
    assert allowed.between("pc0") == (0, 1)
    assert not allowed.certain


def test_a_classroom_of_unlike_hosts_is_not_listed_either():
    chance = random.Random(1)
    now = [
        host(
            f"pc{n}", tasks=n % 3, other=chance.randint(0, 2), memory=chance.randint(8, 40), labels={"rack": str(n % 7)}
        )
        for n in range(40)
    ]
    request = Request(memory=1, preferences=("node.labels.rack",))
    began = process_time()
    for number in (7, 40, 200):
        allowed = outcomes(now, request, number)
        assert placed(now, request, number) in allowed
        assert {"pc0": number} not in allowed
    assert process_time() - began < 2


def test_what_is_not_there_gets_nothing():
    now = [*hosts(0, 0), host("off", takes_tasks=False)]
    allowed = outcomes(now, NOTHING, 2)
    assert {"A": 1, "B": 1, "off": 0} in allowed
    assert {"A": 1, "off": 1} not in allowed
    assert {"A": 1, "nobody": 1} not in allowed
    assert {"A": 1} not in allowed
    assert allowed.between("off") == (0, 0)


def test_nothing_to_place_and_nowhere():
    assert list(outcomes(hosts(1, 0), NOTHING, 0)) == [{"A": 0, "B": 0}]
    assert list(outcomes([], NOTHING, 3)) == [{}]
    assert {} in outcomes([], NOTHING, 3)
    assert place([], NOTHING, 3, random.Random(0)) == []


def test_preferences_that_name_no_label_are_passed_over():
    now = [host("A", 1, labels={"node.id": "x"}), host("B"), host("C", engine_labels={"disk": "ssd"})]
    assert list(outcomes(now, Request(preferences=("node.hostname", "node.labels.")), 3)) == [
        {"A": 0, "B": 1, "C": 2},
        {"A": 0, "B": 2, "C": 1},
    ]
    spread = Request(preferences=("ENGINE.LABELS.disk",))
    assert list(outcomes(now, spread, 1)) == [{"A": 0, "B": 0, "C": 1}]


def test_a_branch_that_takes_no_tasks_still_counts():
    now = [
        host("A", 4, takes_tasks=False, labels={"rack": "a"}),
        host("B", labels={"rack": "a"}),
        host("C", labels={"rack": "b"}),
    ]
    assert list(outcomes(now, Request(preferences=("node.labels.rack",)), 3)) == [{"B": 0, "C": 3}]


def test_many_tasks_are_placed_fast():
    now = [host(f"pc{n}", labels={"rack": str(n % 9)}) for n in range(1000)]
    began = process_time()
    assert len(place(now, Request(preferences=("node.labels.rack",), memory=1), 10_000, random.Random(0))) == 10_000
    assert process_time() - began < 2


def test_chance_chooses_among_equals():
    assert {tuple(placed(hosts(0, 0, 0), NOTHING, 1, seed)) for seed in range(30)} == {("A",), ("B",), ("C",)}
