"""A simulated swarm with its manager API, for tests: requests as verb, path, query and body, without HTTP."""

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from support.simulated_swarm import START, RecordedContainers

from swarm_simulator import swarm_api
from swarm_simulator.clock import Clock
from swarm_simulator.errors import ApiError
from swarm_simulator.managers.agent import Agent
from swarm_simulator.objects import Node, Service, Task
from swarm_simulator.swarm_api import LogLine, LogOptions, ManagerAPI

Json = Any
SLEEPS = {"Image": "busybox", "Command": ["sleep", "infinity"]}


def spec(name: str = "web", replicas: int = 1, container: Json = None, **parts: Json) -> Json:
    """A service's spec, as a request has it; parts of the task template are given as such."""
    template = {
        key: parts.pop(key)
        for key in ("Placement", "Resources", "RestartPolicy", "Networks", "ForceUpdate")
        if key in parts
    }
    return {
        "Name": name,
        "TaskTemplate": {"ContainerSpec": SLEEPS | (container or {}), **template},
        "Mode": {"Replicated": {"Replicas": replicas}},
        **parts,
    }


class SleepingContainers(RecordedContainers):
    """An executor whose containers run until they are stopped, if the service names no command."""

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        container = {"Command": SLEEPS["Command"]} | task.spec["ContainerSpec"]
        super().prepare(replace(task, spec={"ContainerSpec": container}), done, failed)


class SmallSwarmAPI:
    """A swarm of nodes node1, node2, ..., whose first manager answers."""

    def __init__(self, nodes: int = 2, managers: int = 1, request: Json = None, request_body: Json = None) -> None:
        self.clock = Clock(START)
        self.control_plane = swarm_api.swarm.init(self.clock, random.Random(0), request, request_body)
        self.store = self.control_plane.store
        self.nodes: list[Node] = []
        self.agents: list[Agent] = []
        self.written: dict[str, list[LogLine]] = {}  # by task id
        for number in range(nodes):
            self.join("manager" if number < managers else "worker")
        self.run(2)
        self.api = ManagerAPI(self.control_plane, self.nodes[0].id)

    def join(self, role: str = "worker") -> Node:
        number = len(self.nodes) + 1
        node = Node(
            id=self.store.new_id(),
            hostname=f"node{number}",
            address=f"172.28.0.{number + 1}",
            role=role,
            spec={"Labels": {}, "Role": role, "Availability": "active"},
            cpus=4 * 10**9,
            memory=8 << 30,
            plugins=[("Volume", "local"), ("Network", "overlay")],
            engine_version="28.5.2",
        )
        self.nodes.append(node)
        self.agents.append(Agent(self.clock, SleepingContainers(self.clock)))
        self.control_plane.admit(node, self.agents[-1])
        return node

    def run(self, seconds: float) -> None:
        self.clock.advance(self.clock.now + seconds)

    def create(self, *args: Json, **parts: Json) -> Service:
        """Create a service, wait three seconds for its tasks to run, and return it."""
        made = self.api.create_service(spec(*args, **parts))
        self.run(3)
        return self.store.services[made["ID"]]

    def tasks(self, service: Service) -> list[Task]:
        return sorted(self.store.tasks_of.get(service.id, {}).values(), key=lambda task: (task.created, task.slot))

    def answer(self, verb: str, path: str, query: Json, body: Json) -> tuple[int, Json]:
        """Status and body, as the engine's HTTP half would send them."""
        try:
            return self._answer(verb, path.split("/")[1:], query, body)
        except ApiError as error:
            return error.status, {"message": error.message}

    def _answer(self, verb: str, path: list[str], query: Json, body: Json) -> tuple[int, Json]:
        kind, what, *action = [*path, ""][:4]
        filters = query.get("filters", {})
        version = int(query.get("version", 0))
        match verb, kind, what, *action:
            case "POST", ("secrets" | "configs"), "create", *_:
                return 201, self.api.create_resource(kind[:-1], body)
            case "POST", "services", "create", *_:
                return 201, self.api.create_service(body)
            case "POST", "networks", "create", *_:
                return 201, self.api.create_network(body)
            case "POST", "services", _, "update", *_:
                return 200, self.api.update_service(what, version, body, query.get("rollback", ""))
            case "POST", "nodes", _, "update", *_:
                return 200, self.api.update_node(what, version, body) or ""
            case "POST", ("secrets" | "configs"), _, "update", *_:
                return 200, self.api.update_resource(kind[:-1], what, version, body) or ""
            case "POST", "swarm", "update", *_:
                return 200, self.api.update_swarm(version, body, "rotateWorkerToken" in query) or ""
            case "GET", ("services" | "tasks"), _, "logs", *_:
                how = LogOptions(stdout="stdout" in query, stderr="stderr" in query, tail=query.get("tail", "all"))
                read = self.api.service_logs if kind == "services" else self.api.task_logs
                return 200, read(what, how, lambda task: self.written.get(task.id, []))
            case "GET", "swarm", "", *_:
                return 200, self.api.swarm()
            case "GET", "swarm", "unlockkey", *_:
                return 200, self.api.unlock_key()
            case "GET", ("secrets" | "configs"), "", *_:
                return 200, self.api.list_resources(kind[:-1], filters)
            case "GET", ("secrets" | "configs"), _, *_:
                return 200, self.api.inspect_resource(kind[:-1], what)
            case "GET", "services", _, *_ if what:
                return 200, self.api.inspect_service(what, "insertDefaults" in query)
            case "GET", _, "", *_:
                return 200, getattr(self.api, f"list_{kind}")(filters)
            case "GET", _, _, *_:
                return 200, getattr(self.api, f"inspect_{kind[:-1]}")(what)
            case "DELETE", "secrets", _, *_:
                return 204, self.api.remove_resource("secret", what) or ""
            case "DELETE", _, _, *_:
                return 204 if kind == "networks" else 200, getattr(self.api, f"remove_{kind[:-1]}")(what) or ""
        raise AssertionError(f"no such request: {verb} {path}")
