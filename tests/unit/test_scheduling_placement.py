"""Placement, by SwarmKit's own tests (facts/swarm-conformance.md, S01 to S08, S10 and S16)."""

from collections import Counter
from dataclasses import replace

import pytest
from support.scheduler_hosts import NOTHING, after, host, hosts, placed

from swarmkit_helpers.rules import Request, outcomes, rank

SEEDS = range(8)


def levels(before: list[int], add: int) -> set[tuple[int, ...]]:
    """The possible numbers of tasks on each host afterwards."""
    now = hosts(*before)
    return {tuple(each.tasks + new[each.id] for each in now) for new in outcomes(now, NOTHING, add)}


@pytest.mark.parametrize("seed", SEEDS)
def test_s01_a_service_is_spread_before_the_load(seed):
    now = hosts(0, 0, 0, 0, 0)
    now = after(now, NOTHING, placed(now, NOTHING, 18, seed))
    assert sorted(each.tasks for each in now) == [3, 3, 4, 4, 4]
    second = [replace(each, tasks=0) for each in now]
    new = placed(second, NOTHING, 2, seed)
    assert new == {each.id: 1 for each in now if each.tasks == 3}
    now = [replace(each, total=each.total + new.get(each.id, 0)) for each in now]
    third = placed(now, NOTHING, 3, seed)
    now = after(now, NOTHING, third)
    assert new.keys() < third.keys()
    assert sorted(each.tasks for each in now) == [4, 4, 4, 4, 5]
    last = outcomes([replace(each, tasks=new.get(each.id, 0)) for each in now], NOTHING, 1)
    assert {host for each in last for host, number in each.items() if number} == {
        each.id for each in now if each.tasks == 4 and each.id not in new
    }


def test_s02_preferences_come_before_the_hosts():
    now = [host("id1", labels={"az": "az1"}), *(host(f"id{n}", labels={"az": "az2"}) for n in (2, 3, 4, 5))]
    allowed = outcomes(now, Request(preferences=("node.labels.az",)), 8)
    assert list(allowed) == [{"id1": 4, "id2": 1, "id3": 1, "id4": 1, "id5": 1}]
    assert allowed.certain


def test_s03_several_preferences():
    def node(name, az, rack, apples, memory):
        return host(name, labels={"az": az, "rack": rack}, generic={"apple": apples}, memory=memory)

    now = [
        node("id0", "az1", "rack1", 1, 10**8),
        node("id1", "az1", "rack1", 10, 10**9),
        *(node(f"id{n}", "az2", "rack1" if n < 5 else "rack2", 6, 10**9) for n in (2, 3, 4, 5, 6)),
    ]
    request = Request(preferences=("node.labels.az", "node.labels.rack"), memory=2 * 10**8, generic={"apple": 2})
    allowed = outcomes(now, request, 12)
    seen = {
        (new["id1"], tuple(sorted(new[f"id{n}"] for n in (2, 3, 4))), tuple(sorted((new["id5"], new["id6"]))))
        for new in allowed
    }
    assert seen == {(5, (1, 1, 2), (1, 2)), (5, (1, 1, 1), (2, 2))}
    assert allowed.between("id0") == (0, 0)


def test_s04_scaling_up_with_several_preferences_ends():
    now = [
        host("id11", 3, labels={"az": "dc1", "rack": "r1"}),
        host("id12", 1, labels={"az": "dc1", "rack": "r2"}),
        host("id21", 3, labels={"az": "dc2", "rack": "r1"}),
    ]
    allowed = outcomes(now, Request(preferences=("node.labels.az", "node.labels.rack")), 2)
    assert allowed.placed == (2, 2)
    assert allowed.between("id11") == (0, 0)


@pytest.mark.parametrize(
    ("before", "add", "expected"),
    [
        ([0, 0, 5], 6, {(1, 5, 5), (5, 1, 5)}),
        ([0, 0, 3], 3, {(2, 1, 3), (1, 2, 3)}),
        ([0, 3, 3], 6, {(4, 4, 4)}),
        ([3, 3, 0, 0], 4, {(3, 3, 3, 1), (3, 3, 1, 3)}),
        ([3, 3, 0, 0], 6, {(4, 3, 4, 1), (4, 3, 1, 4), (3, 4, 4, 1), (3, 4, 1, 4)}),
        ([0, 0, 0, 8], 9, {(7, 1, 1, 8), (1, 7, 1, 8), (1, 1, 7, 8)}),
        ([4, 4, 0], 3, {(4, 4, 3)}),
    ],
)
def test_s05_the_first_round_never_goes_back(before, add, expected):
    assert levels(before, add) == expected


def test_s05_two_classes_share_what_is_needed():
    seen = levels([0, 0, 1, 1, 3], 4)
    assert {(tuple(sorted(level[:2])), tuple(sorted(level[2:4])), level[4]) for level in seen} == {((1, 2), (1, 2), 3)}
    assert len(seen) == 4


@pytest.mark.parametrize(
    ("now", "add", "expected"),
    [
        ([host("A", 0, 9), host("B")], 1, {"A": 0, "B": 1}),
        ([host("A", 0, 9), host("B")], 3, {"A": 1, "B": 2}),
        ([host("A", 0, 9), host("B", 1)], 3, {"A": 2, "B": 1}),
        (
            [host(name, 0, load) for name, load in zip("ABCDE", (3, 1, 2, 0, 4), strict=True)],
            3,
            {"A": 0, "B": 1, "C": 1, "D": 1, "E": 0},
        ),
    ],
)
def test_s06_the_load_breaks_ties_only(now, add, expected):
    assert list(outcomes(now, NOTHING, add)) == [expected]


def test_s07_and_s08_a_node_on_which_the_service_fails_is_avoided():
    failures = Counter()
    chosen = []
    for version in [1] * 6 + [2] * 7:
        now = [host("id1", 1, failures=failures["id1", version]), host("id2", failures=failures["id2", version])]
        [name] = placed(now, NOTHING, 1)
        failures[name, version] += 1
        chosen.append(name)
    assert chosen == ["id2"] * 5 + ["id1"] + ["id2"] * 5 + ["id1"] * 2


def test_s10_a_full_host_is_passed_over():
    now = [host("id1", 1, memory=10**9, generic={"apple": 1}), host("id2", 3, memory=10**11, generic={"apple": 5})]
    assert list(outcomes(now, Request(memory=5 * 10**8, generic={"apple": 1}), 2)) == [{"id1": 1, "id2": 1}]


def test_s16_what_finds_no_place_stays():
    assert outcomes(hosts(0), Request(max_replicas=1), 2).placed == (1, 1)
    labelled = Request(constraints=("node.labels.x==y",))
    assert outcomes(hosts(0), labelled, 2).placed == (0, 0)
    assert outcomes([host("A", labels={"x": "y"})], labelled, 1).placed == (1, 1)


def test_rank_puts_equals_together():
    now = [host("A", 1), host("B", failures=5), host("C", 0, 3), host("D", 0, 3, failures=4), host("E")]
    assert [[each.id for each in equals] for equals in rank(now)] == [["E"], ["C", "D"], ["A"], ["B"]]
