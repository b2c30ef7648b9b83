"""How long forecasts of a large swarm take, and how often a real swarm does what `swarm.predict` allows.

The first on a simulated engine (benchmarks/large_swarm.py); the second with random actions on 3 to 8 nodes, none if
ACTIONS is 0.

python -m benchmarks.predict [ACTIONS [SEED]]
"""

import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from swarmkit_helpers import Cluster, NotConverged, Observation, Swarm, Task, recorder
from swarmkit_helpers.display.forecast import Forecast
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.polling import wait_until

from . import large_swarm

SIZES = (3, 5, 8)  # nodes
QUIET = 1.3  # seconds without a change after which nothing more comes: the scheduler waits for 1 s at most
SERVICES = {  # what they ask of a node
    "plain": {},
    "roomy": {"reserve_cpus": 0.7},
    "few": {"max_replicas_per_node": 2},
    "spread": {"preferences": ["node.labels.zone"]},
    "port": {"ports": ["mode=host,published=18080,target=80"]},
    "last": {"restart_condition": "none"},
}
CONSTRAINTS = ("node.role==worker", "node.labels.zone==a", "node.hostname!=node2", "node.labels.zone==nowhere")


@dataclass(frozen=True)
class Step:
    """One action, its forecast, and what came of it."""

    text: str
    forecast: Forecast
    seen: Observation

    @property
    def right(self) -> bool:
        return self.forecast.allows(self.seen)

    def __str__(self) -> str:
        places = {name: dict(each) for name, each in self.forecast.task_counts(self.seen).items()}
        before = {name: dict(each) for name, each in self.forecast.task_counts(self.forecast.change.before).items()}
        return f"{self.text}: {before} became {places}; forecast: {self.forecast!r}"


class Walk:
    """A swarm of three services of the table, to which one thing after the other is done at random."""

    def __init__(self, swarm: Swarm, seed: int) -> None:
        self._swarm, self._random = swarm, random.Random(seed)
        self._recorder = recorder.shared(swarm)
        self._blocked: str | None = None  # a service with an update that cannot go on
        self._names = ["plain", *self._random.sample([name for name in SERVICES if name != "plain"], 2)]
        for number, node in enumerate(swarm.nodes()):
            swarm.label(node.name, zone="ab"[number % 2])
        for name in self._names:
            swarm.create_service(
                name,
                "busybox",
                "sleep infinity",
                replicas=2,
                stop_grace_period=0,
                restart_delay=0.1,
                update_monitor=0.1,
                **SERVICES[name],
            )
        settled(swarm)

    def steps(self, seconds: float) -> Iterator[Step]:
        """What happens, for about that long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            before = self._swarm.observe()
            text, forecast, act = (
                self._blocking()
                if self._blocked
                else self._random.choice(
                    [self._scale, self._scale, self._drain, self._activate, self._constrain, self._unforeseen]
                )(before)
            )
            if act:
                act()
                seen = settled(self._swarm)
                if forecast:
                    yield Step(text, forecast, seen)

    def _scale(self, before: Observation) -> "Choice":
        name, replicas = self._random.choice(self._names), self._random.choice([0, 1, 2, 3, 4, 5, 7, 9, 14])
        if before.service(name).replicas == replicas:
            return NOTHING
        return (
            f"scale {name} to {replicas}",
            self._swarm.predict(name, scale=replicas),
            lambda: self._swarm.scale(name, replicas),
        )

    def _drain(self, before: Observation) -> "Choice":
        active = [node.name for node in before.nodes if node.takes_tasks]
        if len(active) < 2:
            return NOTHING
        node = self._random.choice(active)
        return f"drain {node}", self._swarm.predict(drain=node), lambda: self._swarm.drain(node)

    def _activate(self, before: Observation) -> "Choice":
        idle = [node.name for node in before.nodes if not node.takes_tasks]
        if not idle:
            return NOTHING
        node = self._random.choice(idle)
        return f"activate {node}", self._swarm.predict(activate=node), lambda: self._swarm.activate(node)

    def _constrain(self, before: Observation) -> "Choice":
        name, text = self._random.choice(self._names), self._random.choice([(), *((each,) for each in CONSTRAINTS)])
        if before.service(name).constraints == text:
            return NOTHING
        self._blocked = name
        return (
            f"constrain {name} to {text}",
            self._swarm.predict(name, constraint=text),
            lambda: self._swarm.update_service(name, constraints=list(text)),
        )

    def _blocking(self) -> "Choice":
        """If the update stands still for want of a place, the next thing is to let it go on."""
        name, self._blocked = self._blocked, None
        if not any(task.wanted and task.node is None for task in self._swarm.tasks(name)):
            return NOTHING
        return (
            f"constrain {name} no more",
            self._swarm.predict(name, constraint=()),
            lambda: self._swarm.update_service(name, constraints=[]),
        )

    def _unforeseen(self, before: Observation) -> "Choice":
        """Something that no forecast is made of, so that the next ones begin elsewhere."""
        node = self._random.choice(before.nodes).name
        active = [each.name for each in before.nodes if each.takes_tasks]
        name = self._random.choice(self._names)
        acts: list[Callable[[], None]] = [
            lambda: self._swarm.label(node, zone=self._random.choice("abc")),
            lambda: self._swarm.rebalance(name),
        ]
        if len(active) > 1:
            acts.append(lambda: self._swarm.pause(active[-1]))
        return "", None, self._random.choice(acts)


Choice = tuple[str, Forecast | None, Callable[[], None] | None]
NOTHING: Choice = ("", None, None)


def settled(swarm: Swarm) -> Observation:
    """The state once nothing has changed for a while, and each task that is wanted runs or has no place."""
    record = recorder.shared(swarm)

    def look() -> Observation | None:
        record.look()
        last = record.history[-1]
        quiet = isinstance(last, Observation) and time.time() - last.at >= QUIET
        return last if quiet and all(_rests(task, last) for task in last.tasks) else None

    return wait_until(look, 60, lambda: NotConverged("it does not settle", "look at swarm.tasks()"), every=0.1)


def _rests(task: Task, seen: Observation) -> bool:
    if not task.wanted or not seen.service(task.service):  # of a job that was removed, tasks stay wanted for ever
        return task.ended
    return task.state == "running" or (task.node is None and bool(task.error))


def main(actions: int, seed: int) -> None:
    """Times of a large swarm; then so many random actions on several sizes, how many ended as the forecast allows."""
    large_swarm.main()
    if not actions:
        return
    counts: Counter[str] = Counter()
    for number, nodes in enumerate(SIZES):
        cluster = Cluster.up(f"benchmark-{nodes}", nodes=nodes)
        try:
            with shown_by(lambda command: None):
                share = actions * (number + 1) // len(SIZES)
                rounds = 0
                while counts["all"] < share:
                    swarm = cluster.ensure_swarm()
                    _cleared(swarm)
                    for step in Walk(swarm, seed + 100 * number + rounds).steps(60):
                        counts["all"] += 1
                        counts["right"] += step.right
                        counts["doubted"] += not step.right and bool(step.forecast.unforeseen)
                        if not step.right:
                            print(f"{nodes} nodes, {step}", flush=True)
                        if counts["all"] >= share:
                            break
                    rounds += 1
                    print(f"{nodes} nodes: {counts['right']} of {counts['all']} so far", flush=True)
        finally:
            cluster.down()
    print(
        f"{counts['right']} of {counts['all']} outcomes are in the predicted set; of the others {counts['doubted']} "
        "were forecast while an update was under way, of which the forecast says that it is not foreseen"
    )


def _cleared(swarm: Swarm) -> None:
    """Nothing runs, and every node is active."""
    for service in swarm.services():
        swarm.remove_service(service.name)
    for node in swarm.nodes():
        if node.availability != "active":
            swarm.activate(node.name)
    settled(swarm)


if __name__ == "__main__":
    main(*(int(each) for each in (sys.argv[1:] + ["300", "1"][len(sys.argv) - 1 :])[:2]))
