"""The records that this server keeps on disk: one for each cluster, in the user's data folder."""

from pathlib import Path

from jupyter_core.paths import jupyter_data_dir

from ... import machine, recorder
from ...cluster.cluster import Cluster
from ...recorder import NamedObservable, Recorder
from ...recorder.recording import HISTORY_MAX_ENTRIES
from ...recorder.store import Store


def record_of(cluster: str) -> Recorder:
    """The record of the cluster of that name, which need not exist yet; recording starts with the first question.

    Raises `BadInput` for an invalid name, `NoEngine`.
    """
    # One that sees its swarm keeps its connections. Where it does not, the engine may be another one by now.
    return recorder.running(cluster) or recorder.shared(Cluster.named(cluster, start=False).swarm())


def stored(swarm: NamedObservable) -> Recorder:
    """A recorder of the cluster's swarm that goes on with what is on disk. Raises `BadInput`, `NoEngine`."""
    return Recorder(swarm, store=Store(folder(swarm.name), HISTORY_MAX_ENTRIES))


def folder(cluster: str) -> Path:
    """Where the record of that cluster is kept; one of a simulated engine is apart. Raises `BadInput`, `NoEngine`."""
    found = Cluster.named(cluster, start=False)
    name = machine.network_name(found.name, found.owner)
    return Path(jupyter_data_dir()) / "swarmlab" / "records" / (f"{name}-simulated" if found.engine.simulated else name)
