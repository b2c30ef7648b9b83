"""Recording a real swarm."""

from swarmkit_helpers import Cluster, Recorder, Swarm
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.recorder import Gap

SLEEP = {"image": "busybox", "command": "sleep 1000", "stop_grace_period": 0}


def test_what_happens_is_kept_in_its_order(swarm: Swarm) -> None:
    with Recorder(swarm) as taken:
        swarm.create_service("sleep-app", **SLEEP, replicas=2)
        swarm.converge("sleep-app")
        swarm.scale("sleep-app", 3)
        swarm.converge("sleep-app")
    counts = [sum(task.state == "running" for task in seen.tasks_of("sleep-app")) for seen in taken.history]
    assert counts[0] == 0
    assert counts[-1] == 3
    assert counts == sorted(counts)
    assert [marker.text.split()[2] for marker in taken.markers] == ["create", "scale"]
    assert taken.history[0].at < taken.markers[1].at < taken.history[-1].at


def test_a_manager_that_goes_away_is_a_gap(cluster: Cluster, swarm: Swarm, capsys) -> None:
    with Recorder(swarm) as taken:
        wait_until(lambda: taken.history, 5, lambda: AssertionError("nothing was seen"))
        capsys.readouterr()
        cluster.kill("node1")
        capsys.readouterr()
        wait_until(lambda: isinstance(taken.history[-1], Gap), 10, lambda: AssertionError("no gap"))
        cluster.start("node1")
        wait_until(lambda: not isinstance(taken.history[-1], Gap), 60, lambda: AssertionError("still away"))
    assert sum(isinstance(seen, Gap) for seen in taken.history) >= 1
    assert "Error" not in capsys.readouterr().err
