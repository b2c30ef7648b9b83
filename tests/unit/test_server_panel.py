"""What the panel shows: pure data, from the record and the machines."""

from dataclasses import replace
from pathlib import Path

from support.api_bodies import container, node, seen, service, task
from support.figures import at, replaced

from swarmkit_helpers import language
from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.display.charts.ended_tasks import changes_at
from swarmkit_helpers.notebook.server import panel
from swarmkit_helpers.recorder import Gap, Recording
from swarmkit_helpers.recorder.store import Store
from swarmkit_helpers.records import MachineState

MACHINES = {"node1": "running", "node2": "running"}
WEB = at(5, seen(nodes=[node("node1", role="manager", leader=True), node("node2")], tasks=[task(1), task(2, "node2")]))


def state(record: Record, no_swarm: bool = False, **machines: str) -> dict:
    return panel.state(record, MACHINES | machines, no_swarm)


def items(shown: dict, name: str) -> list[tuple[str, bool]]:
    """The labels of the node's menu, and whether each can be chosen."""
    [found] = [each for each in shown["nodes"] if each["name"] == name]
    return [
        (item["label"], bool(item.get("request") or item.get("terminal"))) for group in found["menu"] for item in group
    ]


def test_before_there_is_a_swarm_the_machines_are_there_with_their_terminals():
    shown = state(Record((Gap(1.0, "no swarm"),)), no_swarm=True)
    assert shown["sentence"] == "2 machines are on, and there is no swarm."
    assert [each["terminal"] for each in shown["nodes"]] == ["Terminal on node1", "Terminal on node2"]
    assert ("Kill node1", True) in items(shown, "node1")
    assert not any(label.startswith("drain") for label, _able in items(shown, "node1"))


def test_a_container_run_by_hand_stands_on_its_machine_also_without_a_swarm():
    on = (MachineState("m1", "node1", "running", None),)
    shown = state(Record((Gap(1.0, "no swarm", (container("lonely"),), on),)), no_swarm=True)
    [lonely] = shown["nodes"][0]["tasks"]
    assert (lonely["service"], lonely["kind"], lonely["byHand"]) == ("lonely", "running", True)
    assert lonely["label"] == "lonely, running, on node1, run by hand: why here?"
    assert shown["sentence"].endswith("1 container is run by hand: lonely on node1.")


def test_a_container_run_by_hand_stands_after_the_tasks_of_its_node_and_is_no_task_that_runs():
    shown = state(Record((replace(WEB, containers=(container("lonely", "node2"),)),)))["nodes"][1]
    assert [each["service"] for each in shown["tasks"]] == ["web", "lonely"]
    assert shown["label"].endswith("1 task runs")


def test_a_container_run_by_hand_is_explained_with_a_swarm_and_without():
    hand = container("web", "node2")
    for record in (Record((replace(WEB, containers=(hand,)),)), Record((Gap(1.0, "no swarm", (hand,)),))):
        assert "web was run by hand on node2" in panel.explanation(record, hand.id)


def test_an_engine_that_does_not_answer_is_said():
    assert panel.state(Record((Gap(1.0, "the engine is away"),)), {}, False)["sentence"] == "the engine is away"
    assert panel.state(Record(()), {}, False)["sentence"].startswith("No machines yet")


def test_what_a_task_did_that_has_just_ended_stays_for_a_moment():
    history = replaced()
    kinds = {
        each["service"] + each["slot"]: each["kind"]
        for each in state(Record(history.history, (), 31.0))["nodes"][1]["tasks"]
    }
    assert kinds == {"web.2": "ended"}
    assert changes_at(Record(history.history, (), 31.0)) == 34.0
    assert state(history)["nodes"][1]["tasks"] == []


def test_a_manager_that_is_away_is_said_with_what_brings_it_back():
    shown = state(Record((WEB, Gap(9.0, "away"))), node1="exited")
    assert shown["sentence"].startswith("No manager answers now; what was seen last: web: 2 of 2")
    assert shown["sentence"].endswith("Bring back node1.")
    assert not shown["answers"]
    assert [label for label, able in items(shown, "node1") if able] == [
        "Terminal on node1",
        "Start node1",
    ]


def test_what_the_managers_have_not_noticed_is_said():
    shown = panel.state(Record((WEB,)), {"node1": "running", "node2": "exited"}, False)
    assert shown["sentence"].endswith("The managers have not noticed yet what happened to node2.")


def test_a_task_that_was_chosen_and_is_gone_keeps_its_name():
    later = at(6, seen(nodes=[node("node1", role="manager", leader=True)], tasks=[task(2)]))
    [gone] = [each for each in WEB.tasks if each.slot == 1]
    assert panel.explanation(Record((WEB, later)), gone.id) == (
        "<p>web.1 is no longer there: the swarm has forgotten it</p>"
    )


def test_of_a_task_whose_service_was_removed_nothing_is_said():
    orphans = at(6, seen(services=[], tasks=[task(1)]))
    emptied = at(7, seen(services=[], tasks=[]))
    assert orphans.tasks[0].service == "id-web"
    for record in (Record((WEB, orphans, emptied)), Record((WEB, emptied))):
        assert panel.explanation(record, orphans.tasks[0].id) == "<p>Choose a task to read why it is where it is.</p>"


def test_a_swarm_that_was_left_is_shown_no_longer():
    shown = state(Record((WEB, Gap(9.0, "away"))), no_swarm=True)
    assert [each["tasks"] for each in shown["nodes"]] == [[], []]
    assert shown["services"] == []


def test_each_part_says_to_a_screen_reader_what_it_shows_by_its_look():
    shown = state(Record((WEB,)), node2="paused")
    assert shown["nodes"][0]["label"] == "node1, manager, ready, 1 task runs"
    assert shown["nodes"][1]["label"] == "node2, worker, ready, frozen, 1 task runs"
    assert shown["nodes"][1]["tasks"][0]["label"] == "web.2, running, on node2: why here?"


def test_a_global_service_has_no_number_to_change():
    everywhere = at(5, seen(services=[service("proxy", mode={"Global": {}})], tasks=[]))
    assert [(each["replicas"], each["text"]) for each in state(Record((everywhere,)))["services"]] == [
        (None, "global: 0 tasks run")
    ]


def test_the_words_are_those_of_the_language():
    language.use("id")
    try:
        assert panel.texts()["why"] == "Mengapa di sini?"
        assert state(Record((WEB,)))["services"][0]["text"] == "2 dari 2 berjalan"
    finally:
        language.use("en")


def test_the_present_has_nothing_of_an_earlier_day(tmp_path: Path):
    """Else the tasks of that day would be shown as if they had ended just now."""
    for observation in (WEB, at(900.0, seen(services=[], tasks=[]))):
        store = Store(tmp_path, 100)
        recording = Recording(store)
        recording.keep(observation)
        store.close()
    assert [each.tasks for each in Record.as_of(recording).history] == [()]
    assert len(Record.as_of(recording, 1).last.tasks) == 2
