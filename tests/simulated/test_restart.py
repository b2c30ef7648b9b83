"""The simulated restart supervisor: O04 of the conformance cases, delays, attempts, history."""

from support.simulated_swarm import SmallSwarm

from swarm_simulator.objects import State

NANO = 10**9


def policy(condition: str = "any", delay: float = 0.1, attempts: int = 0, window: float = 0) -> dict:
    return {"Condition": condition, "Delay": int(delay * NANO), "MaxAttempts": attempts, "Window": int(window * NANO)}


def test_a_failed_task_is_replaced_after_the_delay():
    bench = SmallSwarm(1)
    service = bench.create(command="false")
    bench.run(1)
    [failed, waiting] = bench.tasks(service)
    assert (failed.state, failed.desired, failed.message, failed.error, failed.exit_code) == (
        State.FAILED,
        State.SHUTDOWN,
        "started",
        "task: non-zero exit (1)",
        1,
    )
    assert (waiting.desired, waiting.state) == (State.READY, State.READY)
    bench.run(4)
    assert waiting.state == State.READY
    bench.run(1.5)
    assert waiting.state == State.FAILED
    assert 5.0 <= waiting.reported - failed.reported <= 5.5


def test_o04_max_attempts_are_counted_for_each_slot():
    bench = SmallSwarm(1)
    service = bench.create(replicas=2, command="sleep 1", restart=policy(attempts=1))
    bench.run(10)
    assert [task.slot for task in bench.tasks(service)] == [1, 1, 2, 2]
    assert {(task.state.word, task.desired.word) for task in bench.tasks(service)} == {("complete", "shutdown")}
    bench.update(service, force=1)  # a new version of the spec resets the counters
    bench.run(30)
    assert [task.slot for task in bench.tasks(service)] == [1, 1, 2, 2]  # history: attempts and one more
    assert len({task.spec_version for task in bench.tasks(service)}) == 1


def test_o04_the_delay_runs_before_the_replacement_starts():
    bench = SmallSwarm(1)
    service = bench.create(command="false", restart=policy(delay=2, attempts=1))
    bench.run(10)
    [first, second] = bench.tasks(service)
    assert 2.0 <= second.reported - first.reported <= 2.6


def test_o04_in_a_window_only_the_recent_restarts_count():
    bench = SmallSwarm(1)
    quick = bench.create("quick", command="false", restart=policy(attempts=1, window=5))
    slow = bench.create("slow", command="sleep 6", restart=policy(attempts=1, window=5))
    bench.run(30)
    assert len(bench.tasks(quick)) == 2
    assert bench.running(slow)


def test_o04_on_failure_and_none():
    bench = SmallSwarm(1)
    finished = bench.create("finished", command="true", restart=policy("on-failure"))
    failed = bench.create("failed", command="false", restart=policy("on-failure", attempts=2))
    never = bench.create("never", command="false", restart=policy("none"))
    bench.run(10)
    assert [task.state.word for task in bench.tasks(finished)] == ["complete"]
    assert [task.state.word for task in bench.tasks(failed)] == ["failed"] * 3
    assert [task.state.word for task in bench.tasks(never)] == ["failed"]


def test_a_drain_uses_up_an_attempt():
    bench = SmallSwarm(2)
    service = bench.create(command="top", restart=policy(attempts=1))
    bench.run(2)
    [task] = bench.tasks(service)
    names = {node.id: name for name, node in bench.nodes.items()}
    first = names[task.node_id]
    bench.availability(first, "drain")
    bench.run(15)
    [again] = bench.running(service)
    bench.availability(names[again.node_id], "drain")
    bench.availability(first, "active")
    bench.run(15)
    assert bench.running(service) == []


def test_an_image_that_is_not_there_is_rejected_again_and_again_without_a_tight_loop():
    bench = SmallSwarm(1)
    service = bench.create(image="nosuch:9")
    bench.run(12)
    rejected = bench.tasks(service, State.REJECTED)
    assert len(rejected) == 4  # the second while it waits for the first one's delay, then one in 5 s
    assert {(task.message, task.error) for task in rejected} == {("preparing", "No such image: nosuch:9")}


def test_an_old_task_that_does_not_stop_is_waited_for_a_minute():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(2)
    bench.agents["node2"].executor.stop = lambda task, stopped: None  # its container cannot be stopped
    bench.availability("node2", "drain")
    bench.run(59)
    assert len(bench.running(service)) == 1
    bench.run(2)
    assert len(bench.running(service)) == 2


def test_at_most_five_tasks_of_a_slot_are_kept():
    bench = SmallSwarm(1)
    service = bench.create(replicas=2, command="false", restart=policy(delay=2))
    bench.run(30)
    slots = [task.slot for task in bench.tasks(service)]
    assert (slots.count(1), slots.count(2)) == (5, 5)


def test_the_limit_of_the_history_is_the_swarms():
    bench = SmallSwarm(1, Orchestration={"TaskHistoryRetentionLimit": 2})
    service = bench.create(command="false", restart=policy(delay=2))
    bench.run(10)
    assert len(bench.tasks(service)) == 2
