"""What the controls say of replicas, nodes and machines; nothing in it can break the page."""

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.errors import NoQuorum
from swarmkit_helpers.machine import Machine
from swarmkit_helpers.notebook.controls import texts

TASKS = [task(1, "node1"), task(2, "node2"), task(3, None, "pending")]
GLOBAL = seen(services=[service(mode={"Global": {}})])


def test_replicas_in_words():
    assert texts.replicas(seen(services=[service(replicas=3)], tasks=TASKS), "web") == (
        "3 replicas are asked for, 2 run."
    )
    assert texts.replicas(seen(services=[service(replicas=1)]), "web") == "1 replica is asked for, 0 run."
    assert texts.replicas(seen(), "wbe") == "There is no service called wbe now."
    assert "global" in texts.replicas(GLOBAL, "web")


def test_a_node_in_words():
    state = seen(nodes=[node("node1", role="manager"), node("node2", state="down")], tasks=TASKS)
    assert texts.node(state.node("node1"), texts.running_on(state, "node1")) == "manager · ready · 1 task runs"
    assert "▲ down" in texts.node(state.node("node2"), 0)
    assert texts.running_on(state, "node2") == 0  # the swarm cannot know
    assert texts.running_on(state, "node9") == 0


def test_a_task_that_is_stopping_does_not_count_as_running():
    drained = seen(
        nodes=[node("node1", role="manager"), node("node2", availability="drain")],
        services=[service(replicas=1)],
        tasks=[task(1, "node2", "running", "shutdown"), task(1, "node1", "preparing")],
    )
    assert texts.replicas(drained, "web") == "1 replica is asked for, 0 run."
    assert texts.running_on(drained, "node2") == 0


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("running", ("kill", "pause", "disconnect")),
        ("exited", ("start", None, None)),
        ("paused", (None, "unpause", None)),
        ("disconnected", (None, None, "reconnect")),
    ],
)
def test_what_can_be_done_to_a_machine(state: str, verbs: tuple):
    machine = Machine("course", "node2", state, "10.0.0.12", "swarmlab-course-node2", "image", "reduced")
    assert texts.VERBS[machine.state] == verbs
    assert state in texts.machine(machine)
    assert ("▲" in texts.machine(machine)) == (state != "running")


def test_what_is_said_is_text_and_never_markup():
    assert "<b>" not in texts.command(["$ docker <b>"], "done")
    assert "<i>" not in texts.problem("no <i>", "use <i>")
    assert "<i>" not in texts.absence("gone", "<i>")


def test_an_absence_does_not_repeat_the_fix():
    gone = str(NoQuorum("no leader", "bring managers back"))
    assert "bring" not in texts.absence("No engine answers now", gone)
    assert "managers back" not in texts.no_manager(gone, None)


def test_where_no_manager_answers_it_says_which_machine_to_start():
    three = seen(nodes=[node(f"node{number}", role="manager") for number in (1, 2, 3)])
    assert "cluster.start(&quot;node1&quot;)" in texts.no_manager("away", seen())
    assert "node2" not in texts.no_manager("away", seen())
    assert "most of node1, node2, node3" in texts.no_manager("away", three)
    assert "Setup" in texts.no_manager("away", None)


def test_a_manager_that_has_told_only_its_id_is_not_named():
    new = node("node2", role="manager")
    new["Description"]["Hostname"] = ""
    state = seen(nodes=[node("node1", role="manager"), new])
    assert {each.name for each in state.nodes} == {"node1", "id-node2"}
    assert "Bring node1 back" in texts.no_manager("away", state)
