"""Why a task is where it is: chosen from a list, and told anew when something changes."""

import threading
from collections.abc import Sequence
from html import escape
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, VBox

from ..errors import NotFound
from ..explain import Explanation, explain
from ..language import _
from ..records import Observation

NOTHING = ""  # the value of the list when no task is chosen


class Reasons(VBox):
    """A list of a service's tasks, and the explanation of the one that is chosen."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._lock = threading.RLock()  # the kernel's thread and the one that follows both come here
        self._history: Sequence[Observation] = ()
        self._known: object = None  # what the explanation that is shown was made from
        self.choice = Dropdown(options=[(_("choose a task"), NOTHING)], description=_("Why?"))
        self.choice.style.description_width = "5ch"
        self.told = HTML()
        row = HBox([self.choice])
        row.add_class("swk-row")
        super().__init__([row, self.told])
        self.choice.observe(self._chosen, "value")

    def show(self, history: Sequence[Observation]) -> None:
        """The last in the history is what is explained."""
        with self._lock:
            self._history = history
            self._offer(history[-1])
            self._tell()

    def _offer(self, seen: Observation) -> None:
        """The tasks to choose from; what was chosen stays chosen as long as it is there."""
        names = list(dict.fromkeys(task.name for task in seen.tasks_of(self._service) if task.wanted))
        options = [(_("choose a task"), NOTHING), (_("all of {service}").format(service=self._service), self._service),
                   *((name, name) for name in names)]
        if list(self.choice.options) != options:
            chosen = self.choice.value
            self.choice.options = options  # which forgets what was chosen
            self.choice.value = chosen if chosen in dict(options).values() else NOTHING

    def _chosen(self, change: dict[str, Any]) -> None:
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        chosen = self.choice.value
        if not chosen or not self._history:
            self._known, self.told.value = None, ""
            return
        seen = self._history[-1]
        known = chosen, seen.nodes, seen.services, seen.tasks_of(self._service)
        if known != self._known:
            self._known = known
            try:
                self.told.value = html(explain(chosen, self._history))
            except NotFound:  # it has just been removed
                self.told.value = ""


def html(explanation: Explanation) -> str:
    """The explanation, short: its sentences, and of one task what chance has decided."""
    told = [*explanation.sentences, *explanation.notes]
    if len(explanation.reasons) and explanation.reasons[0].task.name == explanation.about:
        first = explanation.reasons[0]
        told = [_("{task} on {node}: {why}.").format(task=first.task.name, node=first.task.node or "-", why=first.why)]
        if first.ranking:
            told += [_("Ranking then, with the tasks of the service and of all: {ranking}.").format(
                ranking=first.ranking), _("Ruled out then: {nodes}.").format(nodes=first.ruled_out)]
    return f'<div role="status" aria-live="polite">{"<br>".join(map(escape, told))}</div>'
