"""00 · Start here: what there is, and how cells work. No points, but something to try."""

from collections.abc import Mapping
from typing import Any

from ...cluster.cluster import Cluster
from ...language import _
from ..checks import Exercise, Prediction
from ..scene import Scene

ID = "00-start"


def title() -> str:
    return _("Start here")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    """Do nothing: this section needs only machines, and what runs on them may stay."""


def _machines(scene: Scene) -> int:
    return sum(machine.state == "running" for machine in scene.cluster.machines())


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "machines",
        0,
        _machines,
        standing=True,
        first=lambda: _("Run the two cells under Setup."),
        why=lambda: _("each machine is a container with a Docker Engine of its own."),
    ),
)
