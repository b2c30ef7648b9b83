"""Rolling updates in the simulation: O05 and O06 of the conformance cases, and how an update ends."""

import pytest
from support.simulated_swarm import SmallSwarm

from swarm_simulator.managers.service_defaults import dirty_check
from swarm_simulator.objects import State

ANY = {"Condition": "any", "Delay": 10**9}
OLD, NEW = "busybox:1", "busybox:2"


def images(bench: SmallSwarm, service) -> list[str]:
    """Of the tasks that are wanted, by slot."""
    return [task.spec["ContainerSpec"]["Image"] for task in bench.tasks(service) if task.desired <= State.RUNNING]


def status(service) -> tuple[str, str]:
    return service.update_status["State"], service.update_status["Message"]


def test_one_slot_after_the_other_and_then_five_seconds_of_watching():
    bench = SmallSwarm(3)
    service = bench.create(replicas=3, command="sh -c 'while true; do :; done'")
    bench.create("apart", replicas=1)
    bench.run(3)
    before = {task.slot: task.node_id for task in bench.tasks(service)}
    bench.update(service, image=NEW, command="sleep infinity")
    bench.run(0.1)
    assert status(service) == ("updating", "update in progress")
    assert sum(image == NEW for image in images(bench, service)) == 1
    bench.run(60)
    assert images(bench, service) == [NEW] * 3
    assert status(service) == ("completed", "update completed")
    done = max(task.reported for task in bench.running(service))
    assert 5.0 <= service.update_status["CompletedAt"] - done <= 5.2
    assert {task.slot: task.node_id for task in bench.running(service)} == before  # evenly spread: each stays


def test_stop_first_waits_for_the_old_task_and_start_first_for_the_new_one():
    bench = SmallSwarm(3)
    for order in ("stop-first", "start-first"):
        service = bench.create(order, replicas=1, command="sleep infinity", update={"Parallelism": 1, "Order": order})
        bench.run(3)
        [old] = bench.tasks(service)
        bench.update(service, force=1)
        bench.run(2)
        [new] = [task for task in bench.tasks(service) if task is not old]
        assert (old.desired == State.SHUTDOWN, new.state) == (
            (True, State.READY) if order == "stop-first" else (True, State.RUNNING)
        )
        bench.run(12)
        assert (old.state, new.state) == (State.SHUTDOWN, State.RUNNING)


def test_parallelism_and_delay():
    bench = SmallSwarm(2)
    service = bench.create(replicas=4, update={"Parallelism": 2, "Delay": 20 * 10**9})
    bench.run(3)
    bench.update(service, image=NEW)
    seen = []
    for _ in range(3):
        bench.run(15)
        seen.append(images(bench, service).count(NEW))
    assert seen == [2, 2, 4]


def test_o05_an_update_that_fails_is_paused_after_the_first_task():
    bench = SmallSwarm(3)
    service = bench.create(replicas=3, restart=ANY)
    bench.run(3)
    bench.update(service, command="false", image=NEW)
    bench.run(40)
    assert sorted(images(bench, service)) == [OLD, OLD, NEW]
    state, message = status(service)
    assert state == "paused"
    assert message.startswith("update paused due to failure or early termination of task ")
    assert message.split()[-1] in bench.store.tasks or len(message.split()[-1]) == 25
    bench.store.save(service)  # a look at it does not make it go on
    bench.run(20)
    assert (images(bench, service).count(NEW), service.update_status["State"]) == (1, "paused")


def test_o05_as_many_failures_as_the_ratio_allows_are_no_reason_to_stop():
    bench = SmallSwarm(4)
    service = bench.create(replicas=4, restart=ANY, update={"Parallelism": 1, "MaxFailureRatio": 0.25})
    bench.run(3)
    bench.update(service, image=NEW)
    bench.run(0.2)
    [first] = [task for task in bench.tasks(service) if task.spec["ContainerSpec"]["Image"] == NEW]
    first.state = State.REJECTED
    bench.store.save(first)
    bench.run(60)
    assert (images(bench, service), service.update_status["State"]) == ([NEW] * 4, "completed")


def test_o05_with_continue_all_are_replaced():
    bench = SmallSwarm(3)
    service = bench.create(replicas=3, restart=ANY, update={"Parallelism": 1, "FailureAction": "continue"})
    bench.run(3)
    bench.update(service, command="false", image=NEW)
    bench.run(60)
    assert (images(bench, service), service.update_status["State"]) == ([NEW] * 3, "completed")


def test_o05_start_first_with_old_tasks_that_never_stop():
    bench = SmallSwarm(3)
    service = bench.create(replicas=3, update={"Parallelism": 1, "Order": "start-first"})
    bench.run(3)
    for agent in bench.agents.values():
        agent.executor.stop = lambda task, stopped: None
    bench.update(service, image=NEW)
    bench.run(30)
    found = [(task.spec["ContainerSpec"]["Image"], task.desired) for task in bench.tasks(service)]
    assert sorted(found) == [(OLD, State.SHUTDOWN)] * 3 + [(NEW, State.RUNNING)] * 3


def test_o05_rollback_when_more_than_the_ratio_has_failed():
    bench = SmallSwarm(4)
    update = {"Parallelism": 1, "FailureAction": "rollback", "MaxFailureRatio": 0.4}
    service = bench.create(replicas=4, restart=ANY | {"Delay": 60 * 10**9}, update=update)
    bench.run(3)
    bench.update(service, command="sleep 1", image=NEW)
    made = set()
    while service.update_status is None or service.update_status["State"] == "updating":
        bench.run(0.1)
        made |= {task.slot for task in bench.tasks(service) if task.spec["ContainerSpec"]["Image"] == NEW}
    assert status(service)[0] == "rollback_started"
    assert status(service)[1].startswith("update rolled back due to failure or early termination of task ")
    assert (len(made), service.previous_spec) == (3, None)
    bench.run(60)
    assert images(bench, service) == [OLD] * 4
    assert status(service) == ("rollback_completed", "rollback completed")


def test_o05_a_rollback_that_fails_is_paused():
    bench = SmallSwarm(2)
    rollout = {"Parallelism": 1, "FailureAction": "rollback"}
    service = bench.create(replicas=2, command="sleep 12", image="nosuch:1", restart=ANY, update=rollout,
                           rollback=rollout)  # fmt: skip
    bench.run(3)
    bench.update(service, command="false", image=NEW)
    bench.run(60)
    assert status(service)[0] == "rollback_paused"
    assert status(service)[1].startswith("rollback paused due to failure or early termination of task ")


def test_a_manual_rollback_can_be_toggled():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.update(service, image=NEW)
    bench.run(30)
    bench.swarm.roll_back(service)
    assert status(service) == ("rollback_started", "manually requested rollback")
    bench.run(30)
    assert (images(bench, service), status(service)) == ([OLD] * 2, ("rollback_completed", "rollback completed"))
    bench.swarm.roll_back(service)
    bench.run(30)
    assert images(bench, service) == [NEW] * 2


def test_a_new_task_that_cannot_be_placed_leaves_the_service_updating():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.update(service, Resources={"Reservations": {"NanoCPUs": 10**12}})
    bench.run(600)
    assert status(service) == ("updating", "update in progress")
    assert len(bench.running(service)) == 1


def test_another_update_takes_the_place_of_one_under_way():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.update(service, Resources={"Reservations": {"NanoCPUs": 10**12}})
    bench.run(10)
    bench.update(service, image=NEW, Resources={})
    bench.run(30)
    assert (images(bench, service), service.update_status["State"]) == ([NEW] * 2, "completed")


@pytest.mark.parametrize(("change", "dirty"), [
    ({}, False),
    ({"Placement": {"Constraints": ["node.labels.disk==ssd"]}}, False),
    ({"Placement": {"MaxReplicas": 1}}, False),
    ({"Placement": {"Constraints": ["node.labels.disk==hdd"]}}, True),
    ({"image": NEW}, True),
    ({"force": 1}, True),
    ({"replicas": 2}, False),
])  # fmt: skip
def test_o06_what_makes_a_task_out_of_date(change: dict, dirty: bool):
    bench = SmallSwarm(1)
    bench.label("node1", disk="ssd")
    service = bench.create(replicas=1)
    bench.run(3)
    [task] = bench.tasks(service)
    bench.update(service, **change)
    assert dirty_check(bench.store, service)(task) is dirty
    assert dirty_check(bench.store, service)(task) is dirty  # also when its spec has been compared before


def test_o06_a_pending_task_is_out_of_date_when_the_placement_changes():
    bench = SmallSwarm(1)
    service = bench.create(replicas=1, Placement={"Constraints": ["node.labels.disk==ssd"]})
    bench.run(3)
    bench.update(service, Placement={})
    bench.run(3)
    assert len(bench.running(service)) == 1
