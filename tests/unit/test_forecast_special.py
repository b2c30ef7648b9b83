"""Forecasts while an update is paused, where two nodes have one name, and where only a sample was looked at."""

from dataclasses import replace

import pytest
from support.api_bodies import node, seen, service, task

from swarmkit_helpers import Refused
from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.display.forecast.requests import plan_change
from swarmkit_helpers.records import Observation

NOW = 1_800_000_000.0  # seconds since the epoch, later than the tasks
PAUSED = replace(seen(services=[service(update="paused")], tasks=[task(1), task(2, "node2")]), at=NOW)


def forecast(before: Observation, service: str | None = None, **action: object) -> Forecast:
    return Forecast(plan_change(before, service, **action))


@pytest.mark.parametrize("action", [{"scale": 5}, {"constraint": "node.role==worker"}])
def test_a_new_spec_lets_a_paused_update_go_on(action):
    told = forecast(PAUSED, **action)
    assert told.unforeseen == ["web"]
    assert "The paused update of web goes on with this request, and may replace tasks that run." in told.sentence
    assert "stay as they are" not in told.sentence


def test_a_new_spec_does_not_end_an_update_that_is_under_way():
    """It replaces tasks that run, such as those beside one that has no room (moby/moby#36699)."""
    told = forecast(replace(PAUSED, services=seen(services=[service(update="updating")]).services), scale=5)
    assert "The update of web goes on with this request, and may replace tasks that run." in told.sentence
    assert "stay as they are" not in told.sentence


def test_a_change_of_a_node_leaves_a_paused_update_alone():
    told = forecast(PAUSED, "web", drain="node2")
    assert told.unforeseen == []
    assert "paused" not in told.sentence


def namesakes() -> Observation:
    """Three ready nodes, two of them called node2, each with a task of web."""
    nodes = [node("node1", role="manager"), node("node2", id="aaaaaaa"), node("node2", id="bbbbbbb")]
    tasks = [{**task(slot, "node1"), "NodeID": id} for slot, id in enumerate(("id-node1", "aaaaaaa", "bbbbbbb"), 1)]
    return replace(seen(nodes=nodes, services=[service(replicas=3)], tasks=tasks), at=NOW)


def test_a_name_that_two_ready_nodes_have_is_ambiguous():
    with pytest.raises(Refused, match=r"node node2 is ambiguous .*aaaaaaa, bbbbbbb") as caught:
        forecast(namesakes(), drain="node2")
    assert "'aaaaaaa'" in caught.value.fix


def test_by_its_id_one_of_two_namesakes_is_meant():
    for told in (forecast(namesakes(), drain="bbbbbbb"), forecast(namesakes(), drain=namesakes().nodes[2])):
        assert told.change.node == "node2 (bbbbb)"
        assert [each.node for each in told.nodes("web")] == ["node1", "node2 (aaaaa)", "node2 (bbbbb)"]
        assert told.between("node2 (bbbbb)") == (0, 0)
        assert told.between("node2 (aaaaa)") == (1, 2)
        assert told.task_counts(namesakes())["web"] == {"node1": 1, "node2 (aaaaa)": 1, "node2 (bbbbb)": 1}


def test_numbers_of_a_sample_are_called_so():
    nodes = [node(f"node{number}") for number in range(1, 41)]
    services = [service(f"web{number}", replicas=12) for number in range(5)]
    told = Forecast(plan_change(seen(nodes=nodes, services=services, tasks=[]), "web0", scale=13)).sentence
    assert told.endswith("The swarm can end in too many ways to look at each: the numbers are those of a sample.")
    few = Forecast(plan_change(seen(services=[service("web", replicas=0)], tasks=[]), "web", scale=2)).sentence
    assert "sample" not in few
