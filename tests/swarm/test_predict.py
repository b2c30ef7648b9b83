"""A real swarm does one of the things that a forecast allows, whatever is asked of it."""

import pytest

from benchmarks.predict import Walk, settled
from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.docker_commands import shown_by

SECONDS = 35  # for each walk
LONGER = pytest.mark.exhaustive("walks take minutes; a simulated swarm is compared with forecasts always")


@LONGER
@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_random_actions_end_as_the_forecast_allows(swarm: Swarm, seed: int) -> None:
    with shown_by(lambda command: None):
        steps = list(Walk(swarm, seed).steps(SECONDS))
    assert len(steps) >= 5
    # A forecast says itself when an update is under way, what that does not being foreseen.
    assert [str(step) for step in steps if not step.right and not step.forecast.unforeseen] == []


def test_a_node_that_joins_gets_nothing(cluster: Cluster, swarm: Swarm) -> None:
    swarm.create_service("web", "busybox", "sleep infinity", replicas=4, stop_grace_period=0)
    swarm.converge()
    forecast = swarm.predict(add_node=True)
    cluster.join_swarm(cluster.add_node())
    seen = settled(swarm)
    assert len(seen.nodes) == 4
    assert forecast.allows(seen)
    assert forecast.between("node4") == (0, 0)
