"""What section 05 asks, on observations made by hand: every outcome."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from support.api_bodies import WHEN, node, task
from support.section_histories import FOUR, SEVEN, app, ask

from swarmkit_helpers.records import Observation, Task

DRAINED = [node("node1", role="manager"), node("node2", availability="drain"), node("node3")]
PAUSED = [node("node1", role="manager"), node("node2"), node("node3", availability="pause")]
LOST = [node("node1", role="manager"), node("node2"), node("node3", state="down")]
ELSEWHERE = ["node1", "node3", "node3", "node1"]
TIME = datetime.fromisoformat(WHEN).timestamp()
LEAVING = task(2, "node2", "running", "shutdown", service="sleep-app")
GONE = task(2, "node2", "shutdown", "shutdown", service="sleep-app")


def drained(took: float) -> list[Observation]:
    """A drain in which the task on node2 took so many seconds to end."""
    looks = [
        FOUR,
        app(["node1", "node3", "node1"], 4, nodes=DRAINED, tasks=[LEAVING], at=TIME - took),
        app(ELSEWHERE, nodes=DRAINED, tasks=[GONE], at=TIME + 1),
    ]

    def dated(each: Task) -> Task:
        if each.node == "node2":
            return replace(each, id="old", created_at=each.created_at - timedelta(minutes=5))
        return replace(each, created_at=each.created_at - timedelta(seconds=took)) if each.slot == 2 else each

    return [replace(look, tasks=tuple(map(dated, look.tasks))) for look in looks]


def test_a_drained_node_runs_nothing():
    assert ask("05-drain", "left", *drained(10), noted=0).outcome == "passed"
    assert ask("05-drain", "left", *drained(10), noted=1).outcome == "not as predicted"
    assert ask("05-drain", "left", *drained(10)[:2], noted=0).outcome == "not yet"


@pytest.mark.parametrize(("took", "answer"), [(0.3, "0"), (4.0, "0"), (9.4, "10"), (11.2, "10"), (58.0, "60")])
def test_the_seconds_are_those_until_the_old_tasks_had_ended(took, answer):
    assert ask("05-drain", "seconds", *drained(took), noted=answer).outcome == "passed"
    assert "not to be seen yet" in ask("05-drain", "seconds", *drained(took)[:2], noted=answer).message


ACTIVE = app(ELSEWHERE, at=TIME + 2)


def test_what_is_activated_is_empty():
    assert ask("05-drain", "after-activate", *drained(10), ACTIVE, noted=0).outcome == "passed"
    assert ask("05-drain", "after-activate", *drained(10), noted=0).points == 0
    assert "not to be seen yet" in ask("05-drain", "after-activate", ACTIVE, noted=0).message


def test_after_a_kill_the_rest_runs_all():
    noticed = app(["node1", "node1"], 4, nodes=LOST)
    done = app(["node1", "node1", "node2", "node2"], nodes=LOST)
    assert ask("05-drain", "after-kill", FOUR, noticed, done, noted=4).outcome == "passed"
    assert "not to be seen yet" in ask("05-drain", "after-kill", FOUR, noticed, noted=4).message


def test_the_kill_of_a_machine_without_tasks_shows_nothing():
    empty = app(["node1", "node1", "node2", "node2"], nodes=LOST)
    killed = [app(["node1", "node1", "node2", "node2"]), empty]
    result = ask("05-drain", "after-kill", *killed, noted=4)
    assert (result.outcome, "node3 had no tasks" in result.message) == ("not yet", True)
    assert 'swarm.rebalance("sleep-app")' in result.hint
    assert ask("05-drain", "after-kill", *killed, FOUR, empty, noted=4).outcome == "passed"


def test_after_a_new_set_up_the_node_has_to_be_drained_first():
    assert "drains the node" in ask("05-drain", "after-activate", ACTIVE, noted=0).hint


def test_a_call_that_changes_nothing_is_told_what_has_not_been_changed():
    message = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK).message
    assert message.startswith("The number of replicas has not been changed since node3 came back")


OFF, BACK = app(["node1", "node2"], nodes=LOST), app(["node1", "node2"])


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        ([], "not attempted"),
        ([ACTIVE, app(["node1", "node2", "node3"], version=2)], "not attempted"),  # node3 was never off
        ([app(["node1", "node2"], nodes=PAUSED), BACK, app(["node1", "node3"], version=2)], "not attempted"),
        ([OFF], "not attempted"),
        ([OFF, BACK], "not attempted"),
        ([OFF, BACK, SEVEN], "not attempted"),
        ([OFF, BACK, app(["node1", "node2"], version=2)], "not yet"),
        ([OFF, BACK, app(["node1", "node3"], 3, version=2)], "not yet"),
        ([OFF, BACK, app(["node1", "node3"], version=2)], "passed"),
        ([OFF, BACK, app(["node1", "node3"], nodes=DRAINED)], "passed"),
    ],
)
def test_bring_tasks_back(later, outcome):
    assert ask("05-drain", "bring-tasks-back", *drained(10), *later).outcome == outcome


@pytest.mark.parametrize(
    "now",
    [
        app(["node1", "node2"], version=2, update="updating"),  # replaced one by one, and node3 has none so far
        app(["node1", "node2"], 3, version=2),
        app(["node1", "node3"], 3, version=2),
    ],
)
def test_while_tasks_are_under_way_it_is_said_how_to_wait(now):
    hint = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, now).hint
    assert hint == 'It is under way: `swarm.converge("sleep-app")` waits for it.'


def test_when_nothing_is_under_way_a_question_leads_to_what_brings_tasks():
    now = app(["node1", "node2"], version=2)
    hint = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, now).hint
    assert hint.startswith("Which tasks does the scheduler place: those that run, or new ones?")


def test_tasks_are_to_come_back_to_the_same_node_whatever_is_done_later():
    done = app(["node1", "node3"], version=2)
    paused, lost = (
        app(["node1", "node3"], version=2, nodes=[PAUSED[0], each, node("node3")])
        for each in (node("node2", availability="pause"), node("node2", state="down"))
    )
    for later in ([], [paused, done], [lost, done]):
        result = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, done, *later)
        assert (result.outcome, result.message[:5]) == ("passed", "node3")
    assert (
        "node2 has tasks again"
        in ask(
            "05-drain",
            "bring-tasks-back",
            FOUR,
            app(["node1"], nodes=[*PAUSED[:1], node("node2", state="down")]),
            app(["node1"]),
            app(["node1", "node2"], version=2),
            node="node3",
        ).message
    )


DRAINED_3 = app(["node1"] * 7, nodes=[*PAUSED[:2], node("node3", availability="drain")])
LEFT = app(["node1"] * 7, nodes=PAUSED, version=2)
GROWN = app(["node1", "node2", "node3", "node1", "node2", "node1", "node2"], nodes=PAUSED, version=2)


@pytest.mark.parametrize(
    ("now", "outcome", "points"),
    [
        (FOUR, "not attempted", 0),
        (SEVEN, "not attempted", 0),
        (app(["node1", "node2", "node3", "node1"], nodes=PAUSED), "not yet", 4),
        (app(["node1", "node2", "node3", "node1"], 7, nodes=PAUSED), "not yet", 4),
        (DRAINED_3, "not yet", 0),
        (app(["node1"] * 7, nodes=[*PAUSED[:2], node("node3", "down", "pause")]), "not yet", 0),
        (GROWN, "passed", 8),
    ],
)
def test_maintenance(now, outcome, points):
    result = ask("05-drain", "maintenance", FOUR, now)
    assert (result.outcome, result.points) == (outcome, points)


@pytest.mark.parametrize(
    ("looks", "points", "said"),
    [
        ([FOUR, replace(LEFT, nodes=DRAINED_3.nodes), LEFT], 0, "it has no task"),  # it was drained and scaled before
        ([FOUR, SEVEN, replace(GROWN, tasks=SEVEN.tasks)], 4, "no new task"),  # it was scaled before
        ([FOUR, GROWN, FOUR, GROWN], 8, "keeps what it has"),
    ],
)
def test_the_paused_node_has_to_keep_tasks_while_new_ones_are_made(looks, points, said):
    result = ask("05-drain", "maintenance", *looks)
    assert result.points == points
    assert said in result.message


@pytest.mark.parametrize("availability", ["pause", "drain"])
def test_maintenance_of_another_node_is_not_the_exercise(availability):
    nodes = [node("node1", role="manager"), node("node2", availability=availability), node("node3")]
    result = ask("05-drain", "maintenance", app(["node1"] * 7, nodes=nodes))
    assert (result.outcome, result.points) == ("not yet", 0)
    assert result.message == "You changed node2; the exercise is about node3."
    assert 'swarm.activate("node2")' in result.hint


STOPPING = task(3, "node3", "running", "shutdown", service="sleep-app")


@pytest.mark.parametrize(
    ("looks", "did"),
    [
        ([FOUR], "You predict no"),
        ([app(["node1", "node2"], nodes=PAUSED)], "node3 had no tasks"),
        ([FOUR, app(["node1", "node2", "node3", "node1"], 5, nodes=PAUSED)], "You predict no"),
        ([FOUR, app(["node1", "node2", "node3", "node1"], nodes=PAUSED)], "and so it was"),
        (
            [FOUR, app(["node1", "node2", "node3"], 4, nodes=PAUSED), app(["node1"] * 4, nodes=PAUSED)],
            "it was yes",
        ),
        (
            [FOUR, app(["node1", "node2"], nodes=PAUSED, tasks=[STOPPING])],
            "node3 had no tasks",
        ),  # it was drained before
    ],
)
def test_what_a_paused_node_keeps_is_measured(looks, did):
    assert did in ask("05-drain", "paused", *looks, noted="no").message
