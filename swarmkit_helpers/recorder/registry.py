"""The one recorder of a swarm in this process, which all charts, controls and checks share."""

import threading
from collections.abc import Callable

from ..records import Observation
from .recorder import NamedObservable, Recorder

_recorders: dict[str, Recorder] = {}
_lock = threading.Lock()
_make: Callable[[NamedObservable], Recorder] = Recorder


def make_with(make: Callable[[NamedObservable], Recorder]) -> None:
    """Let `make` make the recorders that are shared from now on, such as those that keep their record on disk."""
    global _make
    _make = make


def shared(swarm: NamedObservable) -> Recorder:
    """Start the one recorder of that swarm in this process, and return it. It observes through the last `swarm`."""
    with _lock:
        if swarm.name not in _recorders:
            _recorders[swarm.name] = _make(swarm)
        recorder = _recorders[swarm.name]
        recorder.look_through(swarm)
        recorder.start()
    return recorder


def running(name: str) -> Recorder | None:
    """The shared recorder for the swarm of that name, if it runs and sees the swarm."""
    recorder = _recorders.get(name)
    return recorder if recorder and recorder.sees() else None


def seen(name: str) -> tuple[Observation, ...]:
    """The observations of the shared recorder for the swarm of that name; none if it was never started."""
    recorder = _recorders.get(name)
    return tuple(entry for entry in recorder.history if isinstance(entry, Observation)) if recorder else ()
