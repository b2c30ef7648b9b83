"""Why a task is pending, and the cure that is named."""

from dataclasses import replace

import pytest
from support.api_bodies import node, seen, service, task
from support.web_observations import NODES, look

from swarmkit_helpers.display.explain import explain

PLACE = ("node.labels.disk==ssd",)


def test_pending_for_want_of_a_label_and_its_cure():
    text = explain("web", [look({1: None}, 1, constraints=PLACE, error="no suitable node (...)")]).text
    assert (
        'web.1 is pending: 3 nodes do not meet node.labels.disk==ssd. Fix: swarm.label("node1", disk="ssd")'
    ) in text


def test_the_trap_of_a_pending_task_that_is_never_tried_again():
    able = (node("node1"), node("node2", labels={"disk": "ssd"}), node("node3"))
    how = {"constraints": PLACE, "error": "no suitable node (...)", "nodes": able}
    stale = explain("web", [look({1: None}, 100, updated="2026-11-23T05:00:00Z", **how)]).text
    assert "out of date" in stale
    assert 'swarm.rebalance("web")' in stale
    assert "about to be placed" in explain("web", [look({1: None}, 100, **how)]).text


@pytest.mark.parametrize(
    ("nodes", "says"),
    [
        ([node(name, availability="pause") for name in NODES], 'swarm.activate("node1")'),
        ([node(name, state="down") for name in NODES], "bring node1 back"),
        ([], "has no node"),
    ],
)
def test_pending_for_want_of_nodes(nodes, says):
    now = look({1: None}, error="no suitable node (...)")
    record = seen(nodes=nodes).nodes if nodes else ()
    assert says in explain("web", [replace(now, nodes=record)]).text


def test_the_cures_fit_what_was_asked_for():
    body = service("web", replicas=1, constraints=["node.labels.com.disk==ssd"])
    now = seen(services=[body], tasks=[task(1, None, "pending") | {"Spec": body["Spec"]["TaskTemplate"]}])
    assert 'Fix: swarm.label("node2", **{"com.disk": "ssd"})' in explain("web", [now]).text
    for reserved, cure in (
        ({"NanoCPUs": 10**12}, 'swarm.update_service("web", reserve_cpus=...), or'),
        ({"GenericResources": [{"DiscreteResourceSpec": {"Kind": "gpu", "Value": 2}}]}, "ask for fewer of gpu, or"),
    ):
        greedy = task(1, None, "pending") | {"Spec": {"Resources": {"Reservations": reserved}}}
        assert cure in explain("web", [seen(services=[service("web", replicas=1)], tasks=[greedy])]).text


@pytest.mark.parametrize(
    ("holder", "cure"),
    [
        ("web", "add a node, or ask for fewer replicas"),
        ("other", "publish another port with swarm.update_service("),
    ],
)
def test_who_holds_the_port_makes_a_difference_to_the_cure(holder, cure):
    bodies = [service("web", replicas=2), service("other", replicas=1)]
    for body in bodies:
        body["Spec"]["EndpointSpec"] = {"Ports": [{"PublishMode": "host", "PublishedPort": 80, "TargetPort": 80}]}
    tasks = [task(1, "node1", service=holder), task(2, None, "pending")]
    now = seen(nodes=[node("node1")], services=bodies, tasks=tasks)
    assert f"the port is taken on 1 node. Fix: {cure}" in explain("web.2", [now]).text


def test_the_cure_for_a_new_task_that_has_no_room_beside_the_old_one():
    port = {"Ports": [{"PublishMode": "host", "PublishedPort": 8080, "TargetPort": 80}]}
    body = service("web", replicas=3, update="updating")
    body["Spec"]["EndpointSpec"] = port
    tasks = [task(slot, name) for slot, name in enumerate(NODES, 1)]
    tasks = [each | {"Spec": body["Spec"]["TaskTemplate"], "ID": each["Slot"] * "x"} for each in tasks]
    new = task(3, None, "pending", error="no suitable node (...)") | {"Spec": body["Spec"]["TaskTemplate"]}
    text = explain("web", [seen(services=[body], tasks=[*tasks, new])]).text
    assert 'swarm.update_service("web", update_order="stop-first"), or add a node' in text
    assert "fewer replicas" not in text
