"""Checks and set-ups of sections that ask the machines themselves, on a simulated swarm."""

from pathlib import Path

import pytest

from swarmkit_helpers import Cluster, Section, recorder
from swarmkit_helpers.course.sections import setup
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


def test_containers_that_were_never_started_are_removed_by_setup_and_named_shortly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with temporary_simulator(speed=20) as url, shown_by(lambda command: None):
        monkeypatch.setenv("DOCKER_HOST", url)
        cluster = Cluster.up("made", nodes=1)
        section = Section("06-clean-up", language="en", nodes=1, node_to_drain="node1")
        section.start(cluster)
        api = cluster.api("node1")

        def make(number: int) -> None:
            labels = {"com.docker.swarm.service.name": "sleep-app", "com.docker.swarm.task.id": f"gone{number}"}
            body = {"Image": "busybox", "Cmd": ["sleep", "infinity"], "Labels": labels}
            api.post("containers", "create", body=body, name=f"sleep-app.{number}.gone")

        for number in range(20):
            make(number)
        section.start(cluster)
        running = {found["State"] for found in setup.containers(api)}
        section.predict("still-there", 1)
        cluster.leave_swarm("node1", force=True)
        for number in range(20):
            make(number)
        still_there = section.check("still-there")
        api.delete("containers", "leftover", force=True)
        left = section.check("empty")
        recorder.shared(cluster.swarm()).stop()
        cluster.down()
    assert running == {"running"}
    assert "it was 21" in still_there.message
    assert still_there.message.endswith("Not as usual: 20 of them were made and never started.")
    assert left.message.endswith(" and 12 more.")
    assert left.message.count("(node1, created)") == 8


def test_a_node_is_paused_with_tasks_while_the_service_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with temporary_simulator(speed=20) as url, shown_by(lambda command: None):
        monkeypatch.setenv("DOCKER_HOST", url)
        cluster = Cluster.up("paused", nodes=3)
        section = Section("05-drain", language="en")
        section.start(cluster)
        swarm = cluster.swarm()
        swarm.drain("node3")
        swarm.scale("sleep-app", 7)
        swarm.converge("sleep-app")
        swarm.pause("node3")
        swarm.scale("sleep-app", 7)
        swarm.converge("sleep-app")
        without_tasks = section.check("maintenance")
        swarm.activate("node3")
        swarm.rebalance("sleep-app")
        swarm.converge("sleep-app")
        swarm.pause("node3")
        not_grown = section.check("maintenance")
        swarm.scale("sleep-app", 4)
        swarm.scale("sleep-app", 7)
        swarm.converge("sleep-app")
        done = section.check("maintenance")
        recorder.shared(swarm).stop()
        cluster.down()
    assert (without_tasks.outcome, without_tasks.points) == ("not yet", 0)
    assert "no task that it had" in without_tasks.message
    assert (not_grown.outcome, not_grown.points) == ("not yet", 4)
    assert done.outcome == "passed"
