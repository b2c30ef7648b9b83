"""The explanation why a chosen task is on its node; it is updated when something changes."""

import threading
from collections.abc import Sequence
from html import escape
from typing import Any

from ipywidgets import HTML, Combobox, HBox

from ...display.explain import Explanation, explain, ranking
from ...errors import NotFound
from ...language import _
from ...records import Observation
from . import texts


class TaskExplainer:
    """A field for a task's name, with the tasks of a service to choose from, and the explanation of that task."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._lock = threading.RLock()  # used by the kernel's thread and by the one that follows the swarm
        self._history: Sequence[Observation] = ()
        self._known: object = None  # the state from which the present explanation was made
        # A field, not a list: in a list, JupyterLab reads arrows and letters as commands to the notebook.
        self.choice = Combobox(
            description=_("Why?"),
            placeholder=_("a task, such as {name}").format(name=f"{service}.1"),
            continuous_update=False,
        )
        self.choice.style.description_width = "initial"  # as wide as the word, in every language
        self.text = HTML(tabbable=True)  # it may have to be scrolled
        self.text.add_class("swk-why")
        self.box = HBox([self.choice, self.text])
        self.box.add_class("swk-row")
        self.choice.observe(self._chosen, "value")

    def show(self, history: Sequence[Observation]) -> None:
        """Explain the last state of the history."""
        with self._lock:
            self._history = history
            tasks = history[-1].tasks_of(self._service)
            self.choice.options = (self._service, *dict.fromkeys(task.name for task in tasks if task.wanted))
            self._explain()

    def _chosen(self, change: dict[str, Any]) -> None:
        with self._lock:
            self._explain()

    def _explain(self) -> None:
        chosen = self.choice.value.strip()
        if not chosen or not self._history:
            self._known, self.text.value = None, ""
            return
        seen = self._history[-1]
        known = chosen, seen.nodes, seen.services, seen.tasks_of(self._service)
        if known != self._known:
            self._known = known
            try:
                self.text.value = html(explain(chosen, self._history))
            except NotFound as error:
                self.text.value = texts.warning(error.problem)


def html(explanation: Explanation) -> str:
    """HTML of the explanation, short: its sentences; for one task also the ranking of the nodes."""
    told = [*explanation.sentences, *explanation.notes]
    first = explanation.reasons[0] if explanation.reasons else None
    if first and first.ranking and first.task.name == explanation.about:
        told += [
            _("The nodes at that moment, best first: {ranking}.").format(
                ranking=ranking.words(first.task.service, first.ranking)
            ),
            _("Not possible on: {nodes}.").format(nodes=first.ruled_out),
        ]
    return f'<div role="status" aria-live="polite">{"<br>".join(map(escape, told))}</div>'
