"""`swarm.observe()` beside the bare requests it is made of, and what a recorder costs while nothing happens.

python -m benchmarks.observe
"""

import time
from collections.abc import Callable
from statistics import median

from swarmkit_helpers import Cluster, Recorder

ROUNDS = 50
IDLE = 20  # seconds the recorder is watched


def main() -> None:
    """For 10 and for 200 tasks: milliseconds of both and their ratio; then the recorder's share of a core."""
    cluster = Cluster.up("benchmark", nodes=3)
    try:
        swarm = cluster.ensure_swarm()
        manager = cluster.api("node1")
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0)
        for tasks in (10, 200):
            swarm.scale("sleep-app", tasks)
            swarm.converge("sleep-app", timeout=300)
            bare, ours = [], []
            for _ in range(ROUNDS):
                bare.append(_seconds(lambda: [manager.get(what) for what in ("nodes", "services", "tasks")]))
                ours.append(_seconds(swarm.observe))
            print(
                f"{tasks} tasks, median of {ROUNDS}: observe {median(ours) * 1e3:.1f} ms, "
                f"three bare GETs {median(bare) * 1e3:.1f} ms, ratio {median(ours) / median(bare):.2f}"
            )
            with Recorder(swarm):
                time.sleep(IDLE / 2)  # it first looks often, as after any change
                start = time.process_time()
                time.sleep(IDLE)
                print(f"{tasks} tasks, an idle recorder: {(time.process_time() - start) / IDLE:.2%} of a core")
    finally:
        cluster.down()


def _seconds(do: Callable[[], object]) -> float:
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
