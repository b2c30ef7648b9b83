"""Two owners on one real engine, each with a cluster of the same name."""

from dataclasses import replace

import pytest

from swarmkit_helpers import BadInput, Cluster, NotFound
from swarmkit_helpers.cli import node_facts
from swarmkit_helpers.cluster import node_container, provision
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.machine import OWNER_LABEL

BUDI = "S.001@uni.ac.id"


def test_two_owners_have_a_cluster_of_one_name_each(
    engine: Engine, cluster_name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    monkeypatch.setenv("SWARMLAB_OWNER", "anna")
    annas = Cluster.up(cluster_name, nodes=1)
    request.addfinalizer(annas.down)  # `cluster_name` removes only what belongs to who runs the tests
    [machine] = annas.machines()
    assert machine.container == f"swarmlab-{cluster_name}-node1"
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    with pytest.raises(NotFound, match=f"anna/{cluster_name}"):
        Cluster.adopt(cluster_name)
    budis = Cluster.up(cluster_name, nodes=2)
    try:
        assert {each.owner for each in budis.machines()} == {BUDI}
        assert budis.sh("node2", "hostname").stdout == "node2\n"
        assert len(budis.ensure_swarm().nodes()) == 2
        budis.disconnect("node2")
        assert budis.machine("node2").state == "disconnected"
        budis.reconnect("node2")
        assert list(annas.machines()) == [machine]
        assert {cluster_name, f"anna/{cluster_name}"} <= set(Cluster.names(engine))
        volumes = engine.api.get("volumes", filters={"label": [f"{OWNER_LABEL}={BUDI}"]})["Volumes"]
        assert len(volumes) == len(node_container.DATA) * len(budis.machines())
    finally:
        budis.down()
    assert list(annas.machines()) == [machine]
    assert annas.sh("node1", "hostname").stdout == "node1\n"
    assert not {each for each in provision.leftovers(engine).values() if each.name == cluster_name}
    annas.down()
    assert provision.machines(engine, cluster_name) == []


def test_the_nodes_of_one_owner_are_limited_and_those_of_another_are_not(
    engine: Engine, cluster_name: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
):
    monkeypatch.setenv("SWARMLAB_MAX_NODES", "1")
    monkeypatch.setenv("SWARMLAB_OWNER", "anna")
    annas = Cluster.up(cluster_name, nodes=1)
    request.addfinalizer(annas.down)
    with pytest.raises(BadInput, match="with 1 more it would be 2") as caught:
        annas.add_node()
    assert f"{cluster_name} (1 node, 150 MB)" in caught.value.problem
    [fact] = node_facts.probe(engine)
    assert (fact.ok, fact.detail) == (None, caught.value.problem)
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    budis = Cluster.up(cluster_name, nodes=1)
    request.addfinalizer(budis.down)
    monkeypatch.delenv("SWARMLAB_MAX_NODES")
    # A smaller engine has no room for what is there, whoever's it is: the tests' own clusters are counted too.
    small = replace(engine, memory=2 * node_container.IDLE_MEMORY_BYTES)
    with pytest.raises(BadInput, match="more node the clusters on this engine need about") as caught:
        Cluster(cluster_name, small).add_node()
    assert f"anna/{cluster_name} (1 node, 150 MB)" in caught.value.problem
    assert [len(each.machines()) for each in (annas, budis)] == [1, 1]
