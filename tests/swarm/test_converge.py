"""Waiting for what was asked: it ends as soon as it is so, and says what is missing if it is not."""

import time
from threading import Timer

import pytest

from swarmkit_helpers import Cluster, NotConverged, NotFound, Swarm

SLEEP = {"image": "busybox", "command": "sleep 1000", "stop_grace_period": 0, "restart_delay": 0}
QUICK_UPDATE = {"update_parallelism": 0, "update_monitor": 0.1}


def on_nodes(swarm: Swarm, service: str = "sleep-app") -> list[str]:
    """Where the service runs, as seen by one look, remains included."""
    return [task.node for task in swarm.tasks(service) if task.state == "running"]


def test_up_and_down(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP)
    for replicas in (3, 7, 2, 0, 1):
        swarm.scale("sleep-app", replicas)
        swarm.converge("sleep-app")
        assert len(on_nodes(swarm)) == replicas


def test_a_drained_node_is_empty_and_the_others_have_its_tasks(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, replicas=6)
    swarm.converge("sleep-app")
    swarm.drain("node2")
    swarm.converge()
    assert sorted(set(on_nodes(swarm))) == ["node1", "node3"]
    assert len(on_nodes(swarm)) == 6


@pytest.mark.exhaustive("a paused update is waited for always")
def test_an_update_is_over_when_every_task_is_new(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, **QUICK_UPDATE, replicas=3)
    swarm.converge("sleep-app")
    swarm.update_service("sleep-app", env={"COLOR": "blue"})
    swarm.converge("sleep-app")
    tasks = [task for task in swarm.tasks("sleep-app") if task.state == "running"]
    assert [task.spec["ContainerSpec"].get("Env") for task in tasks] == [["COLOR=blue"]] * 3
    assert swarm.service("sleep-app").update_state == "completed"

    before = {task.id for task in tasks}
    swarm.rebalance("sleep-app")
    swarm.converge("sleep-app")
    assert not before & {task.id for task in swarm.tasks("sleep-app") if task.state == "running"}

    swarm.rollback("sleep-app")
    swarm.converge("sleep-app")
    assert swarm.service("sleep-app").update_state == "rollback_completed"


def test_a_paused_update_is_told_at_once(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, update_monitor=0.1, replicas=2)
    swarm.converge("sleep-app")
    swarm.update_service("sleep-app", image="busybox:nothing")
    start = time.monotonic()
    with pytest.raises(NotConverged, match=r"update of sleep-app is paused.*1 of 2.*No such image: busybox:nothing"):
        swarm.converge("sleep-app", timeout=60)
    assert time.monotonic() - start < 20
    swarm.rollback("sleep-app")
    swarm.converge("sleep-app")


def test_a_global_service_runs_where_it_is_for(swarm: Swarm) -> None:
    swarm.create_service("monitor", **SLEEP, mode="global")
    swarm.converge("monitor")
    assert on_nodes(swarm, "monitor") == ["node1", "node2", "node3"]
    swarm.drain("node3")
    swarm.converge("monitor")
    assert on_nodes(swarm, "monitor") == ["node1", "node2"]
    swarm.activate("node3")
    swarm.converge("monitor")
    assert on_nodes(swarm, "monitor") == ["node1", "node2", "node3"]
    swarm.update_service("monitor", constraints=["node.role!=manager"])
    swarm.converge("monitor")
    assert on_nodes(swarm, "monitor") == ["node2", "node3"]


def test_a_job_is_done_when_it_is_completed_as_often_as_asked(swarm: Swarm) -> None:
    swarm.create_service("once", "busybox", "true", mode="replicated-job", replicas=3, max_concurrent=2)
    swarm.converge("once")
    assert [task.state for task in swarm.tasks("once")] == ["complete"] * 3
    swarm.rebalance("once")
    swarm.converge("once")
    assert sum(task.iteration == swarm.service("once").iteration for task in swarm.tasks("once")) == 3

    swarm.create_service("everywhere", "busybox", "true", mode="global-job")
    swarm.converge("everywhere")
    assert sorted(task.node for task in swarm.tasks("everywhere")) == ["node1", "node2", "node3"]


def test_what_no_node_fits_is_pending_and_why(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, replicas=2, constraints=["node.labels.disk==ssd"])
    with pytest.raises(
        NotConverged,
        match=r"after 1 s 0 of 2 replicas of sleep-app run; sleep-app.1, sleep-app.2 are "
        r"pending: no suitable node \(scheduling constraints not satisfied on 3 ",
    ):
        swarm.converge("sleep-app", timeout=1)
    swarm.label("node3", disk="ssd")
    swarm.converge("sleep-app")
    assert on_nodes(swarm) == ["node3", "node3"]
    swarm.unlabel("node3", "disk")  # the swarm enforces constraints on what runs, too
    with pytest.raises(NotConverged, match="0 of 2 replicas"):
        swarm.converge("sleep-app", timeout=1)


def test_the_fix_cures_replicas_that_stay_pending(swarm: Swarm) -> None:
    """SwarmKit forgets pending tasks of before the last change: only a forced update helps."""
    swarm.create_service("sleep-app", **SLEEP, **QUICK_UPDATE, replicas=2, constraints=["node.labels.disk==ssd"])
    with pytest.raises(NotConverged):
        swarm.converge("sleep-app", timeout=0.5)
    swarm.scale("sleep-app", 3)
    with pytest.raises(NotConverged, match=r"swarm\.rebalance\('sleep-app'\)"):
        swarm.converge("sleep-app", timeout=0.5)
    swarm.label("node3", disk="ssd")
    swarm.rebalance("sleep-app")
    swarm.converge("sleep-app")


def test_a_task_that_keeps_failing_is_named_with_its_error(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", "busybox", "slep 1000", restart_delay=1)
    with pytest.raises(NotConverged, match=r"0 of 1 .*sleep-app.1 is .*slep.*not found") as raised:
        swarm.converge("sleep-app", timeout=2)
    assert "swarm.logs('sleep-app')" in raised.value.fix


def test_a_removed_service_is_gone_when_nothing_of_it_runs(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", "busybox", "sleep 1000", stop_grace_period=1, replicas=2)
    swarm.converge()
    swarm.remove_service("sleep-app")
    swarm.converge()
    assert [task for task in swarm.tasks() if task.state == "running"] == []
    with pytest.raises(NotFound, match="no service is called 'sleep-app'; this swarm has: none"):
        swarm.converge("sleep-app")


def test_it_waits_while_the_manager_is_away(cluster: Cluster, swarm: Swarm) -> None:
    # On workers: what runs on the manager ends with it, and is still said to run until its engine is back to tell.
    swarm.create_service("sleep-app", **SLEEP, replicas=2, constraints=["node.role==worker"])
    swarm.converge("sleep-app")
    cluster.kill("node1")
    back = Timer(1, cluster.start, ["node1"])
    back.start()
    swarm.converge("sleep-app")
    back.join()
    assert len(on_nodes(swarm)) == 2


@pytest.mark.exhaustive("tests of clusters wait for nodes that break and come back")
def test_waiting_for_a_node(cluster: Cluster, swarm: Swarm) -> None:
    cluster.kill("node3")
    with pytest.raises(NotConverged, match=r"after 0\.2 s node3 is ready, not down"):
        swarm.wait_for_node("node3", "down", timeout=0.2)
    swarm.wait_for_node("node3", "down")
    cluster.start("node3")
    swarm.wait_for_node("node3")
    assert swarm.node("node3").state == "ready"
