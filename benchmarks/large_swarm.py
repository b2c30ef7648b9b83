"""`connect`, `predict` and `explain` on a simulated swarm of 30 services and 40 nodes: p95, beside what is demanded.

python -m benchmarks.large_swarm
"""

import os
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from statistics import quantiles
from typing import Any

from swarmkit_helpers import Cluster, Observation, Swarm
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_docker_host
from swarmkit_helpers.polling import wait_until

NODES, SERVICES, SPEED = 40, 30, 20
ROUNDS = 3
LIMITS = {"connect": 2.0, "predict": 1.0, "explain": 1.0}  # seconds at most, p95
# What the services are, by turns; also ones that no node can take, whose tasks stay pending.
KINDS: list[dict[str, Any]] = [
    {"replicas": 20},
    {"replicas": 7, "reserve_cpus": 0.1},
    {"replicas": 3, "max_replicas_per_node": 2},
    {"replicas": 12, "preferences": ["node.labels.zone"]},
    {"replicas": 5, "constraints": ["node.labels.zone==a"]},
    {"replicas": 3, "constraints": ["node.labels.zone==nowhere"]},
    {"replicas": 2, "reserve_memory": "900G"},
    {"mode": "global"},
    {"replicas": 9, "restart_condition": "none"},
]


def main() -> None:
    """p95 of each in seconds: every service, as its text and as what a notebook shows."""
    os.environ["SWARMLAB_MAX_NODES"] = str(NODES)
    with temporary_docker_host(SPEED), shown_by(lambda command: None):
        cluster = Cluster.up("benchmark", nodes=NODES)
        swarm = cluster.ensure_swarm(managers=3)
        _fill(swarm)
        print(f"{len(swarm.nodes())} nodes, {len(swarm.services())} services, {len(swarm.tasks())} tasks", flush=True)
        url = f"{os.environ['DOCKER_HOST']}/machines/{cluster.machine('node1').container}"
        seconds: dict[str, list[float]] = {what: [] for what in LIMITS}
        for _round in range(ROUNDS):
            for what, do in _calls(swarm, url):
                start = time.perf_counter()
                do()
                seconds[what].append(time.perf_counter() - start)
    for what, each in seconds.items():
        p95 = quantiles(each, n=20)[-1]
        print(
            f"{what}: p95 {p95:.2f} s of {len(each)}, longest {max(each):.2f} s, demanded {LIMITS[what]:.0f} s, "
            f"ratio {p95 / LIMITS[what]:.2f}"
        )


def _fill(swarm: Swarm) -> None:
    """Make the services, and wait until each task runs or has no place."""
    for number, node in enumerate(swarm.nodes()):
        swarm.label(node.name, zone="abc"[number % 3])
    for number, settings in enumerate(islice(cycle(KINDS), SERVICES)):
        swarm.create_service(f"app{number}", "busybox", "sleep infinity", **settings)

    def settled() -> Observation | None:
        seen = swarm.observe()
        rest = all(task.state == "running" or task.error for task in seen.tasks)
        return seen if rest and {task.service for task in seen.tasks} == {each.name for each in seen.services} else None

    wait_until(settled, 60, lambda: AssertionError("it does not settle"))


def _calls(swarm: Swarm, url: str) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured, and a call of it; a forecast and an explanation are worked out when they are shown."""
    seen = swarm.observe()
    for service in seen.services:
        requests: list[dict[str, Any]] = [{"constraint": "node.role==worker"}]
        if service.mode == "replicated":
            requests += [{"scale": 0}, {"scale": 40}, {"scale": 100}]
        for request in requests:
            yield "predict", lambda name=service.name, request=request: repr(swarm.predict(name, **request))
        yield "explain", lambda name=service.name: repr(swarm.explain(name))
        yield "connect", lambda: Swarm.connect(url).services()
    for node in seen.nodes:
        yield "predict", lambda name=node.name: repr(swarm.predict(drain=name))
    yield "predict", lambda: swarm.predict(drain="node7")._repr_html_()
    yield "predict", lambda: repr(swarm.predict(add_node=True))
    yield "explain", lambda: swarm.explain("app0")._repr_html_()


if __name__ == "__main__":
    main()
