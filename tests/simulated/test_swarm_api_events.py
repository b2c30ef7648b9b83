"""What a simulated manager tells of its swarm, with docker events."""

import pytest
from support.simulated_api import SmallSwarmAPI, spec

from swarm_simulator.objects import State
from swarm_simulator.swarm_api import SwarmEvents

Told = list[tuple[str, str, dict[str, str]]]


@pytest.fixture
def swarm() -> SmallSwarmAPI:
    return SmallSwarmAPI()


@pytest.fixture
def told(swarm: SmallSwarmAPI) -> Told:
    """Kind, action and attributes of each event, as it comes."""
    found: Told = []
    SwarmEvents(
        swarm.control_plane, lambda event: found.append((event["Type"], event["Action"], event["Actor"]["Attributes"]))
    )
    return found


def update(swarm: SmallSwarmAPI, **parts: object) -> None:
    swarm.api.update_service("web", swarm.api.inspect_service("web")["Version"]["Index"], spec(**parts))


def test_a_service_comes_changes_and_goes(swarm: SmallSwarmAPI, told: Told):
    swarm.create(replicas=1)
    update(swarm, replicas=3)
    swarm.run(5)
    swarm.api.remove_service("web")
    assert told == [
        ("service", "create", {"name": "web"}),
        ("service", "update", {"name": "web", "replicas.old": "1", "replicas.new": "3"}),
        ("service", "remove", {"name": "web"}),
    ]


def test_another_image_is_told_and_then_how_the_update_goes(swarm: SmallSwarmAPI, told: Told):
    swarm.create()
    update(swarm, container={"Image": "busybox:2"})
    swarm.run(30)
    assert [attributes for kind, action, attributes in told if action == "update"] == [
        {"name": "web", "image.old": "busybox", "image.new": "busybox:2"},
        {"name": "web", "updatestate.new": "updating"},
        {"name": "web", "updatestate.old": "updating", "updatestate.new": "completed"},
    ]


def test_a_nodes_availability_and_state_are_told(swarm: SmallSwarmAPI, told: Told):
    body = swarm.api.inspect_node("node2")
    swarm.api.update_node("node2", body["Version"]["Index"], body["Spec"] | {"Availability": "drain"})
    swarm.agents[1].off()
    swarm.run(30)
    assert [attributes for kind, _action, attributes in told if kind == "node"] == [
        {"name": "node2", "availability.old": "active", "availability.new": "drain"},
        {"name": "node2", "state.old": "ready", "state.new": "down"},
    ]


def test_networks_secrets_and_configs_are_told_of_by_name(swarm: SmallSwarmAPI, told: Told):
    swarm.api.create_network({"Name": "back", "Driver": "overlay"})
    swarm.run(1)
    swarm.api.create_resource("secret", {"Name": "word", "Data": "eA=="})
    swarm.api.create_resource("config", {"Name": "motd", "Data": "eA=="})
    swarm.api.remove_resource("secret", "word")
    swarm.api.remove_network("back")
    assert told == [
        ("network", "create", {"name": "back"}),
        ("network", "update", {"name": "back"}),
        ("secret", "create", {"name": "word"}),
        ("config", "create", {"name": "motd"}),
        ("secret", "remove", {"name": "word"}),
        ("network", "remove", {"name": "back"}),
    ]


def test_tasks_have_no_events(swarm: SmallSwarmAPI, told: Told):
    made = swarm.create(replicas=2)
    assert {task.state for task in swarm.tasks(made)} == {State.RUNNING}
    assert {kind for kind, _action, _attributes in told} == {"service"}


def test_an_event_has_its_moment_twice_and_the_scope_of_the_swarm(swarm: SmallSwarmAPI):
    events = []
    SwarmEvents(swarm.control_plane, events.append)
    swarm.run(0.25)
    swarm.api.create_resource("config", {"Name": "motd", "Data": "eA=="})
    [event] = events
    assert event["scope"] == "swarm"
    assert event["timeNano"] == round(swarm.clock.now * 1e6) * 1000
    assert event["time"] == event["timeNano"] // 10**9


def test_who_stops_listening_hears_no_more(swarm: SmallSwarmAPI):
    events = []
    told = SwarmEvents(swarm.control_plane, events.append)
    told.stop()
    swarm.create()
    assert events == []
