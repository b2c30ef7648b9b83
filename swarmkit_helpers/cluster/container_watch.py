"""The containers on one machine that no service owns: a person ran them by hand."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from ..engine.api import EngineAPI
from ..engine.discover import Engine
from ..errors import NotFound
from ..machine import Machine
from ..records import Container, Json
from . import provision
from .engine_watch import EngineWatch, since

CONNECT_PAUSE_SECONDS = 0.25  # between two tries to reach the engine of a machine that has just started
TASK_LABEL = "com.docker.swarm.task.id"  # of containers that a service owns
EVENTS = {"type": ["container"], "event": ["create", "start", "die", "pause", "unpause", "rename", "destroy"]}


class ContainerWatch:
    """The watch over the hand-run containers of a machine, from one start of the machine until it is off."""

    def __init__(self, engine: Engine, machine: Machine, started: str, changed: Callable[[], None]) -> None:
        """`started` is the machine's start; `changed` is called at each change."""
        self.started = started
        self._engine, self._machine, self._changed = engine, machine, changed
        self._lock = threading.Lock()
        self._known: dict[str, Container] = {}  # by id
        self.watch = EngineWatch(
            f"events-of-{machine.container}", self._connect, EVENTS, self._list, self._concerned, self._look_at
        )
        self.watch.start()

    def containers(self) -> tuple[Container, ...]:
        """The containers as last seen, in any state, in the order of their names."""
        with self._lock:
            return tuple(sorted(self._known.values(), key=lambda container: container.name))

    def switch_off(self, at: datetime | None) -> None:
        """Stop looking, because the machine is off since then; nothing runs on it."""
        self.watch.end()
        with self._lock:
            self._known = {
                id: each if each.state in ("created", "exited") else replace(each, state="exited", since=at)
                for id, each in self._known.items()
            }

    @contextmanager
    def _connect(self, ending: threading.Event) -> Iterator[EngineAPI]:
        """A connection of its own to the machine's engine, as soon as that answers."""

        def pause(seconds: float) -> None:
            if ending.wait(seconds):
                raise InterruptedError

        machine = self._machine
        api = provision.wait_for_engine(self._engine, machine.container, machine.name, CONNECT_PAUSE_SECONDS, pause)
        try:
            yield api
        finally:
            api.client.close()

    def _list(self, api: EngineAPI) -> list[str]:
        bodies = api.get("containers", "json", all=True)
        return [body["Id"] for body in bodies if TASK_LABEL not in (body["Labels"] or {})]

    def _concerned(self, event: Json) -> str | None:
        actor = event["Actor"]
        return None if TASK_LABEL in actor["Attributes"] else actor["ID"]

    def _look_at(self, api: EngineAPI, id: str, at: datetime | None) -> None:
        try:
            body = api.get("containers", id, "json")
        except NotFound:
            body = None
        with self._lock:
            if not self.watch.is_alive():
                return
            before = self._known.pop(id, None)
            if body:
                state, name = body["State"]["Status"], body["Name"].lstrip("/")
                self._known[id] = Container(
                    id, name, body["Config"]["Image"], self._machine.name, state, since(state, body, before, at)
                )
        self._changed()
