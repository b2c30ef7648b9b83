"""Play scenarios at the same time, on a few clusters: most of a scenario is waiting."""

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from support.scenario_clients import Bench, steady
from support.scenarios import SCENARIOS

from swarmkit_helpers import Cluster
from swarmkit_helpers.docker_commands import shown_by

CLUSTERS = 3  # more are no quicker: the longest scenario takes a third of the time of all

RECORDED = Path(__file__).parents[1] / "conformance" / "recorded.json"  # what a real engine answered

Facts = dict[str, Any]


class Company:
    """The clusters of one engine. Each scenario is played by one thread, on a cluster that is free."""

    def __init__(self, name: str) -> None:
        self._free: SimpleQueue[Bench] = SimpleQueue()
        self._names = [f"{name}-{number}" for number in range(CLUSTERS)]
        self._pool = ThreadPoolExecutor(CLUSTERS)
        self._leaving = ExitStack()
        self.took: dict[str, float] = {}  # seconds, by scenario

    def __enter__(self) -> "Company":
        with self._leaving:
            for name in self._names:
                cluster = Cluster.up(name, nodes=3)
                self._leaving.callback(cluster.down)
                self._free.put(Bench(cluster))
            self._leaving = self._leaving.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._leaving.close()

    def play(self, names: Iterable[str]) -> dict[str, Future[Facts]]:
        """What each scenario saw, or how it failed; those that take long begin first."""
        order = sorted(names, key=lambda name: ("managers", "apart", "swarm").index(SCENARIOS[name][0]))
        return {name: self._pool.submit(self._play, name) for name in order}

    def _play(self, name: str) -> Facts:
        stage, scenario = SCENARIOS[name]
        bench, began = self._free.get(), monotonic()
        try:
            with shown_by(lambda command: None):
                bench.prepare(stage)
                seen = dict(scenario(bench))
        finally:
            self._free.put(bench)
            self.took[name] = monotonic() - began
        return steady(seen)

    def version(self) -> str:
        """The version of the nodes' engines."""
        bench = self._free.get()
        self._free.put(bench)
        return bench.api().version()["Version"]
