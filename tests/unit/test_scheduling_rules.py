"""Filters and placement, by SwarmKit's own tests (facts/swarm-conformance.md, S01 to S18)."""

from collections import Counter
from dataclasses import replace

import pytest
from support.scheduler_hosts import NOTHING, after, host, hosts, placed

from swarmkit_helpers.constraints import satisfies
from swarmkit_helpers.rules import (  # fmt: skip
    Filter,
    Request,
    outcomes,
    pending_message,
    preassigned_message,
    rank,
    rejected,
)

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


def test_s09_resources_and_what_is_not_ready():
    request = Request(memory=2 * 10**9, generic={"orange": 2, "apple": 2})
    under = host("under", memory=10**9, generic={"orange": 1, "apple": 1})
    off = [host(f"nonready{n}", takes_tasks=False, generic={"orange": 2, "apple": 2}) for n in (1, 2)]
    assert pending_message([under, *off], request) == (
        "no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)"
    )
    big = host("bignode", memory=8 * 10**9, generic={"orange": 3, "apple": 4})
    assert list(outcomes([under, *off, big], request, 1)) == [{"bignode": 1}]


def test_s10_a_full_host_is_passed_over():
    now = [host("id1", 1, memory=10**9, generic={"apple": 1}), host("id2", 3, memory=10**11, generic={"apple": 5})]
    assert list(outcomes(now, Request(memory=5 * 10**8, generic={"apple": 1}), 2)) == [{"id1": 1, "id2": 1}]


def test_s11_a_task_that_has_ended_frees_what_it_reserved():
    request = Request(memory=8 * 10**8)
    now = [host("id1", memory=10**9)]
    assert placed(now, request, 2) == {"id1": 1}
    assert pending_message(after(now, request, {"id1": 1}), request) == (
        "no suitable node (insufficient resources on 1 node)"
    )


@pytest.mark.parametrize(("platforms", "fit"), [
    ([("linux", "amd64")], {"node1"}), ([("linux", "arm")], set()), ([], {"node1", "node2", "node3"}),
    ([("linux", "")], {"node1"}), ([("linux", "amd64"), ("windows", "x86_64")], {"node1", "node2"}),
    ([("", "")], {"node1", "node2"}),
])  # fmt: skip
def test_s12_platforms(platforms, fit):
    now = [host("node1", platform=("linux", "x86_64")), host("node2", platform=("windows", "amd64")), host("node3")]
    request = Request(platforms=tuple(platforms))
    assert {each.id for each in now} - rejected(now, request).keys() == fit
    if not fit:
        assert pending_message(now, request) == "no suitable node (unsupported platform on 3 nodes)"


@pytest.mark.parametrize(
    ("needed", "fit"),
    [
        ([("Volume", "plugin1"), ("Volume", "plugin2")], {"node2", "node5"}),
        ([("Network", "plugin1")], {"node3", "node5"}),
        ([("Log", "plugin1")], {"node2", "node3", "node4", "node5"}),  # where no log driver is listed, any may be there
        ([("Log", "default")], {"node1", "node2", "node3", "node5"}),
    ],
)
def test_s13_plugins(needed, fit):
    plugins = [
        {("Volume", "plugin1"), ("Log", "default")},
        {("Volume", "plugin1"), ("Volume", "plugin2:latest")},
        {("Volume", "plugin1"), ("Network", "plugin1")},
        {("Log", "plugin1")},
    ]
    now = [host(f"node{n}", plugins=frozenset(each)) for n, each in enumerate(plugins, start=1)] + [host("node5")]
    out = rejected(now, Request(plugins=tuple(needed)))
    assert {each.id for each in now} - out.keys() == fit
    assert set(out.values()) == {Filter.PLUGIN}


def test_s14_host_ports():
    tcp, udp, both = (Request(ports=ports) for ports in ([("tcp", 58)], [("udp", 58)], [("tcp", 58), ("udp", 58)]))
    now = after(hosts(0, 0), tcp, {"A": 1})
    now = after([replace(each, tasks=0) for each in now], udp, {"B": 1})
    assert pending_message(now, both) == "no suitable node (host-mode port already in use on 2 nodes)"
    assert list(outcomes(now, udp, 2)) == [{"A": 1}]


def test_s15_replicas_per_node():
    request = Request(max_replicas=1)
    now = hosts(0, 0)
    assert placed(now, request, 3) == {"A": 1, "B": 1}
    now = after(now, request, {"A": 1, "B": 1})
    assert pending_message(now, request) == "no suitable node (max replicas per node limit exceed)"
    assert placed([*now, host("C")], request, 1) == {"C": 1}
    elsewhere = replace(request, constraints=("node.hostname==node1",))
    assert pending_message([*now, host("C")], elsewhere) == (
        "no suitable node (scheduling constraints not satisfied on 3 nodes)"
    )


def test_s16_what_finds_no_place_stays():
    assert outcomes(hosts(0), Request(max_replicas=1), 2).placed == (1, 1)
    labelled = Request(constraints=("node.labels.x==y",))
    assert outcomes(hosts(0), labelled, 2).placed == (0, 0)
    assert outcomes([host("A", labels={"x": "y"})], labelled, 1).placed == (1, 1)


def test_s17_a_global_task_has_one_host():
    request = Request(cpus=10**9)
    assert preassigned_message(host("A", cpus=0), request) == "insufficient resources on 1 node"
    assert preassigned_message(host("B", cpus=2 * 10**9), request) is None
    assert preassigned_message(host("C", takes_tasks=False), request) == "1 node not available for new tasks"


def test_s18_messages():
    constrained = Request(constraints=("node.labels.x==y",), cpus=10**9)
    paused, plain = host("P", takes_tasks=False), [host("B"), host("C")]
    assert pending_message([], constrained) == "no suitable node"
    assert pending_message([paused, replace(paused, id="Q")], NOTHING) == (
        "no suitable node (2 nodes not available for new tasks)"
    )
    assert pending_message([paused, replace(paused, id="Q"), *plain], constrained) == (
        "no suitable node (2 nodes not available for new tasks; scheduling constraints not satisfied on 2 nodes)"
    )
    assert pending_message([paused, *plain, host("D", cpus=0, labels={"x": "y"})], constrained) == (
        "no suitable node (scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks; "
        "insufficient resources on 1 node)"
    )
    request, now = Request(cpus=10**9), [host(name, cpus=2 * 10**9) for name in "ABC"]
    [new] = outcomes(now, request, 8)
    assert new == {"A": 2, "B": 2, "C": 2}
    assert pending_message(after(now, request, new), request) == "no suitable node (insufficient resources on 3 nodes)"


def test_o06_a_new_constraint_matters_where_it_is_not_met():
    here, there = host("A", labels={"x": "y"}), host("B")
    assert satisfies(here, ["node.labels.x==y"])
    assert not satisfies(there, ["node.labels.x==y"])


def test_cluster_volumes():
    request = Request(volumes=("data", "other"))
    now = [host("A", volumes=frozenset({"data"})), host("B")]
    assert rejected(now, request) == {"B": Filter.VOLUMES}
    assert pending_message(now[1:], request) == (
        "no suitable node (cannot fulfill requested CSI volume mounts on 1 node)"
    )


def test_a_constraint_that_cannot_be_read_is_left_out():
    assert rejected([host("A")], Request(constraints=("node.role=worker",))) == {}


def test_rank_puts_equals_together():
    now = [host("A", 1), host("B", failures=5), host("C", 0, 3), host("D", 0, 3, failures=4), host("E")]
    assert [[each.id for each in equals] for equals in rank(now)] == [["E"], ["C", "D"], ["A"], ["B"]]


def test_what_a_spec_asks():
    template = {
        "ContainerSpec": {
            "Mounts": [
                {"Type": "volume", "VolumeOptions": {"DriverConfig": {"Name": "nfs"}}},
                {"Type": "bind", "Source": "/x"},
                {"Type": "volume", "VolumeOptions": {"DriverConfig": {"Name": "local"}}},
                {"Type": "volume"},
                {"Type": "cluster", "Source": "data"},
            ]
        },
        "Resources": {
            "Limits": {"NanoCPUs": 9},
            "Reservations": {
                "NanoCPUs": 5,
                "MemoryBytes": 6,
                "GenericResources": [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}],
            },
        },
        "Placement": {
            "Constraints": ["node.role==worker"],
            "MaxReplicas": 3,
            "Platforms": [{"OS": "linux"}],
            "Preferences": [{"Spread": {"SpreadDescriptor": "node.labels.rack"}}],
        },
        "LogDriver": {"Name": "syslog"},
    }
    endpoint = {
        "Ports": [
            {"Protocol": "udp", "PublishedPort": 53, "PublishMode": "host"},
            {"TargetPort": 80, "PublishMode": "host"},
            {"PublishedPort": 8080, "PublishMode": "ingress"},
        ]
    }
    assert Request.from_spec(template, endpoint) == Request(
        constraints=("node.role==worker",),
        preferences=("node.labels.rack",),
        cpus=5,
        memory=6,
        generic={"gpu": 2},
        platforms=(("linux", ""),),
        ports=(("udp", 53),),
        max_replicas=3,
        plugins=(("Volume", "nfs"), ("Log", "syslog")),
        volumes=("data",),
    )
    assert Request.from_spec({}) == NOTHING
