"""All controls of a swarm, its state in one sentence, and its live charts."""

from html import escape

from IPython.display import display
from ipywidgets import HTML, HBox, VBox

from ... import recorder
from ...cluster.cluster import Cluster
from ...cluster.swarm import Swarm
from ...display import charts, summary
from ...engine.simulator import banner
from ...recorder import Gap
from ...records import Observation
from ..figure import play
from . import texts
from .availability import AvailabilityControl
from .faults import FaultControl
from .panel import Panel, notices
from .scale import ScaleControl
from .task_explainer import TaskExplainer


class Dashboard(Panel):
    """Scale and availability, a status line, placement; with a cluster its faults; and the tasks over time."""

    def __init__(self, swarm: Swarm, service: str, cluster: Cluster | None = None) -> None:
        self._swarm, self._service = swarm, service
        self.scaling = ScaleControl(swarm, service)
        self.availability = AvailabilityControl(swarm)
        self.faults = FaultControl(cluster) if cluster else None
        self.controls = [control for control in (self.scaling, self.availability, self.faults) if control]
        cards = HBox([self.scaling.box, self.availability.box])
        cards.add_class("swk-cards")
        self._sentence = HTML(tabbable=True)  # it may have to be scrolled
        self._sentence.add_class("swk-told")
        self.explainer = TaskExplainer(service)
        status = VBox([self._sentence, self.explainer.box])
        status.add_class("swk-control")
        super().__init__(service, f"{swarm.name}/{service}", [*_simulated(cluster), cards, *notices(), status])
        self.box.add_class("swk-dashboard")
        self._shared_recorder = recorder.shared(swarm)
        self._follow(self._shared_recorder, self._seen)

    def _ipython_display_(self) -> None:
        display(self._repr_mimebundle_(), raw=True)
        # The chart is between the requests and the faults, so that both are near it. The charts are no widgets: their
        # last frames stay in the notebook, for readers without a kernel. The status line says their sentence already.
        play(self._swarm, charts.placement, self._service)
        if self.faults:
            display(self.faults._repr_mimebundle_(), raw=True)
        play(self._swarm, charts.slots, self._service)

    def close(self) -> None:
        for control in self.controls:
            control.close()
        super().close()

    def _seen(self, latest: Observation | Gap) -> None:
        history = [seen for seen in self._shared_recorder.history if isinstance(seen, Observation)]
        if isinstance(latest, Gap):
            self._say(texts.no_manager(latest.error, history[-1] if history else None))
        else:
            self._say(f'<div class="swk-sentence">{escape(summary.sentence(latest, self._service))}</div>')
            self.explainer.show(history)

    def _say(self, html: str) -> None:
        self._sentence.value = f'<div role="status" aria-live="polite">{html}</div>'

    def _lost(self, error: Exception) -> None:
        self._say(texts.unexpected(error))


def _simulated(cluster: Cluster | None) -> list[HTML]:
    """The notice that the machines are simulated, if they are."""
    if cluster is None or not cluster.engine.simulated:
        return []
    return [HTML(f'<div class="swk-warn" role="note">{escape(banner())}</div>')]
