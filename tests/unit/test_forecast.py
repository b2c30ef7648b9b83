"""What a forecast allows: the rules of facts/swarm.md, section 2, one after the other."""

import time
from collections.abc import Mapping
from dataclasses import replace

import pytest
from IPython.lib.pretty import pretty
from support.api_bodies import node, seen, service, task

from swarmkit_helpers import BadInput, NotFound
from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.display.forecast.requests import plan_change
from swarmkit_helpers.records import Observation

NODES = ("node1", "node2", "node3")


def swarm(
    *,
    replicas: int | None = None,
    off: str = "",
    policy: str = "any",
    constraints: tuple[str, ...] = (),
    **counts: Mapping[str, int],
) -> Observation:
    """Services with so many tasks by node: web={"node1": 2}; the last node of `off` is drained."""
    nodes = [
        node(name, role="manager" if name == "node1" else "worker", availability="drain" if name == off else "active")
        for name in NODES
    ]
    services, tasks = [], []
    for name, places in counts.items():
        body = service(name, replicas=sum(places.values()) if replicas is None else replicas)
        body["Spec"]["TaskTemplate"]["RestartPolicy"] = {"Condition": policy}
        body["Spec"]["TaskTemplate"]["Placement"] = {"Constraints": list(constraints)}
        body["UpdatedAt"] = body["CreatedAt"]
        services.append(body)
        where = [place for place, number in places.items() for _each in range(number)]
        tasks += [task(slot, place, service=name) for slot, place in enumerate(where, 1)]
    # Later than the tasks: what is asked for now is asked for after they were made.
    return replace(seen(nodes=nodes, services=services, tasks=tasks), at=1_800_000_000.0)


def forecast(before: Observation, service: str | None = None, **action: object) -> Forecast:
    return Forecast(plan_change(before, service, **action))


@pytest.mark.parametrize(
    ("places", "allowed"),
    [
        ({"node1": 2, "node2": 3, "node3": 2}, True),
        ({"node1": 2, "node2": 2, "node3": 3}, True),
        ({"node1": 3, "node2": 2, "node3": 2}, False),  # the first round stays on the last of the empty ones
        ({"node1": 2, "node2": 2, "node3": 2}, False),
    ],
)
def test_scaling_up_fills_the_emptiest_by_the_real_algorithm(places, allowed):
    told = forecast(swarm(web={"node1": 1}), scale=7)
    assert told.allows(swarm(web=places)) is allowed
    assert told.between("node1") == (2, 2)
    assert told.between("node2") == (2, 3)
    assert "for 2 of these nodes chance decides which has how many" in told.sentence


def test_scaling_down_takes_where_most_are_and_is_certain():
    told = forecast(swarm(web={"node1": 3, "node2": 2, "node3": 2}), scale=4)
    assert [told.between(name) for name in NODES] == [(2, 2), (1, 1), (1, 1)]
    assert "chance" not in told.sentence


def test_draining_replaces_elsewhere_and_never_moves_the_others():
    told = forecast(swarm(web={"node1": 2, "node2": 1, "node3": 1}), drain="node2")
    assert told.allows(swarm(web={"node1": 2, "node3": 2}, off="node2"))
    assert not told.allows(swarm(web={"node1": 3, "node3": 1}, off="node2"))
    assert not told.allows(swarm(web={"node1": 2, "node2": 1, "node3": 1}, off="node2"))


def test_draining_what_is_drained_is_told_as_such():
    told = forecast(swarm(web={"node1": 2, "node3": 2}, off="node2"), drain="node2")
    assert told.sentence.startswith("The availability of node2 is drain already.")


def test_draining_replaces_nothing_whose_restart_policy_forbids_it():
    told = forecast(swarm(web={"node1": 1, "node2": 1}, policy="none"), drain="node2")
    assert told.allows(swarm(web={"node1": 1}, off="node2"))
    assert told.sentence.startswith("Each task on node2 ends; but the tasks of web are not replaced.")


def test_two_services_on_a_drained_node_are_placed_in_either_order_and_see_each_other():
    told = forecast(swarm(web={"node1": 1, "node2": 1}, db={"node1": 1, "node2": 1}), drain="node2")
    # Both find node3 without any task of theirs.
    assert told.allows(swarm(web={"node1": 1, "node3": 1}, db={"node1": 1, "node3": 1}, off="node2"))
    assert not told.allows(swarm(web={"node1": 2}, db={"node1": 1, "node3": 1}, off="node2"))
    tied = forecast(swarm(web={"node2": 1}, db={"node2": 1}), drain="node2")
    assert tied.allows(swarm(web={"node1": 1}, db={"node3": 1}, off="node2"))
    assert not tied.allows(swarm(web={"node1": 1}, db={"node1": 1}, off="node2"))  # the second sees the first's total


@pytest.mark.parametrize("action", [{"activate": "node2"}, {"add_node": True}])
def test_a_node_that_comes_gets_nothing(action):
    before = swarm(web={"node1": 2, "node3": 2}, off="node2")
    told = forecast(before, **action)
    assert told.allows(before)
    assert told.between("node2") == told.between("node4") == (0, 0)
    assert not told.allows(swarm(web={"node1": 2, "node2": 1, "node3": 1}))


def test_a_constraint_replaces_only_what_no_longer_fits_one_after_the_other():
    told = forecast(swarm(web={"node1": 2, "node2": 1, "node3": 1}), constraint="node.role==worker")
    assert told.allows(swarm(web={"node2": 2, "node3": 2}))
    assert not told.allows(swarm(web={"node2": 3, "node3": 1}))


def test_a_constraint_that_no_node_meets_stops_the_update_at_its_first_task():
    told = forecast(swarm(web={"node1": 1, "node2": 1}), constraint="node.labels.disk==ssd")
    assert told.allows(swarm(web={"node1": 1}))
    assert told.allows(swarm(web={"node2": 1}))
    assert not told.allows(swarm(web={}))
    assert told.pending("web") == (1, 1)


def test_a_slot_that_was_to_stay_empty_is_filled_when_the_constraint_would_not_let_its_task_be_there():
    before = swarm(web={"node1": 1, "node2": 1}, policy="none")
    gone = replace(before.tasks[1], state="shutdown", desired_state="shutdown")
    told = forecast(replace(before, tasks=(before.tasks[0], gone)), constraint="node.labels.disk==ssd")
    # The one that is tried first has no place, and holds up the other.
    assert told.allows(swarm(web={"node1": 1}))
    assert told.allows(swarm(web={}))
    assert forecast(replace(before, tasks=(before.tasks[0], gone)), constraint="node.role!=x").pending("web") == (0, 0)


def pending(updated: str | None = None) -> Observation:
    """A service with one task that no node fits, and node2 drained; it was changed at that time."""
    body = service("picky", replicas=1, constraints=["node.hostname==node2"])
    if updated:
        body |= {"UpdatedAt": updated, "PreviousSpec": {}}
    waiting = task(1, None, state="pending", service="picky", error="no suitable node (...)")
    waiting["Spec"] = body["Spec"]["TaskTemplate"]
    nodes = [node(name, availability="drain" if name == "node2" else "active") for name in NODES]
    return replace(seen(nodes=nodes, services=[body], tasks=[waiting]), at=1_800_000_000.0)


def test_what_is_pending_is_placed_when_a_node_comes():
    assert forecast(pending(), activate="node2").between("node2") == (1, 1)


def test_what_is_pending_of_an_older_version_is_not_tried_again():
    told = forecast(pending("2026-11-23T05:00:00Z"), activate="node2")
    assert told.between("node2") == (0, 0)
    assert 'swarm.rebalance("picky")' in told.sentence


def test_what_ends_makes_room_for_others_only_once_it_has_gone():
    before = swarm(web={"node1": 2}, off="node3")
    web = replace(before.services[0], spec=_reserving(before.services[0].spec, 10))
    small = tuple(replace(each, memory=25) for each in before.nodes)
    tasks = tuple(replace(each, spec=web.spec["TaskTemplate"]) for each in before.tasks)
    db = replace(pending().services[0], name="db", constraints=(), spec=_reserving(web.spec, 20))
    waiting = replace(pending().tasks[0], service="db", spec=db.spec["TaskTemplate"])
    full = replace(
        before,
        nodes=tuple(replace(each, availability="drain") if each.name != "node1" else each for each in small),
        services=(db, web),
        tasks=(waiting, *tasks),
    )
    told = forecast(full, "web", scale=0)
    assert told.change.reconciliation.releases
    assert told.between("node1", "db") == (1, 1)
    assert forecast(full, "web", scale=1).between("node1", "db") == (0, 0)


def _reserving(spec: dict, memory: int) -> dict:
    template = spec["TaskTemplate"] | {"Resources": {"Reservations": {"MemoryBytes": memory}}}
    return dict(spec) | {"TaskTemplate": template}


def test_the_stored_text_names_no_node_of_chance():
    told = forecast(swarm(web={"node1": 1}), scale=7)
    assert pretty(told) == told.sentence
    assert "3, 2, 2" in told.sentence
    assert not any(name in told.sentence for name in NODES)


def test_the_chart_says_the_same_as_a_table_and_in_words():
    chart = forecast(swarm(web={"node1": 1}), scale=7).chart()
    assert ("web", "node2", "0", "2 to 3") in chart.rows
    assert "3, 2, 2" in chart.alt
    assert b"node2" in chart.svg()


@pytest.mark.parametrize(
    ("own", "correct"),
    [
        (None, None),
        (..., None),
        (3, True),
        (4, False),
        ([2, 2, 3], True),
        ([7], False),
        ({"node1": 2}, True),
        ({"node1": 2, "node2": 2}, False),
    ],
)
def test_the_students_own_prediction_beside_what_came(own, correct):
    compared = forecast(swarm(web={"node1": 1}), scale=7).compare(swarm(web={"node1": 2, "node2": 3, "node3": 2}), own)
    assert compared.sentence.startswith("The forecast held. web has this many tasks on its nodes: 3, 2, 2. ")
    assert compared.correct is correct
    assert ["node2", "0", "2 to 3"] in [row[:3] for row in compared.rows()]


def test_what_the_rules_do_not_allow_is_said():
    compared = forecast(swarm(web={"node1": 1}), scale=7).compare(swarm(web={"node1": 7}))
    assert "did not hold" in compared.sentence


@pytest.mark.parametrize(
    ("action", "error"),
    [
        ({}, BadInput),
        ({"scale": 3, "drain": "node2"}, BadInput),
        ({"drain": "node9"}, NotFound),
        ({"scale": -1}, BadInput),
        ({"constraint": "node.role=worker"}, BadInput),
        ({"add_node": "node2"}, BadInput),
        ({"constraint": 3}, BadInput),
        ({"constraint": ["node.role==worker", 3]}, BadInput),
        ({"add_node": ""}, BadInput),
        ({"add_node": 3}, BadInput),
        ({"add_node": "big iron"}, BadInput),
        ({"service": "wbe", "scale": 3}, NotFound),
    ],
)
def test_what_cannot_be_forecast(action, error):
    with pytest.raises(error):
        forecast(swarm(web={"node1": 1}), **action)


def test_nothing_is_forecast_of_jobs_nor_of_no_service():
    job = seen(services=[service("job", {"ReplicatedJob": {}}, iteration=0)])
    for action in ({"constraint": []}, {"scale": 3}, {"drain": "node2"}):
        with pytest.raises(BadInput, match="is a job"):
            forecast(job, "job", **action)
    with pytest.raises(BadInput, match="has no service"):
        forecast(seen(services=[]), scale=3)
    idle = forecast(seen(services=[]), drain="node2")
    assert idle.sentence == "No task has to end on node2, and it gets no new ones."
    for what in (idle.compare, lambda seen: idle.between("node1")):
        with pytest.raises(NotFound):
            what(seen(services=[]))


def test_records_are_as_good_as_names():
    now = swarm(web={"node1": 1, "node2": 1})
    told = forecast(now, now.service("web"), drain=now.node("node2"))
    assert told.sentence == forecast(now, "web", drain="node2").sentence


def test_the_sentences_fit_what_is_asked():
    now = swarm(web={"node1": 2})
    assert forecast(now, scale=0).sentence.endswith("web then has no task that runs.")
    lost = seen(
        nodes=[node("node1"), node("node2", state="down")],
        services=[service("web", replicas=1)],
        tasks=[task(1, "node1")],
    )
    assert forecast(lost, add_node="node2").sentence.startswith("node2 gets tasks when some have to be placed")
    everywhere = seen(services=[service("web", {"Global": {}})], tasks=[task(0, name) for name in NODES])
    assert "end on nodes that do not fit" in forecast(everywhere, constraint="node.role==worker").sentence


def test_what_is_done_does_not_end_once_more():
    body = service("job", {"GlobalJob": {}}, iteration=0)
    now = seen(services=[body], tasks=[task(0, name, "complete", "complete", service="job") for name in NODES])
    assert "job" not in forecast(now, drain="node2").sentence


@pytest.mark.parametrize("own", ["three", 2.5, True, [], {2}, [None], {"node1": "2"}, {"node1": True}])
def test_a_prediction_that_cannot_be_one(own):
    with pytest.raises(BadInput):
        forecast(swarm(web={"node1": 1}), scale=2).compare(swarm(web={"node1": 2}), own)


def test_what_cannot_be_compared():
    told = forecast(swarm(web={"node1": 1}), scale=2)
    with pytest.raises(BadInput, match="None is neither a swarm"):
        told.compare(None)
    with pytest.raises(NotFound, match="no service is called 'wbe'"):
        told.compare(swarm(web={"node1": 2}), service="wbe")


def test_fifty_nodes_take_no_time():
    nodes = [node(f"node{number}") for number in range(1, 51)]
    body = service("web", replicas=10)
    many = seen(nodes=nodes, services=[body], tasks=[task(slot, f"node{slot}") for slot in range(1, 11)])
    start = time.process_time()
    told = forecast(replace(many, at=1_800_000_000.0), scale=73)
    assert told.between("node50")[0] >= 1
    assert told.sentence
    assert time.process_time() - start < 1
