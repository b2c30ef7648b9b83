"""How the simulated control API writes its objects: as a real engine does, and fast."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from support.simulated_api import SmallSwarmAPI

from swarm_simulator.errors import ApiError
from swarm_simulator.objects import State, Task
from swarm_simulator.swarm_api import LogLine, LogOptions
from swarm_simulator.swarm_api.timestamps import stamp

RECORDED = Path(__file__).parents[1] / "data"
LEFT_OUT = {"TLSInfo"}  # there are no certificates


def keys(body: Any, path: str = "") -> set[str]:
    """The paths of all fields, of the lists' items too; labels and ids as keys are data."""
    if isinstance(body, list):
        return {key for item in body for key in keys(item, path)}
    if not isinstance(body, dict) or path.endswith("Labels"):
        return {path}
    return {path} | {
        found for key, value in body.items() if key not in LEFT_OUT for found in keys(value, f"{path}.{key}")
    }


def recorded(kind: str) -> Any:
    """A real engine's list."""
    return json.loads((RECORDED / f"{kind}.json").read_text(encoding="utf-8"))


def test_a_node_has_the_fields_it_really_has():
    assert keys(SmallSwarmAPI(managers=1).api.list_nodes({})) == keys(recorded("nodes"))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (0.0, "0001-01-01T00:00:00Z"),
        (1_700_000_000.0, "2023-11-14T22:13:20Z"),
        (1_700_000_000.25, "2023-11-14T22:13:20.25Z"),
        (1_700_000_000.9999999, "2023-11-14T22:13:21Z"),
    ],
)
def test_moments_end_where_their_digits_do(moment: float, text: str):
    assert stamp(moment) == text


def test_ten_thousand_tasks_are_listed_in_a_third_of_a_second():
    swarm = SmallSwarmAPI()
    service = swarm.create()
    [one] = swarm.tasks(service)
    for slot in range(2, 10_001):  # past whoever watches the store: they are only to be listed
        task = Task(
            id=swarm.store.new_id(),
            service_id=service.id,
            slot=slot,
            node_id=one.node_id,
            spec=one.spec,
            state=State.RUNNING,
            reported=swarm.clock.now + slot / 1000,
        )
        swarm.store.tasks[task.id] = task
    start = time.process_time()
    listed = swarm.api.list_tasks({})
    assert time.process_time() - start < 0.3
    assert len(listed) == 10_000


@pytest.fixture(scope="module")
def swarm() -> SmallSwarmAPI:
    """Two tasks that wrote a line each second, the second one a little later; the middle lines are errors."""
    swarm = SmallSwarmAPI()
    for task in swarm.tasks(swarm.create(replicas=2)):
        swarm.written[task.id] = [
            LogLine(swarm.clock.now + task.slot / 10 + second, 1 + second % 2, f"{task.slot}{second}\n".encode())
            for second in range(3)
        ]
    return swarm


class TestLogs:
    def read(self, swarm: SmallSwarmAPI, **how: Any) -> list[tuple[int, bytes]]:
        return swarm.api.service_logs("web", LogOptions(**how), lambda task: swarm.written[task.id])

    def test_are_in_the_order_of_time(self, swarm: SmallSwarmAPI):
        assert [text for _stream, text in self.read(swarm)] == [b"10\n", b"20\n", b"11\n", b"21\n", b"12\n", b"22\n"]

    def test_are_of_the_streams_asked_for(self, swarm: SmallSwarmAPI):
        assert self.read(swarm, stdout=False) == [(2, b"11\n"), (2, b"21\n")]

    def test_are_the_last_of_each_task(self, swarm: SmallSwarmAPI):
        assert [text for _stream, text in self.read(swarm, tail="1")] == [b"12\n", b"22\n"]
        assert self.read(swarm, tail="0") == []

    def test_are_those_since_a_moment(self, swarm: SmallSwarmAPI):
        since = swarm.clock.now + 1.15
        assert [text for _stream, text in self.read(swarm, since=since)] == [b"21\n", b"12\n", b"22\n"]

    def test_begin_with_their_moment_and_origin(self, swarm: SmallSwarmAPI):
        [(_stream, first), *_others] = self.read(swarm, details=True, timestamps=True)
        moment, origin, text = first.split(b" ")
        task = next(each for each in swarm.store.tasks.values() if each.slot == 1)
        assert len(moment) == len("2023-11-14T22:13:20.123456789Z")
        assert origin.decode() == (
            f"com.docker.swarm.node.id={task.node_id},com.docker.swarm.service.id="
            f"{task.service_id},com.docker.swarm.task.id={task.id}"
        )
        assert text == b"10\n"

    def test_of_one_task_are_its_own(self, swarm: SmallSwarmAPI):
        task = next(each for each in swarm.store.tasks.values() if each.slot == 2)
        told = swarm.api.task_logs(task.id, LogOptions(), lambda each: swarm.written[each.id])
        assert [text for _stream, text in told] == [b"20\n", b"21\n", b"22\n"]

    def test_of_no_stream_are_refused(self, swarm: SmallSwarmAPI):
        with pytest.raises(ApiError, match="400: Bad parameters: you must choose at least one stream"):
            self.read(swarm, stdout=False, stderr=False)
