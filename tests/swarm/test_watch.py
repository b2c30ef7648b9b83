"""A live chart of a real swarm."""

from collections.abc import Callable

import pytest

from swarmkit_helpers import Cluster, Swarm, recorder
from swarmkit_helpers.display import charts
from swarmkit_helpers.notebook.watch import Watch
from swarmkit_helpers.polling import wait_until

SLEEP = {"image": "busybox", "command": "sleep 1000", "stop_grace_period": 0}


def within(seconds: float, what: Callable[[], object]) -> None:
    wait_until(what, seconds, lambda: AssertionError("the chart does not show it"))


@pytest.mark.exhaustive("the tests of a page scale, drain and kill before a chart, too")
def test_the_last_frame_shows_what_was_done(cluster: Cluster, swarm: Swarm) -> None:
    frames: list[str] = []
    drawn = Watch(swarm, show=frames.append)
    try:
        swarm.create_service("sleep-app", **SLEEP, replicas=1)
        within(10, lambda: "1 of 1 replica runs" in frames[-1])
        swarm.scale("sleep-app", 7)
        within(10, lambda: "7 of 7 replicas run" in frames[-1])
        swarm.drain("node2")
        within(15, lambda: "7 of 7 replicas run" in frames[-1] and "node2 is drained." in frames[-1])
        cluster.kill("node3")
        within(40, lambda: "7 of 7 replicas run, 7 on node1. node2 is drained. node3 is down." in frames[-1])
    finally:
        drawn.stop()
    table = charts.placement(recorder.shared(swarm)).rows
    assert [row[1:] for row in table if row[1] == "node1"] == [("node1", "running")] * 7
    assert {row[2] for row in table if row[1] == "node3"} == {"unknown"}
    recorder.shared(swarm).stop()


def test_a_killed_container_is_seen_to_be_replaced_in_its_slot(cluster: Cluster, swarm: Swarm) -> None:
    frames: list[str] = []
    drawn = Watch(swarm, charts.slots, "lone-app", show=frames.append)
    try:
        swarm.create_service("lone-app", **SLEEP, replicas=1, restart_delay=1)
        within(10, lambda: "1 of 1 replica runs" in frames[-1])
        [task] = swarm.tasks("lone-app")
        cluster.sh(task.node, f"docker kill {task.container_id}")
        within(20, lambda: "failed" in frames[-1] and "1 of 1 replica runs" in frames[-1])
    finally:
        drawn.stop()
    rows = charts.slots(recorder.shared(swarm), "lone-app").rows[1:]
    assert {row[1] for row in rows} == {"1"}
    assert [row[3] for row in rows if row[3] in ("running", "failed")][:2] == ["running", "failed"]
    recorder.shared(swarm).stop()
