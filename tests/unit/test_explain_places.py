"""What is said of a node, and of a container run by hand."""

from dataclasses import replace

import pytest
from IPython.lib.pretty import pretty
from support.api_bodies import container, node, seen, service, task

from swarmkit_helpers import NotFound
from swarmkit_helpers.display.explain import explain
from swarmkit_helpers.records import MachineState


@pytest.mark.parametrize(
    ("state", "availability", "said"),
    [
        ("ready", "active", "node2 is ready and active: it may get tasks."),
        ("ready", "pause", "node2 is paused: it keeps its tasks, and gets no others."),
        ("ready", "drain", "node2 is drained: it gets no tasks, and those that it had were stopped."),
        ("unknown", "active", "The state of node2 is unknown: it gets no tasks until its manager hears from it."),
        ("down", "drain", "node2 is down: its manager hears nothing from it, and replaces its tasks on other nodes."),
    ],
)
def test_a_state_and_what_follows_from_it(state: str, availability: str, said: str):
    assert pretty(explain("node2", [seen(nodes=[node("node1"), node("node2", state, availability)])])) == said


def test_what_runs_there_and_what_is_wrong_with_the_machine_are_notes():
    cut_off = (MachineState("m1", "node2", "disconnected", None), MachineState("m2", "node1", "exited", None))
    present = replace(
        seen(tasks=[task(1, "node2"), task(2, "node1")]), machines=cut_off, containers=(container("lonely", "node2"),)
    )
    assert explain("node2", [present]).notes == (
        "node2's machine is cut off from the network: cluster.reconnect('node2').",
        "1 task runs there: web.1.",
        "1 container there was run by hand: lonely.",
    )


def test_what_a_lost_node_had_is_not_said_to_run():
    present = seen(nodes=[node("node1"), node("node2", "down")], tasks=[task(1, "node2")])
    assert explain("node2", [present]).notes == ()


def test_a_container_run_by_hand_is_no_business_of_the_swarm():
    present = replace(seen(), containers=(container("lonely", "node2"),))
    said = explain("lonely", [present]).text
    assert said == explain(container("lonely", "node2"), [present]).text
    assert said.startswith("lonely was run by hand on node2: no service owns it.\nNo swarm knows of it")


def test_a_service_comes_before_a_node_of_its_name():
    both = seen(nodes=[node("web")], services=[service("web", replicas=0)])
    assert explain("web", [both]).text == "0 replicas of web are desired, and none runs."


def test_what_has_no_such_name_is_still_not_found():
    with pytest.raises(NotFound, match="no service and no task is called 'node9'"):
        explain("node9", [seen()])
