"""What a frame of a live chart costs beside a plain figure of matplotlib, and what a watch costs while nothing happens.

python -m benchmarks.frames
"""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from matplotlib.figure import Figure

from swarmkit_helpers import Cluster, Swarm, recorder
from swarmkit_helpers.display import charts
from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.notebook.watch import Watch
from swarmkit_helpers.recorder import pace
from swarmkit_helpers.records import Observation

ROUNDS = 20
IDLE = 30  # seconds a watch is watched


def main() -> None:
    """For 3 nodes with 7 tasks and 40 with 200: milliseconds of a frame, its size; then a watch's share of a core."""
    cluster = Cluster.up("benchmark", nodes=3)
    try:
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0, replicas=7)
        swarm.converge("sleep-app")
        seen = swarm.observe()
        for nodes, tasks in ((3, 7), (40, 200)):
            _frames(_copied(seen, nodes, tasks))
        _idle(swarm)
    finally:
        cluster.down()


def _frames(seen: Observation) -> None:
    """Each chart in turn with the plain figure, as the machine's mood changes."""
    record = Record((seen, Observation(seen.at + 1, seen.nodes, seen.services, seen.tasks)))
    makers = (charts.placement, charts.slots, charts.replicas)
    times: dict[str, list[float]] = {maker.__name__: [] for maker in makers}
    plain = []
    for _ in range(ROUNDS):
        plain.append(_milliseconds(_plain))
        for maker in makers:
            times[maker.__name__].append(_milliseconds(lambda: maker(record).html()))  # noqa: B023
    for maker in makers:
        took = median(times[maker.__name__])
        print(
            f"{len(seen.nodes)} nodes, {len(seen.tasks)} tasks, median of {ROUNDS}: {maker.__name__} {took:.0f} ms, "
            f"{len(maker(record).html()) / 1e3:.0f} kB; a plain bar chart {median(plain):.0f} ms, "
            f"ratio {took / median(plain):.2f}"
        )


def _plain() -> None:
    """Seven bars with matplotlib's own axes, as SVG."""
    axes = (figure := Figure(figsize=(9.6, 4))).subplots()
    axes.bar([f"slot {number}" for number in range(7)], range(7))
    figure.savefig(io.BytesIO(), format="svg")


def _idle(swarm: Swarm) -> None:
    def share() -> float:
        start = time.process_time()
        time.sleep(IDLE)
        return (time.process_time() - start) / IDLE

    recorder.shared(swarm)
    time.sleep(pace.CALM_SECONDS + 2)  # it first looks often, as after any change
    alone = share()
    drawn = Watch(swarm)
    time.sleep(pace.CALM_SECONDS + 2)
    print(f"idle: a recorder alone {alone:.2%} of a core, with a watch {share():.2%}")
    drawn.stop()
    recorder.shared(swarm).stop()


def _copied(seen: Observation, nodes: int, tasks: int) -> Observation:
    """An observation of a larger swarm: the same nodes and tasks again and again, under other names."""
    many = tuple(
        replace(seen.nodes[number % 3], id=f"id{number}", name=f"node{number + 1}", leader=number == 0)
        for number in range(nodes)
    )
    return Observation(
        seen.at,
        many,
        (replace(seen.services[0], replicas=tasks),),
        tuple(
            replace(seen.tasks[number % 7], id=f"id{number}", slot=number + 1, node=many[number % nodes].name)
            for number in range(tasks)
        ),
    )


def _milliseconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return (time.perf_counter() - start) * 1e3


if __name__ == "__main__":
    main()
