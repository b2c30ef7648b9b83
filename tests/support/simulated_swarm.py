"""A small simulated swarm for tests: nodes whose containers are plain records, and a clock that tests advance."""

import random
import shlex
from collections.abc import Callable
from dataclasses import dataclass

from swarm_simulator.clock import Clock
from swarm_simulator.engines import command_behaviour
from swarm_simulator.managers.agent import Agent
from swarm_simulator.managers.swarm import ControlPlane
from swarm_simulator.objects import Node, Service, State, Swarm, Task

START = 1_700_000_000.0
GRACE_SECONDS = 10.0  # that a container gets to stop


@dataclass
class ContainerRecord:
    """The state of a container."""

    behaviour: command_behaviour.Behaviour
    running: bool = False
    code: int | None = None
    ended: Callable[[int, str], None] | None = None
    id: str = ""
    wanted: bool = True  # whether no start was cancelled


class RecordedContainers:
    """An executor whose containers are records that behave as their commands would."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.containers = clock, dict[str, ContainerRecord]()

    def prepare(self, task: Task, done: Callable[[str], None], failed: Callable[[str], None]) -> None:
        spec = task.spec["ContainerSpec"]
        if spec["Image"].startswith("nosuch"):
            self.clock.after(0.05, lambda: failed(f"No such image: {spec['Image']}"))
            return

        def create() -> None:
            record = self.containers.setdefault(
                task.id, ContainerRecord(command_behaviour.behaviour_of(spec["Command"]), id=task.id * 2)
            )
            done(record.id)

        self.clock.after(0.1, create)

    def start(self, task: Task, done: Callable[[int], None], ended: Callable[[int, str], None]) -> None:
        def start() -> None:
            record = self.containers.get(task.id)
            if record is None or not record.wanted:
                return
            record.running, record.ended = True, ended
            done(1000)
            if record.behaviour.seconds is not None:
                self.clock.after(record.behaviour.seconds, lambda: self._end(record, record.behaviour.exit_code))

        self.clock.after(0.2, start)

    def _end(self, record: ContainerRecord, code: int) -> None:
        if record.running:
            record.running, record.code = False, code
            if record.ended:
                record.ended(code, "")

    def stop(self, task: Task, stopped: Callable[[int], None]) -> None:
        record = self.containers[task.id]
        record.wanted = False
        if not record.running:
            self.clock.after(0.0, lambda: stopped(record.code or 0))
            return
        record.ended = None

        def end(code: int) -> None:
            self._end(record, code)
            stopped(code)

        heard = record.behaviour.term_exit_code
        self.clock.after(0.05 if heard is not None else GRACE_SECONDS, lambda: end(137 if heard is None else heard))

    def remove(self, task: Task) -> None:
        if record := self.containers.pop(task.id, None):
            record.running, record.ended = False, None

    def name(self, task: Task) -> str:
        return f"web.{task.slot}.{task.id}"

    def exit_code(self, task: Task) -> int | None:
        return self.containers[task.id].code if task.id in self.containers else None

    def off(self) -> None:
        for record in self.containers.values():
            if record.running:
                record.running, record.code, record.ended = False, 255, None


class SmallSwarm:
    """A swarm of nodes node1, node2, ...; the first `managers` of them are managers."""

    def __init__(self, nodes: int = 3, managers: int = 1, seed: int = 0, **spec: object) -> None:
        self.clock = Clock(START)
        chance = random.Random(seed)
        swarm = Swarm(id="s" * 25, spec=dict(spec), worker_token="w", manager_token="m")
        self.swarm = ControlPlane(self.clock, chance, swarm)
        self.store = self.swarm.store
        self.agents: dict[str, Agent] = {}  # by name
        self.nodes: dict[str, Node] = {}
        self.low: list[str] = []  # ids of tasks whose state went back
        self.seen: dict[str, State] = {}
        self.store.watch(self._watch)
        for number in range(nodes):
            self.add("manager" if number < managers else "worker")
        self.run(2)

    def _watch(self, action: str, kept: object) -> None:
        if isinstance(kept, Task):
            if kept.state < self.seen.get(kept.id, State.NEW):
                self.low.append(kept.id)
            self.seen[kept.id] = kept.state

    def add(self, role: str = "worker", cpus: float = 4, memory: int = 8 << 30, **labels: str) -> Node:
        name = f"node{len(self.nodes) + 1}"
        node = Node(
            id=self.store.new_id(),
            hostname=name,
            address=f"172.28.0.{len(self.nodes) + 2}",
            role=role,
            spec={"Labels": labels, "Role": role, "Availability": "active"},
            cpus=int(cpus * 1e9),
            memory=memory,
            plugins=[("Network", "overlay")],
            engine_version="28.3.3",
        )
        self.nodes[name] = node
        self.agents[name] = Agent(self.clock, RecordedContainers(self.clock))
        self.swarm.admit(node, self.agents[name])
        return node

    def run(self, seconds: float) -> None:
        self.clock.advance(self.clock.now + seconds)

    def create(
        self,
        name: str = "web",
        replicas: int | None = 1,
        command: str = "top",
        image: str = "busybox:1",
        mode: dict | None = None,
        restart: dict | None = None,
        update: dict | None = None,
        rollback: dict | None = None,
        **template: object,
    ) -> Service:
        container = {"Image": image, "Command": shlex.split(command)}
        spec: dict = {
            "Name": name,
            "Labels": {},
            "Mode": mode or {"Replicated": {"Replicas": replicas}},
            "TaskTemplate": {"ContainerSpec": container, "ForceUpdate": 0, **template},
        }
        spec["TaskTemplate"] |= {"RestartPolicy": restart} if restart else {}
        spec |= ({"UpdateConfig": update} if update else {}) | ({"RollbackConfig": rollback} if rollback else {})
        service = Service(id=self.store.new_id(), spec=spec)
        self.swarm.put_service(service, spec)
        return service

    def update(self, service: Service, **template: object) -> None:
        """Write a new spec, with `replicas`, `command`, `image`, `force`, or parts of the task template."""
        old = service.spec
        spec = old | {"TaskTemplate": dict(old["TaskTemplate"])}
        if "replicas" in template:
            spec["Mode"] = {"Replicated": {"Replicas": template.pop("replicas")}}
        if "force" in template:
            spec["TaskTemplate"]["ForceUpdate"] += int(template.pop("force"))
        for key, field_ in (("command", "Command"), ("image", "Image")):
            if key in template:
                value = template.pop(key)
                said = shlex.split(value) if key == "command" else value
                spec["TaskTemplate"]["ContainerSpec"] = spec["TaskTemplate"]["ContainerSpec"] | {field_: said}
        spec["TaskTemplate"] |= template
        self.swarm.put_service(service, spec)

    def availability(self, name: str, word: str) -> None:
        node = self.nodes[name]
        self.swarm.put_node(node, node.spec | {"Availability": word})

    def label(self, name: str, **labels: str) -> None:
        node = self.nodes[name]
        self.swarm.put_node(node, node.spec | {"Labels": node.spec["Labels"] | labels})

    def kill(self, name: str) -> None:
        self.agents[name].executor.off()
        self.agents[name].off()

    def start(self, name: str) -> None:
        self.agents[name].on()

    def tasks(self, service: Service, *states: State) -> list[Task]:
        found = sorted(self.store.tasks_of.get(service.id, {}).values(), key=lambda task: (task.slot, task.created))
        return [task for task in found if not states or task.state in states]

    def running(self, service: Service) -> list[Task]:
        return [task for task in self.tasks(service, State.RUNNING) if task.desired == State.RUNNING]

    def spread(self, service: Service) -> dict[str, int]:
        names = {node.id: name for name, node in self.nodes.items()}
        found = dict.fromkeys(names.values(), 0)
        for task in self.running(service):
            found[names[task.node_id]] += 1
        return found
