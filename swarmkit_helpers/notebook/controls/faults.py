"""What can happen to machines: each button breaks something, and then mends it."""

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

LISTEN = 30  # seconds one request for events lasts,
PAUSE = 1.0  # and those between it and the next
EVENTS = ["start", "die", "pause", "unpause", "connect", "disconnect", "destroy"]


class FaultControl(Control):
    """Kills, pauses and disconnects machines; the swarm is not asked, and finds out by itself."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.buttons: dict[str, tuple[Button, ...]] = {}  # by the machine's name
        self._lines: dict[str, HTML] = {}
        self._states: dict[str, str] = {}
        self._under_way: dict[str, str] = {}  # what a machine's request does to it
        self._rows = VBox()
        super().__init__(
            None,
            cluster.name,
            _("Faults of the machines"),
            _("Nobody is asked: this is as if a plug were pulled. Each button becomes its own undo."),
            [self._rows],
            f"$ docker kill {_('MACHINE')}",
        )
        self._look()
        self._start(self._listen)

    def _listen(self) -> None:
        """The machines are looked at whenever the outer engine tells of an event.

        Each request ends by itself after a while, which is when a closed control's thread ends. The pause
        keeps an engine whose clock is ahead of ours from being asked without end; no event gets lost in it.
        """
        filters = {"type": {"container": True, "network": True}, "event": dict.fromkeys(EVENTS, True)}
        while not self._closed.is_set():
            now = int(time.time())
            events = self._cluster.engine.api.stream("events", since=now - 1, until=now + LISTEN, filters=filters)
            try:
                self._look()
                for event in events:
                    self._await_end_of(event)
                    self._look()
            except Exception as error:  # of whatever kind: a thread that printed it would write into some other cell
                self._guarded(partial(self._away, error))
            self._closed.wait(PAUSE)

    def _await_end_of(self, events: bytes) -> None:
        """What the events tell of shows in the list of containers: the engine tells it a moment before it does.

        To inspect a container is answered after that, for it waits for the container's lock (moby, daemon/pause.go).
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
                self.buttons[machine.name], texts.VERBS[machine.state], texts.IDLE_VERBS, strict=True
            ):
                button.description = f"{(verb or idle).capitalize()} {machine.name}"
                button.disabled = verb is None
        self._state.value = "" if machines else escape(_("This cluster has no machines now."))

    def _lay_out(self, names: list[str]) -> None:
        """A row for each machine; those that were there keep their buttons, and with them the focus."""
        for name in set(self.buttons) - set(names):
            for widget in (*self.buttons.pop(name), self._lines.pop(name)):
                widget.close()
        made = {name: self.buttons.get(name) or self._buttons_of(name) for name in names}
        self.buttons.clear()
        self.buttons.update(made)
        self._lines = {name: self._lines.get(name) or HTML() for name in names}
        self._rows.children = [self._row(name) for name in names]

    def _row(self, name: str) -> HBox:
        """The buttons of the machine, and beside them in a column of its own, whatever its width, how it is."""
        buttons = HBox(self.buttons[name])
        row = HBox([buttons, self._lines[name]])
        buttons.add_class("swk-row")
        row.add_class("swk-columns")
        return row

    def _buttons_of(self, name: str) -> tuple[Button, ...]:
        """The machine's three buttons."""
        buttons = tuple(Button(layout={"width": f"{len(name) + 12}ch"}) for _verb in texts.IDLE_VERBS)
        for number, button in enumerate(buttons):
            button.on_click(lambda _button, number=number: self._pressed(name, number))
        return buttons

    def _pressed(self, name: str, number: int) -> None:
        """The button does what it says. Pressed again before that is done, it asks for nothing else."""
        verb = texts.VERBS[self._states[name]][number]
        if verb and self._under_way.get(name) != verb:
            self._under_way[name] = verb
            self._ask(name, partial(self._do, name, verb))

    def _do(self, name: str, verb: str) -> None:
        try:
            getattr(self._cluster, verb)(name)
        finally:
            self._look()  # the button is its undo before it can be pressed again
            self._under_way.pop(name, None)
