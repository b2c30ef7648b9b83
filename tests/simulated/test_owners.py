"""Two owners on one engine, a simulated one: each has a cluster called "course", and nobody's is touched by another."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.command_line import command

from swarmkit_helpers import BadInput, Cluster, NotFound, file_lock
from swarmkit_helpers.cluster import provision
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.engine.discover import Engine, find_engine
from swarmkit_helpers.machine import OWNER_LABEL, OWNER_VARIABLES, ClusterId
from swarmkit_helpers.progress import current

ANNA, BUDI = "anna", "S.001@uni.ac.id"


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that several people reach; this process starts as anna, whose login says so."""
    for name in ("SWARMLAB_CLUSTER", "SWARMLAB_MAX_NODES", *OWNER_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SWARMLAB_OWNER", ANNA)
    monkeypatch.setattr(Cluster, "_used", [])
    with simulator.temporary_docker_host(20):
        yield find_engine()


def test_two_owners_have_a_cluster_of_one_name_each(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    annas = Cluster.up(nodes=2)
    annas.ensure_swarm().create_service("sleep-app", image="busybox", command="sleep infinity")
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    with pytest.raises(NotFound, match="no cluster is called 'course'; there are: anna/course"):
        Cluster.adopt()
    budis = Cluster.up(nodes=1)
    assert [machine.container for machine in annas.machines()] == ["swarmlab-course-node1", "swarmlab-course-node2"]
    assert not {machine.container for machine in budis.machines()} & {machine.container for machine in annas.machines()}
    assert (annas.name, budis.name) == ("course", "course")  # so each finds the progress kept under that name
    assert not budis.ensure_swarm().services()
    budis.disconnect("node1")
    budis.reconnect("node1")
    assert budis.add_node() == "node2"
    assert Cluster.names(shared) == ["anna/course", "course"]
    budis.down()
    assert [service.name for service in annas.swarm().services()] == ["sleep-app"]
    assert provision.leftovers(shared) == {}


def test_a_cluster_is_shared_if_one_asks_for_it(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    annas = Cluster.up(nodes=2)
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    monkeypatch.setenv("SWARMLAB_CLUSTER", "anna/course")
    shares = Cluster.up(nodes=2)
    assert shares.machines() == annas.machines()
    assert (shares.id, shares.full_name()) == (ClusterId("anna", "course"), "anna/course")
    assert shares.add_node() == "node3"
    assert {machine.owner for machine in annas.machines()} == {ANNA}
    with pytest.raises(NotFound, match="no cluster is called 'anna/other'; there are: anna/course"):
        Cluster.up("anna/other")


def test_a_users_names_say_who_it_is_on_a_hub(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTERHUB_USER", BUDI)
    [machine] = Cluster.up(nodes=1).machines()
    assert machine.owner == BUDI
    assert machine.container.startswith("swarmlab-s-001-uni-ac-id-")
    assert machine.container.endswith(".course-node1")


def test_down_all_means_mine_and_only_a_name_removes_anothers(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    Cluster.up(nodes=1)
    Cluster.up("other", nodes=1)
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    Cluster.up(nodes=1)
    status = command("status")
    assert "Cluster anna/course: 1 machine, no swarm yet (it belongs to anna)\n" in status
    assert "Cluster course: 1 machine, no swarm yet\n" in status
    assert status.index("Cluster course") < status.index("Cluster anna/course")  # one's own first
    said = command("down", "--all")
    assert "Cluster anna/other belongs to anna and is kept: python3 -m swarmkit_helpers down --name anna/other" in said
    assert Cluster.names(shared) == ["anna/course", "anna/other"]
    assert "Nothing to remove" in command("down")
    command("down", "--name", "anna/course")
    assert Cluster.names(shared) == ["anna/other"]
    monkeypatch.setenv("SWARMLAB_OWNER", ANNA)
    command("down", "--all")
    assert Cluster.names(shared) == []


def test_a_cluster_of_before_belongs_to_who_names_it(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    cluster = Cluster("course", shared, "")
    provision.assemble(shared, cluster.id, ["node1"], current())
    body = shared.api.get("containers", "swarmlab-course-node1", "json")
    assert OWNER_LABEL not in body["Config"]["Labels"]
    for owner in (ANNA, BUDI):
        monkeypatch.setenv("SWARMLAB_OWNER", owner)
        assert Cluster.up(nodes=1).machines() == cluster.machines()
    assert "(made by version 0.1.0, so it has no owner)" in command("status")
    assert "has no owner" in command("down", "--all")
    assert len(cluster.machines()) == 1
    command("down")
    assert Cluster.names(shared) == []


def test_an_owners_clusters_have_at_most_so_many_nodes_together(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SWARMLAB_MAX_NODES", "4")
    cluster = Cluster.up(nodes=2)
    Cluster.up("other", nodes=1)
    with pytest.raises(BadInput) as caught:
        Cluster.up("third", nodes=2)
    assert caught.value.problem == (
        "one owner's clusters may have 4 nodes together (SWARMLAB_MAX_NODES); with 2 more it would be 5: "
        "course (2 nodes, 300 MB), other (1 node, 150 MB)"
    )
    assert "down --name NAME" in caught.value.fix
    assert Cluster.names(shared) == ["course", "other"]
    cluster.add_node()
    with pytest.raises(BadInput, match="with 1 more it would be 5"):
        cluster.add_node()
    assert len(Cluster.up(nodes=3).machines()) == 3  # what exists is adopted
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    Cluster.up(nodes=4)


@pytest.mark.parametrize("text", ["many", "0", "-1", "2.5", "²"])
def test_a_limit_that_is_no_number_is_quoted(shared: Engine, monkeypatch: pytest.MonkeyPatch, text: str):
    monkeypatch.setenv("SWARMLAB_MAX_NODES", text)
    with pytest.raises(BadInput, match=f"SWARMLAB_MAX_NODES is '{text}', which is no number of nodes"):
        Cluster.up(nodes=1)
    assert Cluster.names(shared) == []


def test_the_memory_is_counted_over_the_clusters_of_all_owners(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    """A small engine has room for five nodes; each of two owners asks for three."""
    small = replace(shared, memory=800 << 20)
    monkeypatch.setattr("swarmkit_helpers.cluster.cluster.find_engine", lambda: small)
    Cluster.up(nodes=3)
    monkeypatch.setenv("SWARMLAB_OWNER", BUDI)
    with pytest.raises(BadInput) as caught:
        Cluster.up(nodes=3)
    assert caught.value.problem == (
        "with 3 more nodes the clusters on this engine need about 900 MB of memory; it has 800 MB; "
        "there are: anna/course (3 nodes, 450 MB)"
    )
    assert "there is room for 2 more" in caught.value.fix
    assert Cluster.names(shared) == ["anna/course"]
    assert len(Cluster.up(nodes=2).machines()) == 2
    monkeypatch.setenv("SWARMLAB_OWNER", ANNA)
    assert len(Cluster.up(nodes=3).machines()) == 3


def test_more_nodes_than_memory_says_how_many_fit(shared: Engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("swarmkit_helpers.cluster.cluster.find_engine", lambda: replace(shared, memory=1 << 30))
    with pytest.raises(BadInput, match="3000 MB of memory; it has 1024 MB; there are: none") as caught:
        Cluster.up(nodes=20)
    assert "there is room for 6 more" in caught.value.fix
    assert Cluster.names(shared) == []


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="only root may act as another user")
def test_a_cluster_is_assembled_by_its_owner_under_any_user_id(shared: Engine):
    """As with sudo, whose user is root, and whose owner is the login before."""
    cluster = Cluster.up(f"pytest-ids-{os.getpid()}", nodes=1)
    os.seteuid(65534)
    try:
        assert Cluster.up(cluster.name, nodes=1).machines() == cluster.machines()
    finally:
        os.seteuid(0)
        next(Path(file_lock.SHARED).glob(f"swarmlab-*{cluster.name}.lock")).unlink()
