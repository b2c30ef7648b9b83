"""Why a task is where it is: of the one that is chosen, and told anew when something changes."""

import threading
from collections.abc import Sequence
from html import escape
from typing import Any

from ipywidgets import HTML, Combobox, HBox, VBox

from ...display.explain import Explanation, explain
from ...errors import NotFound
from ...language import _
from ...records import Observation
from . import texts


class Reasons(VBox):
    """A field for a task's name, with the tasks of a service to choose from, and the explanation of that task."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._lock = threading.RLock()  # the kernel's thread and the one that follows both come here
        self._history: Sequence[Observation] = ()
        self._known: object = None  # what the explanation that is shown was made from
        # A field, not a list: in a list, JupyterLab takes arrows and letters for commands to the notebook.
        self.choice = Combobox(
            description=_("Why?"),
            placeholder=_("a task, such as {name}").format(name=f"{service}.1"),
            continuous_update=False,
        )
        self.choice.style.description_width = "initial"  # as wide as the word, in every language
        self.told = HTML()
        row = HBox([self.choice])
        row.add_class("swk-row")
        super().__init__([row, self.told])
        self.choice.observe(self._chosen, "value")

    def show(self, history: Sequence[Observation]) -> None:
        """The last in the history is what is explained."""
        with self._lock:
            self._history = history
            tasks = history[-1].tasks_of(self._service)
            self.choice.options = (self._service, *dict.fromkeys(task.name for task in tasks if task.wanted))
            self._tell()

    def _chosen(self, change: dict[str, Any]) -> None:
        with self._lock:
            self._tell()

    def _tell(self) -> None:
        chosen = self.choice.value.strip()
        if not chosen or not self._history:
            self._known, self.told.value = None, ""
            return
        seen = self._history[-1]
        known = chosen, seen.nodes, seen.services, seen.tasks_of(self._service)
        if known != self._known:
            self._known = known
            try:
                self.told.value = html(explain(chosen, self._history))
            except NotFound as error:
                self.told.value = texts.warning(error.problem)


def html(explanation: Explanation) -> str:
    """The explanation, short: its sentences, and of one task what chance has decided."""
    told = [*explanation.sentences, *explanation.notes]
    if len(explanation.reasons) and explanation.reasons[0].task.name == explanation.about:
        first = explanation.reasons[0]
        told = [_("{task} on {node}: {why}.").format(task=first.task.name, node=first.task.node or "-", why=first.why)]
        if first.ranking:
            told += [
                _("Ranking then, with the tasks of the service and of all: {ranking}.").format(ranking=first.ranking),
                _("Ruled out then: {nodes}.").format(nodes=first.ruled_out),
            ]
    return f'<div role="status" aria-live="polite">{"<br>".join(map(escape, told))}</div>'
