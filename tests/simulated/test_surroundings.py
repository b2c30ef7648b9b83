"""Around the swarm: containers run by hand and the states of machines, from events of a simulated engine."""

import re
import threading
from collections.abc import Iterator

import pytest
from support.clock import soon

from swarmkit_helpers import Cluster, EngineUnavailable, Recorder, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import Observation

PREFIX = "events-of-"  # of the names of the threads that listen


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with simulator.temporary_docker_host(20), pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cluster, "_used", [])
        cluster = Cluster.up("around", nodes=2)
        cluster.ensure_swarm(managers=1)
        yield cluster


@pytest.fixture
def recorder(cluster: Cluster) -> Iterator[Recorder]:
    with shown_by(lambda command: None), Recorder(cluster.swarm()) as recorder:
        soon(lambda: recorder.history)
        yield recorder


def last(recorder: Recorder) -> Observation:
    seen = recorder.history[-1]
    assert isinstance(seen, Observation)
    return seen


def containers(recorder: Recorder) -> list[tuple[str, str, str, str]]:
    return [(each.name, each.node, each.image, each.state) for each in last(recorder).containers]


def state(recorder: Recorder, node: str) -> str:
    machine = last(recorder).machine(node)
    return machine.state if machine else ""


def test_a_container_run_by_hand_is_seen_and_one_of_a_service_is_not(cluster: Cluster, recorder: Recorder):
    swarm = cluster.swarm()
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity")
    swarm.converge()
    cluster.sh("node2", "docker run -d --name lonely busybox sleep infinity")
    soon(lambda: containers(recorder) == [("lonely", "node2", "busybox", "running")])
    cluster.sh("node2", "docker kill lonely")
    soon(lambda: containers(recorder) == [("lonely", "node2", "busybox", "exited")])
    cluster.sh("node2", "docker rm lonely")
    soon(lambda: containers(recorder) == [])
    swarm.remove_service("sleep-app")


def test_what_was_there_before_stands_in_the_first_observation(cluster: Cluster):
    cluster.sh("node1", "docker run -d --name early busybox sleep infinity")
    with Recorder(cluster.swarm()) as recorder:
        soon(lambda: recorder.history)
    first = recorder.history[0]
    assert isinstance(first, Observation)
    assert [(each.name, each.node) for each in first.containers] == [("early", "node1")]
    assert [(each.node, each.state) for each in first.machines] == [("node1", "running"), ("node2", "running")]
    cluster.sh("node1", "docker rm --force early")


def test_a_machine_that_is_frozen_or_cut_off_is_seen(cluster: Cluster, recorder: Recorder):
    assert state(recorder, "node2") == "running"
    cluster.pause("node2")
    soon(lambda: state(recorder, "node2") == "paused")
    cluster.unpause("node2")
    soon(lambda: state(recorder, "node2") == "running")
    cluster.disconnect("node2")
    soon(lambda: state(recorder, "node2") == "disconnected")
    cluster.reconnect("node2")
    soon(lambda: state(recorder, "node2") == "running")


def test_what_ran_on_a_machine_ends_with_it_and_is_seen_again_after_its_start(cluster: Cluster, recorder: Recorder):
    cluster.sh("node2", "docker run -d --name lonely busybox sleep infinity")
    soon(lambda: containers(recorder) == [("lonely", "node2", "busybox", "running")])
    cluster.kill("node2")
    soon(lambda: state(recorder, "node2") == "exited")
    machine = last(recorder).machine("node2")
    assert containers(recorder) == [("lonely", "node2", "busybox", "exited")]
    assert machine
    assert machine.since == last(recorder).containers[0].since
    cluster.start("node2")
    soon(lambda: state(recorder, "node2") == "running")
    cluster.sh("node2", "docker start lonely")
    soon(lambda: containers(recorder) == [("lonely", "node2", "busybox", "running")])
    cluster.sh("node2", "docker rm --force lonely")


def test_a_new_machine_is_listened_to_and_a_removed_one_is_gone(cluster: Cluster, recorder: Recorder):
    cluster.add_node()
    cluster.sh("node3", "docker run -d --name there busybox sleep infinity")
    soon(lambda: containers(recorder) == [("there", "node3", "busybox", "running")])
    cluster.remove_node("node3")
    soon(lambda: (containers(recorder), state(recorder, "node3")) == ([], ""))


def test_two_recorders_share_the_threads_and_the_last_leaves_none(cluster: Cluster):
    def listening() -> list[str]:
        names = [thread.name for thread in threading.enumerate()]
        return sorted(name for name in names if re.match(rf"{PREFIX}.*\baround\b", name))

    with Recorder(cluster.swarm()) as first:
        soon(lambda: first.history)
        one = listening()
        with Recorder(cluster.swarm()) as second:
            soon(lambda: second.history)
            assert listening() == one
        assert listening() == one
    assert len(one) == 3  # the outer engine, and two machines
    assert listening() == []


def test_without_a_recorder_nothing_is_listened_to(cluster: Cluster):
    swarm = cluster.swarm()
    assert isinstance(swarm, Swarm)
    assert (swarm.observe().containers, swarm.observe().machines) == ((), ())


def test_explain_says_what_is_wrong_with_a_machine_and_how_to_repair_it(cluster: Cluster, recorder: Recorder):
    swarm = cluster.swarm()
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity")
    swarm.converge()
    cluster.kill("node2")
    soon(lambda: state(recorder, "node2") == "exited")
    for what in ("sleep-app", "sleep-app.1"):
        notes = swarm.explain(what).notes
        off = re.compile(r"node2's machine is off since \d\d:\d\d:\d\d: cluster\.start\('node2'\)\.")
        assert len([note for note in notes if off.fullmatch(note)]) == 1
    cluster.start("node2")
    soon(lambda: state(recorder, "node2") == "running")
    assert not any("machine" in note for note in swarm.explain("sleep-app").notes)
    swarm.remove_service("sleep-app")


def test_where_no_manager_answers_the_error_names_the_machines_to_bring_back(cluster: Cluster, recorder: Recorder):
    cluster.kill("node1")
    with pytest.raises(EngineUnavailable) as caught:
        cluster.swarm().nodes()
    assert caught.value.problem == "no manager of the swarm answers: node1's machine is off"
    assert "cluster.start('node1')" in caught.value.fix
    cluster.start("node1")
    soon(lambda: not isinstance(recorder.history[-1], Gap))


def test_without_a_swarm_the_gap_has_what_is_around(cluster: Cluster):
    bare = Cluster.up("bare", nodes=1)
    with Recorder(bare.swarm()) as recorder:
        bare.sh("node1", "docker run -d --name lonely busybox sleep infinity")
        soon(lambda: [each.name for each in recorder.history[-1].containers] == ["lonely"])
        gap = recorder.history[-1]
    assert isinstance(gap, Gap)
    assert [(each.node, each.state) for each in gap.machines] == [("node1", "running")]
    bare.down()
