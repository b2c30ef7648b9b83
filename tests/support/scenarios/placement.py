"""Which node a task runs on, or why on none."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario

NOWHERE = "no suitable node (scheduling constraints not satisfied on 3 nodes)"


@scenario("swarm")
def spreading(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("a", "--replicas 7")
    bench.settle("a", 7)
    yield "seven on three", bench.counts("a")
    bench.does("docker service scale --detach a=3")
    bench.settle("a", 3)
    yield "three are left", [bench.counts("a"), bench.kinds("a")]
    bench.does("docker service scale --detach a=5")
    bench.settle("a", 5)
    yield "five again", [bench.counts("a"), bench.kinds("a")]
    bench.service("first", "--replicas 5 --constraint node.hostname==node1")
    bench.settle("first", 5)
    bench.service("second", "--replicas 2")
    bench.settle("second", 2)
    yield "the least loaded come first", bench.spread("second")


@scenario("swarm")
def constraints(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 2 --constraint node.labels.disk==ssd")
    bench.until(lambda: bench.pending("web", NOWHERE), "pending tasks")
    yield "pending", [bench.states("web"), bench.errors("web"), bench.tasks("web")[0]["Status"]["Message"]]
    yield "ls", bench.sh("docker service ls")
    yield "ps", bench.sh("docker service ps --no-trunc --format '{{.Name}} {{.Node}} {{.CurrentState}} {{.Error}}' web")
    yield "ps truncated", bench.sh("docker service ps --format '{{.Error}}' web")
    bench.does("docker node update --label-add disk=ssd node2")
    bench.settle("web", 2)
    yield "a label cures it", bench.spread("web")
    bench.does("docker node update --label-rm disk node2")
    bench.until(lambda: bench.pending("web", NOWHERE), "what lost its place to be pending")
    bench.until(lambda: [task["DesiredState"] for task in bench.tasks("web")].count("running") == 2, "replacements")
    yield "a label lost", [bench.states("web"), bench.errors("web")]
    for name, constraint in (
        ("role", "node.role==manager"),
        ("host", "node.hostname!=node1"),
        ("ip", "node.ip==10.0.0.0/8"),
        ("os", "node.platform.os==linux"),
        ("case", "Node.Role==MANAGER"),
    ):
        bench.service(name, f"--mode global --constraint '{constraint}'")
    for name, running in (("role", 1), ("host", 2), ("ip", 3), ("os", 3), ("case", 1)):
        bench.settle(name, running)
        yield name, bench.spread(name)


@scenario("swarm")
def the_stale_pending_trap(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 2 --constraint node.labels.disk==ssd")
    bench.until(lambda: len(bench.tasks("web")) == 2 and bench.pending("web", NOWHERE), "pending tasks")
    bench.does("docker service scale --detach web=3")
    bench.until(lambda: [task["Status"].get("Err") for task in bench.tasks("web")] == [NOWHERE] * 3, "three of them")
    bench.does("docker node update --label-add disk=ssd node2")
    bench.until(lambda: bench.running("web"), "the third to run")
    bench.service("after", "--constraint node.hostname==node2")
    bench.settle("after", 1)  # so the scheduler has looked at all there is since
    yield "the older two wait for ever", [bench.states("web"), bench.errors("web")]
    bench.does("docker service update --detach --force web")
    bench.settle("web", 3)
    yield "force cures it", bench.spread("web")


@scenario("swarm")
def what_is_reserved(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("huge", "--reserve-memory 900G")
    text = "no suitable node (insufficient resources on 3 nodes)"
    bench.until(lambda: bench.pending("huge", text), "no room")
    yield "too much memory", [bench.states("huge"), bench.errors("huge")]
    bench.service("everywhere", "--mode global --reserve-cpu 900")
    bench.until(lambda: bench.pending("everywhere", "insufficient resources on 1 node"), "no room")
    yield "too much cpu everywhere", [bench.states("everywhere"), bench.errors("everywhere")]
    bench.does("docker node update --availability drain node2; docker node update --availability pause node3")
    bench.service("late", "--reserve-memory 900G")
    mixed = "no suitable node (2 nodes not available for new tasks; insufficient resources on 1 node)"
    bench.until(lambda: bench.pending("late", mixed), "two reasons")
    yield "two reasons", bench.errors("late")
    bench.does("docker service update --detach --reserve-memory 16M late")
    bench.settle("late", 1)
    yield "less will do", bench.spread("late")


@scenario("swarm")
def limits_of_a_node(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("few", "--replicas 5 --replicas-max-per-node 1")
    text = "no suitable node (max replicas per node limit exceed)"
    bench.until(lambda: len(bench.running("few")) == 3 and bench.pending("few", text), "three and no more")
    yield "max replicas", [bench.counts("few"), bench.errors("few")]
    yield "ls", bench.sh("docker service ls")
    bench.service("port", "--replicas 4 --publish mode=host,published=9090,target=80")
    text = "no suitable node (host-mode port already in use on 3 nodes)"
    bench.until(lambda: len(bench.running("port")) == 3 and bench.pending("port", text), "three and no more")
    yield "host ports", [bench.counts("port"), bench.errors("port")]
    yield "ports in ps", sorted(bench.sh("docker service ps --format '{{.Ports}}' --filter desired-state=running port"))
    [port, *_] = bench.running("port")
    yield "port of a task", port["Status"]["PortStatus"]
    bench.service("driver", "--mount type=volume,source=x,target=/x,volume-driver=nosuch")
    text = "no suitable node (missing plugin on 3 nodes)"
    bench.until(lambda: bench.pending("driver", text), "no plugin")
    yield "plugin", bench.errors("driver")
    platform = {"OS": "windows", "Architecture": "amd64"}
    bench.http(
        "POST",
        "services/create",
        {
            "Name": "alien",
            "TaskTemplate": {"ContainerSpec": {"Image": "busybox"}, "Placement": {"Platforms": [platform]}},
        },
    )
    text = "no suitable node (unsupported platform on 3 nodes)"
    bench.until(lambda: bench.pending("alien", text), "no platform")
    yield "platform", bench.errors("alien")


@scenario("swarm")
def preferences(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.does(
        "docker node update --label-add rack=a node1; docker node update --label-add rack=b node2; "
        "docker node update --label-add rack=b node3"
    )
    bench.service("web", "--replicas 4 --placement-pref spread=node.labels.rack")
    bench.settle("web", 4)
    yield "two in each rack", bench.spread("web")
    bench.service("ignored", "--replicas 3 --placement-pref spread=node.hostname")
    bench.settle("ignored", 3)
    yield "no label: ignored", bench.counts("ignored")
    yield "no other strategy", bench.sh("docker service create --detach --placement-pref pack=node.labels.rack busybox")


@scenario("swarm")
def everywhere(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("all", "--mode global")
    bench.settle("all", 3)
    yield "one each", [bench.spread("all"), bench.sh("docker service ls")]
    bench.does("docker node update --availability pause node2")
    bench.does("docker node update --availability drain node3")
    bench.settle("all", 2)
    yield "paused and drained", bench.states("all")
    bench.does("docker service update --detach --env-add A=1 all")
    yield "an update meanwhile", bench.updated("all", "completed")
    yield "leaves the paused one", [bench.states("all"), bench.sh("docker service ls")]
    bench.does("docker node update --availability active node2; docker node update --availability active node3")
    bench.until(
        lambda: (
            len(bench.running("all")) == 3
            and all("Env" in task["Spec"]["ContainerSpec"] for task in bench.running("all"))
        ),
        "all are of today",
    )
    bench.settle("all", 3)
    yield "active again", bench.states("all")
    bench.does("docker service update --detach --constraint-add node.hostname!=node2 all")
    bench.settle("all", 2)
    yield "a constraint added", bench.states("all")
