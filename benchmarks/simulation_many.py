"""Many simulated engines at once on this computer, beside an idle Python and what a class can afford.

python -m benchmarks.simulation_many [ENGINES ...]
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from statistics import median
from urllib.parse import urlsplit

import psutil

from swarmkit_helpers import Cluster, progress
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine.simulator import temporary_simulator

NUMBERS = (1, 10, 50)  # engines at once
START, MEMORY = 0.3, 60  # s, MB: what an engine may take (issue 4)
MB = 1 << 20


class Silence:
    """Phases of making a cluster are not what is looked at here."""

    @contextmanager
    def phase(self, text: str) -> Iterator["Silence"]:
        yield self

    def advance(self, done: float, total: float) -> None:
        return

    def rename(self, text: str) -> None:
        return


def main(numbers: tuple[int, ...] = NUMBERS) -> None:
    """For each number of engines: seconds of a start, and megabytes without and with a swarm of 7 tasks, as ratios."""
    bare_start = median(_idle()[0] for _ in range(10))
    bare_memory = max(_idle()[1] for _ in range(3))
    progress.use(Silence())
    for number in numbers:
        print(f"{number} engines, load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores", flush=True)
        with ExitStack() as ends:
            seconds, urls = [], []
            for _ in range(number):
                start = time.perf_counter()
                urls.append(ends.enter_context(temporary_simulator()))
                seconds.append(time.perf_counter() - start)
            print(
                f"  start: median {median(seconds):.2f} s, worst {max(seconds):.2f} s; ratio of the median to "
                f"python -c pass ({bare_start:.3f} s) {median(seconds) / bare_start:.1f}, to the aim of {START} s "
                f"{median(seconds) / START:.2f}"
            )
            _show("empty", urls, bare_memory)
            start = time.perf_counter()
            for url in urls:
                _fill(url)
            print(f"  a swarm of 3 nodes and 7 tasks in each: {(time.perf_counter() - start) / number:.2f} s each")
            _show("with its swarm", urls, bare_memory)
            print(f"  {_refusals(urls)} of {number * number - number} requests with another engine's token are refused")


def _idle() -> tuple[float, float]:
    """Seconds `python -c pass` takes, and the megabytes of resident memory of one that waits."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    seconds = time.perf_counter() - start
    command = [sys.executable, "-c", "import sys; print(flush=True); sys.stdin.read()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        memory = psutil.Process(process.pid).memory_info().rss / MB
        process.stdin.close()
    return seconds, memory


def _show(when: str, urls: list[str], bare: float) -> None:
    memory = [_process(url).memory_full_info() for url in urls]
    resident, shared_out = ([getattr(each, kind) / MB for each in memory] for kind in ("rss", "pss"))
    print(
        f"  {when}: PSS median {median(shared_out):.0f} MB, worst {max(shared_out):.0f} MB; RSS median "
        f"{median(resident):.0f} MB, worst {max(resident):.0f} MB; ratio of the worst RSS to an idle Python "
        f"({bare:.0f} MB) {max(resident) / bare:.1f}, to the aim of {MEMORY} MB {max(resident) / MEMORY:.2f}"
    )


def _process(url: str) -> psutil.Process:
    """The one of our children that listens there."""
    port = urlsplit(url).port
    return next(
        child
        for child in psutil.Process().children()
        if any(connection.laddr.port == port for connection in child.net_connections("tcp"))
    )


def _fill(url: str) -> None:
    """Three machines with one swarm, on which seven tasks run."""
    os.environ["DOCKER_HOST"] = url
    with shown_by(lambda command: None):
        cluster = Cluster.up("benchmark", nodes=3)
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", replicas=7)
        swarm.converge("sleep-app")
    running_tasks = [task for task in swarm.tasks("sleep-app") if task.state == "running"]
    assert (len(swarm.nodes()), len(running_tasks)) == (3, 7)


def _refusals(urls: list[str]) -> int:
    """How many requests to each engine with the token of each other are refused; with its own it answers."""
    tokens = [urlsplit(url).path for url in urls]
    refused = 0
    for url, own in zip(urls, tokens, strict=True):
        for token in tokens:
            connection = HTTPConnection("127.0.0.1", urlsplit(url).port, timeout=10)
            connection.request("GET", f"{token}/_ping")
            status = connection.getresponse().status
            connection.close()
            refused += status == 404
            assert status == (200 if token == own else 404)
    return refused


if __name__ == "__main__":
    main(tuple(map(int, sys.argv[1:])) or NUMBERS)
