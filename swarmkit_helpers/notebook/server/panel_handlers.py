"""What the panel and the Launcher ask Jupyter's server. Every answer needs the server's token or login."""

import asyncio
import json
import threading
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import web

from ...cluster.cluster import Cluster
from ...display import charts
from ...docker_commands import Command, shown_by
from ...errors import SwarmkitError
from ...records import Json
from . import node_menu, panel, replay
from .present import Present

WAIT_MAX_SECONDS = 25.0  # that a question waits for a change: less than what proxies wait for an answer
_one_request = threading.Lock()  # two clicks are carried out in their order


class PanelHandler(APIHandler):
    """A question about the cluster that this server follows."""

    def initialize(self, present: Present) -> None:
        """Keep what follows the cluster."""
        self.present = present

    def record(self) -> charts.Record:
        """The record up to the entry of the number `at`; without it, up to now."""
        recording, at = self.present.recorder, self.get_argument("at", "")
        if recording is None:
            return charts.Record(())
        return charts.Record.as_of(recording, int(at) if at else None)

    def answer(self, body: Json) -> None:
        """Send the body as JSON."""
        self.finish(json.dumps(body))


class TextsHandler(PanelHandler):
    """The words of the panel."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with what stays the same."""
        self.answer(panel.texts())


class StateHandler(PanelHandler):
    """The state of the cluster."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the state once its number is another than `after`, or when the wait has been long.

        With `at` the state is that of the record when its last entry had that number.
        """
        self.present.start()
        if self.get_argument("at", ""):
            record = self.record()
            self.answer(await asyncio.to_thread(panel.state, record, panel.machines_of(record), False, live=False))
        else:
            self.answer(await self.present.after(int(self.get_argument("after", "-1")), WAIT_MAX_SECONDS))


class RequestHandler(PanelHandler):
    """A request to the swarm or to a machine. It is carried out at once, also while a cell runs."""

    @web.authenticated
    async def post(self) -> None:
        """Carry out the request, and answer with its docker commands and its error, if there is one."""
        self.answer(await asyncio.to_thread(self._carry_out, self.get_json_body() or {}))

    def _carry_out(self, request: Json) -> Json:
        commands: list[Command] = []
        try:
            with _one_request, shown_by(commands.append):
                node_menu.send(request, Cluster.adopt(start=False))
        except SwarmkitError as error:
            result = {"problem": error.problem, "fix": error.fix}
        else:
            result = {}
        return {"commands": [str(command) for command in commands], **result}


class ExplainHandler(PanelHandler):
    """Why a task is where it is."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the explanation as HTML."""
        task = self.get_argument("task")
        self.answer({"html": await asyncio.to_thread(panel.explanation, self.record(), task)})


class MomentsHandler(PanelHandler):
    """What can be replayed."""

    @web.authenticated
    async def get(self) -> None:
        """Answer with the numbers of the record's entries, and with the commands among them."""
        recording = self.present.recorder
        self.answer(replay.moments(recording) if recording else {"first": 0, "last": 0, "commands": []})


def add_to(application: Any, present: Present) -> None:
    """Add the addresses to the server's application."""
    handlers = {
        "texts": TextsHandler,
        "state": StateHandler,
        "request": RequestHandler,
        "explain": ExplainHandler,
        "moments": MomentsHandler,
    }
    base = application.settings["base_url"]
    application.add_handlers(
        ".*$",
        [
            (url_path_join(base, "swarmlab", "panel", name), handler, {"present": present})
            for name, handler in handlers.items()
        ],
    )
