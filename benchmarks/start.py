"""From nothing to a swarm whose nodes are all ready: ours beside a raw script, in turns.

python -m benchmarks.start [nodes] [rounds]
"""

import sys
import time
from collections.abc import Callable
from statistics import median

from swarmkit_helpers import Cluster, progress
from swarmkit_helpers.engine import images
from swarmkit_helpers.engine.discover import find_engine

from .raw_start import RawCluster


def main(nodes: int = 3, rounds: int = 5) -> None:
    """The medians and their ratio are printed."""
    engine, shown = find_engine(), progress.current()
    image = images.ensure_node_image(engine, shown)
    images.ensure_workloads(engine, shown)
    ours, raw = [], []
    for _ in range(rounds):
        by_hand = RawCluster(engine.client, image, images.archive(engine, images.WORKLOADS))
        raw.append(_seconds(lambda: by_hand.up(nodes)))  # noqa: B023
        by_hand.down()
        cluster = None

        def up() -> None:
            nonlocal cluster
            cluster = Cluster.up("benchmark", nodes=nodes)
            cluster.ensure_swarm()

        ours.append(_seconds(up))
        cluster.down()
    print(
        f"{nodes} nodes, median of {rounds}: ours {median(ours):.2f} s, raw {median(raw):.2f} s, "
        f"ratio {median(ours) / median(raw):.2f}"
    )


def _seconds(do: Callable[[], None]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
