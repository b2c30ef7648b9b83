"""A set-up that is run again: the charts begin with what it has made, and its own commands are not the student's."""

from pathlib import Path

import pytest

from swarmkit_helpers import Cluster, Refused, Section, recorder
from swarmkit_helpers.course import section_starts
from swarmkit_helpers.display import charts
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_simulator
from swarmkit_helpers.file_lock import held


def test_the_charts_begin_with_what_the_set_up_has_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with temporary_simulator(speed=20) as url, shown_by(lambda command: None):
        monkeypatch.setenv("DOCKER_HOST", url)
        cluster = Cluster.up("again", nodes=3)
        section = Section("04-scale", language="en")
        section.start(cluster)
        swarm = cluster.swarm()
        recording = recorder.shared(swarm)
        swarm.scale("sleep-app", 3)
        swarm.converge("sleep-app")
        swarm.drain("node3")
        cluster.leave_swarm("node3", force=True)
        commands = [marker.text for marker in recording.markers]
        section.start(cluster)
        recording.look()
        recording.stop()
        chart = charts.slots(recording, "sleep-app")
        cluster.down()
    assert [command.split()[1] for command in commands] == ["service", "node", "swarm"]
    assert [marker.text for marker in recording.markers] == commands  # none of the set-up
    assert {row[1] for row in chart.rows[1:]} == {"1"}
    assert {row[2] for row in chart.rows[1:]} <= {"-", "node1", "node2", "node3"}
    words = [artist.get_text() for artist in chart.figure.artists if hasattr(artist, "get_text")]
    assert not set(commands) & set(words)


def test_no_section_starts_while_a_cell_of_another_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    with temporary_simulator(speed=20) as url, shown_by(lambda command: None):
        monkeypatch.setenv("DOCKER_HOST", url)
        cluster = Cluster.up("busy", nodes=1)
        section = Section("04-scale", language="en", nodes=1, node_to_drain="node1")
        lock = section_starts.running(cluster)
        lock.parent.mkdir()
        other = held(lock)
        assert other
        with other, pytest.raises(Refused, match="another notebook runs on the cluster 'busy' now") as caught:
            section.start(cluster)
        assert "cluster_name" in caught.value.fix
        section.start(cluster)
        recorder.shared(cluster.swarm()).stop()
        cluster.down()
    assert not lock.exists()
