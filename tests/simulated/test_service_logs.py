"""The logs of a service with a machine that is off or stands still."""

import pytest

from swarmkit_helpers import Cluster
from swarmkit_helpers.engine.simulator import temporary_docker_host


@pytest.mark.parametrize("verb", ["kill", "pause"])
def test_the_node_whose_lines_are_missing_is_named(verb: str) -> None:
    with temporary_docker_host(10):
        cluster = Cluster.up("logs", nodes=2)
        swarm = cluster.ensure_swarm()
        swarm.create_service("web", "busybox", ["sh", "-c", "echo here; sleep 1000"], replicas=2)
        swarm.converge("web")
        getattr(cluster, verb)("node2")
        *lines, missing = swarm.logs("web").splitlines()
        assert all("@node1 | " in line for line in lines)
        assert missing == "(some lines are missing: node node2 is not available)"
