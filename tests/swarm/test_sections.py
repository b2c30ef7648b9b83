"""Sections on real machines: one begins the same whatever was there; and ways through them that no notebook takes.

The way that the notebooks take, through every section and with full points, is tests/notebooks/test_sections_run.py.
"""

import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from swarmkit_helpers import Cluster, NotConverged, Refused, recorder
from swarmkit_helpers.cluster import init_join_leave
from swarmkit_helpers.course.checks import Exercise
from swarmkit_helpers.course.sections import SECTIONS, Section, setup
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until

RARE = pytest.mark.exhaustive("few students go this way, and its results are pinned by unit tests")


@pytest.fixture(autouse=True)
def own_journal(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))


@pytest.fixture
def lab(cluster: Cluster) -> Iterator[Cluster]:
    """The session's machines, recorded while a section uses them; these tests leave them as students would."""
    yield cluster
    recorder.shared(cluster.swarm()).stop()


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

    def passes(self, *ids: str) -> None:
        results = [self.section.check(id) for id in ids]
        assert [(each.outcome, each.points) for each in results] == [("passed", self.ids[id].points) for id in ids], (
            results
        )


@pytest.fixture
def begin(lab):
    with shown_by(lambda command: None):
        yield lambda id: Lesson(lab, id)


@RARE
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


@RARE
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
    assert (result.outcome, result.points, "node1." in result.message) == ("not yet", 4, True)
    cluster.leave_swarm("node1", force=True)
    lesson.passes("empty")


@pytest.mark.exhaustive("the sections of the course begin on a real swarm always")
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
