"""Global services and jobs in the simulation: O07 of the conformance cases, and the quirks of jobs."""

from support.simulated_swarm import SmallSwarm

from swarm_simulator.objects import State

GLOBAL = {"Global": {}}


def on(bench: SmallSwarm, service, name: str) -> list[tuple[str, str]]:
    """State and desired state of the service's tasks on that node, the oldest first."""
    return [
        (task.state.word, task.desired.word) for task in bench.tasks(service) if task.node_id == bench.nodes[name].id
    ]


def test_one_task_on_each_node_that_suits_and_on_one_that_joins():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL, Placement={"Constraints": ["node.role==worker"]})
    bench.run(3)
    bench.add()
    bench.run(3)
    assert bench.spread(service) == {"node1": 0, "node2": 1, "node3": 1}
    assert {task.slot for task in bench.tasks(service)} == {0}


def test_o07_availability():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL)
    bench.run(3)
    bench.availability("node2", "drain")
    bench.run(2)
    assert on(bench, service, "node2")[0][1] == "shutdown"
    bench.update(service, force=1)
    bench.run(30)
    assert on(bench, service, "node2") == [("shutdown", "shutdown")]
    bench.availability("node2", "active")
    bench.run(3)
    assert on(bench, service, "node2")[-1] == ("running", "running")


def test_o07_a_paused_node_keeps_its_task_until_it_ends_and_gets_no_other():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL, command="sleep 10")
    bench.run(3)
    bench.availability("node2", "pause")
    bench.update(service, command="top")
    bench.run(3)
    assert on(bench, service, "node2") == [("running", "running")]
    bench.run(20)
    assert on(bench, service, "node2") == [("complete", "shutdown")]
    bench.availability("node2", "active")
    bench.run(3)
    assert on(bench, service, "node2") == [("complete", "shutdown"), ("running", "running")]


def test_o07_a_task_that_is_out_of_date_on_a_paused_node_is_replaced_at_once_when_it_is_active():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL)
    bench.run(3)
    bench.availability("node2", "pause")
    bench.update(service, image="busybox:2")
    bench.run(30)
    bench.availability("node2", "active")
    bench.run(0.1)
    assert [desired for _, desired in on(bench, service, "node2")] == ["shutdown", "running"]
    assert service.update_status["State"] == "completed"


def test_o07_a_node_that_is_down_and_back():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL)
    bench.run(3)
    bench.kill("node2")
    bench.run(20)
    assert on(bench, service, "node2") == [("running", "shutdown")]
    bench.start("node2")
    bench.run(3)
    assert on(bench, service, "node2") == [("failed", "shutdown"), ("running", "running")]


def test_o07_with_condition_none_a_failed_task_comes_back_only_with_another_spec():
    bench = SmallSwarm(1)
    service = bench.create(mode=GLOBAL, command="false", restart={"Condition": "none"})
    bench.run(3)
    bench.label("node1", x="y")
    bench.run(3)
    assert on(bench, service, "node1") == [("failed", "shutdown")]
    bench.update(service, command="top")
    bench.run(3)
    assert on(bench, service, "node1")[-1] == ("running", "running")


def test_a_global_task_whose_node_no_longer_suits_is_shut_down_and_comes_back():
    bench = SmallSwarm(1)
    bench.label("node1", disk="ssd")
    service = bench.create(mode=GLOBAL, Placement={"Constraints": ["node.labels.disk==ssd"]})
    bench.run(3)
    bench.label("node1", disk="hdd")
    bench.run(12)
    assert [desired for _, desired in on(bench, service, "node1")] == ["shutdown"]
    bench.label("node1", disk="ssd")
    bench.run(3)
    assert on(bench, service, "node1")[-1] == ("running", "running")


def test_a_removed_nodes_global_tasks_are_gone():
    bench = SmallSwarm(2)
    service = bench.create(mode=GLOBAL)
    bench.run(3)
    bench.swarm.remove_node(bench.nodes["node2"], force=True)
    bench.run(1)
    assert len(bench.tasks(service)) == 1


def test_a_replicated_job_runs_so_many_at_a_time_from_slot_0():
    bench = SmallSwarm(2)
    job = bench.create(mode={"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 4}}, command="sleep 3")
    bench.run(2)
    assert [(task.slot, task.state) for task in bench.tasks(job)] == [(0, State.RUNNING), (1, State.RUNNING)]
    assert {task.desired for task in bench.tasks(job)} == {State.COMPLETE}
    bench.run(10)
    assert [(task.slot, task.state) for task in bench.tasks(job)] == [(slot, State.COMPLETE) for slot in range(4)]


def test_an_update_starts_a_job_anew_and_removes_what_still_runs():
    bench = SmallSwarm(2)
    job = bench.create(mode={"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 2}}, command="sleep 6")
    bench.run(8)
    bench.update(job, force=1)
    bench.run(14)
    assert (job.iteration, [task.iteration for task in bench.tasks(job)]) == (1, [0, 1, 1])
    assert [task.slot for task in bench.tasks(job) if task.iteration] == [0, 1]


def test_a_job_with_condition_none_leaves_a_failed_slot_until_another_task_ends():
    bench = SmallSwarm(2)
    job = bench.create(mode={"ReplicatedJob": {"MaxConcurrent": 2, "TotalCompletions": 2}}, command="sleep 5",
                       restart={"Condition": "none"})  # fmt: skip
    bench.run(0.15)
    first = bench.tasks(job)[0]
    first.state = State.REJECTED
    bench.store.save(first)
    bench.run(3)
    assert [task.slot for task in bench.tasks(job)] == [0, 1]
    bench.run(4)
    assert [(task.slot, task.state) for task in bench.tasks(job)][1] == (0, State.RUNNING)


def test_a_global_jobs_attempts_never_run_out():
    bench = SmallSwarm(1)
    job = bench.create(
        mode={"GlobalJob": {}}, command="false", restart={"Condition": "on-failure", "MaxAttempts": 1, "Delay": 10**9}
    )
    bench.run(12)
    assert len(bench.tasks(job)) > 4
    other = bench.create(
        "other",
        mode={"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}},
        command="false",
        restart={"Condition": "on-failure", "MaxAttempts": 1, "Delay": 10**9},
    )
    bench.run(12)
    assert [task.state.word for task in bench.tasks(other)] == ["failed", "failed"]


def test_a_node_that_joins_later_gets_no_global_job():
    bench = SmallSwarm(2)
    job = bench.create(mode={"GlobalJob": {}}, command="true")
    bench.run(3)
    bench.add()
    bench.run(3)
    assert [task.state.word for task in bench.tasks(job)] == ["complete", "complete"]
    bench.update(job, force=1)
    bench.run(3)
    assert len([task for task in bench.tasks(job) if task.iteration == 1]) == 3
