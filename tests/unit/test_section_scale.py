"""What section 04 asks, on observations made by hand: every outcome."""

from dataclasses import replace

import pytest
from support.api_bodies import node
from support.section_histories import FOUR, GIVEN, NO_SERVICE, ONE, SEVEN, app, ask

from swarmkit_helpers.course.scene import Scene
from swarmkit_helpers.course.sections import SECTIONS

FOUR_NODES = [node("node1", role="manager"), node("node2"), node("node3"), node("node4")]


@pytest.mark.parametrize(("id", "value", "wrong"), [("spread", 3, 4), ("restarted", "no", "yes"), ("emptiest", 1, 2)])
def test_scaling_is_measured(id, value, wrong):
    assert ask("04-scale", id, ONE, SEVEN, FOUR, noted=value).outcome == "passed"
    assert ask("04-scale", id, ONE, SEVEN, FOUR, noted=wrong).outcome == "not as predicted"
    assert ask("04-scale", id, ONE, FOUR, noted=value).points == 0


def test_a_node_that_could_take_no_task_while_scaling_is_named():
    down = [node("node1", role="manager"), node("node2", "down"), node("node3")]
    fewer = app(["node1", "node3"], 7, nodes=down)
    uneven = app(["node1", "node3"] * 3 + ["node2"])
    told = " Not as usual: node2 could take no new task at that time."
    assert ask("04-scale", "spread", ONE, fewer, uneven, noted=3).message.endswith(told)
    before = app(["node1"], nodes=down)
    assert "Not as usual" not in ask("04-scale", "spread", before, SEVEN, noted=3).message


def test_a_task_that_was_replaced_while_scaling_is_seen():
    others = replace(SEVEN, tasks=tuple(replace(each, id=f"new {each.id}") for each in SEVEN.tasks))
    assert ask("04-scale", "restarted", ONE, others, noted="yes").outcome == "passed"


def test_four_before_seven_is_not_scaling_down():
    assert "not to be seen yet" in ask("04-scale", "emptiest", ONE, FOUR, SEVEN, noted=1).message


def test_the_newcomer_is_measured_before_anything_else_is_asked():
    joined = app(["node1", "node2", "node3", "node1"], nodes=FOUR_NODES)
    after = app(["node1", "node2", "node3", "node4"], nodes=FOUR_NODES, version=2)
    assert ask("04-scale", "newcomer", ONE, joined, after, noted=0).outcome == "passed"
    assert "not to be seen yet" in ask("04-scale", "newcomer", ONE, FOUR, noted=0).message


@pytest.mark.parametrize(
    ("now", "outcome"),
    [
        (NO_SERVICE, "not attempted"),
        (ONE, "not attempted"),
        (SEVEN, "not attempted"),
        (FOUR, "not attempted"),
        (app(["node1", "node2"]), "not yet"),
        (app(["node1", "node2"], 9), "not yet"),
        (app(["node1", "node2", "node3"] * 4), "not yet"),
        (app(["node1", "node2", "node3"] * 3), "passed"),
    ],
)
def test_own_number(now, outcome):
    assert ask("04-scale", "own-number", now).outcome == outcome


def test_the_own_number_is_none_of_the_lesson():
    [own] = [each for each in SECTIONS["04-scale"].EXERCISES if each.id == "own-number"]
    assert "exactly 9 replicas" in own.text(Scene(None, None, [], GIVEN))
    assert "exactly 11 replicas" in own.text(Scene(None, None, [], GIVEN | {"up": 12, "down": 9}))


@pytest.mark.parametrize(
    ("on", "replicas", "version", "outcome", "points"),
    [
        (["node1", "node2", "node3", "node1"], 4, 1, "not attempted", 0),
        (["node1", "node2", "node3", "node1"], 4, 2, "not yet", 0),
        (["node1", "node2", "node3", "node4"], 5, 2, "not yet", 3),
        (["node1", "node1", "node1", "node2", "node3", "node4"], 6, 2, "not yet", 3),
        (["node1", "node1", "node2", "node3", "node4"], 5, 2, "passed", 7),
    ],
)
def test_even(on, replicas, version, outcome, points):
    joined = app(["node1", "node2", "node3", "node1"], nodes=FOUR_NODES)
    result = ask("04-scale", "even", FOUR, joined, app(on, replicas, version, nodes=FOUR_NODES))
    assert (result.outcome, result.points) == (outcome, points)


def test_without_a_newcomer_even_is_not_attempted():
    assert ask("04-scale", "even", FOUR, app(["node1", "node2", "node3"], version=2)).outcome == "not attempted"


THIRTEEN = ["node1", "node2", "node3", "node4"] * 3 + ["node1"]


@pytest.mark.parametrize(
    ("now", "outcome", "points"),
    [
        (NO_SERVICE, "not attempted", 0),
        (app(["node1", "node2", "node3", "node1"], nodes=FOUR_NODES), "not attempted", 0),
        (app(THIRTEEN[:12], nodes=FOUR_NODES), "not yet", 0),
        (app(THIRTEEN[:12], 13, nodes=FOUR_NODES), "not yet", 4),
        (app([*THIRTEEN[:11], "node1", "node1"], nodes=FOUR_NODES), "not yet", 4),
        (app(THIRTEEN, nodes=FOUR_NODES), "passed", 8),
        (app((["node1", "node2", "node3"] * 4)[:10]), "passed", 8),
    ],
)
def test_fullest(now, outcome, points):
    result = ask("04-scale", "fullest", now)
    assert (result.outcome, result.points) == (outcome, points)
