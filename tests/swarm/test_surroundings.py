"""Around a real swarm: a container run by hand and the states of a machine are seen within a second, by events."""

import threading
from collections.abc import Callable, Iterator

import pytest

from swarmkit_helpers import Cluster, Recorder, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.recorder import shared
from swarmkit_helpers.records import Observation

SEEN_SECONDS = 1.0  # from the end of the command until the observation, on a computer that does other work too


@pytest.fixture
def recorder(swarm: Swarm) -> Iterator[Recorder]:
    with shown_by(lambda command: None), Recorder(swarm) as recorder:
        wait_until(lambda: recorder.history, 5, lambda: AssertionError("nothing was seen"))
        yield recorder


def seen_within(recorder: Recorder, what: Callable[[Observation], bool], seconds: float = SEEN_SECONDS) -> None:
    def look() -> bool:
        last = recorder.history[-1]
        return isinstance(last, Observation) and what(last)

    wait_until(look, seconds, lambda: AssertionError(f"last seen: {recorder.history[-1]}"), every=0.01)


def hand_run(seen: Observation) -> list[tuple[str, str, str]]:
    return [(each.name, each.node, each.state) for each in seen.containers]


def test_what_a_person_runs_on_a_node_is_seen(cluster: Cluster, recorder: Recorder) -> None:
    cluster.sh("node3", "docker run -d --name lonely busybox sleep infinity")
    seen_within(recorder, lambda seen: hand_run(seen) == [("lonely", "node3", "running")])
    cluster.sh("node3", "docker rm --force lonely")
    seen_within(recorder, lambda seen: hand_run(seen) == [])


def test_a_machine_is_seen_frozen_cut_off_and_off(cluster: Cluster, recorder: Recorder) -> None:
    def state(seen: Observation) -> str:
        machine = seen.machine("node3")
        return machine.state if machine else ""

    for request, expected in (
        (cluster.pause, "paused"),
        (cluster.unpause, "running"),
        (cluster.disconnect, "disconnected"),
        (cluster.reconnect, "running"),
        (cluster.kill, "exited"),
        (cluster.start, "running"),
    ):
        request("node3")
        seen_within(recorder, lambda seen, expected=expected: state(seen) == expected)
    cluster.sh("node3", "docker run -d --name again busybox sleep infinity")
    seen_within(recorder, lambda seen: hand_run(seen) == [("again", "node3", "running")])
    cluster.kill("node3")
    seen_within(recorder, lambda seen: hand_run(seen) == [("again", "node3", "exited")])
    cluster.start("node3")
    cluster.sh("node3", "docker rm --force again")


def test_nothing_listens_after_the_last_recorder(cluster: Cluster, swarm: Swarm) -> None:
    shared(swarm).stop()  # an earlier test may have started it
    with Recorder(swarm) as recorder:
        wait_until(lambda: recorder.history, 5, lambda: AssertionError("nothing was seen"))
        assert any(thread.name.startswith("events-of-") for thread in threading.enumerate())
    assert not any(thread.name.startswith("events-of-") for thread in threading.enumerate())
