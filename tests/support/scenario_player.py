"""Play scenarios at the same time, on a few clusters: most of a scenario is waiting."""

import json
import subprocess
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any

from support.scenario_clients import Bench, steady
from support.scenarios import SCENARIOS

from swarmkit_helpers import Cluster
from swarmkit_helpers.docker_commands import shown_by

CLUSTERS = 3  # more are no quicker: the longest scenario takes a third of the time of all

RECORDINGS = (
    Path(__file__).parents[1] / "conformance" / "recorded"
)  # what real engines answered, one file a major version

Facts = dict[str, Any]


@dataclass(frozen=True)
class Recording:
    """What an engine answered, through a docker command of that version."""

    engine: str  # version
    command: str  # version
    scenarios: dict[str, Facts]

    @classmethod
    def read(cls, path: Path) -> "Recording":
        """Read the recording of that file."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def nearest(cls, engine: str, command: str) -> "Recording":
        """The recording of those major versions; else of that engine with another command; else of the newest."""
        recordings = map(cls.read, sorted(RECORDINGS.glob("*.json")))
        wanted = major(engine), major(command)
        return max(
            recordings,
            key=lambda each: (each.versions == wanted, each.versions[0] == wanted[0], each.versions),
        )

    @property
    def versions(self) -> tuple[int, int]:
        """The major versions of the engine and of the docker command."""
        return major(self.engine), major(self.command)

    @property
    def file_name(self) -> str:
        """The name of its file."""
        return "engine-{}-command-{}.json".format(*self.versions)

    def write(self, folder: Path) -> None:
        """Write it to a file in that folder, the scenarios in their own order."""
        ordered = {name: self.scenarios[name] for name in SCENARIOS if name in self.scenarios}
        body = {"engine": self.engine, "command": self.command, "scenarios": ordered}
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(body, indent=1, ensure_ascii=False) + "\n"
        (folder / self.file_name).write_text(text, encoding="utf-8")


def command_version() -> str:
    """The version of the docker command of this computer."""
    # It says so, too, that no engine is at the usual address; the scenarios have theirs elsewhere.
    command = ["docker", "version", "--format", "{{.Client.Version}}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def major(version: str) -> int:
    """The first number of an engine's version."""
    return int(version.partition(".")[0])


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
