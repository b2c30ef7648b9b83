"""`docker swarm init --force-new-cluster` on simulated nodes, as a lesson would use it."""

from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.simulator import temporary_docker_host

FORCE = "docker swarm init --force-new-cluster"


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
