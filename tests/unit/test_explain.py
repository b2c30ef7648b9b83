"""Why a task is where it is or has gone: told from what was seen, or worked out from the tasks' times."""

import re
import time

import pytest
from IPython.lib.pretty import pretty
from support.api_bodies import node, seen, service, task
from support.web_observations import NODES, look

from swarmkit_helpers import BadInput, NotFound
from swarmkit_helpers.display.explain import explain
from swarmkit_helpers.records import Observation

WHOLE = dict(enumerate(("node1", "node1", "node2", "node2", "node2", "node3", "node3"), 1))  # seven slots
LEFT = {slot: WHOLE[slot] for slot in (1, 2, 3, 6)}  # of these, when four are asked for


def why(what: str, *history: Observation) -> dict[str, str]:
    """The reasons by the tasks' names."""
    return {reason.task.name: reason.why for reason in explain(what, history).reasons}


def test_tasks_that_were_placed_together():
    told = why("web", look({1: "node1"}), look(WHOLE, 1))
    assert told["web.3"] == (
        "placed together with 5 others: node2 had 0 then and was given 3; chance decided among equals"
    )
    assert told["web.2"] == "placed together with 5 others: node1 had 1 then and was given 1"


def test_the_stored_text_is_the_same_whatever_chance_decided():
    other = {**WHOLE, 5: "node3"}
    texts = {pretty(explain("web", [look({1: "node1"}), look(places, 1)])) for places in (WHOLE, other)}
    assert texts == {
        "7 tasks of web run on 3 nodes.\nEach went to a node that could take it and had the fewest tasks of web at "
        "that moment.\nAmong equals, the node with the fewest tasks of all services comes first. After that, chance "
        "decides."
    }


def test_what_was_not_seen_is_reconstructed_and_says_so():
    assert any("before the recording began" in note for note in explain("web", [look(WHOLE, 100)]).notes)
    assert not any("recording" in note for note in explain("web.3", [look({1: "node1"}), look(WHOLE, 1)]).notes)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        ({"Test": ["CMD", "true"]}, "its container runs, and its health check has not passed yet"),
        ({"Test": ["NONE"]}, "its node is preparing it"),
        (None, "its node is preparing it"),
    ],
)
def test_a_task_waits_for_its_health_check(check: dict | None, told: str):
    spec = {"ContainerSpec": {"Image": "busybox", **({"Healthcheck": check} if check else {})}}
    starting = seen(services=[service(replicas=1)], tasks=[task(1, state="starting") | {"Spec": spec}])
    assert why("web.1", starting)["web.1"] == told


def test_a_service_without_replicas_is_told_as_such():
    assert explain("web", [look({})]).text == "0 replicas of web are desired, and none runs."


def test_a_service_is_as_good_as_its_name():
    now = look(WHOLE, 1)
    assert explain(now.service("web"), [now]) == explain("web", [now])


@pytest.mark.parametrize("what", [None, 5])
def test_what_is_neither_a_service_nor_a_task_is_refused(what):
    with pytest.raises(BadInput, match=f"{what} is neither a service nor a task"):
        explain(what, [look(WHOLE, 1)])


def test_a_result_that_the_rules_do_not_give_is_not_explained_away():
    told = why("web", look({1: "node1"}), look({1: "node1", 2: "node1", 3: "node1"}, 1))
    assert "too little is known" in told["web.3"]


def test_one_alone_goes_where_the_fewest_are_and_nobody_else_was_able():
    drained = (node("node1"), node("node2", availability="drain"), node("node3"))
    assert why("web", look({1: "node1"}), look({1: "node1", 2: "node3"}, 1))["web.2"].startswith(
        "chance chose node3, one of 2 nodes with the fewest tasks of web"
    )
    before, after = look({1: "node1"}, nodes=drained), look({1: "node1", 2: "node3"}, 1, drained)
    reason = {each.task.name: each for each in explain("web", [before, after]).reasons}["web.2"]
    assert reason.why == "node3 had the fewest tasks of web"
    assert reason.ruled_out == "node2 (drain)"
    assert [(each.nodes, each.tasks, each.total) for each in reason.ranking] == [(("node3",), 0, 0), (("node1",), 1, 1)]


def test_after_scaling_down_these_went():
    told = explain("web", [look({1: "node1"}), look(WHOLE, 1), look(LEFT, 2)])
    assert any(each.startswith("3 tasks went when 7 replicas became 4") for each in told.sentences)
    assert told.notes[0] == "The slots that went: 4 on node2, 5 on node2, 7 on node3."


def test_what_went_for_an_earlier_request_is_not_counted_again():
    three = {1: "node1", 2: "node2", 3: "node3"}
    told = explain("web", [look(three, 1), look(three, 2, replicas=2), look({}, 3)])
    assert told.sentences[1].startswith("2 tasks went when 2 replicas became 0")
    assert told.notes[0] == "The slots that went: 1 on node1, 2 on node2."


def test_nothing_came_back_to_a_node_that_is_active_again():
    drained = (node("node1"), node("node2", availability="drain"), node("node3"))
    four = {1: "node1", 2: "node1", 3: "node3", 4: "node3"}
    text = explain("web", [look(four, 1, drained), look(four, 2)]).text
    assert "node2 has no task of web" in text
    assert "never moved" in text
    assert "node2" not in explain("web", [look(four, 1, drained)]).text


def test_a_task_that_is_gone():
    before = look(WHOLE, 1)
    gone = before.tasks_of("web")[6]
    assert explain(gone, [look(LEFT, 2)]).text.startswith("web.7 is gone: its slot was removed")
    removed = explain(gone, [seen(services=[], tasks=[])])
    assert removed.text == "web.7 is gone: its service was removed."
    assert removed.reasons[0].why == "its service was removed"


def test_a_node_that_was_drained_later_was_not_ruled_out_then():
    drained = (node("node1"), node("node2", availability="drain"), node("node3"))
    reason = explain("web", [look({1: "node1", 2: "node2", 3: "node3"}, 100, drained)]).reasons[0]
    assert "placed together with 2 others" in reason.why
    assert reason.ruled_out == "none"


def test_what_the_rules_do_not_give_has_no_ranking():
    told = explain("web.2", [look({1: "node1", 2: "node1", 3: "node1"}, 100)])
    assert (told.reasons[0].ruled_out, told.reasons[0].ranking) == ("", ())
    assert "too little is known" in told.text


def test_a_task_by_its_name_with_those_before_it():
    rows = [task(1, "node2", "shutdown", "shutdown"), task(1, "node1", created="2026-11-23T04:45:15Z")]
    drained = [node("node1"), node("node2", availability="drain")]
    told = explain("web.1", [seen(nodes=drained, services=[service("web", replicas=1)], tasks=rows)])
    assert [reason.task.state for reason in told.reasons] == ["running", "shutdown"]
    assert told.reasons[1].why == "node2 was drained"
    assert pretty(told).startswith("web.1 is running: 1 of 2 nodes could take it")


def test_a_global_service():
    body = service("watch", {"Global": {}})
    everywhere = [task(0, name, service="watch") for name in NODES]
    told = explain("watch", [seen(services=[body], tasks=everywhere)])
    assert "one task on each node" in told.text
    assert explain("watch.node2", [seen(services=[body], tasks=everywhere)]).reasons[0].task.node == "node2"
    nowhere = service("watch", {"Global": {}}, constraints=["node.labels.disk==ssd"])
    assert explain("watch", [seen(services=[nowhere], tasks=[])]).text == "No node fits watch."


def test_many_tasks_take_no_time():
    nodes = tuple(node(f"node{number}") for number in range(40))
    now = look({slot: f"node{slot % 40}" for slot in range(1, 401)}, 100, nodes)
    start = time.process_time()
    assert len(explain("web", [now]).reasons) == 400
    assert time.process_time() - start < 1


def test_a_name_that_nothing_has():
    with pytest.raises(NotFound, match="this swarm has the services: web"):
        explain("wbe", [look(WHOLE)])


def test_tasks_of_which_the_same_is_to_be_said_are_one_row_of_the_table():
    told = explain("web", [look({1: "node1"}), look(WHOLE, 1)])
    assert [[cell.replace("\N{NO-BREAK SPACE}", " ") for cell in row[:4]] for row in told.rows()] == [
        ["web.1", "node1", "running", told.reasons[0].why],
        [
            "web.2 … .7",
            "node1 (.2), node2 (.3 … .5), node3 (.6, .7)",
            "running",
            "placed together: node2 had 0 and was given 3, node3 had 0 and was given 2, node1 had 1 and was given 1; "
            "chance decided among equals",
        ],
    ]


def test_ended_tasks_of_a_slot_that_are_alike_are_one_row_too():
    failed = [{**task(1, "node1", "failed", "shutdown", error="exit 1"), "ID": str(number)} for number in range(3)]
    told = explain("web.1", [seen(services=[service(replicas=1)], tasks=[*failed, task(1, "node2")])])
    assert [row[:3] for row in told.rows()] == [["web.1 ×3", "node1", "failed"], ["web.1", "node2", "running"]]


def test_html_is_inside_what_the_sanitize_file_removes():
    html = explain("web", [look(WHOLE)])._repr_html_()
    assert html.startswith('<figure class="swk-live"')
    assert html.endswith("</figure>")


def test_in_a_notebook_the_answer_comes_first_and_the_ranking_is_folded():
    before, after = look({1: "node1"}), look({1: "node1", 2: "node3"}, 1)
    shown, _start, folded = explain("web.2", [before, after])._repr_html_().partition("<details>")
    assert "web.2 on node3: chance chose node3, one of 2 nodes with the fewest tasks of web." in shown
    assert "<table" not in shown
    cells = [re.findall(r"<td[^>]*>([^<]*)", row) for row in folded.split("<tr>")[2:]]
    assert cells == [["1", "node2, node3", "0", "0"], ["2", "node1", "1", "1"]]


def test_a_terminal_shows_the_ranking_in_words():
    told = repr(explain("web.2", [look({1: "node1"}), look({1: "node1", 2: "node3"}, 1)]))
    assert told.startswith("web.2 is running: 3 of 3 nodes could take it")
    assert told.endswith(
        "web.2, best nodes first: node2, node3 (0 tasks of web, 0 of all services); "
        "then node1 (1 task of web, 1 of all services). Not possible on: none."
    )
