"""Checks and set-ups of sections that ask the machines themselves, on a simulated swarm."""

from pathlib import Path

import pytest

from swarmkit_helpers import Cluster, Section, recorder
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_simulator


def test_a_node_that_never_left_has_not_been_brought_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with temporary_simulator(speed=20) as url, shown_by(lambda command: None):
        monkeypatch.setenv("DOCKER_HOST", url)
        cluster = Cluster.up("back", nodes=2)
        section = Section("02-configure-swarm", language="en", nodes=2)
        section.start(cluster)
        cluster.init_swarm()
        swarm = cluster.swarm()
        cluster.join_swarm("node2")
        swarm.wait_for_node("node2")
        before = section.check("bring-back")
        cluster.leave_swarm("node2")
        swarm.wait_for_node("node2", "down")
        away = section.check("bring-back")
        cluster.join_swarm("node2")
        swarm.wait_for_node("node2")
        after = section.check("bring-back")
        recorder.shared(swarm).stop()
        cluster.down()
    assert (before.outcome, before.message[:30]) == ("not attempted", "node2 has not left the swarm y")
    assert (away.outcome, away.message[:24]) == ("not attempted", "node2 is in no swarm yet")
    assert (after.outcome, after.points) == ("passed", 8)
