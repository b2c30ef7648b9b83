"""What section 01 asks, on observations made by hand: every outcome."""

import pytest
from support.api_bodies import seen, task
from support.section_histories import FAILED, SUCCESSOR, app, ask

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
        (app(["node1"], name="mine", args=SLEEP), "not yet", "asked of mine: 1; the task says 3"),
        (app(["node1", "node2"], 3, name="mine", args=SLEEP), "not yet", "2 of 3"),
        (app(["node1", "node2", "node3"], name="mine", args=SLEEP), "passed", "All 3"),
    ],
)
def test_mine(now, outcome, said):
    result = ask("01-orchestration", "mine", now)
    assert result.outcome == outcome
    assert said in result.message


def test_a_service_of_another_command_is_to_be_made_again():
    hint = ask("01-orchestration", "mine", app([], 3, name="mine")).hint
    assert 'swarm.remove_service("mine")' in hint
    assert 'command="sleep infinity"' in hint


def test_what_is_missing_is_named_with_its_reason():
    why = "no suitable node (insufficient resources on 3 nodes)"
    pending = task(3, None, "pending", service="mine", error=why)
    result = ask("01-orchestration", "mine", app(["node1", "node2"], 3, name="mine", args=SLEEP, tasks=[pending]))
    assert why in result.message
    assert "swarm.tasks" in result.hint
