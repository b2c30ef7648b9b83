"""A simulated swarm of 1,000 nodes and 10,000 tasks, beside its scheduling alone and beside SwarmKit's own.

python -m benchmarks.simulation_scale
"""

import os
import random
import time
from collections.abc import Callable
from typing import Any

import psutil
import requests

from swarmkit_helpers.cluster import node_container
from swarmkit_helpers.engine.simulator import temporary_simulator
from swarmkit_helpers.polling import wait_until
from swarmkit_helpers.rules import Host, Request, place, with_tasks

NODES, TASKS, FEWER, DRAINED = 1_000, 10_000, 2_000, 100
SPEED = 20  # at which a simulated second of waiting weighs little, and the work of it weighs all
PATIENCE = 300  # seconds
# SwarmKit's own BenchmarkScheduler of this size, in Go on 2 cores: a figure noted elsewhere (manager/scheduler,
# scheduler_test.go), of placing alone. Its tasks have no spec version, so that each is a group by itself.
SWARMKIT = 1.6  # s
NETWORK = "benchmark"
TEMPLATE = {"ContainerSpec": {"Image": "busybox", "Command": ["sleep", "infinity"], "StopGracePeriod": 0},
            "RestartPolicy": {"Condition": "any", "Delay": 0}}  # fmt: skip


class Engine:
    """A simulated engine, asked in plain HTTP."""

    def __init__(self, url: str) -> None:
        self._url, self._session = url.replace("tcp:", "http:"), requests.Session()
        self._session.trust_env = False  # no proxy is on the way
        self._images = self._session.get(f"{self._url}/images/busybox/get").content

    def ask(self, verb: str, path: str, body: Any = None, **query: str) -> Any:
        """The answer. Raises `requests.HTTPError` if it is refused."""
        answer = self._session.request(verb, self._url + path, json=body, params=query)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def add(self, number: int) -> str:
        """The path of a new machine's engine, which answers and has the image."""
        body = node_container.create_body(NETWORK, f"node{number}", "swarmlab-node:local", "10.20.0", "reduced", 2)
        body["NetworkingConfig"] = {"EndpointsConfig": {NETWORK: {}}}  # a thousand addresses need a larger network
        name = f"node{number}"
        self.ask("POST", "/containers/create", body, name=name)
        self.ask("POST", f"/containers/{name}/start")
        loaded = self._session.post(f"{self._url}/machines/{name}/images/load", self._images)
        loaded.raise_for_status()
        return f"/machines/{name}"


class Scaled:
    """A swarm with one service."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        engine.ask("POST", "/networks/create", {"Name": NETWORK, "IPAM": {"Config": [{"Subnet": "10.20.0.0/16"}]}})
        self._manager = engine.add(1)
        engine.ask("POST", f"{self._manager}/swarm/init", {"ListenAddr": "0.0.0.0:2377"})
        token = self.ask("GET", "/swarm")["JoinTokens"]["Worker"]
        address = self.ask("GET", "/info")["Swarm"]["NodeAddr"]
        for number in range(2, NODES + 1):
            engine.ask(
                "POST", f"{engine.add(number)}/swarm/join", {"RemoteAddrs": [f"{address}:2377"], "JoinToken": token}
            )
        self._service = ""

    def ask(self, verb: str, path: str, body: Any = None, **query: str) -> Any:
        return self._engine.ask(verb, self._manager + path, body, **query)

    def create(self) -> None:
        self._service = self.ask("POST", "/services/create", self._spec(TASKS))["ID"]
        self._until(TASKS)

    def scale_down(self) -> None:
        version = self.ask("GET", f"/services/{self._service}")["Version"]["Index"]
        self.ask("POST", f"/services/{self._service}/update", self._spec(FEWER), version=version)
        self._until(FEWER)

    def drain(self) -> None:
        nodes = self.ask("GET", "/nodes")[-DRAINED:]
        for each in nodes:
            self.ask(
                "POST",
                f"/nodes/{each['ID']}/update",
                each["Spec"] | {"Availability": "drain"},
                version=each["Version"]["Index"],
            )
        ids = {each["ID"] for each in nodes}
        wait_until(lambda: not any(task["NodeID"] in ids for task in self.tasks(wanted=True)), PATIENCE, _late)
        self._until(TASKS)

    def tasks(self, wanted: bool = False) -> list[Any]:
        query = {"filters": '{"desired-state":["running"]}'} if wanted else {}
        return self.ask("GET", "/tasks", **query)

    def _until(self, number: int) -> None:
        """So many tasks are wanted, and all of them run."""

        def settled() -> bool:
            [service] = self.ask("GET", "/services", status="1")
            return service["ServiceStatus"]["RunningTasks"] == service["ServiceStatus"]["DesiredTasks"] == number

        wait_until(settled, PATIENCE, _late)
        if not all(task["Status"]["State"] == "running" for task in self.tasks(wanted=True)):
            raise AssertionError("a task that is wanted does not run")

    @staticmethod
    def _spec(replicas: int) -> Any:
        return {"Name": "web", "TaskTemplate": TEMPLATE, "Mode": {"Replicated": {"Replicas": replicas}}}


def main() -> None:
    """Seconds of each, all through HTTP, and their ratios."""
    print(f"{NODES} nodes, {TASKS} tasks, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores", flush=True)
    request = Request.from_spec(TEMPLATE, None)
    alone = _seconds(lambda: place(_hosts(), request, TASKS, random.Random(0)))
    singly = _seconds(lambda: _one_by_one(request))
    print(
        f"scheduling alone: {alone:.3f} s as one group, {singly:.1f} s as a group for each task, as SwarmKit's own "
        f"benchmark has them: {SWARMKIT} s (Go, 2 cores; not run here), ratio {singly / SWARMKIT:.1f}",
        flush=True,
    )
    with temporary_simulator(speed=SPEED) as url:
        [process] = psutil.Process().children()
        made: list[Scaled] = []
        print(f"{NODES} machines made and joined: {_seconds(lambda: made.append(Scaled(Engine(url)))):.1f} s")
        [swarm] = made
        steps = (
            (f"{TASKS} tasks from created to running", swarm.create),
            (f"drain of {DRAINED} nodes", swarm.drain),
            (f"scale down to {FEWER}", swarm.scale_down),
        )
        for what, step in steps:
            before = process.cpu_times().user
            seconds = _seconds(step)
            print(
                f"{what}: {seconds:.2f} s ({process.cpu_times().user - before:.2f} s of a core), ratio to scheduling "
                f"alone as one group {seconds / alone:.0f}, to SwarmKit's scheduling {seconds / SWARMKIT:.1f}",
                flush=True,
            )
            if step == swarm.create:
                listed = min(_seconds(swarm.tasks) for _ in range(3))
                print(
                    f"list of {len(swarm.tasks())} tasks through HTTP: {listed:.2f} s, ratio to scheduling alone "
                    f"as one group {listed / alone:.0f}; resident memory {process.memory_info().rss >> 20} MB",
                    flush=True,
                )


def _hosts() -> list[Host]:
    return [Host(id=str(number), name=f"node{number}") for number in range(NODES)]


def _one_by_one(request: Request) -> None:
    hosts, chance = _hosts(), random.Random(0)
    for _ in range(TASKS):
        [where] = place(hosts, request, 1, chance)
        hosts[int(where)] = with_tasks(hosts[int(where)], request, 1)


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def _late() -> Exception:
    return AssertionError(f"not within {PATIENCE} s")


if __name__ == "__main__":
    main()
