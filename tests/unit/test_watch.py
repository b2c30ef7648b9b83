"""A live chart is drawn when something changes, never too often, and only once at a time."""

import gc
import threading
import time
import weakref
from collections.abc import Iterator
from itertools import count, pairwise

import pytest
from IPython.core.formatters import DisplayFormatter
from support.api_bodies import node, seen, service, task
from support.clock import Clock, soon

from swarmkit_helpers import recorder
from swarmkit_helpers.display import charts
from swarmkit_helpers.display.charts import Chart
from swarmkit_helpers.docker_commands import announce, shown_by
from swarmkit_helpers.errors import EngineUnavailable
from swarmkit_helpers.notebook import figure
from swarmkit_helpers.notebook import watch as live
from swarmkit_helpers.notebook.figure import watch
from swarmkit_helpers.notebook.watch import FRAME_MIN_SECONDS, FrameLimiter, Watch
from swarmkit_helpers.recorder import Recorder, pace
from swarmkit_helpers.records import Observation


class Swarm:
    """A swarm that is as it was last set to be."""

    numbers = count()

    def __init__(self) -> None:
        self.name = f"live-{next(self.numbers)}"
        self.state: Observation | Exception = seen(services=[])

    def observe(self) -> Observation:
        if isinstance(self.state, Exception):
            raise self.state
        return self.state

    def runs(self, *nodes: str) -> None:
        tasks = [task(slot, name) for slot, name in enumerate(nodes, 1)]
        self.state = seen(services=[service(replicas=len(nodes))], tasks=tasks)


@pytest.fixture
def swarm(monkeypatch) -> Iterator[Swarm]:
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(live, "FRAME_MIN_SECONDS", 0.02)
    swarm = Swarm()
    yield swarm
    recorder.shared(swarm).stop()


@pytest.fixture
def frames(monkeypatch) -> list[dict]:
    """What the notebook would show: each display and update of a display."""
    shown: list[dict] = []

    class Handle:
        def update(self, bundle: dict, raw: bool) -> None:
            shown.append({"update": self, **bundle})

    def display(bundle: dict, raw: bool, display_id: bool) -> Handle:
        shown.append(bundle)
        return Handle()

    monkeypatch.setattr(figure, "display", display)
    return shown


def test_the_first_frame_is_there_at_once_and_others_follow(swarm: Swarm, frames: list[dict]):
    swarm.runs("node1")
    watched = watch(swarm)
    [first] = frames
    assert first["text/plain"] == repr(watched) == "(live chart: placement)"
    assert "1 of 1 replica runs" in first["text/html"]
    swarm.runs("node1", "node2")
    soon(lambda: len(frames) == 2)
    assert "2 of 2 replicas run" in frames[1]["text/html"]
    watched.stop()
    assert frames[1]["update"]


def test_what_a_cell_returns_is_not_shown_twice(swarm: Swarm, frames: list[dict]):
    watched = watch(swarm)
    assert DisplayFormatter().format(watched) == ({}, {})
    assert len(frames) == 1


def test_nothing_new_nothing_drawn(swarm: Swarm):
    swarm.runs("node1")
    shown: list[str] = []
    taken = recorder.shared(swarm)
    taken.wait(0, 5)
    drawn = Watch(swarm, show=shown.append)
    seen_before = taken.wait(0)
    with shown_by(lambda command: None):
        announce("docker node ls")  # drawn anew, and found to look the same
    soon(lambda: drawn._seen > seen_before)
    drawn.stop()
    assert len(shown) == 1


def test_once_in_the_time_of_a_frame_at_most_and_the_last_change_is_drawn(swarm: Swarm, monkeypatch):
    monkeypatch.setattr(live, "FRAME_MIN_SECONDS", 0.1)
    frames, shown = [], []

    def counted(source: Recorder, service: str | None) -> Chart:
        frames.append(source)
        return charts.placement(source, service)

    began = time.monotonic()
    drawn = Watch(swarm, counted, show=shown.append)
    changes = threading.Event()
    for number in range(1, 20):
        swarm.runs(*["node1"] * number)
        changes.wait(0.02)
    soon(lambda: "19 of 19" in shown[-1])
    drawn.stop()
    assert 3 <= len(frames) <= 1 + (time.monotonic() - began) / live.FRAME_MIN_SECONDS


def test_four_times_a_second_with_a_held_clock():
    clock = Clock()
    tempo = FrameLimiter(clock)
    frames = []
    for step in range(1000):  # ten seconds of changes, one each 10 ms
        clock.now = 100 + step / 100
        if tempo.pause() == 0:
            tempo.note_frame()
            frames.append(clock.now)
    assert frames[0] == 100
    assert len(frames) == 40
    assert all(later - earlier >= FRAME_MIN_SECONDS - 1e-9 for earlier, later in pairwise(frames))
    clock.now += 60
    assert tempo.pause() == 0


def test_what_changes_with_time_alone_is_drawn_too(swarm: Swarm, monkeypatch):
    monkeypatch.setattr(charts.ended_tasks, "LINGER_SECONDS", 0.4)
    swarm.runs("node1", "node2")
    shown: list[str] = []
    drawn = Watch(swarm, show=shown.append)
    swarm.state = Observation(
        time.time(),
        *(
            getattr(seen(services=[service(replicas=1)], tasks=[task(1)]), part)
            for part in ("nodes", "services", "tasks")
        ),
    )
    soon(lambda: ">ended<" in shown[-1])
    soon(lambda: ">ended<" not in shown[-1])
    drawn.stop()
    assert len(shown) == 3


def test_a_newer_watch_ends_the_older(swarm: Swarm, frames: list[dict]):
    before = threading.active_count() + 1  # the recorder's own thread
    older = watch(swarm)
    newer = watch(swarm)
    other = watch(swarm, charts.replicas)
    assert threading.active_count() == before + 2
    swarm.runs("node3")
    soon(lambda: sum("1 of 1" in frame["text/html"] for frame in frames) == 2)
    older.stop()
    newer.stop()
    other.stop()
    assert threading.active_count() == before


def test_it_says_that_the_swarm_is_gone_and_recovers(swarm: Swarm, frames: list[dict], monkeypatch, capsys):
    monkeypatch.setattr(pace, "IDLE_PAUSE_SECONDS", 0.05)
    swarm.runs("node1")
    watched = watch(swarm)
    swarm.state = EngineUnavailable("node1 does not answer", "start it")
    soon(lambda: "No manager answers now; what was seen last: web: 1 of 1" in frames[-1]["text/html"])
    swarm.runs("node1", "node1")
    soon(lambda: "2 of 2" in frames[-1]["text/html"])
    watched.stop()
    assert capsys.readouterr() == ("", "")


def test_frames_leave_nothing_behind(swarm: Swarm):
    figures: list[weakref.ref] = []

    def remembered(source: Recorder, service: str | None) -> Chart:
        chart = charts.placement(source, service)
        figures.append(weakref.ref(chart.figure))
        return chart

    shown: list[str] = []
    drawn = Watch(swarm, remembered, show=shown.append)
    for number in range(1, 4):
        swarm.runs(*["node1"] * number)
        soon(lambda number=number: f"{number} of {number}" in shown[-1])
    drawn.stop()
    gc.collect()
    assert len(figures) >= 4
    assert [figure() for figure in figures if figure()] == []


def test_the_page_does_not_jump(swarm: Swarm):
    shown: list[str] = []
    drawn = Watch(swarm, show=shown.append)
    swarm.runs(*["node1"] * 30)
    soon(lambda: "30 of 30" in shown[-1])
    swarm.state = seen(nodes=[node("node1", availability="drain"), node("node2", "down"), node("node3")], services=[])
    soon(lambda: "drained" in shown[-1])
    drawn.stop()
    assert len({html.partition(' style="')[0].partition(' width="')[2] for html in shown}) == 1
