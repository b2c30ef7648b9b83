"""Faults of the machines: each button breaks something, and then repairs it."""

import json
import time
from functools import partial
from html import escape

from ipywidgets import HTML, Button, HBox, VBox

from ...cluster.cluster import Cluster
from ...display.tables import Machines
from ...errors import NotFound, SwarmkitError
from ...language import _
from . import texts
from .panel import Control

EVENTS_MAX_SECONDS = 30  # length of one request for events
PAUSE_SECONDS = 1.0  # between two such requests
EVENTS = ["start", "die", "pause", "unpause", "connect", "disconnect", "destroy"]


class FaultControl(Control):
    """Kills, pauses and disconnects machines; the swarm is not asked, and finds out by itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.buttons: dict[str, tuple[Button, ...]] = {}  # by the machine's name
        self._lines: dict[str, HTML] = {}
        self._states: dict[str, str] = {}
        self._under_way: dict[str, str] = {}  # the docker command of a request, by machine
        self._rows = VBox()
        super().__init__(
            None,
            cluster.name,
            _("Faults of the machines"),
            _("The swarm is not asked: it is as if you pulled a plug. Each button becomes its own undo."),
            [self._rows],
            f"$ docker kill {_('MACHINE')}",
        )
        self._look()
        self._start(self._listen)

    def _listen(self) -> None:
        """Look at the machines whenever the outer engine reports an event.

        Each request for events ends by itself, and the thread of a closed control ends with it. If the engine's
        clock is ahead of ours, a request ends at once; the pause limits how often it is sent. No event is lost.
        """
        filters = {"type": {"container": True, "network": True}, "event": dict.fromkeys(EVENTS, True)}
        while not self._closed.is_set():
            now = int(time.time())
            events = self._cluster.engine.api.stream(
                "events", since=now - 1, until=now + EVENTS_MAX_SECONDS, filters=filters
            )
            try:
                self._look()
                for event in events:
                    self._await_end_of(event)
                    self._look()
            except Exception as error:  # of any kind: a thread that printed it would write into another cell
                self._guarded(partial(self._away, error))
            self._closed.wait(PAUSE_SECONDS)

    def _await_end_of(self, events: bytes) -> None:
        """Wait until the list of containers shows the change: the engine reports the event a moment earlier.

        An inspect of the container waits for the container's lock, so its answer comes after that (moby,
        daemon/pause.go).
        """
        for line in events.splitlines():
            actor = json.loads(line)["Actor"]
            try:
                self._cluster.engine.api.get("containers", actor["Attributes"].get("container", actor["ID"]), "json")
            except NotFound:
                pass  # it was removed

    def _look(self) -> None:
        try:
            machines = self._cluster.machines()
        except SwarmkitError as error:
            self._guarded(partial(self._away, error))
        else:
            self._guarded(partial(self._show_machines, machines))

    def _away(self, error: Exception) -> None:
        self._state.value = texts.absence(_("The engine that runs the machines does not answer now"), str(error))

    def _show_machines(self, machines: Machines) -> None:
        names = [machine.name for machine in machines]
        if names != list(self.buttons):
            self._lay_out(names)
        for machine in machines:
            self._states[machine.name] = machine.state
            self._lines[machine.name].value = texts.machine(machine)
            for button, verb, idle in zip(
                self.buttons[machine.name], texts.verbs(machine.state), texts.IDLE_VERBS, strict=True
            ):
                button.description = texts.button(verb or idle, machine.name)
                button.disabled = verb is None
        self._state.value = "" if machines else escape(_("This cluster has no machines now."))

    def _lay_out(self, names: list[str]) -> None:
        """Make a row for each machine; rows that exist keep their buttons, and so the focus."""
        for name in set(self.buttons) - set(names):
            for widget in (*self.buttons.pop(name), self._lines.pop(name)):
                widget.close()
        made = {name: self.buttons.get(name) or self._buttons_of(name) for name in names}
        self.buttons.clear()
        self.buttons.update(made)
        self._lines = {name: self._lines.get(name) or HTML() for name in names}
        self._rows.children = [self._row(name) for name in names]

    def _row(self, name: str) -> HBox:
        """The buttons of the machine, and its state in a column beside them."""
        buttons = HBox(self.buttons[name])
        row = HBox([buttons, self._lines[name]])
        buttons.add_class("swk-buttons")
        row.add_class("swk-columns")
        return row

    def _buttons_of(self, name: str) -> tuple[Button, ...]:
        """The machine's three buttons, each as wide as the longer of its two texts needs."""
        columns = zip(*texts.VERBS.values(), strict=True)
        longest = [max(len(texts.button(verb, name)) for verb in column if verb) for column in columns]
        buttons = tuple(Button(layout={"width": f"{length + 2}ch"}) for length in longest)
        for number, button in enumerate(buttons):
            button.on_click(lambda _button, number=number: self._pressed(name, number))
        return buttons

    def _pressed(self, name: str, number: int) -> None:
        """Send the request of the button; do nothing if the same one is still under way."""
        verb = texts.verbs(self._states[name])[number]
        if verb and self._under_way.get(name) != verb:
            self._under_way[name] = verb
            self._ask(name, partial(self._send, name, verb))

    def _send(self, name: str, verb: str) -> None:
        try:
            getattr(self._cluster, verb)(name)
        finally:
            self._look()  # the button becomes its undo before it can be pressed again
            self._under_way.pop(name, None)
