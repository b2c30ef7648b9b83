"""A swarm that `ensure_swarm` must not give up: locked, or not understood."""

from collections.abc import Iterator
from typing import Any

import pytest

from swarmkit_helpers import Cluster, EngineUnavailable
from swarmkit_helpers.cluster import init_join_leave
from swarmkit_helpers.cluster.manager_client import reach
from swarmkit_helpers.engine.api import EngineAPI
from swarmkit_helpers.engine.simulator import temporary_docker_host


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with temporary_docker_host(10):
        cluster = Cluster.up("locked", nodes=2)
        yield cluster
        cluster.down()


def test_a_locked_swarm_is_kept_and_unlocked(cluster: Cluster) -> None:
    swarm = cluster.ensure_swarm()
    swarm.create_service("web", "busybox", "sleep 1000")
    cluster.sh("node1", "docker swarm update --autolock=true")
    key = str(cluster.sh("node1", "docker swarm unlock-key -q")).strip()
    cluster.stop("node1")
    cluster.start("node1")
    for act in (cluster.ensure_swarm, swarm.services, cluster.swarm().nodes):
        with pytest.raises(EngineUnavailable, match=r"the swarm on node1 is locked.*docker swarm unlock"):
            act()
    cluster.sh("node1", f"echo {key} | docker swarm unlock")
    assert [service.name for service in cluster.ensure_swarm().services()] == ["web"]


class Member:
    """An engine that reports that part in a swarm, and takes no other request."""

    def __init__(self, name: str, state: str, **more: Any) -> None:
        self.name = name
        self.seen = {"LocalNodeState": state, "ControlAvailable": False, "NodeID": name} | more

    def get(self, *path: str) -> Any:
        assert path == ("info",)
        return {"Swarm": self.seen}


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ([Member("node1", "inactive"), Member("node2", "locked")], "the swarm on node2 is locked"),
        ([Member("node1", "error", Error="no certificate")], r"node1 did not rejoin its swarm .*error: no certificate"),
        ([Member("node1", "pending")], "node1 did not rejoin its swarm"),
        ([Member("node1", "active", RemoteManagers=[{"NodeID": "node1"}])], "no manager of the swarm answers"),
    ],
    ids=["locked", "error", "pending", "a manager that is not available yet"],
)
def test_what_is_not_understood_is_not_given_up(members: list[Any], said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(init_join_leave, "REJOIN_SECONDS", 0.1)
    apis: list[tuple[EngineAPI, str]] = [(member, "10.0.0.1") for member in members]
    with pytest.raises(EngineUnavailable, match=said):
        init_join_leave.ensure(apis, 1)


def test_connect_says_that_a_manager_is_locked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        api = Member("x", "locked")

    monkeypatch.setattr("swarmkit_helpers.engine.discover.connect", lambda *_: Found)
    with pytest.raises(EngineUnavailable, match="docker swarm unlock"):
        reach("tcp://127.0.0.1:2375")
