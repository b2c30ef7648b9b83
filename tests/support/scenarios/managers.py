"""Three managers: roles, the loss of the leader, and the loss of the majority."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario


def _leader(bench: Bench) -> str | None:
    """The leader's name, as node3 sees it."""
    status, nodes = bench.http("GET", "nodes", on="node3")
    if status != 200:
        return None
    leading = [node for node in nodes if node.get("ManagerStatus", {}).get("Leader")]
    return leading[0]["Description"]["Hostname"] if leading else None


@scenario("managers")
def roles(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "ls", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'"))
    yield (
        "every manager answers",
        [sorted(each["Description"]["Hostname"] for each in bench.api(node).nodes()) for node in ("node2", "node3")],
    )
    yield (
        "info",
        bench.sh(
            "docker info --format '{{.Swarm.Managers}} {{.Swarm.Nodes}} {{len .Swarm.RemoteManagers}}'", on="node3"
        ),
    )
    yield "demote", bench.sh("docker node demote node2 node3")
    bench.until(lambda: not bench.api("node2").info()["Swarm"]["ControlAvailable"], "node2 to be a worker")
    bench.until(lambda: not bench.api("node3").info()["Swarm"]["ControlAvailable"], "node3 to be a worker")
    yield "demoted", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'"))
    yield "what it answers now", bench.refused("GET", "nodes", on="node2")
    said = []
    for name in ("node2", "node3"):  # of two at once, a real engine may let one wait for ever: both have to agree
        said += bench.sh(f"docker node promote {name}")
        bench.until(
            lambda name=name: bench.node(name).get("ManagerStatus", {}).get("Reachability") == "reachable",
            f"{name} to be a manager",
        )
    yield "promote", said
    bench.until(lambda: bench.api("node3").info()["Swarm"]["ControlAvailable"], "node3 to know it")
    yield "promoted", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'"))
    yield "leave", bench.sh("docker swarm leave", on="node3")
    yield "remove a manager", bench.refused("DELETE", f"nodes/{bench.node('node3')['ID']}", force=True)


@scenario("managers")
def leader_and_majority(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 3 --constraint node.hostname==node3")
    bench.settle("web", 3)
    bench.cluster.kill("node1")
    bench.until(lambda: _leader(bench) in ("node2", "node3"), "another leader")
    bench.until(lambda: bench.node("node1", on="node3")["ManagerStatus"]["Reachability"] == "unreachable", "its loss")
    yield "who manages", bench.sh("docker node ls --filter name=node1 --format '{{.ManagerStatus}}'", on="node3")
    yield "orders are taken", bench.sh("docker service scale --detach web=4", on="node3")
    bench.until(
        lambda: (
            [
                task["Status"]["State"]
                for task in bench.api("node3").tasks(filters={"service": "web", "desired-state": "running"})
            ]
            == ["running"] * 4
        ),
        "four tasks",
    )
    yield "demote what the majority needs", bench.sh("docker node demote node2", on="node3")
    bench.cluster.kill("node2")
    yield "no majority", bench.until(lambda: _no_leader(bench), "no leader")
    yield "node ls", bench.sh("docker node ls", on="node3")
    yield "scale", bench.sh("docker service scale --detach web=5", on="node3")
    info = bench.api("node3").info()["Swarm"]
    yield "info", [info["LocalNodeState"], info["ControlAvailable"], info["Error"]]
    yield "what runs, runs", len(bench.does("docker ps --quiet --filter name=web", on="node3").split())
    bench.cluster.start("node2")
    bench.until(lambda: _leader(bench), "a leader again")
    bench.cluster.start("node1")
    bench.until(
        lambda: all(
            node["Status"]["State"] == "ready" and node["ManagerStatus"]["Reachability"] == "reachable"
            for node in bench.api("node3").nodes()
        ),
        "all three",
    )
    yield "all three", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}}'", on="node3"))
    yield "still four", len(bench.running("web"))


def _no_leader(bench: Bench) -> list[Any] | None:
    """The refusal of a manager without a majority, as soon as it knows (until then it hangs, and gives up)."""
    status, said = bench.http("GET", "nodes", on="node3")
    return [status, said] if status >= 400 and "leader" in said else None


@scenario("managers")
def a_new_cluster_by_force(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 3")
    bench.settle("web", 3)
    yield "on a node of a swarm", bench.sh("docker swarm init --advertise-addr eth0")
    bench.cluster.kill("node2")
    bench.cluster.kill("node3")
    bench.until(lambda: bench.http("GET", "nodes", on="node1")[0] >= 400, "no leader")
    yield "init", bench.sh("docker swarm init --force-new-cluster --task-history-limit 3 --advertise-addr eth0")
    yield "node ls", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Availability}} {{.ManagerStatus}}'"))
    yield "the swarm", bench.sh("docker info --format '{{.Swarm.Managers}} {{.Swarm.Nodes}}'")
    settings = bench.api().inspect_swarm()["Spec"]
    yield "settings", [settings["Orchestration"], settings["Raft"], settings["EncryptionConfig"]]
    yield "services", bench.sh("docker service ls --format '{{.Name}} {{.Mode}} {{.Image}}'")
    bench.until(lambda: [node["Status"]["State"] for node in bench.api().nodes()].count("down") == 2, "two nodes down")
    bench.until(lambda: len(_running_on(bench, "node1")) == 3, "all tasks on node1")
    # Not their errors: whether node1 finds its old container gone or killed is chance, on real engines too.
    yield "tasks", sorted(bench.sh("docker service ps web --format '{{.Node}} {{.DesiredState}}'"))
    yield "roles", sorted([node["Spec"]["Role"], node["Status"]["State"]] for node in bench.api().nodes())
    yield "remove one", bench.sh("docker node rm --force node3")
    bench.cluster.start("node2")
    yield "what the other is now", bench.until(lambda: _is_worker(bench, "node2"), "node2 to be no manager")
    bench.until(
        lambda: bench.node("node2").get("ManagerStatus", {}).get("Reachability") == "reachable",
        "node2 as manager again",
    )
    yield "a manager again", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.ManagerStatus}}'"))


def _running_on(bench: Bench, node: str) -> list[Any]:
    """The tasks that run on that node, and are meant to."""
    return [task for task in bench.running("web") if task["NodeID"] == bench.node(node)["ID"]]


def _is_worker(bench: Bench, node: str) -> list[Any] | None:
    """The refusal of a node that is no manager any more, as soon as it knows."""
    status, said = bench.http("GET", "nodes", on=node)
    return [status, said] if "Worker nodes" in str(said) else None
