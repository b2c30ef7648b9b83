"""What section 03 asks, on observations made by hand: every outcome."""

from dataclasses import replace

import pytest
from support.api_bodies import task
from support.section_histories import BROKEN, FAILED, NO_SERVICE, SUCCESSOR, app, ask

from swarmkit_helpers.records import Observation


def test_deploy_is_measured():
    ran, after = app(["node1"]), app([], replicas=1, tasks=[FAILED, SUCCESSOR])
    more = app([], replicas=1, tasks=[FAILED, SUCCESSOR, task(1, "node2", "failed", "shutdown", service="sleep-app")])
    for id, value in {"nodes-used": 1, "slot-after": 1, "rows": 2}.items():
        assert ask("03-deploy", id, NO_SERVICE, ran, after, more, noted=value).outcome == "passed"
        assert ask("03-deploy", id, NO_SERVICE, ran, after, more, noted=value + 1).points == 1
        assert ask("03-deploy", id, NO_SERVICE, noted=value).hint.startswith("Run the cell")


ONLY_NODE2 = ["node.hostname==node2"]


@pytest.mark.parametrize(
    ("now", "outcome", "points"),
    [
        (NO_SERVICE, "not attempted", 0),
        (app(["node2"], name="pinned", constraints=ONLY_NODE2), "not yet", 0),
        (app(["node1", "node2"], name="pinned"), "not yet", 0),
        (app(["node2", "node2"], name="pinned"), "not yet", 3),
        (app(["node2", "node2"], name="pinned", constraints=["node.role==worker"]), "not yet", 3),
        (app(["node2"], 2, name="pinned", constraints=ONLY_NODE2), "not yet", 4),
        (app([], 2, name="pinned", constraints=["no constraint"]), "not yet", 0),
        (app(["node2", "node2"], name="pinned", constraints=ONLY_NODE2), "passed", 8),
    ],
)
def test_pinned(now, outcome, points):
    result = ask("03-deploy", "pinned", now)
    assert (result.outcome, result.points) == (outcome, points)


def test_the_hint_for_pinned_fits_what_is_missing():
    one = ask("03-deploy", "pinned", app(["node2"], name="pinned", constraints=ONLY_NODE2))
    assert one.hint.startswith("`swarm.services()` shows the number")
    anywhere = ask("03-deploy", "pinned", app(["node2", "node2"], name="pinned"))
    assert "ruled nodes out" in anywhere.hint


MENDED = app(["node1"], name="broken", args=["sleep", "infinity"])
# Its program ended; the first with the settings of today.
ENDED = task(1, "node2", "failed", "shutdown", service="broken")
RESTARTED = app(["node1"], name="broken", args=["sleep"], tasks=[ENDED])
OF_BEFORE = app(["node1"], name="broken", args=["sleep", "infinity"], tasks=[ENDED | {"Spec": {"ForceUpdate": 1}}])


@pytest.mark.parametrize(
    ("history", "outcome"),
    [
        ([NO_SERVICE], "not attempted"),
        ([BROKEN], "not attempted"),
        ([BROKEN, replace(MENDED, services=(replace(MENDED.services[0], id="another"),))], "not yet"),
        ([BROKEN, app([], 0, name="broken", args=["sleep", "infinity"])], "not yet"),
        ([BROKEN, app([], 1, name="broken", args=["sleep", "infinity"])], "not yet"),
        ([BROKEN, RESTARTED], "not yet"),
        ([BROKEN, OF_BEFORE], "passed"),
        ([BROKEN, MENDED], "passed"),
    ],
)
def test_repair(history, outcome):
    assert ask("03-deploy", "repair", *history).outcome == outcome


def picky(state: str, error: str = "") -> Observation:
    return app([], 1, name="picky", tasks=[task(1, "node1", state, service="picky", error=error)])


@pytest.mark.parametrize(
    ("looks", "outcome"),
    [
        ([NO_SERVICE], "not yet"),
        ([picky("pending")], "not yet"),  # the scheduler has not looked at it yet
        ([picky("pending", "no suitable node"), picky("running")], "passed"),
        ([picky("pending"), picky("preparing"), picky("running")], "not as predicted"),
    ],
)
def test_what_no_node_fits_is_measured_at_first(looks, outcome):
    assert ask("03-deploy", "unplaced", *looks, noted="pending").outcome == outcome
