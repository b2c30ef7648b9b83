"""Nodes that are drained, paused, killed, cut off and removed."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario


def _is(bench: Bench, node: str, state: str) -> None:
    bench.until(lambda: bench.node(node)["Status"]["State"] == state, f"{node} to be {state}")


@scenario("swarm")
def drain_and_activate(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 3")
    bench.settle("web", 3)
    yield "drain", bench.sh("docker node update --availability drain node2")
    bench.settle("web", 3)
    yield "drained", [bench.counts("web"), "node2" in bench.spread("web"), bench.kinds("web")]
    bench.does("docker node update --availability active node2")
    bench.service("after", "--constraint node.hostname==node2")
    bench.settle("after", 1)
    yield "active again, and nothing returns", [bench.counts("web"), "node2" in bench.spread("web")]
    bench.does("docker service scale --detach web=4")
    bench.settle("web", 4)
    yield "the next goes there", bench.spread("web").get("node2")
    bench.does("docker service update --detach --force --update-parallelism 0 --update-monitor 0s web")
    bench.updated("web", "completed")  # until it begins, the four of before are settled too
    bench.settle("web", 4)
    yield "force spreads", bench.counts("web")
    bench.does("docker node update --availability pause node2")
    held = bench.spread("web").get("node2")
    bench.does("docker service scale --detach web=7")
    bench.settle("web", 7)
    yield "pause keeps and takes nothing new", bench.spread("web")["node2"] == held
    for node in ("node1", "node3"):
        bench.does(f"docker node update --availability drain {node}")
    bench.until(lambda: bench.pending("web", "no suitable node (3 nodes not available for new tasks)"), "no place")
    yield "no node is left", bench.errors("web")


@scenario("swarm")
def drain_without_restarts(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 2 --restart-condition none --constraint node.hostname==node2")
    bench.settle("web", 2)
    bench.does("docker node update --availability drain node2")
    bench.settle("web", 0)
    bench.does("docker node update --availability active node2")
    bench.does("docker service scale --detach web=3")
    bench.settle("web", 1)
    yield "only the new slot runs", [bench.states("web"), bench.sh("docker service ls --format '{{.Replicas}}'")]


@scenario("swarm")
def a_node_is_lost(bench: Bench) -> Iterator[tuple[str, Any]]:
    # Not on node3: a task for a node of which the loss has not been noticed would stay assigned to it.
    bench.service("web", "--replicas 4 --constraint node.hostname!=node3")
    bench.service("all", "--mode global")
    bench.settle("web", 4)
    bench.settle("all", 3)
    bench.cluster.kill("node2")
    bench.cluster.disconnect("node3")
    yield "not noticed at once", [bench.node("node2")["Status"]["State"], bench.spread("web")]
    _is(bench, "node2", "down")
    yield "down", bench.node("node2")["Status"]
    _is(bench, "node3", "down")
    yield "ls", sorted(bench.sh("docker node ls --format '{{.Hostname}} {{.Status}} {{.Availability}}'"))
    bench.until(lambda: bench.spread("web").get("node1") == 4, "all on the one that is left")
    yield "the lost are wanted no more, and still said to run", [bench.kinds("web"), bench.states("all")]
    yield "more than there are", sorted(bench.sh("docker service ls --format '{{.Name}} {{.Replicas}}'"))
    bench.cluster.start("node2")
    bench.cluster.reconnect("node3")
    _is(bench, "node2", "ready")
    _is(bench, "node3", "ready")
    bench.settle("web", 4)
    bench.settle("all", 3)
    yield "back, and nothing returns", [bench.spread("web"), bench.spread("all")]
    yield "what ran there has ended", [bench.kinds("web"), bench.states("all")]
    bench.cluster.pause("node3")
    yield "remove too early", bench.refused("DELETE", f"nodes/{bench.node('node3')['ID']}")
    _is(bench, "node3", "down")
    yield "remove", bench.sh("docker node rm node3")
    yield "who is left", sorted(bench.names().values())
    yield "its global task is forgotten", bench.states("all")
    bench.cluster.unpause("node3")
    bench.does("docker swarm leave --force", on="node3")
    yield "it leaves what it is no part of", bench.api("node3").info()["Swarm"]["LocalNodeState"]


@scenario("swarm")
def a_node_is_removed_with_its_tasks(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--constraint node.hostname==node3")
    bench.settle("web", 1)
    bench.does("docker swarm leave", on="node3")
    yield "left", [bench.api("node3").info()["Swarm"]["LocalNodeState"], bench.http("GET", "services", on="node3")[0]]
    yield "by force", bench.sh("docker node rm --force node3")
    bench.until(lambda: any(task["Status"]["State"] == "orphaned" for task in bench.tasks("web")), "an orphaned task")
    old = bench.tasks("web")[0]
    yield "orphaned", [old["Status"]["State"], old["DesiredState"], old["Status"]["Message"]]
    text = "no suitable node (scheduling constraints not satisfied on 2 nodes)"
    bench.until(lambda: bench.pending("web", text) and bench.tasks("web")[1]["DesiredState"] == "running", "no place")
    yield "its replacement waits", bench.states("web")
    yield "ps", sorted(bench.sh("docker service ps --format '{{.Name}} {{.DesiredState}}' web"))


@scenario("swarm")
def what_is_seen_on_the_way(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web")
    seen: list[str] = []

    def look() -> bool:
        now = bench.tasks("web")
        for task in now:
            if task["Status"]["State"] not in seen:
                seen.append(task["Status"]["State"])
        return bool(bench.running("web"))

    bench.until(look, "a running task")
    order = ["new", "pending", "assigned", "accepted", "preparing", "ready", "starting", "running"]
    yield "in this order", [state for state in order if state in seen] == seen
    yield "message", bench.tasks("web")[0]["Status"]["Message"]
    before = bench.inspect("web")["Version"]["Index"]
    bench.does("docker service scale --detach web=2")
    yield "versions grow", bench.inspect("web")["Version"]["Index"] > before
    bench.settle("web", 2)
    yield "no past", bench.states("web")
    bench.does("docker service scale --detach web=1")
    bench.until(lambda: len(bench.tasks("web")) == 1, "one to be gone")
    yield "what is scaled away is forgotten", bench.states("web")
    yield "a service's status has no update", "UpdateStatus" in bench.inspect("web")
    container = bench.tasks("web")[0]["Status"]["ContainerStatus"]
    yield "container", [sorted(container), len(container["ContainerID"]), container["ExitCode"]]
