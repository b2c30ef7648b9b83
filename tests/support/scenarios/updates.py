"""Rolling updates: in which order, when they stop, and the way back."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario

BAD = "--image nosuchimg:9 --no-resolve-image"


def _images(bench: Bench, service: str) -> list[str]:
    """The images of the tasks that are wanted."""
    return sorted(
        task["Spec"]["ContainerSpec"]["Image"]
        for task in bench.tasks(service)
        if task["DesiredState"] in ("running", "ready")
    )


@scenario("swarm")
def a_rolling_update(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 2 --update-monitor 0s --rollback-monitor 0s --update-delay 100ms")
    bench.settle("web", 2)
    bench.does("docker service update --detach --env-add A=1 web")
    yield "under way", bench.updated("web", "updating")
    yield "done", bench.updated("web", "completed")
    bench.settle("web", 2)
    yield "each slot has a past", bench.states("web")
    yield "still one on a node", bench.counts("web")
    status = bench.inspect("web")["UpdateStatus"]
    yield "status", sorted(status)
    bench.does("docker service update --detach --label-add x=y --replicas 2 web")
    yield "a label of the service updates nothing", bench.update_state("web")
    bench.does("docker service update --detach --constraint-add node.role!=nobody web")
    bench.service("after")
    bench.settle("after", 1)
    yield "a constraint that is met moves nothing", [len(bench.tasks("web")), bench.update_state("web")]
    yield "rollback", bench.sh("docker service rollback --detach web")
    bench.does("docker service update --detach --args 'sleep 2000' web")
    bench.updated("web", "completed")
    bench.does("docker service rollback --detach web")
    yield "the way back", bench.updated("web", "rollback_completed")
    yield "what was before", bench.inspect("web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Args"]


@scenario("swarm")
def start_first(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--update-order start-first --update-monitor 0s --constraint node.hostname==node2")
    bench.settle("web", 1)
    bench.does("docker service update --detach --env-add A=1 web")
    yield "done", bench.updated("web", "completed")
    old, new = bench.settle("web", 1)
    yield "the new one ran before the old one ended", new["Status"]["Timestamp"] < old["Status"]["Timestamp"]
    bench.service(
        "one",
        "--update-order start-first --update-monitor 0s --replicas-max-per-node 1 --mode replicated "
        "--constraint node.hostname==node2",
    )
    bench.settle("one", 1)
    bench.does("docker service update --detach --env-add A=1 one")
    text = "no suitable node (scheduling constraints not satisfied on 2 nodes; max replicas per node limit exceed)"
    bench.until(lambda: bench.pending("one", text), "the new one to find no room")
    yield "with one replica a node it stands still", [bench.states("one"), bench.update_state("one")]


@scenario("swarm")
def updates_that_fail(bench: Bench) -> Iterator[tuple[str, Any]]:
    policy = "--replicas 2 --restart-delay 0s --restart-max-attempts 1 --update-monitor 500ms --rollback-monitor 0s"
    bench.service("stops", policy)
    bench.service("goes-on", f"{policy} --update-failure-action continue")
    bench.service("returns", f"{policy} --update-failure-action rollback")
    for name in ("stops", "goes-on", "returns"):
        bench.settle(name, 2)
        bench.does(f"docker service update --detach {BAD} {name}")
    yield "pause", bench.updated("stops", "paused")
    bench.until(lambda: _images(bench, "stops") == ["busybox:latest"], "the new image to be given up")
    yield (
        "what became of it",
        sorted(
            {
                task["Status"]["State"]
                for task in bench.tasks("stops")
                if task["Spec"]["ContainerSpec"]["Image"] == "nosuchimg:9"
            }
        ),
    )
    yield "continue", bench.updated("goes-on", "completed")
    yield "rollback", bench.updated("returns", "rollback_completed")
    bench.settle("returns", 2)
    yield "both are of the old image", _images(bench, "returns")
    yield "previous spec", "PreviousSpec" in bench.inspect("returns")
    yield (
        "pretty",
        [
            line.strip()
            for line in bench.sh("docker service inspect --pretty stops")
            if "State:" in line or "Message:" in line
        ],
    )
    bench.does("docker service rollback --detach stops")
    yield "by hand", bench.updated("stops", "rollback_completed")
    bench.settle("stops", 2)
    yield "as before", _images(bench, "stops")


@scenario("swarm")
def all_at_once(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 3 --update-parallelism 0 --update-monitor 0s")
    bench.settle("web", 3)
    bench.does("docker service update --detach --force web")
    yield "done", bench.updated("web", "completed")
    bench.settle("web", 3)
    yield "states", bench.states("web")
    bench.does("docker service update --detach --replicas 5 --env-add A=1 web")
    yield "scale and change in one", bench.updated("web", "completed")
    bench.settle("web", 5)
    yield "new slots have no past", bench.states("web")
