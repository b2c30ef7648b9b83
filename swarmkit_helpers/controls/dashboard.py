"""All controls of a swarm, what it is doing in one sentence, and the live charts of it."""

from html import escape

from IPython.display import display
from ipywidgets import HTML, HBox

from .. import charts, live, narration, recorder
from ..cluster import Cluster
from ..language import _
from ..recorder import Gap
from ..records import Observation
from ..swarm import Swarm
from . import words
from .availability import AvailabilityControl
from .faults import FaultControl
from .panel import Panel, queued_notice
from .scale import ScaleControl


class Dashboard(Panel):
    """Scale, availability and, with a cluster, faults; a status line; the charts placement and slots."""

    def __init__(self, swarm: Swarm, service: str, cluster: Cluster | None = None) -> None:
        self._swarm, self._service = swarm, service
        self.scaling = ScaleControl(swarm, service)
        self.availability = AvailabilityControl(swarm)
        self.faults = FaultControl(cluster) if cluster else None
        self.controls = [control for control in (self.scaling, self.availability, self.faults) if control]
        cards = HBox([control.box for control in self.controls])
        cards.add_class("swk-cards")
        self._sentence = HTML()
        self._sentence.add_class("swk-control")
        super().__init__(service, f"{swarm.name}/{service}", [cards, queued_notice(), self._sentence])
        self.box.add_class("swk-dashboard")
        self._follow(recorder.shared(swarm))

    def _ipython_display_(self) -> None:
        display(self._repr_mimebundle_(), raw=True)
        # Outputs of their own, not widgets: their last frames stay in the notebook, for who opens it without a kernel.
        for chart in (charts.placement, charts.slots):
            live.watch(self._swarm, chart, self._service)

    def close(self) -> None:
        for control in self.controls:
            control.close()
        super().close()

    def _seen(self, latest: Observation | Gap) -> None:
        if isinstance(latest, Gap):
            self._say(words.absence(_("No manager answers now"), latest.error))
        else:
            self._say(f'<div class="swk-sentence">{escape(narration.sentence(latest, self._service))}</div>')

    def _say(self, html: str) -> None:
        self._sentence.value = f'<div role="status" aria-live="polite">{html}</div>'

    def _lost(self, error: Exception) -> None:
        self._say(words.unexpected(error))
