"""Which kernel has started a section on a cluster last. Figures of the other notebooks then stand still.

One small JSON file for each cluster, beside its journal. Figures look at it when the swarm changes.
"""

import json
import time
import uuid
from pathlib import Path

from ..file_lock import one_at_a_time
from . import atomic_write, journal

KERNEL = uuid.uuid4().hex  # this process


def note(cluster: str) -> None:
    """Note that this kernel starts a section on that cluster now."""
    path = _file(cluster)
    path.parent.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(path.with_suffix(".lock")):
        atomic_write.write(path, json.dumps({"at": time.time(), "kernel": KERNEL}))


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
