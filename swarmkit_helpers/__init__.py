"""Docker Swarm on your own machine, for people who want to see what it does.

    from swarmkit_helpers import Cluster

    cluster = Cluster.up(nodes=3)              three machines, node1 to node3; each runs a Docker Engine
    swarm = cluster.ensure_swarm()             the machines are one swarm
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity")
    swarm.scale("sleep-app", 7)                ask: the desired state changes, and the call returns
    swarm.converge("sleep-app")                wait: the observed state gets there
    swarm.tasks("sleep-app")                   look: what runs where, at this moment
    swarm.drain("node2")                       ask the swarm to empty a node
    cluster.kill("node2")                      pull a machine's plug; nobody is asked
    cluster.down()                             nothing is left

Two objects are alive: the `Cluster` is the machines, the `Swarm` is what joins them. All else is data.
In a notebook, `%load_ext swarmkit_helpers` adds `%%node node1`, which runs a cell's docker commands there, and

    watch(swarm, charts.placement)             a chart of what runs where, which goes on by itself
    Dashboard(swarm, "sleep-app", cluster)     the same with a slider, and buttons to drain and to break nodes
    section = Section("04-scale")              a section of the course: its predictions, exercises and checks
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cluster import Cluster
    from .controls import AvailabilityControl, Dashboard, FaultControl, ScaleControl
    from .errors import (
        BadInput,
        EngineUnavailable,
        NoQuorum,
        NotConverged,
        NotFound,
        NotInSwarm,
        Refused,
        SwarmkitError,
        expect_error,
    )
    from .live import watch
    from .recorder import Recorder
    from .records import Node, Observation, Service, Task
    from .sections import Section
    from .swarm import Swarm

__version__ = "0.1.0"

__all__ = [
    "AvailabilityControl", "BadInput", "Cluster", "Dashboard", "EngineUnavailable", "FaultControl", "NoQuorum", "Node",
    "NotConverged", "NotFound", "NotInSwarm", "Observation", "Recorder", "Refused", "ScaleControl", "Section",
    "Service", "Swarm", "SwarmkitError", "Task", "expect_error", "watch",
]  # fmt: skip

# Where a name comes from, if not from `errors`. It is imported when it is first used: the Docker SDK alone
# takes a fifth of a second.
_HOME = {"Cluster": "cluster", "Swarm": "swarm", "Recorder": "recorder", "Section": "sections", "watch": "live",
         "AvailabilityControl": "controls", "Dashboard": "controls", "FaultControl": "controls",
         "ScaleControl": "controls", "Node": "records", "Observation": "records", "Service": "records",
         "Task": "records"}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOME.get(name, 'errors')}", __name__), name)


def load_ipython_extension(shell: Any) -> None:
    """What `%load_ext swarmkit_helpers` does: the magics are there, and progress shows in the cell."""
    import_module(".magics", __name__).load(shell)
