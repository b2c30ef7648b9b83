"""The command a request shows, run by the real docker in a node, asks for the very same service."""

from collections.abc import Callable
from typing import Any

import pytest

from swarmkit_helpers import Cluster, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until

SLEEP = "sleep 1000"

CREATED = {
    "plain": {},
    "replicas": {"replicas": 3, "command": ["sh", "-c", "echo 'a b'; sleep 1000"]},
    "global": {"mode": "global"},
    "replicated-job": {"mode": "replicated-job", "replicas": 4, "max_concurrent": 2, "restart_condition": "none"},
    "replicated-job of one": {"mode": "replicated-job"},
    "global-job": {"mode": "global-job"},
    "environment": {"env": {"COLOR": "light blue", "SIZE": 3}, "labels": {"team": "a b", "n": 1}, "init": True},
    "placement": {
        "constraints": ["node.role==worker", "node.labels.rack != b"],
        "max_replicas_per_node": 2,
        "preferences": ["node.labels.rack", "node.labels.room"],
    },
    "resources": {"reserve_cpus": 0.25, "limit_cpus": 1.5, "reserve_memory": "16MiB", "limit_memory": 33_554_433},
    "ports": {"ports": ["8080:80", "mode=host,published=8081,target=81,protocol=udp", "8082:82/tcp", "83"]},
    "names": {"networks": ["backend"], "endpoint_mode": "dnsrr"},
    "times": {"stop_grace_period": 0.5, "restart_delay": 2, "restart_window": 90, "restart_max_attempts": 3},
    "update": {"update_parallelism": 2, "update_order": "start-first", "rollback_failure_action": "continue"},
    "update in full": {
        "update_delay": 1.5,
        "update_monitor": 0.25,
        "update_failure_action": "rollback",
        "update_max_failure_ratio": 0.25,
        "rollback_delay": 2,
        "rollback_parallelism": 0,
        "rollback_monitor": 3,
        "rollback_order": "start-first",
        "rollback_max_failure_ratio": 0.5,
    },
}

CHANGED = {
    "image and command": {"image": "busybox:latest", "command": ["sh", "-c", "sleep 900 && echo done"]},
    "replicas": {"replicas": 5},
    "lists": {
        "env": {"COLOR": "red", "NEW": "1"},
        "labels": {"team": "b"},
        "constraints": ["node.role!=manager"],
        "preferences": ["node.labels.row"],
        "ports": ["9090:80", "mode=host,target=82"],
    },
    "nothing left": {"env": {}, "labels": {}, "constraints": [], "preferences": [], "ports": [], "networks": []},
    "networks": {"networks": ["frontend"]},
    "init off": {"init": False},
    "limits": {"limit_memory": "64MiB", "reserve_cpus": 0.1, "max_replicas_per_node": 4},
    "first update settings": {"update_delay": 3, "restart_condition": "on-failure", "rollback_monitor": 1},
}

BEFORE = {
    "replicas": 0,
    "env": {"COLOR": "blue", "OLD": "1"},
    "labels": {"team": "a", "old": "1"},
    "init": True,
    "constraints": ["node.role==worker"],
    "preferences": ["node.labels.rack"],
    "ports": ["8080:80"],
    "networks": ["backend"],
}


@pytest.fixture(scope="module", autouse=True)
def networks(cluster: Cluster) -> None:
    """Two overlay networks to attach services to; they go with the cluster."""
    swarm = cluster.ensure_swarm()
    for name in {"backend", "frontend"} - set(swarm.networks()):
        swarm.create_network(name)


def shown(request: Callable[[], None]) -> str:
    """The one command that the request shows."""
    commands: list[str] = []
    with shown_by(lambda command: commands.append(command.text)):
        request()
    [command] = commands
    return command


def run(cluster: Cluster, command: str) -> None:
    """The command as it was shown, but that it does not wait, nor look for a registry."""
    for start in ("docker service create", "docker service update"):
        command = command.replace(start, f"{start} --detach --no-resolve-image", 1)
    output = cluster.sh("node1", command)
    assert output.status == 0, output


def spec_of(swarm: Swarm, name: str) -> Any:
    return meaning(swarm.service(name).spec)


def meaning(spec: Any, key: str = "") -> Any:
    """The spec without what says nothing: empty parts, the runtime, the order of what has no order."""
    if isinstance(spec, dict):
        return {
            key: kept
            for key, value in spec.items()
            if key not in ("ForceUpdate", "Runtime", "Isolation")
            if (kept := meaning(value, key))
        }
    if isinstance(spec, list):
        kept = [meaning(item) for item in spec]
        return sorted(kept, key=str) if key in ("Env", "Ports", "Constraints", "Networks") else kept
    return spec


@pytest.mark.parametrize("settings", CREATED.values(), ids=CREATED.keys())
def test_the_shown_create_command_makes_the_same_service(cluster: Cluster, swarm: Swarm, settings: dict) -> None:
    settings = {"command": SLEEP, **settings}
    command = shown(lambda: swarm.create_service("twin", "busybox", **settings))
    ours = spec_of(swarm, "twin")
    swarm.remove_service("twin")
    run(cluster, command)
    assert spec_of(swarm, "twin") == ours


@pytest.mark.parametrize("settings", CHANGED.values(), ids=CHANGED.keys())
def test_the_shown_update_command_makes_the_same_change(cluster: Cluster, swarm: Swarm, settings: dict) -> None:
    swarm.create_service("twin", "busybox", SLEEP, **BEFORE)
    command = shown(lambda: swarm.update_service("twin", **settings))
    ours = spec_of(swarm, "twin")
    swarm.remove_service("twin")
    swarm.create_service("twin", "busybox", SLEEP, **BEFORE)
    run(cluster, command)
    assert spec_of(swarm, "twin") == ours


def test_the_other_commands_do_the_same(cluster: Cluster, swarm: Swarm) -> None:
    swarm.create_service("twin", "busybox", SLEEP, replicas=0)
    command = shown(lambda: swarm.scale("twin", 2))
    ours = spec_of(swarm, "twin")
    swarm.scale("twin", 0)
    assert cluster.sh("node1", f"{command} --detach").status == 0
    assert spec_of(swarm, "twin") == ours

    force = shown(lambda: swarm.rebalance("twin"))
    run(cluster, force)
    assert swarm.service("twin").spec["TaskTemplate"]["ForceUpdate"] == 2

    swarm.scale("twin", 1)
    back = shown(lambda: swarm.rollback("twin"))
    assert swarm.service("twin").replicas == 2
    assert cluster.sh("node1", f"{back} --detach").status == 0
    assert swarm.service("twin").replicas == 1


@pytest.mark.parametrize(
    ("request_", "undo"),
    [
        (lambda swarm: swarm.drain("node2"), lambda swarm: swarm.activate("node2")),
        (lambda swarm: swarm.pause("node2"), lambda swarm: swarm.activate("node2")),
        (lambda swarm: swarm.label("node2", rack="a b", row=3), lambda swarm: swarm.unlabel("node2", "rack", "row")),
    ],
    ids=["drain", "pause", "label"],
)
def test_the_node_commands_do_the_same(cluster: Cluster, swarm: Swarm, request_: Callable, undo: Callable) -> None:
    def node() -> tuple[object, ...]:
        now = swarm.node("node2")
        return now.availability, dict(now.labels)

    before = node()
    asked = shown(lambda: request_(swarm))
    after = node()
    assert after != before
    undone = shown(lambda: undo(swarm))
    assert node() == before
    assert cluster.sh("node1", asked).status == 0
    assert node() == after
    assert cluster.sh("node1", undone).status == 0
    assert node() == before


@pytest.mark.exhaustive("conformance promotes and demotes, too")
def test_the_role_commands_do_the_same(cluster: Cluster, swarm: Swarm) -> None:
    def roles(*expected: tuple[str, str | None]) -> None:
        """The nodes have those roles, and their managers take part."""
        wait_until(
            lambda: [(node.role, node.reachability) for node in swarm.nodes()] == list(expected),
            20,
            lambda: AssertionError(repr(swarm.nodes())),
        )

    manager, worker = ("manager", "reachable"), ("worker", None)
    promote = shown(lambda: swarm.promote("node2"))
    roles(manager, manager, worker)
    assert cluster.sh("node1", promote.replace("node2", "node3")).status == 0
    roles(manager, manager, manager)
    demote = shown(lambda: swarm.demote("node2"))
    roles(manager, worker, manager)
    assert cluster.sh("node1", demote.replace("node2", "node3")).status == 0
    roles(manager, worker, worker)
