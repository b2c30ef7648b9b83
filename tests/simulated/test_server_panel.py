"""The panel's part of Jupyter's server: the state, requests that act at once, and explanations."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from support.jupyter_server import JupyterServer, serving

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.engine import simulator

Json = dict[str, Any]


@pytest.fixture(scope="module")
def swarm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Swarm]:
    """A swarm of three nodes on a simulated engine, with two tasks of one service; its record begins empty."""
    patch = pytest.MonkeyPatch()
    patch.setenv("JUPYTER_DATA_DIR", str(tmp_path_factory.mktemp("data")))
    patch.setenv("SWARMLAB_CLUSTER", "panel")
    with simulator.temporary_docker_host(20):
        made = Cluster.up("panel", nodes=3).ensure_swarm()
        made.create_service("app", "busybox", "sleep infinity", replicas=2, stop_grace_period=0)
        made.converge()
        yield made
    patch.undo()


@pytest.fixture(scope="module")
def server(swarm: Swarm, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    with serving(tmp_path_factory.mktemp("server")) as started:
        yield started


def state_when(server: JupyterServer, true: Callable[[Json], bool]) -> Json:
    """The first state of which that is true; each question waits for a change, as the panel's do."""
    number = -1
    for _change in range(60):
        state = server.ask("GET", f"swarmlab/panel/state?after={number}").json()
        if true(state):
            return state
        number = state["number"]
    raise AssertionError(state)


def running(state: Json) -> int:
    return sum(task["kind"] == "running" for node in state["nodes"] for task in node["tasks"])


def request(server: JupyterServer, **wanted: object) -> Json:
    return server.ask("POST", "swarmlab/panel/request", wanted).json()


def marks(state: Json, node: str) -> list[str]:
    [found] = [each for each in state["nodes"] if each["name"] == node]
    return [mark["word"] for mark in found["marks"]]


def test_the_state_has_the_nodes_and_their_tasks_in_reading_order(server: JupyterServer):
    state = state_when(server, lambda state: running(state) == 2)
    assert [node["name"] for node in state["nodes"]] == ["node1", "node2", "node3"]
    assert state["nodes"][0]["facts"] == "manager, leader"
    assert state["sentence"].startswith("app: 2 of 2 replicas run")
    assert sorted(task["service"] + task["slot"] for node in state["nodes"] for task in node["tasks"]) == [
        "app.1",
        "app.2",
    ]
    [service] = state["services"]
    assert (service["name"], service["replicas"], service["text"]) == ("app", 2, "2 of 2 run")


def test_a_request_acts_and_its_command_stands_on_the_record(server: JupyterServer):
    state_when(server, lambda state: running(state) == 2)
    assert request(server, verb="scale", service="app", replicas=5) == {"commands": ["$ docker service scale app=5"]}
    assert state_when(server, lambda state: running(state) == 5)["command"] == "$ docker service scale app=5"
    assert request(server, verb="drain", node="node2") == {
        "commands": ["$ docker node update --availability drain node2"]
    }
    emptied = state_when(server, lambda state: running(state) == 5 and not state["nodes"][1]["tasks"])
    assert marks(emptied, "node2") == ["ready", "drain"]
    request(server, verb="active", node="node2")
    state_when(server, lambda state: marks(state, "node2") == ["ready"])


@pytest.mark.parametrize("replicas", [-2, 2.5, 999])
def test_a_wrong_number_of_replicas_is_refused_and_nothing_is_sent(server: JupyterServer, replicas: float):
    refused = request(server, verb="scale", service="app", replicas=replicas)
    assert refused["commands"] == []
    assert str(replicas) in refused["problem"]
    assert refused["fix"] == "choose a whole number from 0 to 200"


def test_a_machine_is_broken_and_mended(server: JupyterServer):
    assert request(server, verb="freeze", node="node3")["commands"][0].startswith("$ docker pause ")
    frozen = state_when(server, lambda state: "frozen" in marks(state, "node3"))
    faults = frozen["nodes"][2]["menu"][-1]
    assert [item["request"] and item["request"]["verb"] for item in faults] == [None, "unfreeze", None]
    refused = request(server, verb="kill", node="node3")
    assert "node3 is paused" in refused["problem"]
    assert refused["fix"]
    request(server, verb="unfreeze", node="node3")
    state_when(server, lambda state: marks(state, "node3") == ["ready"])


def test_a_container_run_by_hand_is_seen_and_explained(server: JupyterServer):
    def by_hand(state: Json) -> list[Json]:
        return [task for task in state["nodes"][2]["tasks"] if task.get("byHand") and task["kind"] == "running"]

    cluster = Cluster.adopt("panel")
    cluster.sh("node3", "docker run -d --name lonely busybox sleep infinity")

    [lonely] = by_hand(state_when(server, lambda state: bool(by_hand(state))))
    html = server.ask("GET", f"swarmlab/panel/explain?task={lonely['id']}").json()["html"]
    assert "lonely was run by hand on node3" in html
    cluster.sh("node3", "docker rm --force lonely")
    state_when(server, lambda state: not by_hand(state))


def test_a_task_is_explained(server: JupyterServer):
    state = state_when(server, lambda state: running(state) > 1)
    task = next(task for node in state["nodes"] for task in node["tasks"])
    html = server.ask("GET", f"swarmlab/panel/explain?task={task['id']}").json()["html"]
    assert f"{task['service']}{task['slot']} is running" in html
    gone = server.ask("GET", "swarmlab/panel/explain?task=<b>").json()["html"]
    assert "<b>" not in gone


@pytest.mark.parametrize("wanted", [{}, {"verb": "rm"}, {"verb": "kill", "node": "../x"}, {"verb": ["kill"]}])
def test_an_unknown_request_is_refused_in_a_sentence(server: JupyterServer, wanted: Json):
    assert "the panel knows no such request" in request(server, **wanted)["problem"]


@pytest.mark.parametrize("path", ["texts", "state", "explain?task=app.1"])
def test_who_has_no_token_learns_nothing(server: JupyterServer, path: str):
    assert server.ask("GET", f"swarmlab/panel/{path}", token="wrong").status_code == 403


def test_who_has_no_token_changes_nothing(server: JupyterServer, swarm: Swarm):
    wanted = {"verb": "drain", "node": "node1"}
    assert server.ask("POST", "swarmlab/panel/request", wanted, token="wrong").status_code == 403
    assert swarm.node("node1").availability == "active"


def test_the_record_is_replayed_as_it_was(server: JupyterServer):
    before = state_when(server, lambda state: running(state) > 1)
    number = server.ask("GET", "swarmlab/panel/moments").json()["last"]
    request(server, verb="scale", service="app", replicas=running(before) + 2)
    state_when(server, lambda state: running(state) == running(before) + 2)
    moments = server.ask("GET", "swarmlab/panel/moments").json()
    assert moments["commands"][-1]["text"] == f"$ docker service scale app={running(before) + 2}"
    then = server.ask("GET", f"swarmlab/panel/state?at={number}").json()
    assert (then["sentence"], running(then)) == (before["sentence"], running(before))
    assert [node["menu"] for node in then["nodes"]] == [[], [], []]  # nothing can be asked of the past
    task = then["nodes"][0]["tasks"][0]
    html = server.ask("GET", f"swarmlab/panel/explain?task={task['id']}&at={number}").json()["html"]
    assert f"<b>app{task['slot']}</b>" in html


def test_the_panel_names_the_clusters_that_it_does_not_show(server: JupyterServer, swarm: Swarm):
    second = Cluster.up("second", nodes=1)
    swarm.scale("app", 3)
    told = "You see the cluster panel. There are others: second."
    assert state_when(server, lambda state: "second" in state["others"])["others"].startswith(told)
    second.down()
