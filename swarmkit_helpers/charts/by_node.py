"""Which task is on which node."""

from matplotlib.figure import Figure

from .. import narration
from ..language import _
from .chart import LOCK, Chart, Record, Source


def placement(source: Source, service: str | None = None) -> Chart:
    """A column for each node, and in it a box for each task; of all services, or of one."""
    record = Record.of(source)
    seen = record.last
    rows = [("node",)] if seen is None else [("node", "tasks"), *(
        (node.name, str(sum(task.node == node.name for task in seen.tasks))) for node in seen.nodes)]
    with LOCK:
        figure = Figure(figsize=(9.6, 3))
        figure.text(0.1, 0.5, "placement")
    caption = _("nothing was seen yet") if seen is None else narration.sentence(seen, service)
    return Chart("placement", figure, caption, _("Tasks by node: {sentence}").format(sentence=caption), rows)
