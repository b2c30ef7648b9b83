"""What the API refuses: status codes and texts."""

from collections.abc import Iterator
from typing import Any

from support.scenario_clients import Bench

from . import scenario

TASK = {"ContainerSpec": {"Image": "busybox", "Command": ["sleep", "1000"], "StopGracePeriod": 0}}
NONE = {"Replicated": {"Replicas": 0}}


def spec(name: str = "web", **changes: Any) -> dict[str, Any]:
    return {"Name": name, "TaskTemplate": TASK, "Mode": NONE, **changes}


@scenario("swarm")
def services_that_cannot_be(bench: Bench) -> Iterator[tuple[str, Any]]:
    def create(**changes: Any) -> list[Any]:
        status, said = bench.http("POST", "services/create", spec(**{"name": "new", **changes}))
        return [status, sorted(said) if status == 201 else said]

    def task(**changes: Any) -> list[Any]:
        return create(TaskTemplate={**TASK, **changes})

    status, made = bench.http("POST", "services/create", spec())
    yield "created", [status, sorted(made)]
    yield "name that is taken", bench.refused("POST", "services/create", spec())
    yield "no name", create(name="")
    yield "name with a space", create(name="my web")
    yield "long name", create(name="x" * 64)
    yield "no container", bench.refused("POST", "services/create", {"Name": "new"})
    yield "no image", create(TaskTemplate={"ContainerSpec": {}})
    yield "two modes", create(Mode={"Replicated": {"Replicas": 1}, "Global": {}})
    yield "an update of a job", create(Mode={"ReplicatedJob": {}}, UpdateConfig={"Parallelism": 1})
    yield "negative attempts", task(RestartPolicy={"MaxAttempts": -1})
    yield "negative delay", task(RestartPolicy={"Delay": -1})
    yield "restart on Sundays", task(RestartPolicy={"Condition": "sundays"})
    yield "constraint without operator", task(Placement={"Constraints": ["bad"]})
    yield "constraint with a key that cannot be", task(Placement={"Constraints": ["1node==a"]})
    yield "constraint without value", task(Placement={"Constraints": ["node.role=="]})
    yield "little memory", task(Resources={"Limits": {"MemoryBytes": 1000}})
    yield "little cpu", task(Resources={"Reservations": {"NanoCPUs": 1000}})
    yield "negative max replicas", task(Placement={"MaxReplicas": -1})
    yield "update order", create(UpdateConfig={"Order": "sideways"})
    yield "update failure action", create(UpdateConfig={"FailureAction": "shrug"})
    yield "update delay", create(UpdateConfig={"Delay": -1})
    yield "failure ratio", create(UpdateConfig={"MaxFailureRatio": 2})
    yield "endpoint mode", create(EndpointSpec={"Mode": "x"})
    yield (
        "port twice",
        create(
            EndpointSpec={
                "Ports": [{"TargetPort": 80, "PublishedPort": 8081}, {"TargetPort": 81, "PublishedPort": 8081}]
            }
        ),
    )
    yield (
        "dnsrr with ingress",
        create(EndpointSpec={"Mode": "dnsrr", "Ports": [{"TargetPort": 80, "PublishedPort": 8081}]}),
    )
    yield "unknown network", task(Networks=[{"Target": "nowhere"}])
    yield "not JSON", list(_raw(bench, "services/create", "{"))
    yield "empty body", list(_raw(bench, "services/create", ""))
    yield "wrong type", create(name=7)


@scenario("swarm")
def updates_that_cannot_be(bench: Bench) -> Iterator[tuple[str, Any]]:
    bench.http("POST", "services/create", spec())
    now = bench.inspect("web")
    version = now["Version"]["Index"]

    def update(body: Any, **query: Any) -> list[Any]:
        return bench.refused("POST", "services/web/update", body, **{"version": version, **query})

    yield "stale", update(spec(), version=version - 1)
    yield "version that is none", update(spec(), version="abc")
    yield "no version", bench.refused("POST", "services/web/update", spec())
    yield "new name", update(spec(name="other"))
    yield "new mode", update(spec(Mode={"Global": {}}))
    yield "nothing to go back to", update(spec(), rollback="previous")
    yield "back to where", update(spec(), rollback="yesterday")
    yield "unknown service", bench.refused("POST", "services/nosuch/update", spec(), version=1)
    yield "fine", update(spec(Labels={"a": "1"}))
    yield "the same version again", update(spec(Labels={"a": "2"}))
    node = bench.node("node2")
    at = {"version": node["Version"]["Index"]}
    path = f"nodes/{node['ID']}/update"
    yield "node without role", bench.refused("POST", path, {"Availability": "active"}, **at)
    yield "node without availability", bench.refused("POST", path, {"Role": "worker"}, **at)
    yield "node with another role", bench.refused("POST", path, {"Role": "boss", "Availability": "active"}, **at)
    yield "node, stale", bench.refused("POST", path, node["Spec"], version=1)
    yield "node that is none", bench.refused("POST", "nodes/nosuch/update", node["Spec"], version=1)
    manager = bench.node("node1")
    yield (
        "the last manager",
        bench.refused(
            "POST",
            f"nodes/{manager['ID']}/update",
            {**manager["Spec"], "Role": "worker"},
            version=manager["Version"]["Index"],
        ),
    )
    yield "remove the manager", bench.refused("DELETE", f"nodes/{manager['ID']}", force=True)
    yield "remove what is up", bench.refused("DELETE", f"nodes/{node['ID']}")


@scenario("swarm")
def questions_that_cannot_be(bench: Bench) -> Iterator[tuple[str, Any]]:
    for path in (
        "services/nosuch",
        "tasks/nosuch",
        "nodes/nosuch",
        "networks/nosuch",
        "secrets/nosuch",
        "configs/nosuch",
        "containers/nosuch/json",
        "images/nosuch/json",
        "volumes/nosuch",
        "services/nosuch/logs",
        "nowhere",
    ):
        yield f"GET {path}", bench.refused("GET", path)
    yield "DELETE service", bench.refused("DELETE", "services/nosuch")
    yield "wrong verb", bench.refused("PUT", "services")
    bench.http("POST", "services/create", spec("pair-1"))
    bench.http("POST", "services/create", spec("pair-2"))
    yield "unknown filter", bench.refused("GET", "services", filters={"bogus": ["x"]})
    yield "unknown filter of tasks", bench.refused("GET", "tasks", filters={"bogus": ["x"]})
    yield "unknown filter of nodes", bench.refused("GET", "nodes", filters={"bogus": ["x"]})
    yield "filter that is no JSON", bench.refused("GET", "services", filters="{")
    yield "tasks of no service", bench.refused("GET", "tasks", filters={"service": ["nosuch"]})
    yield "tasks of no node", bench.refused("GET", "tasks", filters={"node": ["nosuch"]})
    yield "tasks wanted otherwise", bench.refused("GET", "tasks", filters={"desired-state": ["bogus"]})
    yield "nodes of no role", bench.refused("GET", "nodes", filters={"role": ["boss"]})
    yield "nodes of no membership", bench.refused("GET", "nodes", filters={"membership": ["boss"]})
    yield "services of no mode", bench.refused("GET", "services", filters={"mode": ["boss"]})
    api = bench.api()
    answer = api.request("GET", f"{api.base_url}/v1.99/services")
    yield "a version to come", [answer.status_code, answer.json()["message"].partition(". Maximum")[0]]
    yield "without a version", api.request("GET", f"{api.base_url}/services").status_code
    yield "init again", bench.refused("POST", "swarm/init", {"ListenAddr": "0.0.0.0:2377"})
    join = {"RemoteAddrs": ["node1:2377"], "JoinToken": "x"}
    yield "join again", bench.refused("POST", "swarm/join", join, on="node2")


def _raw(bench: Bench, path: str, data: str) -> tuple[int, str]:
    """What a body is answered that is no JSON."""
    api = bench.api()
    answer = api.request(
        "POST", f"{api.base_url}/v1.41/{path}", data=data, headers={"Content-Type": "application/json"}
    )
    return answer.status_code, answer.json()["message"]
