"""What docker-py does to a swarm, its traps included, and the filters of lists."""

from collections.abc import Callable, Iterator
from typing import Any

import docker
from docker.types import ServiceMode
from support.scenario_clients import Bench

from swarmkit_helpers.polling import wait_until

from . import scenario

SLEEP = {"image": "busybox", "command": ["sleep", "1000"], "stop_grace_period": 0}


def _error(call: Any) -> list[Any]:
    """Kind, status and text of what docker-py raises."""
    try:
        call()
    except docker.errors.APIError as error:
        return [type(error).__name__, error.status_code, error.explanation]
    except docker.errors.DockerException as error:
        return [type(error).__name__, None, str(error)]
    raise AssertionError("nothing was refused")


def _of_the_latest(thing: Any, change: Callable[[], object]) -> None:
    """The change has been made of the thing's latest version, which an update under way raises by itself."""

    def made() -> bool:
        thing.reload()
        try:
            change()
        except docker.errors.APIError as error:
            if "out of sequence" in str(error):
                return False
            raise
        return True

    wait_until(made, 10, lambda: AssertionError("its version never stays for a moment"))


@scenario("swarm")
def services_of_the_sdk(bench: Bench) -> Iterator[tuple[str, Any]]:
    client = bench.client()
    web = client.services.create(**SLEEP, name="web", mode=ServiceMode("replicated", 2), labels={"a": "1"})
    bench.settle("web", 2)
    yield "attrs", [web.name, sorted(client.services.get("web").attrs)]
    yield (
        "tasks",
        [len(web.tasks(filters=filters)) for filters in (None, {"desired-state": "running"}, {"name": "web.1"})],
    )
    before = {task["ID"] for task in bench.running("web")}
    yield "scale", web.scale(3)
    yield "scaled", bench.updated("web", "completed")
    bench.settle("web", 3)
    yield "the first scale replaces every task", len(before & {task["ID"] for task in bench.running("web")})
    yield "the defaults it wrote", sorted(bench.inspect("web")["Spec"]["TaskTemplate"])
    yield "a second change without reload", _error(lambda: web.update(labels={"a": "2"}))
    before = {task["ID"] for task in bench.running("web")}
    _of_the_latest(web, lambda: web.scale(2))
    bench.settle("web", 2)
    yield "the next scale replaces none", len({task["ID"] for task in bench.running("web")} - before)
    _of_the_latest(web, lambda: web.update(constraints=["node.role==worker"]))
    _of_the_latest(web, lambda: web.update(maxreplicas=1))
    yield "maxreplicas drops constraints", bench.inspect("web")["Spec"]["TaskTemplate"]["Placement"]
    _of_the_latest(web, web.force_update)
    yield "force", bench.inspect("web")["Spec"]["TaskTemplate"]["ForceUpdate"]
    everywhere = client.services.create(**SLEEP, name="everywhere", mode="global")
    yield "scale of a global one", _error(lambda: everywhere.scale(2))
    job = client.services.create("busybox", command=["true"], name="job", mode=ServiceMode("replicated-job", 1))
    yield "scale of a job", _error(lambda: job.scale(2))
    yield "none of that name", _error(lambda: client.services.get("nosuch"))
    yield "remove", [web.remove(), _error(web.remove)]


@scenario("swarm")
def defaults(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.client().services.create(
        **SLEEP,
        name="web",
        mode=ServiceMode("replicated", 0),
        restart_policy=docker.types.RestartPolicy(),
        update_config=docker.types.UpdateConfig(),
    )
    yield "docker-py's", bench.http("GET", "services/web")[1]["Spec"]
    bench.http(
        "POST",
        "services/create",
        {
            "Name": "plain",
            "TaskTemplate": {"ContainerSpec": {"Image": "busybox"}},
            "Mode": {"Replicated": {"Replicas": 0}},
        },
    )
    yield "as it was sent", bench.http("GET", "services/plain")[1]["Spec"]
    yield "with defaults", bench.http("GET", "services/plain", insertDefaults=True)[1]["Spec"]
    bench.http(
        "POST",
        "services/create",
        {
            "name": "small",
            "taskTemplate": {"containerSpec": {"image": "busybox"}},
            "mode": {"replicated": {"replicas": 0}},
        },
    )
    yield "keys in small letters", bench.http("GET", "services/small")[1]["Spec"]
    nowhere = {"ContainerSpec": {"Image": "busybox"}, "Placement": {"Constraints": ["node.role==nobody"]}}
    bench.http("POST", "services/create", {"Name": "bare", "TaskTemplate": nowhere})
    yield "without a mode", bench.http("GET", "services/bare")[1]["Spec"]["Mode"]
    bench.http("POST", "services/create", {"Name": "job", "Mode": {"ReplicatedJob": {}}, "TaskTemplate": nowhere})
    job = bench.http("GET", "services/job")[1]
    yield "a job", [job["Spec"]["Mode"], sorted(job["JobStatus"])]


@scenario("swarm")
def lists(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.service("web", "--replicas 2 --label tier=front")
    bench.service("websocket", "--replicas 1 --label tier=front --label x")
    bench.service("monitor", "--mode global")
    for name, running in (("web", 2), ("websocket", 1), ("monitor", 3)):
        bench.settle(name, running)

    def services(**filters: Any) -> list[str]:
        return sorted(service["Spec"]["Name"] for service in bench.http("GET", "services", filters=filters)[1])

    def tasks(**filters: Any) -> int:
        return len(bench.api().tasks(filters=filters))

    yield "names are prefixes", services(name=["web"])
    yield "several are or", services(name=["webs", "mon"])
    yield "the other form", services(name={"websocket": True})
    yield "by label", [services(label=["tier=front"]), services(label=["tier=front", "x"]), services(label=["x"])]
    yield "by mode", [services(mode=["global"]), services(mode=["replicated", "global"])]
    [web] = bench.http("GET", "services", filters={"name": ["websocket"]})[1]
    yield "by part of an id", services(id=[web["ID"][:10]])
    yield "by service", [tasks(service=["web"]), tasks(service=["web", "monitor"]), tasks(service=[web["ID"]])]
    yield "by node", [tasks(node=["node1"], service=["monitor"]), tasks(node=["node1", "node2"], service=["monitor"])]
    yield (
        "by desired state",
        [
            len(bench.api().tasks(filters={"desired-state": states}))
            for states in (["running"], ["shutdown"], ["running", "shutdown"])
        ],
    )
    yield "by the name of a task", [tasks(name=["web."]), tasks(name=["web.1"]), tasks(name=["websocket"])]
    yield "by several", tasks(service=["monitor"], node=["node3"], name=["monitor"])
    yield "up to date", tasks(**{"_up-to-date": ["true"]}, service=["web"])
    yield "status", bench.status()
    yield "no status unless asked", "ServiceStatus" in bench.http("GET", "services")[1][0]
    yield (
        "nodes",
        [
            len(bench.http("GET", "nodes", filters=filters)[1])
            for filters in (
                {"role": ["worker"]},
                {"role": ["worker", "manager"]},
                {"name": ["node"]},
                {"name": ["node2", "node3"]},
                {"node.label": ["none"]},
            )
        ],
    )
    yield (
        "one by its name, its id and a part of it",
        [bench.http("GET", f"services/{name}")[1]["Spec"]["Name"] for name in ("web", web["ID"], web["ID"][:20])],
    )
    task = bench.tasks("websocket")[0]
    yield "the keys of a task", sorted(bench.http("GET", f"tasks/{task['ID']}")[1])
    yield "its status", [sorted(task["Status"]), task["Status"]["Message"], task["DesiredState"]]
    yield "the keys of a service", sorted(bench.http("GET", "services/web")[1])
    yield (
        "the keys of a node",
        [
            sorted(bench.node("node1")),
            sorted(bench.node("node1")["Description"]),
            sorted(bench.node("node1")["ManagerStatus"]),
            sorted(bench.node("node2")),
        ],
    )


@scenario("swarm")
def nodes_of_the_sdk(bench: Bench) -> Iterator[tuple[str, Any]]:
    client = bench.client()
    id_ = bench.node("node2")["ID"]
    node = client.nodes.get(id_)
    yield "update", node.update({"Availability": "pause", "Role": "worker", "Labels": {"a": "1"}})
    yield "spec", bench.node("node2")["Spec"]
    pending = [each["ID"] for each in bench.http("GET", "nodes", filters={"membership": ["pending"]})[1]]
    yield "an update takes its membership", id_ in pending
    yield "without reload", _error(lambda: node.update({"Availability": "active", "Role": "worker"}))
    node.reload()
    yield "only an availability", _error(lambda: node.update({"Availability": "active"}))
    node.update({"Availability": "active", "Role": "worker"})
    yield "labels are lost", bench.node("node2")["Spec"]
    yield "list", [len(client.nodes.list()), len(client.nodes.list(filters={"role": "manager"}))]
    yield "none", _error(lambda: client.nodes.get("nosuch"))
    version = bench.node("node2")["Version"]["Index"]
    yield "versions grow", version > node.version
    swarm = client.swarm
    yield "swarm", [sorted(swarm.attrs), swarm.get_unlock_key()]
    client.secrets.create(name="word", data=b"secret")
    yield "secret", [secret.name for secret in client.secrets.list()]
    client.secrets.get(client.secrets.list()[0].id).remove()
    network = client.networks.create("private", driver="overlay", attachable=True)
    yield "network", [network.name, network.attrs["Scope"]]
    network.remove()
