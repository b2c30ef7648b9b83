"""The sentence says what runs where, what does not and why, and which nodes are not as usual."""

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.display.summary import sentence

THREE = [task(1, "node1"), task(2, "node2"), task(3, "node1")]
FULL = "no suitable node (3 nodes not available for new tasks)"


def test_how_many_run_and_where():
    assert sentence(seen(services=[service(replicas=3)], tasks=THREE)) == (
        "web: 3 of 3 replicas run, 2 on node1, 1 on node2."
    )


def test_one_replica():
    assert sentence(seen(services=[service(replicas=1)], tasks=THREE[:1])) == "web: 1 of 1 replica runs, 1 on node1."


def test_why_some_do_not_run():
    waiting = [task(number, None, "pending", error=FULL) for number in (4, 5)]
    assert sentence(seen(services=[service(replicas=5)], tasks=[*THREE, *waiting])) == (
        f"web: 3 of 5 replicas run, 2 on node1, 1 on node2; 2 are pending ({FULL})."
    )


def test_a_drained_node_is_named_and_so_are_the_tasks_that_leave_it():
    nodes = [node("node1", role="manager"), node("node2", availability="drain")]
    told = sentence(
        seen(
            nodes=nodes,
            tasks=[task(1, "node1"), task(2, "node2", "running", "shutdown"), task(2, "node1", "ready", "ready")],
        )
    )
    assert told == ("web: 1 of 2 replicas run, 1 on node1; 1 is ready; 1 task is stopping on node2. node2 is drained.")


@pytest.mark.parametrize(
    ("state", "availability", "told"),
    [
        ("down", "active", "node2 is down."),
        ("down", "drain", "node2 is down. node2 is drained."),
        ("ready", "pause", "node2 is paused."),
        ("unknown", "active", "The state of node2 is unknown."),
    ],
)
def test_nodes_that_are_not_as_usual(state: str, availability: str, told: str):
    nodes = [node("node1", role="manager"), node("node2", state, availability)]
    assert sentence(seen(nodes=nodes, services=[])) == f"2 nodes and no service. {told}"


def test_what_a_dead_node_ran_does_not_count_and_does_not_stop():
    nodes = [node("node1", role="manager"), node("node2", "down")]
    told = sentence(
        seen(
            nodes=nodes, tasks=[task(1, "node1"), task(2, "node2", "running", "shutdown"), task(2, "node1", "running")]
        )
    )
    assert told == "web: 2 of 2 replicas run, 2 on node1. node2 is down."


def test_other_kinds_of_services():
    everywhere = service("agent", mode={"Global": {}})
    told = sentence(seen(services=[everywhere], tasks=[task(0, name, service="agent") for name in ("node1", "node2")]))
    assert told == "agent runs on 2 nodes: node1, node2."
    job = service("sum", mode={"ReplicatedJob": {"TotalCompletions": 2}}, iteration=0)
    told = sentence(seen(services=[job], tasks=[task(1, "node1", "complete", "complete", service="sum")]))
    assert told == "sum: 1 task of the job is complete, 0 run."


def test_an_update_is_mentioned():
    told = sentence(seen(services=[service(update="updating")], tasks=THREE[:2]))
    assert told == "web: 2 of 2 replicas run, 1 on node1, 1 on node2; an update is going on."


def test_one_service_of_several_and_none():
    two = seen(services=[service(replicas=1), service("db", replicas=0)], tasks=THREE[:1])
    assert sentence(two) == "db: 0 of 0 replicas run. web: 1 of 1 replica runs, 1 on node1."
    assert sentence(two, "web") == "web: 1 of 1 replica runs, 1 on node1."
    assert sentence(two, "wbe") == "There is no service wbe."


def test_what_a_removed_service_leaves():
    assert sentence(seen(services=[], tasks=[task(1, "node1", "running", "remove")])) == (
        "3 nodes and no service. 1 task of a removed service is stopping."
    )


def test_many_services_are_summed_up():
    names = [f"service{number}" for number in range(9)]
    told = sentence(
        seen(
            services=[service(name, replicas=1) for name in names],
            tasks=[task(1, "node1", service=name) for name in names[:8]] + [task(1, None, "pending", service=names[8])],
        )
    )
    assert told == "9 services: 8 of 9 wanted tasks run."
