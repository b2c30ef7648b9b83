"""Machines becoming a swarm, and no swarm."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario

INIT = "docker swarm init --advertise-addr $(hostname -i)"
SWARM = (
    "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} {{.Swarm.Managers}} {{.Swarm.Nodes}}'"
)


@scenario("apart")
def outside_a_swarm(bench: Bench) -> Iterator[tuple[str, Any]]:
    for path in ("services", "tasks", "nodes", "swarm", "nodes/x", "services/x", "swarm/unlockkey"):
        yield f"GET {path}", bench.refused("GET", path)
    yield "create service", bench.refused("POST", "services/create", {})
    yield "leave", bench.refused("POST", "swarm/leave")
    yield "unlock", bench.refused("POST", "swarm/unlock", {"UnlockKey": "SWMKEY-1-x"})
    for command in (
        "node ls",
        "service ls",
        "stack ls",
        "swarm leave",
        "swarm join-token worker",
        "swarm ca",
        "service create busybox",
        "network create --driver overlay private",
    ):
        yield command, bench.sh(f"docker {command}")
    yield "info", bench.sh(SWARM)
    yield (
        "volumes and containers need no swarm",
        [bench.http("GET", path)[0] for path in ("volumes", "containers/json")],
    )


@scenario("apart")
def a_swarm_grows_and_shrinks(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "init", bench.sh(INIT)
    yield "init again", bench.sh(INIT)
    yield "info", bench.sh(SWARM)
    yield "a malformed token", bench.sh("docker swarm join --token SWMTKN-1-bad node1:2377", on="node2")
    worker = bench.does("docker swarm join-token --quiet worker")
    manager = bench.does("docker swarm join-token --quiet manager")
    yield "join-token", bench.sh("docker swarm join-token worker")
    yield "one secret for each role", worker != manager and worker.rpartition("-")[0] == manager.rpartition("-")[0]
    yield "join", bench.sh(f"docker swarm join --token {worker} node1:2377", on="node2")
    yield "join again", bench.sh(f"docker swarm join --token {worker} node1:2377", on="node2")
    yield "join as manager", bench.sh(f"docker swarm join --token {manager} node1:2377", on="node3")
    bench.until(lambda: len(bench.names()) == 3 and bench.node("node3")["Status"]["State"] == "ready", "three nodes")
    yield "node ls", sorted(bench.sh("docker node ls"))
    yield "info of two managers", bench.sh("docker info --format '{{json .Swarm.Warnings}}'")
    yield "a worker is asked", bench.sh("docker node ls", on="node2")
    yield "a worker is asked (HTTP)", bench.refused("GET", "services", on="node2")
    yield (
        "a worker's info",
        bench.sh(
            "docker info --format '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}} "
            "{{len .Swarm.RemoteManagers}}'",
            on="node2",
        ),
    )
    yield "a manager leaves", bench.sh("docker swarm leave", on="node3")
    yield "demote it", bench.sh("docker node demote node3")
    bench.until(lambda: bench.api("node3").info()["Swarm"]["ControlAvailable"] is False, "node3 to be a worker")
    node = f"nodes/{bench.node('node3')['ID']}"
    yield "it leaves", bench.refused("POST", "swarm/leave", on="node3")
    yield "remove it at once", bench.refused("DELETE", node)
    yield "remove it by force", bench.sh("docker node rm --force node3")
    yield "remove it again", bench.refused("DELETE", node)
    yield "its state then", bench.sh(SWARM, on="node3")
    yield "it leaves again", bench.sh("docker swarm leave", on="node3")
    yield "who is left", sorted(bench.names().values())
    yield "the last manager leaves", bench.sh("docker swarm leave")
    yield "the last manager leaves by force", bench.sh("docker swarm leave --force")


@scenario("apart")
def tokens_and_settings(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.does(INIT)
    old = bench.does("docker swarm join-token --quiet worker")
    yield "rotate", bench.sh("docker swarm join-token --rotate worker")
    yield "rotated", bench.does("docker swarm join-token --quiet worker") != old
    yield "the old token", bench.sh(f"docker swarm join --token {old} node1:2377", on="node2")
    yield "a role that is none", bench.sh("docker swarm join-token boss")
    yield "ca", bench.sh("docker swarm ca | head -n 1")
    yield "update", bench.sh("docker swarm update --task-history-limit 2 --dispatcher-heartbeat 7s")
    swarm = bench.api().inspect_swarm()
    spec, version = swarm["Spec"], swarm["Version"]["Index"]
    yield "what was set", [spec["Orchestration"], spec["Dispatcher"], sorted(spec["Raft"].items())]
    yield "keys", sorted(swarm)
    yield "another name", bench.refused("POST", "swarm/update", {**spec, "Name": "x"}, version=version)
    yield "a stale version", bench.refused("POST", "swarm/update", spec, version=1)
    bench.client().swarm.update(rotate_worker_token=True)
    yield "docker-py's rotation forgets the history limit", bench.api().inspect_swarm()["Spec"]["Orchestration"]
    yield "leave", bench.sh("docker swarm leave --force")


@scenario("apart")
def autolock(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.does(INIT)
    yield "no key", bench.sh("docker swarm unlock-key")
    yield "unlock what is not locked", bench.refused("POST", "swarm/unlock", {"UnlockKey": "SWMKEY-1-x"})
    yield "lock", bench.sh("docker swarm update --autolock")
    key = bench.does("docker swarm unlock-key --quiet")
    yield "the key", bench.sh("docker swarm unlock-key")
    yield "its length", len(key)
    bench.cluster.stop("node1")
    bench.cluster.start("node1")
    bench.until(lambda: bench.api().info()["Swarm"]["LocalNodeState"] == "locked", "node1 to be locked")
    yield "locked", bench.sh(SWARM)
    yield "locked: node ls", bench.sh("docker node ls")
    yield "locked: join", bench.sh("docker swarm join --token SWMTKN-1-x node2:2377")
    yield "a wrong key", bench.refused("POST", "swarm/unlock", {"UnlockKey": "SWMKEY-1-" + "A" * 43})
    yield "no key at all", bench.refused("POST", "swarm/unlock", {"UnlockKey": "x"})
    yield "the right key", bench.refused("POST", "swarm/unlock", {"UnlockKey": key})
    bench.until(lambda: bench.http("GET", "nodes")[0] == 200, "node1 to manage again")
    yield "unlocked", bench.sh(SWARM)
    yield "no more locks", bench.sh("docker swarm update --autolock=false")
    yield "no key any more", bench.sh("docker swarm unlock-key")
    yield "leave", bench.sh("docker swarm leave --force")
