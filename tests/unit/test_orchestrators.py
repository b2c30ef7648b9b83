"""Cases in which the simulated managers showed that `predict` was wrong (tests/simulated/test_predict.py)."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from support.api_bodies import node, seen, service, task

from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.display.forecast.requests import plan_change
from swarmkit_helpers.records import Observation

NODES = ("node1", "node2", "node3")
CPU = 10**9
LATER = 1_800_000_000.0  # s since the epoch: after all that is in the bodies


def body(name: str, mode: Mapping[str, Any], **template: Any) -> dict[str, Any]:
    """A service; parts of its task template are given as such."""
    made = service(name, mode)
    made["Spec"]["TaskTemplate"] |= template
    return made


def observed(services: list[dict], tasks: list[dict], cpus: float = 4, off: str = "") -> Observation:
    nodes = [node(name, availability="drain" if name == off else "active") for name in NODES]
    now = seen(nodes=nodes, services=services, tasks=tasks)
    return replace(now, at=LATER, nodes=tuple(replace(each, cpus=cpus) for each in now.nodes))


def forecast(before: Observation, name: str | None = None, **action: Any) -> Forecast:
    return Forecast(plan_change(before, name, **action))


def test_a_global_service_whose_policy_forbids_it_gets_no_task_on_a_node_where_one_has_ended():
    web = body("web", {"Global": {}}, RestartPolicy={"Condition": "none"})
    gone = task(0, "node2", "shutdown", "shutdown")
    before = observed([web], [task(0, "node1"), gone], off="node2")
    told = forecast(before, activate="node2")
    assert told.between("node2") == (0, 0)
    assert told.between("node3") == (1, 1)  # no task was ever there
    # If that task was of another version of the service, the orchestrator makes a new one.
    gone["Spec"] = {"ContainerSpec": {"Image": "busybox:1"}}
    assert forecast(observed([web], [task(0, "node1"), gone], off="node2"), activate="node2").between("node2") == (1, 1)


def test_what_a_rolling_update_ends_makes_room_for_other_services():
    two_cpus = {"Reservations": {"NanoCPUs": 2 * CPU}}
    web = body("web", {"Replicated": {"Replicas": 1}}, Resources=two_cpus)
    db = body(
        "db", {"Replicated": {"Replicas": 1}}, Resources=two_cpus, Placement={"Constraints": ["node.hostname==node2"]}
    )
    waiting = task(1, None, "pending", service="db", error="no suitable node (...)")
    before = observed([web, db], [task(1, "node2"), waiting], cpus=2)
    told = forecast(before, "web", constraint="node.hostname!=node2")
    assert told.between("node2", "db") == (1, 1)
    assert told.pending("db") == (0, 0)
    after = observed([web, db], [task(1, "node3"), task(1, "node2", service="db")], cpus=2)
    assert told.allows(after)
    assert not told.allows(observed([web, db], [task(1, "node3"), waiting], cpus=2))


def test_a_blocked_update_leaves_the_slots_it_has_not_reached_as_they_are():
    web = body("web", {"Replicated": {"Replicas": 3}}, RestartPolicy={"Condition": "none"})
    ended = [task(slot, "node1", "shutdown", "shutdown") for slot in (1, 2, 3)]
    told = forecast(observed([web], ended), constraint="node.labels.disk==ssd")
    assert told.pending("web") == (1, 1)  # one at a time, and the first finds no node


def test_each_place_in_an_update_is_blocked_by_a_task_of_its_own():
    web = body("web", {"Replicated": {"Replicas": 3}}, Resources={"Reservations": {"NanoCPUs": 2 * CPU}})
    web["Spec"]["UpdateConfig"] = {"Parallelism": 2}
    before = observed([web], [task(slot, "node1") for slot in (1, 2, 3)], cpus=6)
    small = replace(before, nodes=tuple(replace(each, cpus=6 if each.name == "node1" else 2) for each in before.nodes))
    told = forecast(small, constraint="node.hostname==node3")
    # One finds room on node3; the place it leaves in the update is taken by the third.
    assert told.between("node3") == (1, 1)
    assert told.between("node1") == (0, 0)
    assert told.pending("web") == (2, 2)


def test_scaling_replaces_what_a_paused_update_had_left_as_it_was():
    web = body("web", {"Replicated": {"Replicas": 2}}, ContainerSpec={"Image": "busybox:2"})
    web["UpdateStatus"] = {"State": "paused", "Message": "update paused due to failure or early termination of task x"}
    web["Spec"]["TaskTemplate"]["Placement"] = {"Constraints": ["node.hostname==node3"]}
    old = {"ContainerSpec": {"Image": "busybox:1"}, "Placement": {"Constraints": []}}
    before = observed([web], [task(1, "node1") | {"Spec": old}, task(2, "node3")])
    told = forecast(before, scale=2)
    assert told.between("node1") == (0, 0)
    assert told.between("node3") == (2, 2)


def test_a_slot_whose_last_task_cannot_be_reaped_is_not_filled_if_the_policy_forbids_it():
    web = body("web", {"Replicated": {"Replicas": 0}}, RestartPolicy={"Condition": "none"})
    before = observed([web], [task(1, "node2", "running", "remove")])
    lost = replace(
        before,
        nodes=tuple(replace(each, state="down" if each.name == "node2" else each.state) for each in before.nodes),
    )
    assert forecast(lost, scale=3).allows(observed([web], [task(2, "node1"), task(3, "node3")]))


def test_what_ends_at_the_same_moment_frees_its_places_together():
    one_cpu, two_cpus = ({"Reservations": {"NanoCPUs": number * CPU}} for number in (1, 2))
    web = body("web", {"Replicated": {"Replicas": 2}}, Resources=one_cpu)
    db = body("db", {"Replicated": {"Replicas": 1}}, Resources=two_cpus)
    api = body("api", {"Replicated": {"Replicas": 2}}, Resources=one_cpu)
    waiting = [
        task(1, None, "pending", service="db", error="no suitable node (...)"),
        *(task(slot, None, "pending", service="api", error="no suitable node (...)") for slot in (1, 2)),
    ]
    before = observed([web, db, api], [task(1, "node1"), task(2, "node1"), *waiting], cpus=2)
    alone = replace(before, nodes=before.nodes[:1])
    told = forecast(alone, "web", scale=0)
    assert told.allows(observed([web, db, api], [task(1, "node1", service="db")]))
    assert told.allows(observed([web, db, api], [task(slot, "node1", service="api") for slot in (1, 2)]))
