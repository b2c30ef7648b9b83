"""The one recorder of a swarm in this process, which all charts, controls and checks share."""

import threading

from ..records import Observation
from .recorder import NamedObservable, Recorder

_recorders: dict[str, Recorder] = {}
_lock = threading.Lock()


def shared(swarm: NamedObservable) -> Recorder:
    """Start the one recorder of that swarm in this process, and return it. It observes through the last `swarm`."""
    with _lock:
        recorder = _recorders.setdefault(swarm.name, Recorder(swarm))
        recorder.look_through(swarm)
        recorder.start()
    return recorder


def seen(name: str) -> tuple[Observation, ...]:
    """The observations of the shared recorder for the swarm of that name; none if it was never started."""
    recorder = _recorders.get(name)
    return tuple(entry for entry in recorder.history if isinstance(entry, Observation)) if recorder else ()
