"""The recorder keeps what changes, wakes for what one does, and outlives a manager that goes away."""

import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.api_bodies import seen, service, task
from support.clock import Clock, soon

from swarmkit_helpers import recorder
from swarmkit_helpers.docker_commands import Command, announce, shown_by
from swarmkit_helpers.errors import EngineUnavailable
from swarmkit_helpers.recorder import Gap, Recorder, pace, recording
from swarmkit_helpers.recorder.pace import Pace
from swarmkit_helpers.records import Container, MachineState, Observation

QUIET, BUSY = seen(services=[service(replicas=0)]), seen(tasks=[task(1)])
AWAY = EngineUnavailable("node1 does not answer", "start it")


class Scripted:
    """A swarm that is observed to be in one state after the other, and then stays in the last."""

    def __init__(self, *states: Observation | Exception, name: str = "scripted") -> None:
        self.name = name
        self.states = list(states)
        self.looks = 0
        self.looked = threading.Event()

    def observe(self) -> Observation:
        self.looks += 1
        self.looked.set()
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if isinstance(state, Exception):
            raise state
        return replace(state, at=float(self.looks))


def test_only_changes_are_kept():
    taken = Recorder(Scripted(QUIET, QUIET, BUSY, BUSY, QUIET))
    for _ in range(5):
        taken.look()
    assert [observation.at for observation in taken.history] == [1, 3, 5]


def test_an_absence_is_one_gap():
    taken = Recorder(Scripted(QUIET, AWAY, AWAY, ValueError("what is that?"), QUIET))
    for _ in range(5):
        taken.look()
    first, gap, last = taken.history
    assert isinstance(gap, Gap)
    assert "node1 does not answer" in gap.error
    assert (first.at, last.at) == (1, 5)


def test_quick_while_things_change_slow_when_idle():
    clock = Clock()
    looking = Pace(clock)
    taken = Recorder(Scripted(QUIET, QUIET, QUIET, BUSY, BUSY), looking)
    pauses = []
    for _ in range(5):
        taken.look()
        pauses.append(looking.pause(cost=0.001))
        clock.now += 4
    assert pauses == [
        pace.BUSY_PAUSE_SECONDS,
        pace.BUSY_PAUSE_SECONDS,
        pace.IDLE_PAUSE_SECONDS,
        pace.BUSY_PAUSE_SECONDS,
        pace.BUSY_PAUSE_SECONDS,
    ]


def test_a_dear_look_is_taken_more_seldom():
    clock = Clock()
    assert Pace(clock).pause(cost=0.02) == 4.0  # seconds: 0.5 % of a core


def test_a_command_wakes_it_and_is_marked(monkeypatch):
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 60)
    swarm = Scripted(QUIET, BUSY)
    with Recorder(swarm) as taken:
        soon(lambda: len(taken.history) == 1)
        with shown_by(lambda command: None):
            announce("docker service scale web=1")
        soon(lambda: len(taken.history) == 2)
    assert [command.text for command in taken.markers] == ["docker service scale web=1"]


class Followed(Scripted):
    """A swarm that notices a change by itself when `changed` is called."""

    def follow(self, changed: Callable[[], None]) -> Callable[[], None]:
        self.changed, self.left = changed, threading.Event()
        return self.left.set

    def around(self) -> tuple[tuple[Container, ...], tuple[MachineState, ...]]:
        return (), (MachineState("m1", "node1", "running" if self.looks < 2 else "exited", None),)


def test_while_no_manager_answers_what_is_around_the_swarm_is_kept():
    taken = Recorder(Followed(AWAY))
    for _ in range(3):
        taken.look()
    assert [[each.state for each in gap.machines] for gap in taken.history] == [["running"], ["exited"]]


def test_what_the_swarm_notices_by_itself_is_looked_at_at_once(monkeypatch):
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 60)
    swarm = Followed(QUIET, BUSY)
    with Recorder(swarm) as taken:
        soon(lambda: len(taken.history) == 1)
        swarm.changed()
        soon(lambda: len(taken.history) == 2)
        assert not swarm.left.is_set()
    assert swarm.left.is_set()


def test_a_command_has_no_secrets_where_charts_show_it():
    taken = Recorder(Scripted(QUIET))
    taken.mark(Command("docker swarm join --token SWMTKN-1-2aaaa-bbbb node1:2377", "node2", 1.0))
    assert taken.markers == (Command("docker swarm join --token SWMTKN-1-(secret) node1:2377", "node2", 1.0),)


def test_starting_twice_is_starting_once_and_stopping_leaves_nothing(capsys):
    before = threading.active_count()
    taken = Recorder(Scripted(QUIET, AWAY))
    taken.stop()
    taken.start()
    taken.start()
    assert threading.active_count() == before + 1
    soon(lambda: len(taken.history) == 2)
    taken.stop()
    taken.stop()
    assert threading.active_count() == before
    with shown_by(lambda command: None):
        announce("docker node ls")
    assert taken.markers == ()
    assert capsys.readouterr() == ("", "")


def test_it_goes_on_when_it_is_started_again():
    swarm = Scripted(QUIET)
    taken = Recorder(swarm)
    with taken:
        soon(lambda: taken.history)
    swarm.states = [BUSY]
    with taken:
        soon(lambda: len(taken.history) == 2)


def test_the_last_look_comes_after_the_stop(monkeypatch):
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 60)
    swarm = Scripted(QUIET)
    with Recorder(swarm) as taken:
        soon(lambda: taken.history)
        swarm.states = [BUSY]
    assert taken.history[-1].tasks == BUSY.tasks


def test_history_is_a_photograph():
    taken = Recorder(Scripted(QUIET, BUSY))
    taken.look()
    history = taken.history
    taken.look()
    assert len(history) == 1
    with pytest.raises(AttributeError):
        taken.history = ()


def test_waiting_ends_with_a_change():
    swarm = Scripted(QUIET)
    taken = Recorder(swarm)
    assert taken.wait(0, timeout=0) == 0
    taken.look()
    assert taken.wait(0) == 1
    assert taken.wait(1, timeout=0) == 1
    swarm.states = [BUSY]
    threading.Timer(0.05, taken.look).start()
    assert taken.wait(1, timeout=5) == 2


def test_a_command_ends_waiting(monkeypatch):
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 60)
    with Recorder(Scripted(QUIET)) as taken:
        taken.wait(0, timeout=5)
        with shown_by(lambda command: None):
            announce("docker node ls")
        assert taken.wait(1, timeout=5) == 2


def test_who_waits_can_be_woken():
    taken = Recorder(Scripted(QUIET))
    threading.Timer(0.05, taken.wake).start()
    assert taken.wait(0, timeout=60) == 0


def test_what_has_not_changed_is_kept_once():
    taken = Recorder(Scripted(seen(tasks=[task(1), task(2)]), seen(tasks=[task(1), task(2, state="failed")])))
    taken.look()
    taken.look()
    before, now = taken.history
    assert now.nodes is before.nodes
    assert now.services is before.services
    assert now.tasks[0] is before.tasks[0]
    assert (before.tasks[1].state, now.tasks[1].state) == ("running", "failed")


def test_old_history_is_forgotten_but_counted(monkeypatch):
    monkeypatch.setattr(recording, "HISTORY_MAX_ENTRIES", 3)
    taken = Recorder(Scripted(*[QUIET, BUSY] * 5))
    for _ in range(10):
        taken.look()
    assert [observation.at for observation in taken.history] == [8, 9, 10]
    assert taken.wait(0) == 10


def test_who_waited_for_a_look_that_failed_does_not_wait_for_another():
    class Frozen(Scripted):
        """A swarm of which another thread wants a look while the first one lasts."""

        def observe(self) -> Observation:
            if not self.looks:
                other.start()
                soon(lambda: "asked" in sys._current_frames()[other.ident].f_locals)
            return super().observe()

    swarm = Frozen(AWAY)
    taken = Recorder(swarm)
    other = threading.Thread(target=taken.look)
    taken.look()
    other.join(5)
    assert (swarm.looks, len(taken.history)) == (1, 1)
    taken.look()
    assert swarm.looks == 2


def test_one_recorder_for_a_swarm():
    first, again, other = (Scripted(QUIET, name=name) for name in ("shared-a", "shared-a", "shared-b"))
    taken = recorder.shared(first)
    with taken:
        soon(lambda: first.looks)
        assert recorder.shared(again) is taken
        soon(lambda: again.looks)  # the newest handle is the one that works
        with recorder.shared(other) as another:
            assert another is not taken


def test_who_has_been_ended_does_not_wait():
    ended = threading.Event()
    recorder = Recorder(Scripted(QUIET))
    ended.set()
    recorder.wake()  # nobody waits yet, so this is heard by nobody
    waiting = threading.Thread(target=lambda: recorder.wait(0, ended=ended), daemon=True)
    waiting.start()
    waiting.join(5)
    assert not waiting.is_alive()
