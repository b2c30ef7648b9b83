"""The number of replicas of a service: slider, field and buttons."""

import re
from typing import Any

from ipywidgets import Button, HBox, IntSlider, Text

from ... import recorder
from ...cluster.swarm import Swarm
from ...errors import BadInput
from ...language import _
from ...records import Observation
from ...setting_types import MAX_REPLICAS
from .. import task_limit
from . import texts
from .panel import SwarmControl

NUMBER = re.compile(r"-?[0-9]{1,9}")


class ScaleControl(SwarmControl):
    """Sets the replicas of one service. The slider sends its request on release, and only the newest is sent."""

    def __init__(self, swarm: Swarm, service: str, most: int = 20) -> None:
        """`most` is the end of the slider; it grows if there are more replicas. Raises `BadInput`."""
        if not isinstance(service, str) or not service:
            raise BadInput(
                _("{service!r} is not the name of a service"), _("give its name, such as 'sleep-app'"), service=service
            )
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MAX_REPLICAS:
            raise BadInput(
                _("a slider cannot end at {most!r}"),
                _("give most as a whole number from 1 to {limit}"),
                most=most,
                limit=MAX_REPLICAS,
            )
        self._swarm, self._service, self._most = swarm, service, most
        self._number = 0  # the value that this control set; another value in slider or field is a request
        self._setting = False  # while this control sets it; ipywidgets also moves a slider whose end is set below it
        self.slider = IntSlider(0, 0, most, continuous_update=False, layout={"flex": "1 1 200px", "width": "auto"})
        # Not a field for numbers: it would silently change what is none, such as 2.5 to 25.
        self.field = Text(
            "0",
            description=_("Replicas"),
            continuous_update=False,
            layout={"width": "130px"},
            style={"description_width": "60px"},
        )
        self.less = Button(description="− 1", tooltip=_("one replica less"), layout={"width": "52px"})
        self.more = Button(description="+ 1", tooltip=_("one replica more"), layout={"width": "52px"})
        row = HBox([self.field, self.less, self.more, self.slider])
        row.add_class("swk-row")
        super().__init__(
            service,
            f"{swarm.name}/{service}",
            _("Scale {service}").format(service=service),
            _("How many replicas the swarm is to keep running."),
            [row],
            f"$ docker service scale {service}={_('N')}",
        )
        self.slider.observe(self._chosen, "value")
        self.field.observe(self._typed, "value")
        self.less.on_click(lambda _button: self.scale(max(self._number - 1, 0)))
        self.more.on_click(lambda _button: self.scale(self._number + 1))
        self._follow(recorder.shared(swarm), self._seen)

    def scale(self, replicas: int) -> None:
        """Ask for that many replicas, as the slider does, and return at once. The control shows errors."""
        with self._lock:
            if self._closed.is_set():
                return
            try:
                task_limit.check(replicas, self._service, self._known)
            except BadInput as error:
                self._set(self._number)
                self._say(texts.problem(error.problem, error.fix))
                return
            self._set(replicas)
            self._ask("scale", lambda: self._swarm.scale(self._service, replicas))

    def _chosen(self, change: dict[str, Any]) -> None:
        with self._lock:
            if not self._setting and change["new"] != self._number:
                self.scale(change["new"])

    def _typed(self, change: dict[str, Any]) -> None:
        typed = change["new"].strip()
        with self._lock:
            if not self._setting and typed != str(self._number):
                self.scale(int(typed) if NUMBER.fullmatch(typed) else typed)

    def _set(self, number: int) -> None:
        """Show the number in slider and field, without a request."""
        self._number, self._setting = number, True
        try:
            self.slider.max = max(self._most, number)
            self.slider.value, self.field.value = number, str(number)
        finally:
            self._setting = False

    def _show(self, seen: Observation) -> None:
        self._state.value = texts.replicas(seen, self._service)
        service = seen.service(self._service)
        adjustable = service is not None and service.mode == "replicated"
        for widget in (self.slider, self.field, self.less, self.more):
            widget.disabled = not adjustable
        if service and service.replicas is not None and adjustable and self._is_current(seen):
            self._set(service.replicas)
