"""Records of what a real engine (20.10.24) said; tests/data has its answers."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers.records import TASK_STATES, MachineState, Node, Observation, Service, natural_key

DATA = Path(__file__).parents[1] / "data"


def said(name: str) -> Any:
    return json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def observation() -> Observation:
    return Observation.from_api(5.0, said("nodes"), said("services"), said("tasks"))


def test_a_node(observation):
    [vm] = observation.nodes
    assert (vm.name, vm.role, vm.availability, vm.state) == ("vm", "manager", "active", "ready")
    assert (vm.leader, vm.reachability, vm.address) == (True, "reachable", "10.99.99.1")
    assert (vm.engine, vm.platform, vm.cpus, vm.memory) == ("20.10.24+dfsg1", ("linux", "x86_64"), 2.0, 25276063744)
    assert vm.labels == {"disk": "ssd"}
    assert vm.takes_tasks
    assert vm.keeps_tasks


def test_a_service(observation):
    web = observation.service("web")
    assert (web.image, web.command, web.mode, web.replicas) == ("bb:1", ("sleep", "1000"), "replicated", 2)
    assert (web.update_state, web.constraints, web.is_job) == (None, (), False)
    assert web.created_at == datetime(2026, 11, 23, 4, 44, 15, 918706, UTC)
    assert observation.service("wbe") is None


def test_tasks_come_by_service_and_slot(observation):
    first, second = observation.tasks_of("web")
    assert (first.name, second.name) == ("web.1", "web.2")
    assert (first.node, first.state, first.desired_state, first.message) == ("vm", "running", "running", "started")
    assert first.wanted
    assert not first.ended
    assert first.container_id.startswith("df35f191")
    assert len(observation.tasks) == 6


def test_tasks_of_a_service_that_is_gone_have_its_id(observation):
    gone = observation.tasks_of("v0onkfxl7cqhlkitra1mcid4f")
    assert [(each.slot, each.wanted, each.ended) for each in gone] == [(1, False, False)]


def test_the_newest_task_of_a_slot_comes_first():
    newest = task(1, "node2", created="2026-11-23T05:00:00Z")
    observation = seen(tasks=[task(1, "node1", "failed", "shutdown"), newest])
    assert [each.node for each in observation.tasks] == ["node2", "node1"]


@pytest.mark.parametrize(
    ("state", "wanted", "ended"),
    [
        ("new", True, False),
        ("running", True, False),
        ("complete", True, True),
        ("shutdown", False, True),
        ("orphaned", False, True),
    ],
)
def test_what_is_wanted_and_what_has_ended(state, wanted, ended):
    [each] = seen(tasks=[task(1, state=state, desired=state)]).tasks
    assert (each.wanted, each.ended) == (wanted, ended)


def test_states_are_in_swarmkits_order():
    assert TASK_STATES.index("pending") < TASK_STATES.index("running") < TASK_STATES.index("failed")


@pytest.mark.parametrize(
    ("mode", "name", "replicas"),
    [
        ({"Replicated": {"Replicas": 0}}, "replicated", 0),
        ({"Global": {}}, "global", None),
        ({"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 5}}, "replicated-job", 5),
        ({"GlobalJob": {}}, "global-job", None),
    ],
)
def test_modes(mode, name, replicas):
    record = Service.from_api(service(mode=mode))
    assert (record.mode, record.replicas, record.is_job) == (name, replicas, name.endswith("job"))


def test_of_two_nodes_of_one_name_the_ready_one_is_meant():
    observation = seen(nodes=[node("node2", "down", id="a"), node("node2", id="b"), node("node10"), node("node1")])
    assert observation.node("node2").id == "b"
    assert [each.name for each in observation.nodes] == ["node1", "node2", "node2", "node10"]
    assert observation.node("node3") is None


def test_a_body_with_little_in_it_is_read():
    least = Node.from_api({"ID": "x", "Spec": {"Role": "worker", "Availability": "active"}})
    # A node that has just joined goes by its id until it has told its name.
    assert (least.name, least.state, least.cpus, least.leader) == ("x", "unknown", 0, False)


def test_records_are_photographs(observation):
    with pytest.raises(AttributeError):
        observation.nodes[0].state = "down"
    assert hash(observation.nodes[0]) == hash(observation.nodes[0])


def test_natural_order():
    assert sorted(["node10", "node2", "vm", "node1"], key=natural_key) == ["node1", "node2", "node10", "vm"]


def test_a_machine_is_found_by_its_node(observation):
    off = MachineState("c1", "node2", "exited", None)
    assert replace(observation, machines=(off,)).machine("node2") is off
    assert observation.machine("node2") is None  # nothing looked at machines
