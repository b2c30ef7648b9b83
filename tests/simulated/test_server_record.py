"""The record of Jupyter's server: kernels follow it, it outlives them, and it is there the next day."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from support.clock import soon
from support.jupyter_kernel import kernels
from support.jupyter_server import JupyterServer, serving

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.notebook import record_client
from swarmkit_helpers.notebook.record_client import Follower, RecordServer
from swarmkit_helpers.records import Observation

OWNER = "Anna B/ü?&x"  # a login may be as odd as this
FOLLOW = """
import json, threading
from swarmkit_helpers import Cluster, recorder
get_ipython().run_line_magic("load_ext", "swarmkit_helpers")
swarm = Cluster.adopt().swarm()
looks, observe = [], swarm.observe
swarm.observe = lambda: looks.append(threading.current_thread().name) or observe()
record = recorder.shared(swarm)
"""
SEEN = """
record.look()
print(json.dumps({
    "history": [entry.at for entry in record.history], "commands": [each.text for each in record.markers],
    "services": [service.name for service in record.history[-1].services], "own looks": looks.count("swarm-recorder"),
    "machines": [each.state for each in record.history[-1].machines],
}))
"""


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarm]:
    """A simulated swarm of an owner with an odd name; data goes to a folder of its own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SWARMLAB_CLUSTER", "record")
    patch.setenv("SWARMLAB_OWNER", OWNER)
    patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    with simulator.temporary_docker_host(20), shown_by(lambda command: None):
        yield Cluster.up("record", nodes=2).ensure_swarm()
    patch.undo()


@pytest.fixture(scope="module")
def server(swarm: Swarm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


@contextmanager
def following(server: JupyterServer, swarm: Swarm) -> Iterator[Follower]:
    """A follower in this process, as a kernel of that server has it."""
    follower = Follower(swarm, RecordServer(server.url, server.token, swarm.name))
    with follower:
        yield follower


def entries(server: JupyterServer, seen: int) -> list[dict]:
    """The lines of the record after that number."""
    address = f"{server.url}/swarmlab/record?cluster=record&seen={seen}"
    headers = {"Authorization": f"token {server.token}"}
    lines = []
    with requests.get(address, headers=headers, stream=True, timeout=20) as answer:
        for line in answer.iter_lines():
            body = json.loads(line)
            if "now" in body:
                break
            lines.append(body)
    return lines


def test_kernels_share_one_record(server: JupyterServer):
    with kernels(server, server.runtime, 2) as (first, second):
        first.run(FOLLOW)
        second.run(FOLLOW)
        first.run('swarm.create_service("web", image="busybox", command="sleep infinity"); swarm.converge("web")')
        seen = second.run(SEEN)
        assert seen["services"] == ["web"]
        assert [text for text in seen["commands"] if "create" in text] == [
            "docker service create --name web busybox sleep infinity"
        ]
        assert seen == first.run(SEEN)
        assert (seen["own looks"], len(seen["history"]) > 1) == (0, True)  # before the service, and with it
        # What only the server's recorder knows stands in an explanation, too.
        assert second.run('looks.clear(); swarm.explain("web"); print(json.dumps(looks))') == []
        assert seen["machines"] == ["running", "running"]
        second.run("swarm.remove_service('web')")
        first.restart()
        first.run(FOLLOW)
        again = first.run(SEEN)
        assert again["history"][: len(seen["history"])] == seen["history"]
        assert again["commands"] == [*seen["commands"], "docker service rm web"]
        assert again["own looks"] == 0


@pytest.mark.parametrize(("verb", "path"), [("GET", ""), ("POST", "/look"), ("POST", "/commands")])
def test_nothing_is_answered_without_the_token(server: JupyterServer, verb: str, path: str):
    answer = server.ask(verb, f"swarmlab/record{path}?cluster=record", {}, token="wrong")
    assert answer.status_code == 403
    assert "n" not in answer.json()


def test_a_cluster_that_cannot_be_named_is_refused_in_a_sentence(server: JupyterServer):
    answer = server.ask("POST", "swarmlab/record/look?cluster=No!")
    assert answer.status_code == 400
    assert "not a valid name" in answer.json()["message"]


def test_a_follower_sees_what_a_swarm_does_and_stops(server: JupyterServer, swarm: Swarm):
    with following(server, swarm) as follower:
        known = follower.wait(0)
        swarm.label("node1", disk="ssd")
        soon(lambda: follower.history[-1].nodes[0].labels == {"disk": "ssd"})
        assert "docker node update --label-add disk=ssd node1" in [each.text for each in follower.markers]
        assert follower.wait(0) > known
        assert follower.follows
    assert "swarm-recorder" not in [each.name for each in threading.enumerate()]


def test_a_connection_that_ends_is_made_again(server: JupyterServer, swarm: Swarm, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(record_client, "RECONNECT_MIN_SECONDS", 0)
    connection = RecordServer(server.url, server.token, swarm.name)
    with Follower(swarm, connection) as follower:
        connection.close()
        swarm.label("node1", again="yes")
        soon(lambda: follower.history[-1].nodes[0].labels.get("again") == "yes")
        numbers = [number for number, _entry in follower.since(0)]
        assert numbers == list(range(numbers[0], numbers[-1] + 1))
        assert follower.follows
    swarm.unlabel("node1", "again")


@pytest.mark.exhaustive("starts two servers")
def test_the_record_is_there_the_next_day(swarm: Swarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    with serving(tmp_path) as today, following(today, swarm):
        swarm.label("node2", day="one")
        before = entries(today, 0)
    with serving(tmp_path) as tomorrow, following(tomorrow, swarm) as follower:
        assert entries(tomorrow, 0)[: len(before)] == before
        assert len(before) < follower.since(0)[0][0]
        assert follower.markers == ()
    swarm.unlabel("node2", "day")


def test_without_a_server_a_kernel_records_by_itself(swarm: Swarm):
    with Follower(swarm, RecordServer("http://127.0.0.1:9/", "", swarm.name)) as follower:
        assert not follower.follows
        swarm.label("node2", alone="yes")
        soon(lambda: follower.history and follower.history[-1].nodes[1].labels == {"alone": "yes"})
        assert [each.text for each in follower.markers] == ["docker node update --label-add alone=yes node2"]
    swarm.unlabel("node2", "alone")


@pytest.mark.exhaustive("starts a server to end it")
def test_a_follower_goes_on_by_itself_when_its_server_ends(swarm: Swarm, tmp_path: Path):
    with serving(tmp_path) as server:
        follower = Follower(swarm, RecordServer(server.url, server.token, swarm.name))
        follower.start()
        known = follower.wait(0)
    swarm.label("node1", alone="yes")
    soon(lambda: follower.history[-1].nodes[0].labels.get("alone") == "yes")
    follower.stop()
    assert not follower.follows
    assert follower.wait(0) > known
    swarm.unlabel("node1", "alone")


def test_a_cluster_that_is_removed_and_made_again_is_seen(server: JupyterServer, swarm: Swarm):
    with following(server, Cluster.named("again").swarm()) as follower:
        cluster = Cluster.up("again", nodes=1)
        cluster.ensure_swarm()
        soon(lambda: isinstance(follower.history[-1], Observation))
        cluster.down()
        soon(lambda: not isinstance(follower.history[-1], Observation))
        Cluster.up("again", nodes=1).ensure_swarm()
        soon(lambda: isinstance(follower.history[-1], Observation))
        Cluster.adopt("again").down()
