"""Docker Swarm on your own machine, to see what it does.

    from swarmkit_helpers import Cluster

    cluster = Cluster.up(nodes=3)              make three machines, node1 to node3; each runs a Docker Engine
    swarm = cluster.ensure_swarm()             join the machines in one swarm
    swarm.create_service("sleep-app", image="busybox", command="sleep infinity")
    swarm.scale("sleep-app", 7)                ask: the desired state changes, and the call returns
    swarm.converge("sleep-app")                wait: until the observed state is the desired state
    swarm.tasks("sleep-app")                   look: what runs where, at this moment
    swarm.drain("node2")                       ask the swarm to empty a node
    cluster.kill("node2")                      pull a machine's plug; the swarm has to find out
    cluster.down()                             remove everything

Two objects are live: the `Cluster` is the machines, the `Swarm` is the orchestrator on them. All others are data.
In a notebook, `%load_ext swarmkit_helpers` adds `%%node node1`, which runs a cell's docker commands there, and

    watch(swarm, charts.placement)             a live chart of what runs where
    Dashboard(swarm, "sleep-app", cluster)     the same with a slider, and with buttons to drain and to break nodes
    section = Section("04-scale")              a section of the course: its predictions, exercises and checks
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cli import doctor
    from .cluster.cluster import Cluster
    from .cluster.swarm import Swarm
    from .course.sections import Section
    from .display import charts
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
    from .notebook.controls import AvailabilityControl, Dashboard, FaultControl, ScaleControl
    from .notebook.figure import watch
    from .recorder import Recorder
    from .records import Node, Observation, Service, Task

__version__ = "0.1.0"

__all__ = [
    "AvailabilityControl", "BadInput", "Cluster", "Dashboard", "EngineUnavailable", "FaultControl", "NoQuorum", "Node",
    "NotConverged", "NotFound", "NotInSwarm", "Observation", "Recorder", "Refused", "ScaleControl", "Section",
    "Service", "Swarm", "SwarmkitError", "Task", "charts", "doctor", "expect_error", "watch",
]  # fmt: skip

# The modules of the names that are not from `errors`. Each is imported when it is first used: the Docker SDK
# alone takes a fifth of a second.
_NAME_MODULES = {
    "AvailabilityControl": "notebook.controls",
    "Cluster": "cluster.cluster",
    "Dashboard": "notebook.controls",
    "FaultControl": "notebook.controls",
    "Node": "records",
    "Observation": "records",
    "Recorder": "recorder",
    "ScaleControl": "notebook.controls",
    "Section": "course.sections",
    "Service": "records",
    "Swarm": "cluster.swarm",
    "Task": "records",
    "watch": "notebook.figure",
}
_MODULES = {"charts": "display.charts", "doctor": "cli.doctor"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f".{_MODULES[name]}", __name__)
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_NAME_MODULES.get(name, 'errors')}", __name__), name)


def load_ipython_extension(shell: Any) -> None:
    """Load the magics, and show progress in the cell. `%load_ext swarmkit_helpers` calls this."""
    import_module(".notebook.magics", __name__).load(shell)
