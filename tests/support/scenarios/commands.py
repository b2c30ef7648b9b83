"""The docker commands that concern nodes, the engine and services, and what they print."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import SERVICE, Bench

from . import scenario

AT_NODE2 = "--constraint node.hostname==node2"


@scenario("swarm")
def version_and_info(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "version", bench.sh("docker version --format '{{.Server.Os}} {{.Server.Arch}} {{.Client.Os}}'")
    info = bench.sh("docker info")
    wanted = (
        "Swarm:",
        "Is Manager:",
        "Managers:",
        "Nodes:",
        "Default Address Pool:",
        "SubnetSize:",
        "Data Path Port:",
        "Task History Retention Limit:",
        "Heartbeat Period:",
        "Heartbeat Tick:",
        "Election Tick:",
        "Expiry Duration:",
        "Force Rotate:",
        "Autolock Managers:",
        "Node Address:",
        "Manager Addresses:",
        "Number of Old Snapshots to Retain:",
        "Snapshot Interval:",
        "Root Rotation In Progress:",
        "Name:",
        "OSType:",
    )
    yield "info", [line.strip() for line in info if line.strip().startswith(wanted)]
    yield (
        "info of a worker",
        [line.strip() for line in bench.sh("docker info", on="node2") if line.strip().startswith(wanted)],
    )
    yield "ping", [bench.refused("GET", "_ping"), bench.http("HEAD", "_ping")[0]]
    headers = bench.api().request("GET", f"{bench.api().base_url}/_ping").headers
    yield "headers", {name: headers.get(name) for name in ("Ostype", "Docker-Experimental", "Cache-Control")}
    yield "who serves", bool(headers["Api-Version"]) and headers["Server"].startswith("Docker/")
    yield (
        "the hello of docker-py",
        [
            bench.client().ping(),
            sorted(
                set(bench.api().version())
                & {"ApiVersion", "MinAPIVersion", "Version", "Os", "Arch", "GitCommit", "GoVersion", "KernelVersion"}
            ),
        ],
    )


@scenario("swarm")
def node_commands(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "ls", sorted(bench.sh("docker node ls"))
    yield (
        "ls of workers",
        sorted(
            bench.sh(
                "docker node ls --filter role=worker --format '{{.Hostname}} "
                "{{.Status}} {{.Availability}} {{.ManagerStatus}} {{.Self}}'"
            )
        ),
    )
    yield "ls by name", bench.sh("docker node ls --filter name=node2 --format '{{.Hostname}}'")
    yield "label", bench.sh("docker node update --label-add rack=a --label-add row=1 node2")
    yield "ls by label", bench.sh("docker node ls --filter node.label=rack=a --format '{{.Hostname}}'")
    yield "a label less", bench.sh("docker node update --label-rm row node2")
    yield "a label that is not there", bench.sh("docker node update --label-rm row node2")
    yield (
        "inspect",
        bench.sh(
            "docker node inspect --format '{{json .Spec}} {{.Description.Hostname}} "
            "{{json .Status}} {{json .ManagerStatus}}' node2"
        ),
    )
    yield (
        "pretty",
        [
            line.strip()
            for line in bench.sh("docker node inspect --pretty node1")
            if line.strip().startswith(
                ("Hostname:", "State:", "Availability:", "Address:", "Raft Status:", "Leader:", "Operating System:")
            )
        ],
    )
    yield "self", bench.sh("docker node inspect --format '{{.Description.Hostname}} {{json .ManagerStatus}}' self")
    yield "pause", bench.sh("docker node update --availability pause node2")
    yield "paused", bench.sh("docker node ls --filter name=node2 --format '{{.Status}} {{.Availability}}'")
    yield "activate", bench.sh("docker node update --availability active node2")
    yield "no availability", bench.sh("docker node update --availability asleep node2")
    yield "no role", bench.sh("docker node update --role boss node2")
    yield "promote a manager", bench.sh("docker node promote node1")
    yield "demote a worker", bench.sh("docker node demote node2")
    yield "demote the last manager", bench.sh("docker node demote node1")
    yield "remove what is up", bench.sh("docker node rm node2")
    yield "remove a manager", bench.sh("docker node rm --force node1")
    for command in ("inspect", "update --availability drain", "ps", "rm", "promote"):
        yield f"{command} of no node", bench.sh(f"docker node {command} node9")
    yield "inspect of two, one of them none", bench.sh("docker node inspect --format '{{.Spec.Role}}' node9 node1")


@scenario("swarm")
def service_commands(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield (
        "create",
        bench.sh(
            f"{SERVICE.replace('--quiet ', '')} --name web {AT_NODE2} --replicas 2 --env A=1 "
            "--label tier=front --limit-memory 64M busybox sleep 1000"
        ),
    )
    bench.settle("web", 2)
    yield "ls", bench.sh("docker service ls")
    yield "ls by label", bench.sh("docker service ls --quiet --filter label=tier=front")
    yield "ls by mode", bench.sh("docker service ls --quiet --filter mode=global")
    yield "ps", bench.sh("docker service ps web")
    yield (
        "ps of those that run",
        bench.sh(
            "docker service ps --filter desired-state=running --format "
            "'{{.Name}} {{.Image}} {{.Node}} {{.DesiredState}}' web"
        ),
    )
    yield "node ps", bench.sh("docker node ps node2")
    yield "node ps of self", bench.sh("docker node ps")
    yield "scale", bench.sh("docker service scale --detach web=3")
    bench.settle("web", 3)
    yield "scaled", [bench.states("web"), bench.update_state("web")]
    yield "env", bench.sh("docker service update --detach --env-add A=2 --label-add x=y --update-delay 0s web")
    yield "updated", bench.updated("web", "completed")
    yield "after the update", bench.states("web")
    yield "ps with history", bench.sh("docker service ps --filter name=web.1 web")
    yield "spec", bench.inspect("web")["Spec"]["TaskTemplate"]["ContainerSpec"]
    yield "previous spec", bench.inspect("web")["PreviousSpec"]["TaskTemplate"]["ContainerSpec"]["Env"]
    yield (
        "inspect",
        bench.sh(
            "docker service inspect --format '{{json .Spec.Mode}} {{json .Spec.EndpointSpec}} "
            "{{json .Spec.UpdateConfig}} {{json .Spec.RollbackConfig}} "
            "{{json .Spec.TaskTemplate.RestartPolicy}}' web"
        ),
    )
    yield "pretty", bench.sh("docker service inspect --pretty web")
    yield "rollback", bench.sh("docker service rollback --detach web")
    yield "rolled back", bench.updated("web", "rollback_completed")
    yield "env then", bench.inspect("web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Env"]
    yield "to none", bench.sh("docker service scale --detach web=0")
    bench.settle("web", 0)
    yield "ls of none", bench.sh("docker service ls")
    yield "rm", bench.sh("docker service rm web")
    yield "rm again", bench.sh("docker service rm web")
    yield "ls then", bench.sh("docker service ls")


@scenario("swarm")
def commands_that_wait(bench: Bench) -> Iterator[tuple[str, Any]]:
    def last(lines: list[str]) -> list[str]:
        """What is printed once; how often the progress is printed is a matter of time."""
        once = ("ID", "!", "status", "verify: Service", "web", "overall progress: 2 out of 2")
        return [line for line in lines if line.startswith(once)]

    create = SERVICE.replace("--detach ", "").replace("--quiet ", "")
    yield "create", last(bench.sh(f"{create} --name web --replicas 2 --update-monitor 500ms busybox sleep 1000"))
    yield "quiet", bench.sh(f"{create} --quiet --name quiet --update-monitor 500ms busybox sleep 1000")
    yield "scale", last(bench.sh("docker service scale web=1"))
    # No more than that: an update that is over before the command first looks is not followed.
    yield "update", bench.sh("docker service update --env-add A=1 web")[:1]
    yield "rollback", last(bench.sh("docker service rollback web"))
    yield "update that changes nothing", last(bench.sh("docker service update web"))
    bench.settle("web", 1)
    yield "states", bench.states("web")


@scenario("swarm")
def a_digest_that_cannot_be_found(bench: Bench) -> Iterator[tuple[str, Any]]:
    yield "create", bench.sh("docker service create --detach --stop-grace-period 0s --name web busybox sleep 1000")
    yield "image", bench.inspect("web")["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"]
    yield "platforms", bench.inspect("web")["Spec"]["TaskTemplate"]["Placement"]
    yield "update", bench.sh("docker service update --detach --image busybox:other web")


@scenario("swarm")
def services_that_are_not_there(bench: Bench) -> Iterator[tuple[str, Any]]:
    for command in (
        "inspect nosuch",
        "ps nosuch",
        "scale nosuch=2",
        "update --detach nosuch",
        "rollback nosuch",
        "rm nosuch",
        "logs nosuch",
    ):
        yield command, bench.sh(f"docker service {command}")
    bench.service("web-1", "--replicas 0")
    bench.service("web-2", "--mode global --constraint node.role==nobody")
    yield "scale of a global one", bench.sh("docker service scale --detach web-2=2")
    yield "scale to no number", bench.sh("docker service scale --detach web-1=many")
    yield "no previous spec", bench.sh("docker service rollback --detach web-1")
    yield "a name that is taken", bench.sh(f"{SERVICE} --name web-1 busybox")
    yield "a name that cannot be", bench.sh(f"{SERVICE} --name 'my web' busybox")
    yield "a name that is too long", bench.sh(f"{SERVICE} --name {'x' * 64} busybox")
    yield "an image that cannot be", bench.sh(f"{SERVICE} --name web BUSY:BOX:1")
    yield "a network that is none", bench.sh(f"{SERVICE} --name web --network nowhere busybox")
    yield "a constraint that is none", bench.sh(f"{SERVICE} --name web --constraint bad busybox")
    yield "a mode that is none", bench.sh(f"{SERVICE} --name web --mode twice busybox")
    yield "replicas of a global one", bench.sh(f"{SERVICE} --name web --mode global --replicas 2 busybox")
    yield (
        "max replicas of a global one",
        bench.sh(f"{SERVICE} --name web --mode global --replicas-max-per-node 2 busybox"),
    )
    yield "too little memory", bench.sh(f"{SERVICE} --name web --limit-memory 1000 busybox")
    yield "too little cpu", bench.sh(f"{SERVICE} --name web --reserve-cpu 0.0001 busybox")
    yield "nothing was made", sorted(service["Spec"]["Name"] for service in bench.api().services())
