"""The record, as notebooks follow it. Every answer needs the server's token or login."""

import asyncio
import json
import threading
from contextlib import suppress
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado import iostream, web

from ...docker_commands import Command
from ...errors import SwarmkitError
from ...recorder import Recorder
from ...recorder.entries import Encoder
from . import records

PIECE_MAX_ENTRIES = 200  # that are written at once
HEARTBEAT_SECONDS = 15.0  # between two lines, even if nothing happens: the follower knows that the server is there


class RecordHandler(APIHandler):
    """A question about the record of one cluster."""

    async def record(self) -> Recorder:
        """The record of the cluster that is asked for. Answers 400 where it cannot be had."""
        try:
            return await asyncio.to_thread(records.record_of, self.get_argument("cluster"))
        except SwarmkitError as error:
            raise web.HTTPError(400, error.problem, reason=type(error).__name__) from error


class StreamHandler(RecordHandler):
    """The entries of the record, each when it comes."""

    @web.authenticated
    async def get(self) -> None:
        """Send the entries after the number `seen`, or of this server's time, as lines; it ends with the connection.

        A line with "now" says once that all earlier entries were sent. An empty line says that the server is there.
        """
        record = await self.record()
        seen = int(self.get_argument("seen", str(record.began)))
        encoder, loop, changed = Encoder(), asyncio.get_running_loop(), asyncio.Event()
        self.set_header("Content-Type", "application/x-ndjson")

        def wake() -> None:
            with suppress(RuntimeError):  # the server ends, and its loop has ended before the recorder
                loop.call_soon_threadsafe(changed.set)

        stop = record.listen(wake)
        reached = False  # whether all earlier entries were sent
        try:
            while True:
                changed.clear()
                while news := record.since(seen)[:PIECE_MAX_ENTRIES]:
                    lines = await asyncio.to_thread(lambda: [encoder.line(*each) for each in news])
                    seen = news[-1][0]
                    await self._send(*lines)
                if not reached:
                    reached = True
                    await self._send(json.dumps({"now": seen}))
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    await self._send("")
        except iostream.StreamClosedError:
            return  # the follower has gone
        finally:
            stop()

    async def _send(self, *lines: str) -> None:
        self.write("".join(f"{line}\n" for line in lines))
        await self.flush()


class CommandHandler(RecordHandler):
    """The commands of the notebooks."""

    @web.authenticated
    async def post(self) -> None:
        """Put a command on the record, and answer with the number of the last entry."""
        record, body = await self.record(), self.get_json_body() or {}
        record.mark(Command(str(body["text"]), body["on"] and str(body["on"]), float(body["at"])))
        self.finish(json.dumps({"seen": record.wait(0, timeout=0)}))


class LookHandler(RecordHandler):
    """Looks at the swarm that do not wait for the recorder's next one."""

    @web.authenticated
    async def post(self) -> None:
        """Look at the swarm now, and answer with the number of the last entry when that is done."""
        record = await self.record()
        done, loop = asyncio.Event(), asyncio.get_running_loop()

        def look() -> None:
            record.look()
            with suppress(RuntimeError):  # the server ends
                loop.call_soon_threadsafe(done.set)

        # A look may take long. This thread keeps neither a place that other requests need, nor the server from ending.
        threading.Thread(target=look, name="swarm-look", daemon=True).start()
        await done.wait()
        self.finish(json.dumps({"seen": record.wait(0, timeout=0)}))


def add_to(application: Any) -> None:
    """Add the addresses to the server's application."""
    base = url_path_join(application.settings["base_url"], "swarmlab", "record")
    handlers = {"": StreamHandler, "/commands": CommandHandler, "/look": LookHandler}
    application.add_handlers(".*$", [(base + path, handler) for path, handler in handlers.items()])
