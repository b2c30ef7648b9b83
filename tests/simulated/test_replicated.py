"""Replicated services in the simulation: scaling, draining, losing a node. The cases of SwarmKit's own tests by their
ids, and what was seen on a real engine."""

import pytest
from support.simulated_swarm import SmallSwarm

from swarm_simulator.objects import Node, State, Task


def lay_out(bench: SmallSwarm, service, *places: tuple[int, Node | None, State]) -> dict[int, Task]:
    """Tasks of the service as given (slot, node, state); whatever it had is gone."""
    bench.store.remove(*bench.tasks(service))
    tasks = [Task(id=bench.store.new_id(), service_id=service.id, slot=slot, node_id=node.id if node else "",
                  spec=service.spec["TaskTemplate"], spec_version=service.spec_version, state=state)
             for slot, node, state in places]  # fmt: skip
    bench.store.save(*tasks)
    return {task.slot: task for task in tasks}


def removed(tasks: dict[int, Task]) -> list[int]:
    return [slot for slot, task in tasks.items() if task.desired == State.REMOVE]


def test_o01_scaling_down_takes_unassigned_slots_first_and_then_from_the_fullest_nodes():
    bench = SmallSwarm(3)
    one, two, three = bench.nodes.values()
    service = bench.create(replicas=0)
    running, starting = State.RUNNING, State.STARTING
    tasks = lay_out(
        bench,
        service,
        (1, one, starting),
        (2, two, running),
        (3, two, running),
        (4, three, running),
        (5, three, running),
        (6, three, running),
        (7, None, State.NEW),
    )
    seen = []
    for replicas in (6, 4, 2):
        bench.update(service, replicas=replicas)
        bench.run(0.01)
        seen.append(removed(tasks))
    assert seen == [[7], [5, 6, 7], [1, 3, 5, 6, 7]]


@pytest.mark.parametrize(("layout", "to", "expected"), [
    ({1: "A", 2: "B", 3: "C", 4: "A", 5: "B", 6: "C"}, 3, [4, 5, 6]),
    ({1: "A", 2: "A", 3: "A", 4: "A", 5: "B", 6: "C"}, 4, [3, 4]),
    ({1: "A", 2: "A", 3: "A", 4: "A", 5: "B", 6: "C"}, 2, [2, 3, 4, 6]),
    ({1: "A-", 2: "B", 3: "C", 4: "A", 5: "B", 6: "C"}, 5, [1]),
    ({1: "A-", 2: "B", 3: "C", 4: "A", 5: "B", 6: "C"}, 4, [1, 6]),
    ({1: "A", 2: "", 3: "C", 4: "A", 5: "B", 6: "C"}, 5, [2]),
])  # fmt: skip
def test_o02_which_slots_go(layout: dict[int, str], to: int, expected: list[int]):
    """A minus after the node: the slot's task is still being prepared."""
    bench = SmallSwarm(3)
    nodes = dict(zip("ABC", bench.nodes.values(), strict=True))
    service = bench.create(replicas=0)
    tasks = lay_out(
        bench,
        service,
        *(
            (slot, nodes.get(where[:1]), State.PREPARING if "-" in where else State.RUNNING if where else State.PENDING)
            for slot, where in layout.items()
        ),
    )
    bench.update(service, replicas=to)
    bench.run(0.01)
    assert removed(tasks) == expected


def test_o02_a_quick_scale_up_reuses_the_numbers_of_slots_that_still_stop():
    bench = SmallSwarm(1)
    service = bench.create(replicas=5)
    bench.run(3)
    bench.update(service, replicas=2)
    bench.run(0.01)
    bench.update(service, replicas=4)
    bench.run(0.01)
    assert [(task.slot, task.desired.word) for task in bench.tasks(service)] == [
        (1, "running"), (2, "running"), (3, "remove"), (3, "running"), (4, "remove"), (4, "running")]  # fmt: skip


def test_a_replica_goes_through_the_states_in_the_time_seen_on_a_real_engine():
    bench = SmallSwarm(1)
    service = bench.create(replicas=1)
    seen = []
    for seconds in (0.0005, 0.002, 0.05, 0.25, 0.35):
        bench.run(seconds)
        [task] = bench.tasks(service) or [None]
        seen.append(task and (task.state.word, task.message))
    assert seen == [
        None,
        ("pending", "pending task scheduling"),
        ("assigned", "scheduler assigned task to node"),
        ("starting", "starting"),
        ("running", "started"),
    ]


def test_a_removed_replica_vanishes_a_quarter_of_a_second_after_it_has_stopped():
    bench = SmallSwarm(2)
    service = bench.create(replicas=3, command="sleep infinity")
    bench.run(3)
    bench.update(service, replicas=1)
    bench.run(9)
    assert len(bench.tasks(service, State.RUNNING)) == 3  # sleep does not hear that it is to stop
    bench.run(1.3)
    assert len(bench.tasks(service, State.SHUTDOWN)) == 2
    bench.run(0.3)
    assert [task.slot for task in bench.tasks(service)] == [1]


def test_scaling_leaves_running_tasks_alone_and_no_update_status():
    bench = SmallSwarm(3)
    service = bench.create(replicas=2)
    bench.run(3)
    before = [task.id for task in bench.tasks(service)]
    bench.update(service, replicas=3)
    bench.run(3)
    assert {task.id for task in bench.tasks(service)} > set(before)
    assert service.update_status is None
    assert bench.spread(service) == {"node1": 1, "node2": 1, "node3": 1}


def test_o03_a_drained_nodes_task_stops_first_and_then_its_replacement_starts_without_delay():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2, command="sleep infinity")
    bench.run(3)
    bench.availability("node2", "drain")
    bench.run(0.01)
    [old] = [task for task in bench.tasks(service) if task.desired == State.SHUTDOWN]
    [new] = [task for task in bench.tasks(service) if task.desired == State.READY]
    assert (new.slot, new.state) == (old.slot, State.PENDING)
    bench.run(5)
    assert (old.state, new.state, new.node_id) == (State.RUNNING, State.READY, bench.nodes["node1"].id)
    bench.run(6)
    assert (old.state, new.state) == (State.SHUTDOWN, State.RUNNING)
    assert new.reported - old.reported < 0.6
    bench.availability("node2", "active")
    bench.run(30)
    assert bench.spread(service) == {"node1": 2, "node2": 0}  # nothing comes back


def test_o03_pause_keeps_tasks_and_takes_no_new_ones():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.availability("node2", "pause")
    bench.update(service, replicas=4)
    bench.run(3)
    assert bench.spread(service) == {"node1": 3, "node2": 1}


def test_o03_a_lost_nodes_tasks_are_replaced_after_the_delay_and_stay_observed_running():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    lost = bench.nodes["node2"]
    killed = bench.clock.now
    bench.kill("node2")
    while lost.state == "ready":
        bench.run(0.1)
    assert 9.9 <= bench.clock.now - killed <= 16.6
    assert (lost.state, lost.message) == ("down", "heartbeat failure")
    down = bench.clock.now
    bench.run(0.5)
    [old, new] = [
        task
        for task in bench.tasks(service)
        if task.slot == next(task.slot for task in bench.tasks(service) if task.node_id == lost.id)
    ]
    assert (old.desired, old.state, new.desired) == (State.SHUTDOWN, State.RUNNING, State.READY)
    bench.run(6)
    assert (old.state, new.state) == (State.RUNNING, State.RUNNING)
    assert 5.0 <= new.reported - down <= 5.6
    bench.start("node2")
    bench.run(3)
    assert (lost.state, old.state, old.error) == ("ready", State.FAILED, "task: non-zero exit (255)")
    assert bench.spread(service) == {"node1": 2, "node2": 0}


def test_o03_with_condition_none_nothing_is_replaced_and_the_slot_stays_taken():
    bench = SmallSwarm(2)
    bench.availability("node1", "drain")
    service = bench.create(replicas=2, restart={"Condition": "none"})
    bench.run(3)
    bench.availability("node2", "drain")
    bench.run(3)
    bench.availability("node2", "active")
    bench.run(10)
    assert [(task.slot, task.desired.word) for task in bench.tasks(service)] == [(1, "shutdown"), (2, "shutdown")]
    bench.update(service, replicas=3)
    bench.run(3)
    assert [task.slot for task in bench.running(service)] == [3]
    bench.update(service, force=1)
    bench.run(20)
    assert [task.slot for task in bench.running(service)] == [1, 2, 3]


def test_a_removed_service_takes_its_tasks_with_it():
    bench = SmallSwarm(2)
    service = bench.create(replicas=3)
    bench.run(3)
    bench.store.remove(service)
    bench.run(0.01)
    assert {task.desired for task in bench.tasks(service)} == {State.REMOVE}
    bench.run(15)
    assert bench.store.tasks == {}


def test_a_node_that_loses_its_label_has_its_tasks_rejected():
    bench = SmallSwarm(2)
    bench.label("node2", disk="ssd")
    service = bench.create(replicas=1, Placement={"Constraints": ["node.labels.disk==ssd"]})
    bench.run(3)
    bench.label("node2", disk="hdd")
    bench.run(0.1)
    [old, new] = bench.tasks(service)
    assert (old.state, old.message, old.error) == (
        State.REJECTED,
        "task rejected by constraint enforcer",
        "assigned node no longer meets constraints",
    )
    assert (new.desired, new.error) == (
        State.READY,
        "no suitable node (scheduling constraints not satisfied on 2 nodes)",
    )
    bench.label("node1", disk="ssd")
    bench.run(7)
    assert bench.spread(service) == {"node1": 1, "node2": 0}
    bench.run(10)
    assert old.state == State.REJECTED  # its container has stopped: "shutdown" would be a step back


def test_a_task_on_a_node_that_was_drained_in_that_moment_is_replaced():
    bench = SmallSwarm(2)
    bench.availability("node2", "drain")
    service = bench.create(replicas=1)
    bench.run(0.003)
    [task] = bench.tasks(service)
    task.node_id, task.state = bench.nodes["node2"].id, State.ASSIGNED
    bench.store.save(task)
    bench.run(3)
    assert (task.desired, bench.spread(service)) == (State.SHUTDOWN, {"node1": 1, "node2": 0})


@pytest.mark.parametrize("moment", [0.002, 0.03, 0.1, 0.18, 0.22, 0.27, 0.33, 0.42])
def test_a_task_that_is_taken_back_while_it_starts_leaves_nothing_running(moment: float):
    bench = SmallSwarm(1)
    service = bench.create(replicas=1)
    bench.run(moment)
    bench.update(service, replicas=0)
    bench.run(12)
    assert bench.tasks(service) == []
    assert bench.agents["node1"].executor.containers == {}


@pytest.mark.parametrize("moment", [0.18, 0.22, 0.27, 0.33, 0.42])
def test_a_task_that_is_drained_while_it_starts_does_not_run_on(moment: float):
    bench = SmallSwarm(2)
    service = bench.create(replicas=1)
    bench.run(moment)
    [task] = bench.tasks(service)
    [name] = [name for name, node in bench.nodes.items() if node.id == task.node_id]
    bench.availability(name, "drain")
    bench.run(12)
    assert task.state == State.SHUTDOWN
    assert not any(record.running for record in bench.agents[name].executor.containers.values())
