"""What became of a service over time."""

from matplotlib.figure import Figure

from .. import narration
from ..language import _
from .chart import LOCK, Chart, Record, Source


def replicas(source: Source, service: str) -> Chart:
    """How many of the service's replicas should run, and how many do."""
    return _plain(source, "replicas", service)


def slots(source: Source, service: str) -> Chart:
    """A row for each slot of the service, and in it a bar for each of its tasks."""
    return _plain(source, "slots", service)


def _plain(source: Source, name: str, service: str) -> Chart:
    record = Record.of(source)
    with LOCK:
        figure = Figure(figsize=(9.6, 3))
        figure.text(0.1, 0.5, name)
    caption = _("nothing was seen yet") if record.last is None else narration.sentence(record.last, service)
    return Chart(name, figure, caption, caption, [("time",)])
