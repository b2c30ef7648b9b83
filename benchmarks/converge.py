"""How long after the engine's own last change `converge` returns, beside `docker service scale`.

python -m benchmarks.converge
"""

from datetime import UTC, datetime
from statistics import median

from swarmkit_helpers import Cluster, Swarm

ROUNDS = 10


def main() -> None:
    """Milliseconds from the last task's report of running to the return of each; the clock is one machine's."""
    cluster = Cluster.up("benchmark", nodes=3)
    try:
        swarm = cluster.ensure_swarm()
        swarm.create_service("sleep-app", image="busybox", command="sleep infinity", stop_grace_period=0)
        ours, docker = [], []
        for _ in range(ROUNDS):
            for results, scale in ((ours, _by_helper), (docker, _by_docker)):
                swarm.scale("sleep-app", 1)
                swarm.converge("sleep-app")
                scale(cluster, swarm)
                returned = datetime.now(UTC)
                last = max(task.since for task in swarm.tasks("sleep-app") if task.wanted)
                results.append((returned - last).total_seconds() * 1e3)
        print(
            f"median of {ROUNDS}, after the last task ran: converge {median(ours):.0f} ms (worst {max(ours):.0f}), "
            f"docker service scale {median(docker):.0f} ms, ratio {median(ours) / median(docker):.3f}"
        )
    finally:
        cluster.down()


def _by_helper(cluster: Cluster, swarm: Swarm) -> None:
    swarm.scale("sleep-app", 7)
    swarm.converge("sleep-app")


def _by_docker(cluster: Cluster, swarm: Swarm) -> None:
    cluster.sh("node1", "docker service scale sleep-app=7")


if __name__ == "__main__":
    main()
