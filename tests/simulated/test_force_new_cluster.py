"""`docker swarm init --force-new-cluster` on simulated nodes: in simulated time, and as a lesson would use it."""

import pytest
from support.simulated_swarm import SmallSwarm

from swarm_simulator.errors import SPLIT, ApiError
from swarm_simulator.objects import State
from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.simulator import temporary_docker_host

FORCE = "docker swarm init --force-new-cluster"


def leader(bench: SmallSwarm) -> str | None:
    return next((name for name, node in bench.nodes.items() if node.id == bench.swarm.leader), None)


def force_new_cluster(bench: SmallSwarm, name: str) -> None:
    bench.swarm.force_new_cluster(bench.nodes[name].id)
    bench.agents[name].restart()


def test_a_new_cluster_by_force_keeps_services_and_one_manager():
    bench = SmallSwarm(4, managers=3)
    service = bench.create(replicas=4)
    bench.run(3)
    bench.kill("node1")
    bench.kill("node2")
    bench.run(30)
    assert leader(bench) is None
    force_new_cluster(bench, "node3")
    bench.run(2)
    assert (leader(bench), len(bench.swarm.manager_states())) == ("node3", 1)
    assert [node.state for node in bench.nodes.values()] == ["unknown", "unknown", "ready", "ready"]
    [ended] = bench.tasks(service, State.FAILED)  # the node has stopped and started, and its containers are gone
    assert (ended.node_id, ended.error) == (bench.nodes["node3"].id, f"No such container: web.{ended.slot}.{ended.id}")
    bench.run(40)
    assert [node.state for node in bench.nodes.values()] == ["down", "down", "ready", "ready"]
    assert {task.node_id for task in bench.running(service)} == {bench.nodes[name].id for name in ("node3", "node4")}
    assert len(bench.running(service)) == 4
    bench.start("node1")
    bench.run(40)
    assert bench.nodes["node1"].state == "ready"
    assert len(bench.swarm.manager_states()) == 1
    bench.run(15)
    assert len(bench.swarm.manager_states()) == 2  # it has the role still
    bench.kill("node1")
    assert leader(bench) is None  # and counts again


def test_a_new_cluster_by_force_takes_managers_that_run_out_of_raft():
    bench = SmallSwarm(3, managers=3)
    force_new_cluster(bench, "node2")
    bench.run(5)
    assert (leader(bench), len(bench.swarm.manager_states())) == ("node2", 1)
    bench.run(60)
    assert (leader(bench), len(bench.swarm.manager_states())) == ("node2", 3)


def test_a_swarm_is_not_split_in_two_by_force():
    bench = SmallSwarm(3, managers=3)
    bench.agents["node1"].disconnect()
    with pytest.raises(ApiError, match=SPLIT) as refused:
        bench.swarm.force_new_cluster(bench.nodes["node1"].id)
    assert refused.value.status == 501
    bench.run(20)
    assert leader(bench) in ("node2", "node3")
    bench.agents["node2"].disconnect()
    force_new_cluster(bench, "node1")  # nobody has a quorum
    bench.run(5)
    assert leader(bench) == "node1"


def test_the_last_manager_goes_on_alone_and_the_service_converges() -> None:
    with temporary_docker_host(20):
        cluster = Cluster.up("forced", nodes=3)
        try:
            swarm = cluster.ensure_swarm(managers=3)
            swarm.create_service("web", "busybox", "sleep 1000", replicas=3)
            swarm.converge("web")
            before = cluster.api("node1").client.inspect_swarm()
            cluster.kill("node2")
            cluster.kill("node3")
            cluster.sh("node1", f"{FORCE} --task-history-limit 3")
            swarm.converge("web")  # not content with tasks on nodes of which nothing is known
            assert {task.node for task in swarm.tasks("web") if task.wanted} == {"node1"}
            after = cluster.api("node1").client.inspect_swarm()
            assert (after["ID"], after["JoinTokens"]) == (before["ID"], before["JoinTokens"])
            changed = before["Spec"] | {"Orchestration": {"TaskHistoryRetentionLimit": 3}}
            assert after["Spec"] == changed
        finally:
            cluster.down()


def test_only_a_manager_that_is_not_locked_can_do_it() -> None:
    with temporary_docker_host(20):
        cluster = Cluster.up("forced", nodes=2)
        try:
            cluster.ensure_swarm()
            refused = "This node is not a swarm manager. Worker nodes can't be used"
            assert refused in str(cluster.sh("node2", f"{FORCE} 2>&1; true"))
            cluster.sh("node1", "docker swarm update --autolock=true")
            cluster.stop("node1")
            cluster.start("node1")
            assert refused in str(cluster.sh("node1", f"{FORCE} 2>&1; true"))
        finally:
            cluster.down()
