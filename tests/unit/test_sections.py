"""What each section asks, on observations made by hand: every outcome of every exercise that looks at the swarm."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from bodies import WHEN, node, seen, service, task

from swarmkit_helpers import BadInput, NotFound, Section, recorder
from swarmkit_helpers.checks import Exercise, Prediction, Result, Scene
from swarmkit_helpers.journal import Score
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import Observation
from swarmkit_helpers.sections import SECTIONS, _Beginning
from swarmkit_helpers.sections.progress import Progress, Row

POINTS = {"00-start": 0, "01-orchestration": 10, "02-configure-swarm": 15, "03-deploy": 20, "04-scale": 25,
          "05-drain": 20, "06-clean-up": 10}
GIVEN = {"nodes": 3, "image": "busybox", "up": 7, "down": 4, "node": "node2"}
LATER = (datetime.fromisoformat(WHEN) + timedelta(seconds=9)).isoformat()


def app(on: Iterable[str], replicas: int | None = None, version: int = 1, name: str = "sleep-app",
        nodes: list[dict] | None = None, tasks: Iterable[dict] = (), at: float = 0.0, **more) -> Observation:
    """A service of which a task runs on each of these nodes, and whatever else is given."""
    on = list(on)
    body = service(name, replicas=len(on) if replicas is None else replicas, **more)
    body["Version"]["Index"] = version
    if "args" in more:
        body["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"] = more["args"]
    running = [task(slot, place, service=name) for slot, place in enumerate(on, 1)]
    return replace(seen(nodes=nodes, services=[body], tasks=[*running, *tasks]), at=at)


class Still:
    """A swarm in which nothing changes any more."""

    def __init__(self, observation: Observation) -> None:
        self.observe = lambda: observation


def ask(section: str, id: str, *history: Observation | Gap, noted: object = None, **given) -> Result:
    """What the section says of it, after that history."""
    [asked] = [each for each in SECTIONS[section].EXERCISES if each.id == id]
    scene = Scene(None, Still(history[-1]), history, GIVEN | given)
    if isinstance(asked, Exercise):
        assert asked.text(scene)
        return asked.result(section, scene)
    return asked.result(section, noted, lambda: asked.measure(scene))


# All sections -----------------------------------------------------------------------------------------------

def test_the_points_of_all_sections_make_a_hundred():
    points = {id: sum(each.points for each in module.EXERCISES) for id, module in SECTIONS.items()}
    assert points == POINTS
    assert sum(points.values()) == 100


@pytest.mark.parametrize("id", SECTIONS)
def test_ids_are_unique_and_every_text_can_be_said(id: str):
    module = SECTIONS[id]
    ids = [each.id for each in module.EXERCISES]
    assert len(ids) == len(set(ids))
    assert module.title()
    for each in module.EXERCISES:
        if isinstance(each, Prediction):
            assert each.first().endswith(".")
            assert each.why().endswith(".")
            assert f'"{each.id}"' in each.ask()


def test_an_unknown_section_is_told_what_there_is():
    with pytest.raises(NotFound, match=r"'04-scael'; there are: 00-start, .*04-scale"):
        Section("04-scael")


def test_an_unknown_language_is_told_what_there_is():
    with pytest.raises(NotFound, match="'xx'; there are: en"):
        Section("04-scale", language="xx")


@pytest.mark.parametrize("ask", ["predict", "check", "task"])
def test_an_unknown_exercise_is_told_what_there_is(ask: str):
    with pytest.raises(NotFound, match="'sprade'"):
        getattr(Section("04-scale"), ask)("sprade", *[3] * (ask == "predict"))


def test_an_exercise_cannot_be_predicted():
    with pytest.raises(NotFound, match="'even' here; it has: spread, restarted, emptiest, newcomer"):
        Section("04-scale").predict("even", 3)


def test_a_section_has_to_be_started_first():
    with pytest.raises(BadInput, match="has not been started") as error:
        Section("04-scale").check("spread")
    assert "section.start(cluster)" in error.value.fix


def test_progress_is_a_table_with_words():
    scores = {"spread": Score("passed", 3, 3), "even": Score("not yet", 3, 7), "gone": Score("passed", 9, 9)}
    row = Row("04-scale", "Scale", scores, SECTIONS["04-scale"].EXERCISES, here=True)
    assert (row.points, row.of, row.done) == (6, 25, 1)
    bundle = Progress([row])._repr_mimebundle_()
    assert bundle["text/plain"] == "(progress)"
    assert bundle["text/html"].startswith('<figure class="swk-live" ')
    row = replace(row, scores={"spread": Score("not yet", 1.5, 3), "emptiest": Score("not yet", 1.5, 3)})
    assert str(row.points) == "3"
    assert "3 of 25" in Progress([row])._repr_mimebundle_()["text/html"]
    for words in ("1 of 6", "6 of 25", "(here)", 'aria-label="1 of 6 done in section 04"', 'scope="row"'):
        assert words in bundle["text/html"]


# 01 -----------------------------------------------------------------------------------------------------------

SLEEP = ["sleep", "infinity"]
FAILED = task(1, "node1", "failed", "shutdown", service="sleep-app")
SUCCESSOR = task(1, "node3", service="sleep-app", created=LATER)


@pytest.mark.parametrize(("looks", "outcome"), [
    ([app(["node1", "node2", "node3"])], "not yet"),
    ([app(["node1"], replicas=3, tasks=[task(2, "node2", "failed", "shutdown", service="sleep-app")])], "not yet"),
    ([app([], replicas=1, tasks=[FAILED, SUCCESSOR])], "passed"),
])
def test_replaced_is_measured_once_a_new_task_runs(looks, outcome):
    assert ask("01-orchestration", "replaced", *looks, noted=1).outcome == outcome


@pytest.mark.parametrize(("now", "outcome", "said"), [
    (seen(services=[]), "not attempted", "no service called `mine`"),
    (app([], 1, name="mine"), "not yet", "mine runs the image's own program, which ends at once; the exercise says sl"),
    (app(["node1"], name="mine", args=["sleep", "9"]), "not yet", "mine runs sleep 9; the exercise says sleep inf"),
    (app(["node1"], name="mine", args=SLEEP), "not yet", "asked of mine: 1; the task says 3"),
    (app(["node1", "node2"], 3, name="mine", args=SLEEP), "not yet", "2 of 3"),
    (app(["node1", "node2", "node3"], name="mine", args=SLEEP), "passed", "All 3"),
])
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
    result = ask("01-orchestration", "mine", app(["node1", "node2"], 3, name="mine", args=SLEEP,
                                                     tasks=[pending]))
    assert why in result.message
    assert "swarm.tasks" in result.hint


# 02 -----------------------------------------------------------------------------------------------------------

def test_before_there_is_a_swarm_no_node_is_listed():
    assert ask("02-configure-swarm", "nodes-before", Gap(0.0, "no manager"), noted=0).outcome == "passed"
    assert ask("02-configure-swarm", "nodes-before", Gap(0.0, "no manager"), noted=3).outcome == "not yet"


def test_after_init_the_first_look_counts():
    one = seen(nodes=[node("node1", role="manager")], services=[])
    history = (Gap(0.0, "no manager"), one, seen(services=[]))
    assert ask("02-configure-swarm", "nodes-after", *history, noted=1).outcome == "passed"
    assert ask("02-configure-swarm", "nodes-after", history[0], noted=1).outcome == "not yet"


def test_the_role_is_the_one_of_the_node_that_joined():
    history = (Gap(0.0, ""), seen(services=[]))
    assert ask("02-configure-swarm", "joined-role", *history, noted="worker").outcome == "passed"
    assert ask("02-configure-swarm", "joined-role", *history, noted="manager").outcome == "not yet"
    assert ask("02-configure-swarm", "joined-role", history[0], noted="worker").outcome == "not yet"


# 03 -----------------------------------------------------------------------------------------------------------

NO_SERVICE = seen(services=[])


def test_deploy_is_measured():
    ran, after = app(["node1"]), app([], replicas=1, tasks=[FAILED, SUCCESSOR])
    more = app([], replicas=1, tasks=[FAILED, SUCCESSOR, task(1, "node2", "failed", "shutdown", service="sleep-app")])
    for id, value in {"nodes-used": 1, "slot-after": 1, "rows": 2}.items():
        assert ask("03-deploy", id, NO_SERVICE, ran, after, more, noted=value).outcome == "passed"
        assert ask("03-deploy", id, NO_SERVICE, ran, after, more, noted=value + 1).points == 1
        assert ask("03-deploy", id, NO_SERVICE, noted=value).hint.startswith("Run the cell")


ONLY_NODE2 = ["node.hostname==node2"]


@pytest.mark.parametrize(("now", "outcome", "points"), [
    (NO_SERVICE, "not attempted", 0),
    (app(["node2"], name="pinned", constraints=ONLY_NODE2), "not yet", 0),
    (app(["node1", "node2"], name="pinned"), "not yet", 0),
    (app(["node2", "node2"], name="pinned"), "not yet", 3),
    (app(["node2", "node2"], name="pinned", constraints=["node.role==worker"]), "not yet", 3),
    (app(["node2"], 2, name="pinned", constraints=ONLY_NODE2), "not yet", 0),
    (app([], 2, name="pinned", constraints=["no constraint"]), "not yet", 0),
    (app(["node2", "node2"], name="pinned", constraints=ONLY_NODE2), "passed", 7),
])
def test_pinned(now, outcome, points):
    result = ask("03-deploy", "pinned", now)
    assert (result.outcome, result.points) == (outcome, points)


BROKEN = app([], 1, name="broken", args=["slep", "infinity"])
MENDED = app(["node1"], name="broken", args=["sleep", "infinity"])


@pytest.mark.parametrize(("history", "outcome"), [
    ([NO_SERVICE], "not attempted"),
    ([BROKEN], "not attempted"),
    ([BROKEN, replace(MENDED, services=(replace(MENDED.services[0], id="another"),))], "not yet"),
    ([BROKEN, app([], 0, name="broken", args=["sleep", "infinity"])], "not yet"),
    ([BROKEN, app([], 1, name="broken", args=["sleep", "infinity"])], "not yet"),
    ([BROKEN, MENDED], "passed"),
])
def test_repair(history, outcome):
    assert ask("03-deploy", "repair", *history).outcome == outcome


# 04 -----------------------------------------------------------------------------------------------------------

ONE, SEVEN = app(["node1"]), app([f"node{number % 3 + 1}" for number in range(7)])
FOUR = app(["node1", "node2", "node3", "node1"])
FOUR_NODES = [node("node1", role="manager"), node("node2"), node("node3"), node("node4")]


@pytest.mark.parametrize(("id", "value", "wrong"), [("spread", 3, 4), ("restarted", "no", "yes"), ("emptiest", 1, 2)])
def test_scaling_is_measured(id, value, wrong):
    assert ask("04-scale", id, ONE, SEVEN, FOUR, noted=value).outcome == "passed"
    assert ask("04-scale", id, ONE, SEVEN, FOUR, noted=wrong).outcome == "not yet"
    assert ask("04-scale", id, ONE, FOUR, noted=value).points == 0


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


@pytest.mark.parametrize(("now", "outcome"), [
    (NO_SERVICE, "not attempted"), (ONE, "not attempted"), (SEVEN, "not attempted"), (FOUR, "not attempted"),
    (app(["node1", "node2"]), "not yet"), (app(["node1", "node2"], 9), "not yet"),
    (app(["node1", "node2", "node3"] * 4), "not yet"), (app(["node1", "node2", "node3"] * 3), "passed"),
])
def test_own_number(now, outcome):
    assert ask("04-scale", "own-number", now).outcome == outcome


def test_the_own_number_is_none_of_the_lesson():
    [own] = [each for each in SECTIONS["04-scale"].EXERCISES if each.id == "own-number"]
    assert "exactly 9 replicas" in own.text(Scene(None, None, [], GIVEN))
    assert "exactly 11 replicas" in own.text(Scene(None, None, [], GIVEN | {"up": 12, "down": 9}))


@pytest.mark.parametrize(("on", "replicas", "version", "outcome", "points"), [
    (["node1", "node2", "node3", "node1"], 4, 1, "not attempted", 0),
    (["node1", "node2", "node3", "node1"], 4, 2, "not yet", 0),
    (["node1", "node2", "node3", "node4"], 5, 2, "not yet", 3),
    (["node1", "node1", "node1", "node2", "node3", "node4"], 6, 2, "not yet", 3),
    (["node1", "node1", "node2", "node3", "node4"], 5, 2, "passed", 7),
])
def test_even(on, replicas, version, outcome, points):
    joined = app(["node1", "node2", "node3", "node1"], nodes=FOUR_NODES)
    result = ask("04-scale", "even", FOUR, joined, app(on, replicas, version, nodes=FOUR_NODES))
    assert (result.outcome, result.points) == (outcome, points)


def test_without_a_newcomer_even_is_not_attempted():
    assert ask("04-scale", "even", FOUR, app(["node1", "node2", "node3"], version=2)).outcome == "not attempted"


# 05 -----------------------------------------------------------------------------------------------------------

DRAINED = [node("node1", role="manager"), node("node2", availability="drain"), node("node3")]
PAUSED = [node("node1", role="manager"), node("node2"), node("node3", availability="pause")]
LOST = [node("node1", role="manager"), node("node2"), node("node3", state="down")]
ELSEWHERE = ["node1", "node3", "node3", "node1"]
TIME = datetime.fromisoformat(WHEN).timestamp()
LEAVING = task(2, "node2", "running", "shutdown", service="sleep-app")
GONE = task(2, "node2", "shutdown", "shutdown", service="sleep-app")


def drained(took: float) -> list[Observation]:
    """A drain in which the task on node2 took so many seconds to end."""
    looks = [FOUR, app(["node1", "node3", "node1"], 4, nodes=DRAINED, tasks=[LEAVING], at=TIME - took),
             app(ELSEWHERE, nodes=DRAINED, tasks=[GONE], at=TIME + 1)]
    return [replace(look, tasks=tuple(replace(each, id="old") if each.node == "node2" else each for each in look.tasks))
            for look in looks]


def test_a_drained_node_runs_nothing():
    assert ask("05-drain", "left", *drained(10), noted=0).outcome == "passed"
    assert ask("05-drain", "left", *drained(10), noted=1).points == 1
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


OFF, BACK = app(["node1", "node2"], nodes=LOST), app(["node1", "node2"])


@pytest.mark.parametrize(("later", "outcome"), [
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
])
def test_bring_tasks_back(later, outcome):
    assert ask("05-drain", "bring-tasks-back", *drained(10), *later).outcome == outcome


@pytest.mark.parametrize("now", [
    app(["node1", "node2"], version=2, update="updating"),  # replaced one by one, and node3 has none so far
    app(["node1", "node2"], 3, version=2),
    app(["node1", "node3"], 3, version=2),
])
def test_while_tasks_are_under_way_it_is_said_how_to_wait(now):
    hint = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, now).hint
    assert hint == 'It is under way: `swarm.converge("sleep-app")` waits for it.'


def test_when_nothing_is_under_way_it_is_said_what_brings_tasks():
    now = app(["node1", "node2"], version=2)
    assert "swarm.rebalance" in ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, now).hint


def test_tasks_are_to_come_back_to_the_same_node_whatever_is_done_later():
    done = app(["node1", "node3"], version=2)
    paused, lost = (app(["node1", "node3"], version=2, nodes=[PAUSED[0], each, node("node3")])
                    for each in (node("node2", availability="pause"), node("node2", state="down")))
    for later in ([], [paused, done], [lost, done]):
        result = ask("05-drain", "bring-tasks-back", FOUR, OFF, BACK, done, *later)
        assert (result.outcome, result.message[:5]) == ("passed", "node3")
    assert "node2 has tasks again" in ask(
        "05-drain", "bring-tasks-back", FOUR, app(["node1"], nodes=[*PAUSED[:1], node("node2", state="down")]),
        app(["node1"]), app(["node1", "node2"], version=2), node="node3").message


@pytest.mark.parametrize(("now", "outcome", "points"), [
    (FOUR, "not attempted", 0),
    (SEVEN, "not attempted", 0),
    (app(["node1", "node2", "node3", "node1"], nodes=PAUSED), "not yet", 2),
    (app(["node1", "node2", "node3", "node1"], 7, nodes=PAUSED), "not yet", 2),
    (app(["node1"] * 7, nodes=[*PAUSED[:2], node("node3", availability="drain")]), "not yet", 0),
    (app(["node1"] * 7, nodes=[*PAUSED[:2], node("node3", "down", "pause")]), "not yet", 0),
    (app(["node1", "node1", "node1", "node2", "node2", "node2", "node3"], nodes=PAUSED), "passed", 5),
])
def test_maintenance(now, outcome, points):
    result = ask("05-drain", "maintenance", now)
    assert (result.outcome, result.points) == (outcome, points)


@pytest.mark.parametrize("availability", ["pause", "drain"])
def test_maintenance_of_another_node_is_not_the_exercise(availability):
    nodes = [node("node1", role="manager"), node("node2", availability=availability), node("node3")]
    result = ask("05-drain", "maintenance", app(["node1"] * 7, nodes=nodes))
    assert (result.outcome, result.points) == ("not yet", 0)
    assert result.message == "You changed node2; the exercise is about node3."
    assert 'swarm.activate("node2")' in result.hint


def test_students_beside_each_other_have_different_tasks():
    texts = []
    for number in range(40):
        scene = Scene(None, None, [], GIVEN, f"s{number:02}")
        texts.append([each.text(scene) for module in SECTIONS.values() for each in module.EXERCISES
                      if isinstance(each, Exercise)])
    assert sum(one == next_one for one, next_one in pairwise(texts)) <= 2


# What has not been begun -------------------------------------------------------------------------------------

@pytest.mark.parametrize(("section", "id", "now"), [
    ("01-orchestration", "mine", NO_SERVICE), ("03-deploy", "pinned", NO_SERVICE), ("03-deploy", "repair", BROKEN)])
def test_what_has_not_been_begun_is_not_solved_by_its_message(section, id, now):
    result = ask(section, id, now)
    assert "in this section" in result.message
    assert "swarm." not in repr(result)
    assert "constraint" not in repr(result)


# One student's way through a section --------------------------------------------------------------------------

class Table:
    """A cluster whose swarm is seen as it was put here."""

    def __init__(self, name: str) -> None:
        self.name, self.seen = name, ONE

    def swarm(self) -> "Table":
        return self

    def observe(self) -> Observation:
        return replace(self.seen, at=time.time())


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    table = Table(tmp_path.name)
    yield table
    recorder.shared(table).stop()


def begin(table: Table) -> Section:
    """Section 04, as after its set-up."""
    table.seen = ONE
    section = Section("04-scale", language="en")
    section._began = _Beginning("04-scale", "", table, GIVEN)
    return section


def test_what_is_said_after_the_swarm_has_done_it_is_no_prediction(table: Table):
    section = begin(table)
    table.seen = SEVEN
    assert repr(section.predict("spread", 3)) == (
        "The swarm has done it already, so this is no prediction any more. To predict first, run the two cells under "
        "Setup again.")
    assert section.check("spread").outcome == "not attempted"
    assert repr(section.predict("emptiest", 1)) == "Noted: you predict 1."


def test_a_prediction_can_be_changed_until_the_swarm_has_done_it(table: Table):
    section = begin(table)
    section.predict("spread", 7)
    section.predict("spread", 4)
    table.seen = SEVEN
    assert "so that stays" in repr(section.predict("spread", 3))
    assert section.check("spread").points == 1.5
    section = begin(table)
    table.seen = SEVEN
    assert "so that stays" in repr(section.predict("spread", 3))
    section = begin(table)
    section.predict("spread", 3)
    table.seen = SEVEN
    assert section.check("spread").points == 3


def test_what_holds_all_the_time_can_be_predicted_until_it_is_checked(table: Table):
    section = Section("02-configure-swarm", language="en")
    section._began = _Beginning("02-configure-swarm", "", table, GIVEN)
    assert repr(section.predict("nodes-before", 0)) == "Noted: you predict 0."
    assert repr(section.predict("nodes-before", 3)) == "Noted: you predict 3."
    assert section.check("nodes-before").outcome == "passed"
    assert "so that stays" in repr(section.predict("nodes-before", 0))


def test_points_are_kept_when_the_section_is_begun_again(table: Table):
    section = begin(table)
    table.seen = app(["node1", "node2", "node3"] * 3)
    assert "kept" not in section.check("own-number").message
    assert "kept" not in section.check("own-number").message
    section = begin(table)
    result = section.check("own-number")
    assert (result.outcome, result.points) == ("not attempted", 0)
    assert result.message.endswith(" (the 6 points you had are kept)")
    assert section.progress().rows[4].points == 6


def test_points_there_never_were_are_not_kept(table: Table):
    assert "kept" not in begin(table).check("own-number").message
