"""Placement constraints, as SwarmKit's constraint_test.go has them."""

import pytest
from support.api_bodies import node

from swarmkit_helpers.constraints import Constraint, satisfies
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.records import Node

NODE = Node.from_api(
    node("node1", role="manager", address="10.0.0.7", labels={"rack": "A1", "Zone": "x"}, engine_labels={"disk": "ssd"})
)


@pytest.mark.parametrize(
    "constraint",
    [
        "node.hostname==node1",
        "node.hostname == NODE1",
        "NODE.HOSTNAME==node1",
        "node.hostname!=node2",
        "node.id==id-node1",
        "node.role==manager",
        "node.role!=worker",
        "node.platform.os==linux",
        "node.platform.arch==x86_64",
        "node.platform.arch!=amd64",
        "node.labels.rack==a1",
        "node.labels.Zone==x",
        "node.labels.zone!=x",
        "node.labels.none!=x",
        "engine.labels.disk==ssd",
        "node.ip==10.0.0.7",
        "node.ip==10.0.0.0/24",
        "node.ip!=10.0.1.0/24",
    ],
)
def test_met(constraint):
    assert satisfies(NODE, [constraint])


@pytest.mark.parametrize(
    "constraint",
    [
        "node.hostname==node2",
        "node.hostname!=Node1",
        "node.role==worker",
        "node.labels.zone==x",
        "node.labels.none==x",
        "node.ip!=10.0.0.7",
        "node.ip==10.0.0.8",
        "node.ip==10.0.1.0/24",
        "node.ip==10.0.0.0/255.255.255.0",
        "node.ip!=10.0.1.0/255.255.255.0",  # Go reads no such mask
        "node.ip==ten",
        "node.ip!=ten",  # not an address: no node matches, whatever the operator
        "node.unknown==x",
        "node.unknown!=x",
        "node.labels.==x",
        "hostname==node1",  # nor with a key there is not
        "node.hostname==node*",  # no patterns
    ],
)
def test_not_met(constraint):
    assert not satisfies(NODE, [constraint])


def test_all_have_to_be_met():
    assert satisfies(NODE, [])
    assert satisfies(NODE, ["node.role==manager", "node.labels.rack==a1"])
    assert not satisfies(NODE, ["node.role==manager", "node.labels.rack==a2"])


def test_a_node_without_an_address_differs_from_every_address():
    nowhere = Node.from_api(node("node1", address=""))
    assert satisfies(nowhere, ["node.ip!=10.0.0.7"])
    assert not satisfies(nowhere, ["node.ip==10.0.0.7"])


def test_the_first_operator_is_looked_for_first():
    assert Constraint.parse("node.hostname == a") == Constraint("node.hostname", "==", "a")


@pytest.mark.parametrize(
    "text",
    ["node.role=worker", "node.role", "", "==worker", "node.role==", "no de==x", "node.role==a&b", "a!=b==c", "n==x"],
)
def test_malformed(text):
    with pytest.raises(BadInput, match=r"the constraint .* cannot be read") as raised:
        Constraint.parse(text)
    assert "node.role==worker" in raised.value.fix
