"""The availability of the nodes: a choice for each."""

from typing import Any

from ipywidgets import HTML, Dropdown, HBox, VBox

from ... import recorder
from ...cluster.swarm import Swarm
from ...language import _
from ...records import Observation, natural_key
from . import texts
from .panel import SwarmControl


class AvailabilityControl(SwarmControl):
    """Asks a node to be active, to pause, or to drain."""

    def __init__(self, swarm: Swarm) -> None:
        self._requests_by_choice = {"active": swarm.activate, "pause": swarm.pause, "drain": swarm.drain}
        self.choices: dict[str, Dropdown] = {}  # by the node's name
        self._lines: dict[str, HTML] = {}
        self._shown: dict[str, str] = {}  # the values that this control set; another value is a request
        self._rows = VBox()
        super().__init__(
            None,
            swarm.name,
            _("Availability of the nodes"),
            _(
                "active: gets tasks. pause: keeps its tasks, gets no new ones. drain: its tasks end, and new ones run "
                "elsewhere."
            ),
            [self._rows],
            f"$ docker node update --availability drain {_('NODE')}",
        )
        self._follow(recorder.shared(swarm), self._seen)

    def _show(self, seen: Observation) -> None:
        names = sorted({node.name for node in seen.nodes}, key=natural_key)
        if names != list(self.choices):
            self._lay_out(names)
        for name in names:
            node = seen.node(name)
            if node is None:
                continue
            self._lines[name].value = texts.node(node, texts.running_on(seen, name))
            if self._is_current(seen):
                self._shown[name] = self.choices[name].value = node.availability
        self._state.value = ""

    def _lay_out(self, names: list[str]) -> None:
        """Make a row for each node; rows that exist keep their widgets, and so the focus."""
        for name in set(self.choices) - set(names):
            self._lines.pop(name).close()
            self.choices.pop(name).close()
        made = {name: self.choices.get(name) or self._choice(name) for name in names}
        longest = max(map(len, names), default=0) + 1
        for choice in made.values():
            choice.style.description_width = f"{longest}ch"
            choice.layout.width = f"calc({longest}ch + 110px)"
        self.choices.clear()
        self.choices.update(made)
        self._lines = {name: self._lines.get(name) or HTML() for name in names}
        rows = [HBox([self.choices[name], self._lines[name]]) for name in names]
        for row in rows:
            row.add_class("swk-row")
        self._rows.children = rows

    def _choice(self, name: str) -> Dropdown:
        choice = Dropdown(options=list(self._requests_by_choice), description=name)
        self._shown[name] = choice.value
        choice.observe(lambda change: self._chosen(name, change), "value")
        return choice

    def _chosen(self, name: str, change: dict[str, Any]) -> None:
        with self._lock:
            if change["new"] != self._shown[name]:
                self._shown[name] = change["new"]
                self._ask(name, lambda: self._requests_by_choice[change["new"]](name))
