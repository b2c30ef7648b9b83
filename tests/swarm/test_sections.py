"""Sections on real machines: they begin the same whatever was there, and the ways through them that a notebook lacks.

The way that the notebooks take, of every section and with full points, is tests/notebooks/test_sections_run.py.
"""

import os
import time
from contextlib import suppress

import pytest

from swarmkit_helpers import Cluster, NotConverged, Refused, Swarm, recorder
from swarmkit_helpers.cluster import init_join_leave
from swarmkit_helpers.course.checks import Exercise
from swarmkit_helpers.course.sections import SECTIONS, Section, setup
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.rules import convergence


@pytest.fixture(autouse=True)
def own_journal(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))


@pytest.fixture(scope="module")
def lab(engine) -> Cluster:
    """Three machines for these tests, which leave them as students would."""
    cluster = Cluster.up(f"pytest-sections-{os.getpid()}", nodes=3)
    yield cluster
    recorder.shared(cluster.swarm()).stop()  # there will be nothing to look at
    cluster.down()


class Lesson:
    """A section on the lab's machines, begun, and as a student would use it."""

    def __init__(self, cluster: Cluster, id: str) -> None:
        self.cluster, self.swarm = cluster, cluster.swarm()
        self.section = Section(id, language="en")
        self.section.start(cluster, nodes=3)
        self.ids = {each.id: each for each in SECTIONS[id].EXERCISES}
        outcomes = {each: self.section.check(each).outcome for each in self.ids}
        assert outcomes == dict.fromkeys(self.ids, "not attempted")
        for each, asked in self.ids.items():
            if isinstance(asked, Exercise):
                self.section.task(each)

    def predict(self, **values: int | str) -> None:
        for id, value in values.items():
            self.section.predict(id.replace("_", "-"), value)

    def passes(self, *ids: str) -> None:
        results = [self.section.check(id) for id in ids]
        assert [(each.outcome, each.points) for each in results] == [("passed", self.ids[id].points) for id in ids], (
            results
        )

    def scale(self, replicas: int) -> None:
        """As many tasks of sleep-app run."""
        self.swarm.scale("sleep-app", replicas)
        settle(self.swarm)

    def kill_containers(self, node: str, service: str) -> None:
        label = f"com.docker.swarm.service.name={service}"
        self.cluster.sh(node, f"docker ps --quiet --filter label={label} | xargs -r docker kill")

    def hurry(self) -> None:
        """What is to end has ended, without the ten seconds that sleep takes."""

        def ended() -> bool:
            seen = self.swarm.observe()
            for task in seen.tasks:
                if not task.wanted and not task.ended and task.container_id:
                    self.cluster.sh(task.node, f"docker kill {task.container_id}")
            return not convergence.reasons(seen)

        wait_until(ended, 30, lambda: NotConverged("something still stops", "look at swarm.tasks()"))

    def full(self) -> None:
        assert "passed" in {self.section.check(id).outcome for id in self.ids}
        row = next(row for row in self.section.progress().rows if row.here)
        assert (row.points, row.done) == (row.of, len(self.ids))


@pytest.fixture
def begin(lab):
    with shown_by(lambda command: None):
        yield lambda id: Lesson(lab, id)


def settle(swarm: Swarm, service: str = "sleep-app") -> None:
    swarm.converge(service, timeout=60)


def test_01_orchestration(begin):
    lesson = begin("01-orchestration")
    cluster, swarm = lesson.cluster, lesson.swarm
    lesson.predict(after_kill=0, elsewhere=0, replaced=3)
    assert lesson.section.check("after-kill").outcome == "not yet"
    cluster.sh("node1", "docker run -dt --name lonely busybox sleep infinity && docker kill lonely")
    lesson.passes("after-kill")
    cluster.sh("node1", "docker run -dt --name lonely2 busybox sleep infinity")
    assert lesson.section.check("elsewhere").outcome == "not yet"
    cluster.kill("node1")
    lesson.passes("elsewhere", "after-kill")
    cluster.start("node1")
    swarm = cluster.ensure_swarm()
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity", replicas=3)
    settle(swarm)
    lesson.kill_containers(swarm.tasks("sleep-app")[0].node, "sleep-app")
    assert lesson.section.check("mine").outcome == "not attempted"
    swarm.create_service("mine", image="busybox", command="sleep infinity", replicas=2)
    assert lesson.section.check("mine").hint == 'Try `swarm.scale("mine", 3)`.'
    swarm.scale("mine", 3)
    settle(swarm, "mine")
    lesson.passes("mine")
    assert lesson.section.check("replaced").outcome == "not yet"  # 5 s pass before a new task starts
    settle(swarm)
    lesson.passes("replaced")
    lesson.full()


def test_02_who_came_back_as_a_manager_can_be_made_a_worker(begin):
    lesson = begin("02-configure-swarm")
    cluster, section = lesson.cluster, lesson.section
    cluster.init_swarm("node1")
    for name in ("node2", "node3"):
        cluster.join_swarm(name)
    cluster.leave_swarm("node3", force=True)
    assert section.check("bring-back").outcome == "not attempted"
    cluster.join_swarm("node3", role="manager")
    assert "manager" in section.check("bring-back").message
    node3 = init_join_leave.state(cluster.api("node3"))["NodeID"]  # by its name it could be the one that left
    lesson.swarm.wait_for_node(node3)
    wait_until(lambda: lesson.swarm.node(node3).reachability, 30, lambda: NotConverged("no manager", "look at it"))
    lesson.swarm.demote(node3)
    lesson.passes("bring-back")


def test_04_scale(begin):
    lesson = begin("04-scale")
    swarm, section = lesson.swarm, lesson.section
    lesson.predict(spread=3, restarted="no", emptiest=1, newcomer=0)
    lesson.scale(7)
    lesson.passes("spread", "restarted")
    swarm.scale("sleep-app", 4)
    lesson.hurry()
    lesson.passes("emptiest")
    assert section.check("own-number").outcome == "not attempted"
    swarm.scale("sleep-app", 6)
    assert section.check("own-number").outcome == "not yet"
    swarm.scale("sleep-app", 9)
    lesson.hurry()
    lesson.passes("own-number")
    name = lesson.cluster.add_node()
    lesson.cluster.join_swarm(name)
    swarm.wait_for_node(name)
    lesson.passes("newcomer")
    assert section.check("even").outcome == "not attempted"
    lesson.scale(12)
    lesson.passes("even")
    lesson.full()


def test_06_nothing_is_left_once_the_last_manager_is_gone(begin):
    lesson = begin("06-clean-up")
    section, cluster = lesson.section, lesson.cluster
    cluster.sh("node1", "docker kill leftover")
    assert section.check("empty").outcome == "not attempted"
    cluster.sh("node1", "docker rm leftover")
    for name in ("node2", "node3"):
        cluster.leave_swarm(name)
    with suppress(Refused):
        cluster.leave_swarm("node1")
    result = section.check("empty")
    assert (result.outcome, result.points, "node1." in result.message) == ("not yet", 3, True)
    cluster.leave_swarm("node1", force=True)
    lesson.passes("empty")


def test_a_section_begins_whatever_was_there(lab: Cluster, capsys):
    with shown_by(lambda command: None):
        swarm = lab.ensure_swarm(managers=2)
        for name in ("sleep-app", "else"):
            swarm.create_service(name, image="busybox", command="sleep infinity", replicas=4)
        swarm.label("node2", rack="a")
        swarm.drain("node2")
        lab.sh("node2", "docker run -d --name stray busybox sleep infinity")
        lab.leave_swarm("node3", force=True)
        lab.kill("node3")
        lab.pause("node2")
        section = Section("05-drain", language="en")
        section.start(lab, nodes=3)
        assert "$" not in capsys.readouterr().out  # its own commands are no part of the lesson
        swarm = lab.swarm()
        assert [(node.name, node.role, node.takes_tasks, dict(node.labels)) for node in swarm.nodes()] == [
            ("node1", "manager", True, {}),
            ("node2", "worker", True, {}),
            ("node3", "worker", True, {}),
        ]
        assert [(service.name, service.replicas) for service in swarm.services()] == [("sleep-app", 4)]
        assert len(swarm.tasks()) == 4
        assert sum(len(setup.containers(lab.api(machine.name))) for machine in lab.machines()) == 4
        ids = {task.id for task in swarm.tasks()}
        began = time.monotonic()
        section.start(lab, nodes=3)
        assert time.monotonic() - began < 5
        assert {task.id for task in swarm.tasks()} == ids
        for replicas in (5, 4):  # then its tasks are not all of one age, which the lesson would have to explain
            swarm.scale("sleep-app", replicas)
        section.start(lab, nodes=3)
        assert ids.isdisjoint(task.id for task in swarm.tasks())
