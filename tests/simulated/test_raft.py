"""Managers, nodes and heartbeats in the simulation."""

import pytest
from support.simulated_swarm import SmallSwarm

from swarm_simulator.errors import NO_LEADER, ApiError
from swarm_simulator.objects import State

POLITE = """sh -c 'trap "exit 0" TERM; while true; do sleep 1; done'"""


def names(bench: SmallSwarm) -> dict[str, str]:
    return {node.id: name for name, node in bench.nodes.items()}


def leader(bench: SmallSwarm) -> str | None:
    return names(bench).get(bench.swarm.leader or "")


def refusal(do, *given: object, **named: object) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        do(*given, **named)
    return refused.value.status, refused.value.message.removeprefix("rpc error: code = ")


def test_a_node_that_joins_is_unknown_until_its_agent_registers():
    bench = SmallSwarm(1)
    node = bench.add()
    assert (node.state, node.described) == ("unknown", False)
    bench.run(1)
    assert (node.state, node.described) == ("ready", True)


@pytest.mark.parametrize("seed", range(5))
def test_a_node_is_down_13_to_17_seconds_after_its_last_heartbeat(seed: int):
    bench = SmallSwarm(2, seed=seed)
    node = bench.nodes["node2"]
    bench.agents["node2"].disconnect()
    bench.run(8.9)
    assert node.state == "ready"
    bench.run(7.7)
    assert (node.state, node.message) == ("down", "heartbeat failure")


def test_a_node_that_is_back_in_time_has_lost_nothing():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2, command="sleep 10")
    bench.run(3)
    bench.agents["node2"].disconnect()
    bench.run(8.5)
    assert len(bench.running(service)) == 1  # the other has ended too, but nobody knows
    bench.agents["node2"].reconnect()
    bench.run(2)
    assert bench.nodes["node2"].state == "ready"
    assert [task.state.word for task in bench.tasks(service)][::2] == ["complete", "complete"]


def test_what_was_starting_when_the_engine_ended_is_started_when_it_is_back():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(0.32)  # the start has been asked for
    [task] = [task for task in bench.tasks(service) if task.node_id == bench.nodes["node2"].id]
    bench.kill("node2")
    bench.run(3)
    bench.start("node2")
    bench.run(3)
    assert (task.state, task.desired) == (State.RUNNING, State.RUNNING)


def test_a_container_that_is_gone_when_the_engine_is_back_has_failed():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.kill("node2")
    bench.agents["node2"].executor.containers.clear()
    bench.start("node2")
    bench.run(1)
    [task] = bench.tasks(service, State.FAILED)
    assert task.error == f"No such container: web.{task.slot}.{task.id}"


def test_a_paused_machine_goes_on_where_it_was():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(0.3)
    bench.agents["node2"].freeze()
    bench.run(5)
    assert len(bench.running(service)) == 1
    bench.agents["node2"].thaw()
    bench.run(2)
    assert len(bench.running(service)) == 2


def test_what_a_disconnected_node_should_stop_it_stops_when_it_is_back():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2, command=POLITE)
    bench.run(3)
    bench.agents["node2"].disconnect()
    bench.run(30)
    assert [
        (task.state.word, task.desired.word) for task in bench.tasks(service) if task.node_id == bench.nodes["node2"].id
    ] == [("running", "shutdown")]
    bench.agents["node2"].reconnect()
    bench.run(3)
    assert [task.state.word for task in bench.tasks(service) if task.desired == State.SHUTDOWN] == ["shutdown"]


def test_after_a_day_the_tasks_of_a_lost_node_are_orphaned():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.kill("node2")
    bench.run(24 * 3600 + 20)
    assert [task.state.word for task in bench.tasks(service) if task.desired == State.SHUTDOWN] == ["orphaned"]


def test_the_only_manager_leads_again_as_soon_as_it_is_back_and_the_others_register():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    bench.kill("node1")
    assert leader(bench) is None
    assert refusal(bench.swarm.require_leader) == (500, f"Unknown desc = {NO_LEADER}")
    bench.run(60)
    assert bench.nodes["node2"].state == "ready"  # nobody there to notice
    bench.start("node1")
    bench.run(0.35)
    assert leader(bench) == "node1"
    assert {(node.state, node.message) for node in bench.nodes.values()} == {
        ("unknown", 'Node moved to "unknown" state due to leadership change in cluster')
    }
    bench.run(8)
    assert {node.state for node in bench.nodes.values()} == {"ready"}
    assert len(bench.running(service)) == 2
    assert len(bench.tasks(service)) == 3  # the manager's own task had failed with its machine


def test_another_manager_is_elected_after_10_to_19_seconds():
    bench = SmallSwarm(4, managers=3)
    service = bench.create(replicas=4)
    bench.run(3)
    assert leader(bench) == "node1"
    bench.kill("node1")
    bench.run(9.9)
    assert leader(bench) is None
    bench.run(9.2)
    assert leader(bench) in ("node2", "node3")
    states = bench.swarm.manager_states()
    assert {names(bench)[each]: state.reachability for each, state in states.items()} == {
        "node1": "unreachable",
        "node2": "reachable",
        "node3": "reachable",
    }
    bench.run(5)
    assert (bench.nodes["node1"].state, bench.nodes["node4"].state) == ("unknown", "ready")
    bench.run(40)
    assert (bench.nodes["node1"].state, bench.nodes["node1"].message) == (
        "down",
        'heartbeat failure for node in "unknown" state',
    )
    assert len(bench.running(service)) == 4


def test_without_a_quorum_nothing_moves_until_there_is_one_again():
    bench = SmallSwarm(4, managers=3)
    service = bench.create(replicas=4)
    bench.run(3)
    bench.kill("node2")
    bench.kill("node3")
    assert leader(bench) is None
    bench.run(120)
    assert {node.state for node in bench.nodes.values()} == {"ready"}
    assert len(bench.tasks(service)) == 4
    bench.start("node3")
    bench.run(20)
    assert leader(bench) in ("node1", "node3")
    bench.run(45)
    assert bench.nodes["node2"].state == "down"
    assert len(bench.running(service)) == 4


def test_a_leader_that_was_only_paused_for_a_moment_still_leads():
    bench = SmallSwarm(3, managers=3)
    bench.agents["node1"].freeze()
    bench.run(5)
    assert leader(bench) is None
    bench.agents["node1"].thaw()
    bench.run(0.01)
    assert leader(bench) == "node1"
    assert {node.state for node in bench.nodes.values()} == {"ready"}


def test_a_disconnected_leader_loses_its_office_and_cannot_be_asked():
    bench = SmallSwarm(3, managers=3)
    bench.agents["node1"].disconnect()
    bench.run(20)
    assert leader(bench) in ("node2", "node3")
    assert refusal(bench.swarm.require_leader, bench.nodes["node1"].id)[0] == 500
    bench.swarm.require_leader(bench.nodes["node2"].id)


def test_promotion_and_demotion():
    bench = SmallSwarm(3)
    node = bench.nodes["node2"]
    bench.swarm.put_node(node, node.spec | {"Role": "manager"})
    bench.run(0.01)
    assert (node.role, node.id in bench.swarm.manager_states()) == ("manager", False)
    bench.run(2)
    assert node.id in bench.swarm.manager_states()
    one = bench.nodes["node1"]
    bench.swarm.put_node(one, one.spec | {"Role": "worker"})  # the leader
    bench.run(1)
    assert (one.role, leader(bench), len(bench.swarm.manager_states())) == ("worker", "node2", 1)
    assert refusal(bench.swarm.put_node, node, node.spec | {"Role": "worker"}) == (
        400,
        "FailedPrecondition desc = attempting to demote the last manager of the swarm",
    )


def test_a_demotion_that_would_cost_the_quorum_is_refused():
    bench = SmallSwarm(3, managers=3)
    bench.kill("node3")
    node = bench.nodes["node2"]
    assert refusal(bench.swarm.put_node, node, node.spec | {"Role": "worker"}) == (
        400,
        "FailedPrecondition desc = can't remove member from the raft: this would result in a loss of quorum",
    )


def test_removing_a_node_orphans_its_tasks():
    bench = SmallSwarm(2)
    service = bench.create(replicas=2)
    bench.run(3)
    node = bench.nodes["node2"]
    assert refusal(bench.swarm.remove_node, node, force=False)[1] == (
        f"FailedPrecondition desc = node {node.id} is not down and can't be removed"
    )
    assert refusal(bench.swarm.remove_node, bench.nodes["node1"], force=True)[1].endswith(
        "is a cluster manager and is a member of the raft cluster. It must be demoted to worker before removal"
    )
    bench.swarm.remove_node(node, force=True)
    bench.run(7)
    [gone] = [task for task in bench.tasks(service) if task.node_id == node.id]
    assert (gone.state, gone.message) == (State.ORPHANED, "Task belonged to a node that has been deleted")
    assert len(bench.running(service)) == 2


def test_a_replacement_that_waits_is_started_by_the_next_leader():
    bench = SmallSwarm(4, managers=3)
    service = bench.create(replicas=4, restart={"Condition": "any", "Delay": 40 * 10**9})
    bench.run(3)
    bench.kill("node4")
    bench.run(20)
    [waiting] = [task for task in bench.tasks(service) if task.desired == State.READY]
    bench.agents["node1"].freeze()
    bench.run(25)
    assert waiting.desired == State.READY
    bench.agents["node1"].thaw()
    bench.run(20)
    assert (waiting.desired, len(bench.running(service))) == (State.RUNNING, 4)


def test_a_rolling_update_goes_on_under_the_next_leader():
    bench = SmallSwarm(3, managers=3)
    service = bench.create(replicas=3, update={"Parallelism": 1, "Delay": 10**10})
    bench.run(3)
    bench.update(service, image="busybox:2")
    bench.run(3)
    bench.agents["node1"].freeze()
    bench.run(25)
    bench.agents["node1"].thaw()
    bench.run(90)
    assert service.update_status["State"] == "completed"
    assert {task.spec["ContainerSpec"]["Image"] for task in bench.running(service)} == {"busybox:2"}
