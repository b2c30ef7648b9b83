"""Reading, asking in a way that cannot be meant, and reaching a swarm."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from swarmkit_helpers import BadInput, Cluster, EngineUnavailable, NotFound, NotInSwarm, Refused, Swarm
from swarmkit_helpers.engine.api import EngineAPI
from swarmkit_helpers.engine.discover import Engine

SLEEP = {"image": "busybox", "command": "sleep 1000", "stop_grace_period": 0}


class Counted:
    """A manager's API, and what is asked of it here: other threads, such as recorders, ask the API itself."""

    def __init__(self, api: EngineAPI) -> None:
        self._api = api
        self.asked: list[tuple[str, ...]] = []

    def get(self, *path: str, **query: Any) -> Any:
        self.asked.append(path)
        return self._api.get(*path, **query)


def test_an_observation_is_three_requests(swarm: Swarm, cluster: Cluster) -> None:
    manager = Counted(cluster.api("node1"))
    seen = Swarm(lambda: manager, "counted").observe()
    assert manager.asked == [("tasks",), ("services",), ("nodes",)]
    assert [node.name for node in seen.nodes] == ["node1", "node2", "node3"]


def test_reads_agree(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, replicas=2)
    swarm.converge()
    seen = swarm.observe()
    assert seen.nodes == tuple(swarm.nodes())
    assert seen.service("sleep-app").replicas == swarm.service("sleep-app").replicas == 2
    assert [task.id for task in seen.tasks_of("sleep-app")] == [task.id for task in swarm.tasks("sleep-app")]
    assert swarm.node("node1").leader
    assert swarm.node(swarm.node("node2").id).name == "node2"
    assert [service.name for service in swarm.services()] == ["sleep-app"]


def test_logs_name_the_task_and_its_node(swarm: Swarm) -> None:
    swarm.create_service(
        "talk", "busybox", "sh -c 'echo first; echo second >&2; sleep 1000'", replicas=2, stop_grace_period=0
    )
    swarm.converge("talk")
    at = {task.name: f"{task.name}@{task.node}" for task in swarm.tasks("talk")}
    lines = swarm.logs("talk").splitlines()
    assert sorted(lines) == sorted(f"{at[name]} | {word}" for name in at for word in ("first", "second"))
    assert len(swarm.logs("talk", tail=1).splitlines()) == 2


def test_logs_answer_while_a_node_stands_still(swarm: Swarm, cluster: Cluster) -> None:
    swarm.create_service("talk", **SLEEP | {"command": ["sh", "-c", "echo here; sleep 1000"]}, replicas=3)
    swarm.converge()
    cluster.pause("node3")
    try:
        *lines, missing = swarm.logs("talk").splitlines()
    finally:
        cluster.unpause("node3")
    assert {line.partition(" | ")[2] for line in lines} == {"here"}
    assert missing.startswith("(")
    assert "node3" in missing


def test_a_network_of_its_own(swarm: Swarm) -> None:
    swarm.create_network("private", attachable=True)
    assert "private" in swarm.networks()
    swarm.create_service("sleep-app", **SLEEP, networks=["private"])
    with pytest.raises(Refused):
        swarm.remove_network("private")
    swarm.remove_service("sleep-app")
    swarm.converge()
    swarm.remove_network("private")
    assert "private" not in swarm.networks()


@pytest.mark.parametrize(
    ("request_", "error", "says"),
    [
        (lambda swarm: swarm.scale("wbe", 2), NotFound, "no service is called 'wbe'; this swarm has: monitor, web"),
        (
            lambda swarm: swarm.drain("node9"),
            NotFound,
            "no node is called 'node9'; this swarm has: node1, node2, node3",
        ),
        (lambda swarm: swarm.tasks("wbe"), NotFound, "no service is called 'wbe'"),
        (lambda swarm: swarm.wait_for_node("node9"), NotFound, "no node is called 'node9'"),
        (lambda swarm: swarm.wait_for_node("node1", "fine"), BadInput, "state='fine' is not a valid value"),
        (lambda swarm: swarm.scale("web", -1), BadInput, "replicas=-1 is not a valid value"),
        (lambda swarm: swarm.scale("web", "7"), BadInput, "replicas='7' is not a valid value"),
        (lambda swarm: swarm.scale("web", 10**6), BadInput, "replicas=1000000 is not a valid value"),
        (lambda swarm: swarm.scale("monitor", 2), BadInput, "'monitor' is a global service"),
        (lambda swarm: swarm.create_service("web", "busybox"), Refused, "there is a service called 'web' already"),
        (
            lambda swarm: swarm.create_service("my web", "busybox"),
            BadInput,
            "'my web' is not a valid name for a service",
        ),
        (lambda swarm: swarm.create_service("new", "busybox", networks=["nowhere"]), NotFound, "no network is called"),
        (lambda swarm: swarm.update_service("web", constraints=["node.role=worker"]), BadInput, "neither == nor !="),
        (lambda swarm: swarm.update_service("web", mode="global"), BadInput, "mode of a service cannot change"),
        (lambda swarm: swarm.rollback("web"), Refused, "there is nothing to go back to"),
        (lambda swarm: swarm.demote("node1"), Refused, "attempting to demote the last manager of the swarm"),
        (lambda swarm: swarm.remove_node("node2"), Refused, "is not down and can't be removed"),
        (lambda swarm: swarm.label("node1", rack=None), BadInput, "'rack': None} is not a valid value"),
        (lambda swarm: swarm.unlabel("node1", "rack"), NotFound, "node1 has no label 'rack'; it has: none"),
        (lambda swarm: swarm.update_service("web", limit_memory=1000), Refused, "Must be at least 4MiB"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(cluster: Cluster, request_, error, says, services) -> None:
    with pytest.raises(error, match=says) as raised:
        request_(cluster.swarm())
    assert raised.value.fix


@pytest.fixture(scope="module")
def services(cluster: Cluster) -> None:
    """A replicated and a global service, and nothing else."""
    swarm = cluster.ensure_swarm()
    for service in swarm.services():
        swarm.remove_service(service.name)
    swarm.create_service("web", **SLEEP, replicas=0)
    swarm.create_service("monitor", **SLEEP, mode="global")


def test_another_manager_is_asked_when_the_last_does_not_answer(cluster: Cluster, swarm: Swarm) -> None:
    managers = iter([cluster.api("node2"), cluster.api("node1")])  # the first is none
    assert len(Swarm(lambda: next(managers), "course").nodes()) == 3


def test_connecting_to_a_swarm_that_is_there(manager_socket: str, swarm: Swarm) -> None:
    connected = Swarm.connect(manager_socket)
    connected.create_service("sleep-app", **SLEEP, replicas=2)
    connected.converge("sleep-app")
    assert [task.state for task in connected.tasks("sleep-app")] == ["running"] * 2
    assert [node.name for node in connected.nodes()] == ["node1", "node2", "node3"]


def test_connecting_by_the_name_of_a_context(
    manager_socket: str, swarm: Swarm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.json").write_text("{}")  # the Docker SDK looks for contexts beside it
    create = ["docker", "context", "create", "practice", "--docker", f"host={manager_socket}"]
    subprocess.run(create, check=True, env={"DOCKER_CONFIG": str(tmp_path), "PATH": "/usr/bin:/bin:/usr/local/bin"})
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    assert len(Swarm.connect("practice").nodes()) == 3


def test_connecting_to_what_is_no_manager(engine: Engine) -> None:
    with pytest.raises(NotInSwarm, match="does not manage a swarm"):
        Swarm.connect(engine.url)
    with pytest.raises(EngineUnavailable):
        Swarm.connect("unix:///nowhere/docker.sock")
    with pytest.raises(BadInput):
        Swarm.connect("gopher://node1")
    with pytest.raises(NotFound, match="the docker context 'home' cannot be used"):
        Swarm.connect("home")


@pytest.fixture
def manager_socket(cluster: Cluster, tmp_path: Path) -> Iterator[str]:
    """The URL of a socket that leads to node1's engine, as an ssh tunnel might."""
    inside = [
        "docker",
        "--host",
        cluster.engine.url,
        "exec",
        "-i",
        cluster.machine("node1").container,
        "docker",
        "system",
        "dial-stdio",
    ]
    joined: list[subprocess.Popen] = []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:  # the test is over
                return
            with connection:
                joined.append(subprocess.Popen(inside, stdin=connection, stdout=connection))

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"unix://{tmp_path / 's'}"
    listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    listener.close()
    for process in joined:
        process.kill()
        process.wait()
