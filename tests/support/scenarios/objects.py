"""Networks, stacks, secrets, containers, logs and events, as the docker command shows them."""

import json
from collections.abc import Iterator
from typing import Any

from support.scenario_clients import SERVICE, Bench

from . import scenario

# Docker commands older than 26 do not know --detach; newer ones without it announce what it will mean.
DETACH = "$(docker stack {} --help | grep -o -m 1 -e --detach)"
STACK = """cat > /tmp/stack.yml <<'END'
version: "3.8"
services:
  web:
    image: busybox:latest
    command: sleep 1000
    stop_grace_period: 0s
    networks: [inner]
    deploy: {{replicas: {replicas}, placement: {{constraints: ["node.hostname==node2"]}}}}
  everywhere:
    image: busybox:latest
    command: sleep 1000
    stop_grace_period: 0s
    deploy: {{mode: global}}
networks:
  inner: {{}}
END
docker stack deploy {detach} --resolve-image never --compose-file /tmp/stack.yml shop"""


@scenario("swarm")
def networks(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.until(lambda: bench.api().networks(names=["docker_gwbridge"]), "the network that a new swarm makes last")
    yield "ls", sorted(bench.sh("docker network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'"))
    yield "create", bench.sh("docker network create --driver overlay --attachable --label x=y private")
    yield "create again", bench.sh("docker network create --driver overlay private")
    body = bench.api().inspect_network("private")
    yield (
        "inspect",
        {key: body[key] for key in ("Name", "Scope", "Driver", "Attachable", "Ingress", "Internal", "Labels")},
    )
    ingress = bench.http("GET", "networks/ingress")[1]
    yield "ingress", [ingress["IPAM"]["Config"], ingress["Ingress"], ingress["Scope"]]
    yield "ls of overlays", sorted(bench.sh("docker network ls --filter driver=overlay --format '{{.Name}}'"))
    bench.service("web", "--network private --publish 8080:80 --constraint node.hostname==node2")
    bench.settle("web", 1)
    endpoint = bench.inspect("web")["Endpoint"]
    yield "addresses of the service", [endpoint["Ports"], len(endpoint["VirtualIPs"])]
    yield "ports in ls", bench.sh("docker service ls")
    [task] = bench.running("web")
    yield "networks of the task", sorted(each["Network"]["Spec"]["Name"] for each in task["NetworksAttachments"])
    yield "the same port", bench.sh(f"{SERVICE} --name other --publish 8080:80 busybox")
    yield "rm in use", bench.sh("docker network rm private")
    bench.does("docker service rm web")
    bench.until(lambda: not bench.api().tasks(), "no task")
    yield "rm", bench.sh("docker network rm private")
    yield "rm of none", bench.sh("docker network rm private")
    yield "inspect of none", bench.sh("docker network inspect private")


@scenario("swarm")
def stacks(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "none", bench.sh("docker stack ls")
    yield "deploy", sorted(bench.sh(STACK.format(replicas=1, detach=DETACH.format("deploy"))))
    bench.settle("shop_web", 1)
    bench.settle("shop_everywhere", 3)
    yield "ls", bench.sh("docker stack ls")
    yield "services", sorted(bench.sh("docker stack services shop"))
    yield (
        "ps",
        sorted(
            bench.sh(
                "docker stack ps --format '{{.Name}} {{.Image}} {{.Node}} {{.DesiredState}}' "
                "--no-resolve --filter desired-state=running --filter name=shop_web shop"
            )
        ),
    )
    yield "labels", bench.inspect("shop_web")["Spec"]["Labels"]
    mine = {"label": ["com.docker.stack.namespace=shop"]}
    yield "networks", sorted(network["Name"] for network in bench.api().networks(filters=mine))
    yield "deploy again", sorted(bench.sh(STACK.format(replicas=2, detach=DETACH.format("deploy"))))
    bench.settle("shop_web", 2)
    yield "scaled, nothing replaced", bench.states("shop_web")
    yield "ps of no stack", bench.sh("docker stack ps nosuch")
    yield "services of no stack", bench.sh("docker stack services nosuch")
    yield "rm", sorted(bench.sh(f"docker stack rm {DETACH.format('rm')} shop"))
    bench.until(lambda: not bench.api().services(), "no service")
    yield "rm of no stack", bench.sh("docker stack rm nosuch")


@scenario("swarm")
def secrets_and_configs(bench: Bench) -> Iterator[tuple[str, Any]]:
    for kind in ("secret", "config"):
        yield f"{kind} create", bench.sh(f"echo word | docker {kind} create {kind}-1 -")
        yield f"{kind} create again", bench.sh(f"echo word | docker {kind} create {kind}-1 -")
        yield f"{kind} ls", bench.sh(f"docker {kind} ls --format '{{{{.Name}}}}'")
        yield (
            f"{kind} inspect",
            bench.sh(f"docker {kind} inspect --format '{{{{.Spec.Name}}}} {{{{json .Spec.Data}}}}' {kind}-1"),
        )
        bench.service(f"web-{kind}", f"--replicas 0 --{kind} {kind}-1")
        yield f"{kind} rm in use", bench.sh(f"docker {kind} rm {kind}-1")
        bench.does(f"docker service rm web-{kind}")
        yield f"{kind} rm", bench.sh(f"docker {kind} rm {kind}-1")
        yield f"{kind} rm of none", bench.sh(f"docker {kind} rm {kind}-1")
        yield f"{kind} of none", bench.sh(f"{SERVICE} --name x --{kind} nosuch busybox")


@scenario("swarm")
def containers_of_tasks(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--constraint node.hostname==node2")
    [task] = bench.settle("web", 1)
    yield "ps", bench.sh("docker ps --filter name=web --format '{{.Image}} {{.Command}} {{.State}}'", on="node2")
    name = f"web.1.{task['ID']}"
    yield "its name", bench.does("docker ps --filter name=web --format '{{.Names}}'", on="node2") == name
    labels = bench.api("node2").inspect_container(name)["Config"]["Labels"]
    yield "labels", sorted(labels)
    yield "elsewhere", bench.sh("docker ps --quiet --filter name=web")
    yield "inspect", bench.sh("docker inspect --format '{{.Spec.Name}}' web")
    yield "inspect of a node", bench.sh("docker inspect --format '{{.Spec.Role}}' node1")
    yield "inspect of nothing", bench.sh("docker inspect nosuch")
    yield "exec in a task", bench.sh("docker exec $(docker ps --quiet --filter name=web) echo hello", on="node2")
    yield "exec in nothing", bench.sh("docker exec nosuch echo hello")
    yield "run", bench.sh("docker run --rm busybox echo hello", on="node2")
    yield "images", bench.sh("docker images --format '{{.Repository}}:{{.Tag}}' busybox", on="node2")
    yield "pull", [line for line in bench.sh("docker pull --quiet nosuchimg:9") if line.startswith("status")]
    container = task["Status"]["ContainerStatus"]["ContainerID"]
    bench.does(f"docker kill {container}", on="node2")
    bench.until(lambda: len(bench.tasks("web")) == 2, "a replacement")
    bench.settle("web", 1)
    yield "after docker kill", [bench.states("web"), bench.errors("web")]


@scenario("swarm")
def logs(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("talk", "--constraint node.hostname==node2", "sh -c 'echo first; echo second >&2; sleep 1000'")
    bench.service("silent", "--constraint node.hostname==node2")
    [task] = bench.settle("talk", 1)
    bench.settle("silent", 1)
    yield "of what writes", sorted(bench.sh("docker service logs talk"))
    yield "raw", sorted(bench.sh("docker service logs --raw talk"))
    yield "of a task", sorted(bench.sh(f"docker service logs --raw {task['ID']}"))
    yield "of what writes nothing", bench.sh("docker service logs silent")
    yield "of neither stream", bench.refused("GET", "services/silent/logs")


@scenario("swarm")
def events(bench: Bench) -> Iterator[tuple[str, Any]]:
    before = bench.api().info()["SystemTime"]
    stream = bench.stream("events", filters={"type": ["service", "node", "network"], "scope": ["swarm"]})
    bench.service("web", "--replicas 0")
    bench.does("docker service scale --detach web=1")
    bench.does("docker node update --availability pause node3")
    bench.does("docker network create --driver overlay private")
    bench.does("docker network rm private")
    bench.does("docker service rm web")
    seen = []
    for line in stream.iter_lines():
        event = json.loads(line)
        seen.append([event["Type"], event["Action"], event["Actor"]["Attributes"], event["scope"]])
        if seen[-1][:2] == ["service", "remove"]:
            break
    stream.close()
    yield "stream", seen
    after = bench.api().info()["SystemTime"]
    lines = bench.sh(
        f"docker events --since {before} --until {after} --filter type=service "
        "--format '{{.Type}} {{.Action}} {{.Actor.Attributes.name}}'"
    )
    yield "of the past", lines
    yield (
        "a worker has none of the swarm",
        bench.sh(f"docker events --since {before} --until {after} --filter scope=swarm", on="node2"),
    )
