"""What the record of Jupyter's server costs: idle, in memory and on disk once it is full, and when it is replayed.

python -m benchmarks.record
"""

import itertools
import os
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

from swarmkit_helpers import Cluster, Observation
from swarmkit_helpers.cli import jupyterlab
from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.display.charts.node_layout import node_layout
from swarmkit_helpers.docker_commands import Command, shown_by
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.notebook.record_client import Follower, RecordServer
from swarmkit_helpers.recorder import Recording
from swarmkit_helpers.recorder.pace import CALM_SECONDS
from swarmkit_helpers.recorder.recording import HISTORY_MAX_ENTRIES
from swarmkit_helpers.recorder.store import Store

TASKS = 40  # of the observations, on three nodes
COMMAND_EVERY = 50  # entries
IDLE_SECONDS = 30
TICKS = 100  # that are replayed


def main() -> None:
    """A line for each figure."""
    os.environ["SWARMLAB_CLUSTER"] = "benchmark"
    with simulator.temporary_docker_host(), tempfile.TemporaryDirectory() as folder, shown_by(lambda command: None):
        os.environ["JUPYTER_DATA_DIR"] = folder
        cluster = Cluster.up("benchmark", nodes=3)
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", replicas=TASKS)
        swarm.converge("sleep-app")
        _idle(swarm.name, Path(folder))
        _full(swarm.observe(), Path(folder) / "full")


def _idle(cluster: str, folder: Path) -> None:
    """Measure JupyterLab with two followers, as of two notebooks, while nothing happens."""
    swarm = Cluster.adopt(cluster).swarm()
    with jupyterlab.running(jupyterlab.free_port(None), folder, "en", cluster) as lab:
        address = f"http://{jupyterlab.HOST}:{lab.port}/", lab.token, swarm.name
        before = _seconds(lab.process.pid)
        time.sleep(IDLE_SECONDS)
        alone = (_seconds(lab.process.pid) - before) / IDLE_SECONDS
        followers = [Follower(swarm, RecordServer(*address)) for _each in range(2)]
        with followers[0], followers[1] as follower:
            assert follower.follows
            time.sleep(CALM_SECONDS + 2)
            before, own = _seconds(lab.process.pid), time.process_time()
            time.sleep(IDLE_SECONDS)
            share = (_seconds(lab.process.pid) - before) / IDLE_SECONDS
            own = (time.process_time() - own) / IDLE_SECONDS
    print(f"idle lab: {alone:.2%} of a core; with the record and two followers {share:.2%}, and the two {own:.3%}")


def _full(last: Observation, folder: Path) -> None:
    """Measure a record that is full, and that is filled twice more."""
    store = Store(folder, HISTORY_MAX_ENTRIES)
    recording, states = Recording(store), _states(last)
    tracemalloc.start()
    for times in (1, 2, 3):
        began = time.perf_counter()
        for entry in itertools.islice(states, HISTORY_MAX_ENTRIES):
            recording.keep(entry)
        seconds = time.perf_counter() - began
        size = sum(path.stat().st_size for path in folder.iterdir())
        print(
            f"{times * HISTORY_MAX_ENTRIES} entries of {TASKS} tasks: "
            f"{tracemalloc.get_traced_memory()[0] / 1e6:.1f} MB of memory, {size / 1e6:.1f} MB on disk, "
            f"{seconds / HISTORY_MAX_ENTRIES * 1e3:.2f} ms to keep one"
        )
    tracemalloc.stop()
    store.close()
    began = time.perf_counter()
    again = Recording(Store(folder, HISTORY_MAX_ENTRIES))
    print(f"read again from disk: {time.perf_counter() - began:.1f} s")
    assert again.since(0) == recording.since(0)
    taken = []
    for number in range(again.began - TICKS, again.began):
        began = time.perf_counter()
        node_layout(Record.as_of(again, number))
        taken.append(time.perf_counter() - began)
    p95 = quantiles(taken, n=20)[-1]
    print(
        f"replay, the state at one of {TICKS} ticks laid out: median {median(taken) * 1e3:.0f} ms, p95 {p95 * 1e3:.0f}"
    )


def _states(last: Observation) -> Iterator[Observation | Command]:
    """Entries without an end: in each observation one task has another state, now and then one is new."""
    for number in itertools.count(1):
        at, place = last.at + number / 10, number % len(last.tasks)
        if number % COMMAND_EVERY == 0:
            yield Command(f"docker service scale sleep-app={TASKS}", None, at)
            continue
        task = last.tasks[place]
        changed = replace(task, id=f"task-{number}") if number % 7 == 0 else replace(task, message=f"at {number}")
        last = replace(last, at=at, tasks=(*last.tasks[:place], changed, *last.tasks[place + 1 :]))
        yield last


def _seconds(pid: int) -> float:
    """Processor time that the process has used, in seconds (Linux, proc_pid_stat(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
