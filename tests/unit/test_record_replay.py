"""The state of the swarm at any tick of a record is the one that was seen then, also the next day."""

import hashlib
from dataclasses import replace
from pathlib import Path

from support.api_bodies import node, seen, service, task

from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.recorder import Recorder, Recording
from swarmkit_helpers.recorder.store import Store
from swarmkit_helpers.records import Observation

DRAINED = [node("node1", role="manager"), node("node2", availability="drain"), node("node3")]
STATES = [
    seen(services=[]),
    seen(tasks=[task(1, None, "pending"), task(2, None, "pending")]),
    seen(tasks=[task(1), task(2, "node2")]),
    seen(nodes=DRAINED, tasks=[task(1), task(2, "node3"), task(2, "node2", "shutdown", "shutdown")]),
    seen(nodes=DRAINED, services=[service("api"), service()], tasks=[task(1, service="api"), task(1), task(2)]),
    seen(services=[]),
]


class Swarm:
    """A swarm that is in one state after the other, and answers no more at the end."""

    def __init__(self) -> None:
        self.states = [replace(state, at=float(number)) for number, state in enumerate(STATES, 1)]

    def observe(self) -> Observation:
        if not self.states:
            raise ConnectionError("no manager answers")
        return self.states.pop(0)


def digest(record: Record) -> str:
    return hashlib.sha256(repr((record.last, record.gap, record.markers)).encode()).hexdigest()


def test_the_state_at_each_tick_is_the_recorded_one(tmp_path: Path):
    store = Store(tmp_path, 1000)
    recorder, recorded = Recorder(Swarm(), store=store), {}
    for number in range(1, len(STATES) + 2):
        recorder.look()
        recorded[recorder.wait(0)] = digest(Record(recorder.history, recorder.markers))
        recorder.mark(Command(f"docker command {number}", None, float(number)))
        recorded[recorder.wait(0)] = digest(Record(recorder.history, recorder.markers))
    store.close()
    next_day = Store(tmp_path, 1000)
    next_day.close()
    for recording in (recorder, Recording(next_day)):
        assert {number: digest(Record.as_of(recording, number)) for number in recorded} == recorded
    assert len(set(recorded.values())) == len(recorded)


def test_the_time_of_a_tick_is_that_of_its_entry():
    recording = Recording()
    recording.keep(replace(STATES[0], at=5.0))
    recording.keep(Command("docker node ls", None, 7.0))
    assert [Record.as_of(recording, number).now for number in (0, 1, 2, 3)] == [0.0, 5.0, 7.0, 7.0]
