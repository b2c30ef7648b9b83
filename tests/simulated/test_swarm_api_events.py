"""What a simulated manager tells of its swarm, with docker events."""

import pytest
from support.simulated_api import SmallSwarmAPI, spec

from swarm_simulator.objects import State
from swarm_simulator.swarm_api import SwarmEvents

Told = list[tuple[str, str, dict[str, str]]]


@pytest.fixture
def office() -> SmallSwarmAPI:
    return SmallSwarmAPI()


@pytest.fixture
def told(office: SmallSwarmAPI) -> Told:
    """Kind, action and attributes of each event, as it comes."""
    found: Told = []
    SwarmEvents(
        office.orchestration, lambda event: found.append((event["Type"], event["Action"], event["Actor"]["Attributes"]))
    )
    return found


def update(office: SmallSwarmAPI, **parts: object) -> None:
    office.api.update_service("web", office.api.inspect_service("web")["Version"]["Index"], spec(**parts))


def test_a_service_comes_changes_and_goes(office: SmallSwarmAPI, told: Told):
    office.create(replicas=1)
    update(office, replicas=3)
    office.run(5)
    office.api.remove_service("web")
    assert told == [
        ("service", "create", {"name": "web"}),
        ("service", "update", {"name": "web", "replicas.old": "1", "replicas.new": "3"}),
        ("service", "remove", {"name": "web"}),
    ]


def test_another_image_is_told_and_then_how_the_update_goes(office: SmallSwarmAPI, told: Told):
    office.create()
    update(office, container={"Image": "busybox:2"})
    office.run(30)
    assert [attributes for kind, action, attributes in told if action == "update"] == [
        {"name": "web", "image.old": "busybox", "image.new": "busybox:2"},
        {"name": "web", "updatestate.new": "updating"},
        {"name": "web", "updatestate.old": "updating", "updatestate.new": "completed"},
    ]


def test_a_nodes_availability_and_state_are_told(office: SmallSwarmAPI, told: Told):
    body = office.api.inspect_node("node2")
    office.api.update_node("node2", body["Version"]["Index"], body["Spec"] | {"Availability": "drain"})
    office.agents[1].off()
    office.run(30)
    assert [attributes for kind, _action, attributes in told if kind == "node"] == [
        {"name": "node2", "availability.old": "active", "availability.new": "drain"},
        {"name": "node2", "state.old": "ready", "state.new": "down"},
    ]


def test_networks_secrets_and_configs_are_told_of_by_name(office: SmallSwarmAPI, told: Told):
    office.api.create_network({"Name": "back", "Driver": "overlay"})
    office.run(1)
    office.api.create_resource("secret", {"Name": "word", "Data": "eA=="})
    office.api.create_resource("config", {"Name": "motd", "Data": "eA=="})
    office.api.remove_resource("secret", "word")
    office.api.remove_network("back")
    assert told == [
        ("network", "create", {"name": "back"}),
        ("network", "update", {"name": "back"}),
        ("secret", "create", {"name": "word"}),
        ("config", "create", {"name": "motd"}),
        ("secret", "remove", {"name": "word"}),
        ("network", "remove", {"name": "back"}),
    ]


def test_tasks_have_no_events(office: SmallSwarmAPI, told: Told):
    made = office.create(replicas=2)
    assert {task.state for task in office.tasks(made)} == {State.RUNNING}
    assert {kind for kind, _action, _attributes in told} == {"service"}


def test_an_event_has_its_moment_twice_and_the_scope_of_the_swarm(office: SmallSwarmAPI):
    events = []
    SwarmEvents(office.orchestration, events.append)
    office.run(0.25)
    office.api.create_resource("config", {"Name": "motd", "Data": "eA=="})
    [event] = events
    assert event["scope"] == "swarm"
    assert event["timeNano"] == round(office.clock.now * 1e6) * 1000
    assert event["time"] == event["timeNano"] // 10**9


def test_who_stops_listening_hears_no_more(office: SmallSwarmAPI):
    events = []
    told = SwarmEvents(office.orchestration, events.append)
    told.stop()
    office.create()
    assert events == []
