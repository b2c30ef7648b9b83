"""Clusters for the tests that need a real engine. Their names begin with "pytest-"; others are left alone."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from swarmkit_helpers import Cluster, NotFound, Swarm, SwarmkitError
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import apt
from swarmkit_helpers.engine.discover import Engine, find_engine


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine the tests run on."""
    return find_engine()


@pytest.fixture(scope="session")
def cluster(engine: Engine) -> Iterator[Cluster]:
    """Three machines for the whole session. A test about machines may leave them broken."""
    cluster = Cluster.up(_name(), nodes=3)
    yield cluster
    cluster.down()


@pytest.fixture
def swarm(cluster: Cluster) -> Swarm:
    """The swarm of the session's cluster: all machines run, all nodes are active, no service is there."""
    with shown_by(lambda command: None):
        Cluster.up(cluster.name, nodes=3)
        for machine in cluster.machines()[3:]:
            cluster.remove_node(machine.name)
        try:
            swarm = cluster.ensure_swarm()
        except SwarmkitError:  # an earlier test left it without a majority of managers
            cluster.ensure_no_swarm()
            swarm = cluster.ensure_swarm()
        machines = {machine.name for machine in cluster.machines()}
        for node in swarm.nodes():
            if node.name not in machines:
                swarm.remove_node(node.id, force=True)
        for service in swarm.services():
            swarm.remove_service(service.name)
        # SwarmKit goes on running the tasks of a job that was removed (seen on 20.10.24), so they are killed here.
        if any(task.desired_state == "complete" and not task.ended for task in swarm.tasks()):
            for machine in cluster.machines():
                cluster.sh(machine.name, "docker ps --quiet | xargs -r docker kill")
        for node in swarm.nodes():
            if node.availability != "active":
                swarm.activate(node.name)
            if node.labels:
                swarm.unlabel(node.name, *node.labels)
    return swarm


@pytest.fixture
def cluster_name(engine: Engine) -> Iterator[str]:
    """The name of a cluster that does not exist. If the test makes it, it is removed afterwards."""
    name = _name()
    yield name
    _remove(name)


@pytest.fixture
def make_cluster(engine: Engine) -> Iterator[Callable[..., Cluster]]:
    """A function that makes clusters (nodes, name), which are removed after the test."""
    names: list[str] = []

    def make(nodes: int, name: str | None = None) -> Cluster:
        names.append(name or _name())
        return Cluster.up(names[-1], nodes=nodes)

    yield make
    for name in names:
        _remove(name)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The program of a Chromium to test JupyterLab in."""
    path = apt.find_browser()
    if path is None and not apt.in_ci():
        pytest.skip("no Chromium is installed")
    assert path, "in CI a browser has to be there"
    return path


def _name() -> str:
    return f"pytest-{uuid.uuid4().hex[:8]}"


def _remove(name: str) -> None:
    with suppress(NotFound):
        Cluster.adopt(name).down()
