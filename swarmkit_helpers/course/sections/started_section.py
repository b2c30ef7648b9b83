"""A section that was started in this kernel."""

import time
from collections import Counter

from ... import recorder
from ...cluster.cluster import Cluster
from ...errors import SwarmkitError
from ...recorder import Recorder
from ..checks import Prediction, Value
from ..journal import Event, Journal
from ..scene import Scene
from .timeline import Timeline


class StartedSection:
    """A section that was started: its time, its cluster, and what was measured and checked since."""

    def __init__(self, id: str, student: str, cluster: Cluster, parameters: dict[str, object]) -> None:
        self.cluster, self._swarm = cluster, cluster.swarm()
        self.parameters, self._student = parameters, student
        self._recorder: Recorder = recorder.shared(self._swarm)
        self._recorder.look()
        self._from = self._recorder.history[-1].at
        self._answers: dict[str, Value] = {}
        self.failed: Counter[str] = Counter()  # by exercise: checks that did not pass
        self.at = time.time()
        self.journal = Journal(cluster.name, student)
        self._id, self._timeline = id, Timeline()

    def scene(self) -> Scene:
        """The history until now, for a check."""
        self._recorder.look()
        history = [seen for seen in self._recorder.history if seen.at >= self._from]
        return Scene(self.cluster, self._swarm, history, self.parameters, self._student)

    def record_event(self, kind: str, name: str, text: str) -> None:
        """Add this event to the journal, after all that the swarm has done until now."""
        commands = [marker for marker in self._recorder.markers if marker.at >= self._from]
        events = self._timeline.news([seen for seen in self._recorder.history if seen.at >= self._from], commands)
        self.journal.add_events(self._id, [*events, Event(time.time(), kind, name, text)])

    def answer(self, prediction: Prediction) -> Value | None:
        """Measure what the swarm did, once: the history later may no longer show it. None before it did."""
        if prediction.id not in self._answers:
            done = prediction.measure(self.scene())
            if done is None:
                return None
            self._answers[prediction.id] = done
        return self._answers[prediction.id]

    def over(self, prediction: Prediction) -> bool:
        """Whether it is too late to predict."""
        try:
            return prediction.id in self._answers or (not prediction.standing and self.answer(prediction) is not None)
        except SwarmkitError:  # what cannot be observed has not been seen either
            return False
