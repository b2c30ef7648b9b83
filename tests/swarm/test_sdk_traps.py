"""What a request must not do besides what was asked. The Docker SDK's own calls do these (docker-py#1848, #1225)."""

from threading import Thread

from swarmkit_helpers import Cluster, Swarm

SLEEP = {"image": "busybox", "command": "sleep 1000", "stop_grace_period": 0}


def running(swarm: Swarm, service: str = "sleep-app") -> set[str]:
    return {task.id for task in swarm.tasks(service) if task.state == "running" and task.wanted}


def test_the_first_scale_restarts_nothing(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, replicas=2)
    swarm.converge("sleep-app")
    before = running(swarm)
    swarm.scale("sleep-app", 4)
    swarm.converge("sleep-app")
    assert before < running(swarm)
    assert len(swarm.tasks("sleep-app")) == 4  # nothing of the past: no task was replaced
    assert swarm.service("sleep-app").update_state is None


def test_docker_and_the_helpers_take_turns_and_restart_nothing(cluster: Cluster, swarm: Swarm) -> None:
    create = "docker service create --detach --no-resolve-image --stop-grace-period 0s --name sleep-app"
    assert cluster.sh("node1", f"{create} busybox sleep 1000").status == 0
    swarm.converge("sleep-app")
    first = running(swarm)
    swarm.scale("sleep-app", 2)
    swarm.converge("sleep-app")
    assert cluster.sh("node1", "docker service scale --detach sleep-app=3").status == 0
    swarm.converge("sleep-app")
    assert first < running(swarm)

    swarm.create_service("ours", **SLEEP)
    swarm.converge("ours")
    first = running(swarm, "ours")
    assert cluster.sh("node1", "docker service scale --detach ours=2").status == 0
    swarm.converge("ours")
    assert first < running(swarm, "ours")


def test_changes_in_a_row_need_no_reload(swarm: Swarm) -> None:
    swarm.create_service("sleep-app", **SLEEP, replicas=0)
    for replicas in (1, 0, 2, 0):
        swarm.scale("sleep-app", replicas)
    swarm.update_service("sleep-app", labels={"a": 1})
    swarm.update_service("sleep-app", labels={"a": 2})
    assert swarm.service("sleep-app").replicas == 0
    assert swarm.service("sleep-app").spec["Labels"] == {"a": "2"}


def test_a_change_that_another_overtakes_is_made_on_what_is_there_then(swarm: Swarm) -> None:
    def label(letter: str) -> None:
        for number in range(8):
            swarm.label("node2", **{f"{letter}{number}": letter})

    threads = [Thread(target=label, args=(letter,)) for letter in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(swarm.node("node2").labels) == {f"{letter}{number}" for letter in "ab" for number in range(8)}


def test_an_update_of_one_setting_leaves_the_others(swarm: Swarm) -> None:
    swarm.create_service(
        "sleep-app",
        **SLEEP,
        replicas=0,
        constraints=["node.role==worker"],
        env={"A": 1},
        preferences=["node.labels.rack"],
        limit_memory="64MiB",
        update_delay=1,
        restart_delay=1,
    )
    swarm.update_service(
        "sleep-app", max_replicas_per_node=2, reserve_memory="16MiB", update_parallelism=0, restart_max_attempts=2
    )
    spec = swarm.service("sleep-app").spec
    task = spec["TaskTemplate"]
    assert task["Placement"]["Constraints"] == ["node.role==worker"]
    assert task["Placement"]["Preferences"] == [{"Spread": {"SpreadDescriptor": "node.labels.rack"}}]
    assert task["Placement"]["MaxReplicas"] == 2
    assert task["ContainerSpec"]["Env"] == ["A=1"]
    assert task["Resources"] == {"Limits": {"MemoryBytes": 64 * 2**20}, "Reservations": {"MemoryBytes": 16 * 2**20}}
    assert task["RestartPolicy"] == {"Condition": "any", "Delay": 10**9, "MaxAttempts": 2}
    assert spec["UpdateConfig"] | {"Parallelism": 0} == {
        "Parallelism": 0,
        "Delay": 10**9,
        "FailureAction": "pause",
        "Monitor": 5 * 10**9,
        "MaxFailureRatio": 0,
        "Order": "stop-first",
    }


def test_a_nodes_labels_and_role_survive_its_availability(swarm: Swarm) -> None:
    swarm.label("node2", rack="a")
    for request in (swarm.drain, swarm.pause, swarm.activate):
        request("node2")
        node = swarm.node("node2")
        assert (dict(node.labels), node.role) == ({"rack": "a"}, "worker")
    swarm.drain("node2")
    swarm.label("node2", row=1)
    assert swarm.node("node2").availability == "drain"
    swarm.unlabel("node2", "rack")
    assert dict(swarm.node("node2").labels) == {"row": "1"}


def test_the_swarms_own_settings_stay(cluster: Cluster, swarm: Swarm) -> None:
    before = cluster.api("node1").get("swarm")["Spec"]
    swarm.create_service("sleep-app", **SLEEP)
    swarm.drain("node3")
    swarm.rebalance("sleep-app")
    swarm.remove_service("sleep-app")
    after = cluster.api("node1").get("swarm")["Spec"]
    assert after == before
    assert after["Orchestration"]["TaskHistoryRetentionLimit"] == 5
