"""Filters and their messages, by SwarmKit's own tests (facts/swarm-conformance.md, S09 to S18)."""

from dataclasses import replace

import pytest
from support.scheduler_hosts import NOTHING, after, host, hosts, placed

from swarmkit_helpers.constraints import satisfies
from swarmkit_helpers.rules import Filter, Request, outcomes, pending_message, preassigned_message, rejected


def test_s09_resources_and_what_is_not_ready():
    request = Request(memory=2 * 10**9, generic={"orange": 2, "apple": 2})
    under = host("under", memory=10**9, generic={"orange": 1, "apple": 1})
    off = [host(f"nonready{n}", takes_tasks=False, generic={"orange": 2, "apple": 2}) for n in (1, 2)]
    assert pending_message([under, *off], request) == (
        "no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)"
    )
    big = host("bignode", memory=8 * 10**9, generic={"orange": 3, "apple": 4})
    assert list(outcomes([under, *off, big], request, 1)) == [{"bignode": 1}]


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
