"""What section 01 asks, on observations made by hand: every outcome."""

from dataclasses import replace

import pytest
from support.api_bodies import seen, task
from support.section_histories import FAILED, SUCCESSOR, app, ask

from swarmkit_helpers.records import Observation

SLEEP = ["sleep", "infinity"]


@pytest.mark.parametrize(
    ("looks", "outcome"),
    [
        ([app(["node1", "node2", "node3"])], "not yet"),
        ([app(["node1"], replicas=3, tasks=[task(2, "node2", "failed", "shutdown", service="sleep-app")])], "not yet"),
        ([app([], replicas=1, tasks=[FAILED, SUCCESSOR])], "passed"),
    ],
)
def test_replaced_is_measured_once_a_new_task_runs(looks, outcome):
    assert ask("01-orchestration", "replaced", *looks, noted=1).outcome == outcome


@pytest.mark.parametrize(
    ("now", "outcome", "said"),
    [
        (seen(services=[]), "not attempted", "no service called `mine`"),
        (
            app([], 1, name="mine"),
            "not yet",
            "mine runs the image's own program, which ends at once; the exercise says sl",
        ),
        (app(["node1"], name="mine", args=["sleep", "9"]), "not yet", "mine runs sleep 9; the exercise says sleep inf"),
        (app(["node1"], name="mine", args=SLEEP), "not yet", "asked of mine: 1; the exercise says 3"),
        (app(["node1", "node2"], 3, name="mine", args=SLEEP), "not yet", "2 of 3"),
        (app(["node1", "node2", "node3"], name="mine", args=SLEEP), "passed", "All 3"),
    ],
)
def test_mine(now, outcome, said):
    result = ask("01-orchestration", "mine", now)
    assert result.outcome == outcome
    assert said in result.message


def test_a_service_of_another_command_is_to_be_compared_with_that_of_the_lesson():
    hint = ask("01-orchestration", "mine", app([], 3, name="mine")).hint
    assert hint.startswith("Compare your service with the way `sleep-app` was made in this section.")


def test_what_is_missing_is_named_with_its_reason():
    why = "no suitable node (insufficient resources on 3 nodes)"
    pending = task(3, None, "pending", service="mine", error=why)
    result = ask("01-orchestration", "mine", app(["node1", "node2"], 3, name="mine", args=SLEEP, tasks=[pending]))
    assert why in result.message
    assert "swarm.tasks" in result.hint


def mine(on: list[str], state: str = "") -> Observation:
    """`mine` with two replicas; another task of it is in that state."""
    look = app(on, 2, name="mine", args=SLEEP, tasks=[task(2, "node2", state, service="mine")] if state else [])
    return replace(
        look, tasks=tuple(replace(each, id="other") if each.node == "node2" else each for each in look.tasks)
    )


@pytest.mark.parametrize(
    ("looks", "outcome", "points"),
    [
        ([seen(services=[])], "not attempted", 0),
        ([mine(["node1"], "running")], "not attempted", 0),
        ([mine(["node1", "node3"], "failed")], "not attempted", 0),  # it never ran: not a crash
        ([mine(["node1"], "running"), mine(["node1"], "failed")], "not yet", 2),
        ([mine(["node1"], "running"), mine(["node1", "node3"], "failed")], "passed", 4),
    ],
)
def test_crash(looks, outcome, points):
    result = ask("01-orchestration", "crash", *looks)
    assert (result.outcome, result.points) == (outcome, points)


def test_a_wrong_command_that_ends_by_itself_is_no_crash():
    wrong = app([], 2, name="mine", args=["sleep", "infinit"]).services
    looks = [replace(look, services=wrong) for look in (mine(["node1"], "running"), mine(["node1"], "failed"))]
    result = ask("01-orchestration", "crash", *looks, mine(["node1", "node3"], "failed"))
    assert (result.outcome, result.points) == ("not attempted", 0)


def test_a_paused_update_is_not_called_under_way():
    looks = [
        replace(look, services=app([], 2, name="mine", args=SLEEP, update="paused").services)
        for look in (mine(["node1"], "running"), mine(["node1"], "failed"))
    ]
    result = ask("01-orchestration", "crash", *looks)
    assert "its update is paused" in result.message
    assert result.hint == 'Its update is paused: `swarm.converge("mine")` says what lets it go on.'


def talk(on: list[str], town: str) -> Observation:
    """`web` on those nodes, and `visitor` in the network of that id."""
    web, visitor = app(on, 2, name="web"), app(["node1"], name="visitor")
    for look, network in ((web, "town"), (visitor, town)):
        look.services[0].spec["TaskTemplate"]["Networks"] = [{"Target": network}]
    return replace(web, services=web.services + visitor.services, tasks=web.tasks + visitor.tasks)


@pytest.mark.parametrize(
    ("now", "said"),
    [
        (seen(services=[]), "not to be seen yet"),
        (talk(["node2"], "town"), "not to be seen yet"),
        (talk(["node2", "node3"], "town"), "and so it was"),
        (talk(["node2", "node3"], "village"), "it was 0"),
    ],
)
def test_who_answers_is_measured_when_all_run(now, said):
    assert said in ask("01-orchestration", "answers", now, noted=2).message
