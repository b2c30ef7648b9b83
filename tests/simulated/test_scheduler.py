"""When and where the simulated scheduler puts tasks: the cases of SwarmKit's scheduler_test.go, by their ids."""

import random

import pytest

from swarm_simulator.clock import Clock
from swarm_simulator.managers.leadership import LeaderTerm
from swarm_simulator.managers.scheduler import Scheduler
from swarm_simulator.objects import Node, Service, State, Swarm, Task
from swarm_simulator.store import Store

NO_ROOM = "no suitable node (insufficient resources on 1 node)"


class Desk:
    """A scheduler and its store, and nobody else who would act."""

    def __init__(self, *nodes: Node) -> None:
        self.clock = Clock(0.0)
        self.store = Store(self.clock, random.Random(1), Swarm(id="s", spec={}, worker_token="", manager_token=""))
        self.number = 0
        for each in nodes:
            self.store.save(each)
        self.term = LeaderTerm(self.store)
        Scheduler(self.term)

    def run(self, seconds: float = 0.2) -> None:
        self.clock.advance(self.clock.now + seconds)

    def service(self, name: str, version: int = 0, **template: object) -> Service:
        found = self.store.services.get(name) or Service(id=name, spec={})
        found.spec = {"Name": name, "Mode": {"Replicated": {"Replicas": 1}}, "TaskTemplate": template}
        found.spec_version = version
        self.store.save(found)
        return found

    def task(self, service: str, node: str = "", state: State = State.PENDING, **given: object) -> Task:
        self.number += 1
        spec = self.store.services[service].spec["TaskTemplate"]
        version = self.store.services[service].spec_version
        task = Task(
            id=f"t{self.number}",
            service_id=service,
            slot=self.number,
            node_id=node,
            spec=spec,
            state=state,
            spec_version=version,
            **given,
        )
        self.store.save(task)
        return task

    def ended(self, task: Task, state: State) -> None:
        task.state = state
        self.store.save(task)


def node(
    name: str, availability: str = "active", state: str = "ready", cpus: int = 4, memory: int = 10**12, **labels: str
) -> Node:
    return Node(
        id=name,
        hostname=name,
        state=state,
        described=True,
        cpus=cpus * 10**9,
        memory=memory,
        spec={"Labels": labels, "Role": "worker", "Availability": availability},
    )


def reserve(cpus: float = 0, memory: int = 0) -> dict:
    return {"Reservations": {"NanoCPUs": int(cpus * 1e9), "MemoryBytes": memory}}


def test_it_looks_50_ms_after_the_last_change_and_at_most_a_second_after_the_first():
    desk = Desk(node("a"))
    desk.service("web")
    desk.run(1)
    first = desk.task("web")
    desk.run(0.049)
    assert first.state == State.PENDING
    desk.run(0.002)
    assert (first.state, first.node_id, first.message) == (State.ASSIGNED, "a", "scheduler assigned task to node")
    waiting = desk.task("web")
    for _ in range(24):
        desk.run(0.04)
        desk.service("other")  # a commit of anybody's
    assert waiting.state == State.PENDING
    desk.run(0.05)
    assert waiting.state == State.ASSIGNED


def test_s07_a_node_with_five_recent_failures_is_avoided_and_a_global_services_failures_do_not_count():
    desk = Desk(node("id1"), node("id2"))
    desk.service("one")
    desk.service("two")
    desk.task("one", "id1", State.RUNNING)
    placed = []
    for _ in range(8):
        task, own = desk.task("one"), desk.task("two", "id1")
        desk.run()
        placed.append(task.node_id)
        desk.ended(task, State.FAILED)
        desk.ended(own, State.FAILED)
        desk.run()
    assert placed == ["id2"] * 5 + ["id1"] * 3


def test_s08_failures_are_counted_for_each_version_of_the_spec():
    desk = Desk(node("id1"), node("id2"))
    desk.service("one", version=1)
    desk.task("one", "id1", State.RUNNING)
    placed = []
    for round_ in range(13):
        if round_ == 6:
            desk.service("one", version=2)
        task = desk.task("one")
        desk.run()
        placed.append(task.node_id)
        desk.ended(task, State.FAILED)
    assert placed == ["id2"] * 5 + ["id1"] + ["id2"] * 5 + ["id1"] * 2


def test_failures_are_forgotten_after_five_minutes():
    desk = Desk(node("id1"), node("id2"))
    desk.service("one")
    desk.task("one", "id1", State.RUNNING)
    for _ in range(5):
        task = desk.task("one")
        desk.run()
        desk.ended(task, State.FAILED)
    desk.run(301)
    task = desk.task("one")
    desk.run()
    assert task.node_id == "id2"


def test_s11_a_task_that_has_ended_gives_its_reservation_back():
    desk = Desk(node("id1", memory=10**9))
    desk.service("one", Resources=reserve(memory=8 * 10**8))
    first = desk.task("one")
    desk.run()
    second = desk.task("one")
    desk.run()
    assert (first.state, second.state, second.error) == (State.ASSIGNED, State.PENDING, NO_ROOM)
    assert second.message == "created"  # the scheduler says why in the error alone
    first.desired = State.SHUTDOWN
    desk.store.save(first)
    desk.run()
    assert second.state == State.PENDING  # until its container has gone, it holds what it reserved
    desk.ended(first, State.SHUTDOWN)
    desk.run()
    assert (second.state, second.node_id, second.error) == (State.ASSIGNED, "id1", "")


def test_what_another_service_gives_back_is_seen():
    desk = Desk(node("id1", cpus=1))
    desk.service("one", Resources=reserve(cpus=1))
    desk.service("two", Resources=reserve(cpus=1))
    one = desk.task("one")
    desk.run()
    two = desk.task("two")
    desk.run()
    assert (two.state, two.error) == (State.PENDING, NO_ROOM)
    desk.ended(one, State.COMPLETE)
    desk.run()
    assert two.state == State.ASSIGNED


def test_s15_at_most_so_many_replicas_on_a_node():
    desk = Desk(node("nodeid1"), node("nodeid2"))
    desk.service("one", Placement={"MaxReplicas": 1})
    tasks = [desk.task("one") for _ in range(3)]
    desk.run()
    assert {task.node_id for task in tasks} == {"nodeid1", "nodeid2", ""}
    [left] = [task for task in tasks if not task.node_id]
    assert left.error == "no suitable node (max replicas per node limit exceed)"
    desk.store.save(node("nodeid3"))
    desk.run()
    assert left.node_id == "nodeid3"
    desk.service("two", Placement={"MaxReplicas": 1, "Constraints": ["node.hostname==node1"]})
    nowhere = desk.task("two")
    desk.run()
    assert nowhere.error == "no suitable node (scheduling constraints not satisfied on 3 nodes)"


def test_s16_a_pending_task_of_an_older_version_that_is_not_wanted_is_shut_down():
    desk = Desk(node("a"))
    desk.service("one", version=1, Placement={"MaxReplicas": 1})
    tasks = [desk.task("one"), desk.task("one")]
    desk.run()
    [pending] = [task for task in tasks if task.state == State.PENDING]
    desk.service("one", version=2, Placement={"MaxReplicas": 1})
    pending.desired = State.SHUTDOWN
    desk.store.save(pending)
    desk.run()
    assert (pending.state, pending.error) == (State.SHUTDOWN, "")


def test_s16_a_pending_task_of_an_older_version_is_not_tried_again_until_somebody_writes_to_it():
    text = "no suitable node (scheduling constraints not satisfied on 1 node)"
    desk = Desk(node("a"))
    wish = {"Placement": {"Constraints": ["node.labels.x==y"]}}
    desk.service("one", version=1, **wish)
    old = [desk.task("one"), desk.task("one")]
    desk.run()
    assert [task.error for task in old] == [text, text]
    desk.service("one", version=2, **wish)  # a plain scale
    new = desk.task("one")
    desk.run()
    desk.store.nodes["a"].spec["Labels"]["x"] = "y"
    desk.store.save(desk.store.nodes["a"])
    desk.run()
    assert new.state == State.ASSIGNED
    assert [(task.state, task.error) for task in old] == [(State.PENDING, text)] * 2
    desk.store.save(old[0])
    desk.run()
    assert [task.state for task in old] == [State.ASSIGNED, State.PENDING]


def test_s17_a_global_services_task_waits_for_its_own_node():
    desk = Desk(node("A", cpus=0), node("B", cpus=2))
    desk.service("everywhere", Resources=reserve(cpus=1))
    on_a, on_b = desk.task("everywhere", "A"), desk.task("everywhere", "B")
    desk.run()
    assert (on_b.state, on_b.message) == (State.ASSIGNED, "scheduler confirmed task can run on preassigned node")
    assert (on_a.state, on_a.error) == (State.PENDING, "insufficient resources on 1 node")
    desk.store.nodes["A"].cpus = 10**9
    desk.store.save(desk.store.nodes["A"])
    desk.run()
    assert (on_a.state, on_a.error) == (State.ASSIGNED, "")


@pytest.mark.parametrize(("nodes", "expected"), [
    ([], "no suitable node"),
    ([node("a", "pause"), node("b", "pause")], "no suitable node (2 nodes not available for new tasks)"),
    ([node("a", "drain"), node("b", state="down"), node("c"), node("d")],
     "no suitable node (2 nodes not available for new tasks; scheduling constraints not satisfied on 2 nodes)"),
    ([node("a", "drain"), node("c"), node("d"), node("e", cpus=0)],
     "no suitable node (scheduling constraints not satisfied on 2 nodes; 1 node not available for new tasks; "
     "insufficient resources on 1 node)"),
])  # fmt: skip
def test_s18_what_a_pending_task_says(nodes: list[Node], expected: str):
    desk = Desk(*nodes)
    desk.service("one", Placement={"Constraints": ["node.labels.x==y"]}, Resources=reserve(cpus=1))
    task = desk.task("one")
    desk.run()
    assert (task.state, task.error) == (State.PENDING, expected)


def test_s18_what_fits_is_placed_and_the_rest_says_why():
    desk = Desk(node("a", cpus=2), node("b", cpus=2), node("c", cpus=2))
    desk.service("one", Resources=reserve(cpus=1))
    tasks = [desk.task("one") for _ in range(8)]
    desk.run(0.4)
    placed = [task.node_id for task in tasks if task.state == State.ASSIGNED]
    assert sorted(placed) == ["a", "a", "b", "b", "c", "c"]
    assert {task.error for task in tasks if task.state == State.PENDING} == {
        "no suitable node (insufficient resources on 3 nodes)"
    }


def test_a_task_of_a_removed_service_is_dropped():
    desk = Desk()
    service = desk.service("one")
    task = desk.task("one")
    desk.run()
    desk.store.remove(service)
    desk.store.save(node("a", "pause"))
    desk.run()
    assert (task.state, task.error) == (State.PENDING, "no suitable node")
