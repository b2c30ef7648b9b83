"""Which kernel has started a section on a cluster last. Figures of the other notebooks then stand still.

One small JSON file for each cluster, beside its journal. Figures look at it when the swarm changes. And no section
starts while a cell of another notebook runs on that cluster.
"""

import hashlib
import json
import time
import uuid
from pathlib import Path

from ..cluster.cluster import Cluster
from ..errors import Refused
from ..file_lock import one_at_a_time
from ..language import _
from ..notebook import cell_lock
from . import atomic_write, journal

KERNEL = uuid.uuid4().hex  # this process
ENGINE_CHARS = 12  # enough to tell the engines of one user apart


def note(cluster: str) -> None:
    """Note that this kernel starts a section on that cluster now."""
    path = _file(cluster)
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.with_suffix(".lock")):
        atomic_write.write(path, json.dumps({"at": time.time(), "kernel": KERNEL}))


def refuse_two_at_once(cluster: Cluster) -> None:
    """Raise `Refused` if a cell of another notebook, in which a section was started on that cluster, runs now.

    It is known of notebooks of this user, on this computer.
    """
    path = running(cluster)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not cell_lock.of_kernel().take(path):
        raise Refused(
            _("another notebook runs on the cluster {name!r} now"),
            _(
                "run this cell again once that one has ended; or use another cluster: cluster_name = 'second' in the "
                "first code cell, for papermill -p cluster_name second"
            ),
            name=cluster.name,
        )


def running(cluster: Cluster) -> Path:
    """The lock of a kernel that has started a section on the cluster, while its cells run. Each engine has its own."""
    engine = hashlib.sha256(f"{cluster.engine.url} {cluster.owner}".encode()).hexdigest()[:ENGINE_CHARS]
    return journal.folder() / f"start-{cluster.name}.{engine}.lock"


def elsewhere(cluster: str) -> float:
    """When another kernel has started a section on that cluster, in seconds since the epoch.

    0, if this kernel was the last to start one, or if none is known.
    """
    try:
        start = json.loads(_file(cluster).read_text(encoding="utf-8"))
        return 0.0 if start["kernel"] == KERNEL else float(start["at"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0.0


def _file(cluster: str) -> Path:
    return journal.folder() / f"start-{cluster}.json"
