"""Responses that are streamed: chunks, multiplexed frames, and hijacked connections."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

from .request import Request, reason

FRAME = struct.Struct(">BxxxI")  # Engine API, "Attach to a container", stream format: which stream, length
# Real seconds before output begins, about as on a real engine. The Docker SDK needs this pause: it loses output that
# arrives together with the head of the response (docker/api/client.py, _get_raw_response_socket).
BEGIN_SECONDS = 0.05
STDOUT, STDERR = 1, 2
MULTIPLEXED, RAW = "application/vnd.docker.multiplexed-stream", "application/vnd.docker.raw-stream"


def frame(stream: int, data: bytes) -> bytes:
    """The output of a container without a terminal, as the engine sends it."""
    return FRAME.pack(stream, len(data)) + data


def output_content_type(request: Request, tty: bool) -> str:
    """The content type of a container's output: before API 1.42 all of it was called raw."""
    return RAW if tty or request.version < (1, 42) else MULTIPLEXED


class ChunkedResponse:
    """A response whose body is written piece by piece. `gone` is set when the client leaves."""

    def __init__(self, request: Request, content_type: str = "application/json") -> None:
        self._connection = request.connection
        self.gone = asyncio.Event()
        headers = HTTPHeaders({**request.engine.headers, "Content-Type": content_type})
        self._connection.set_close_callback(self.gone.set)
        self._written = self._connection.write_headers(ResponseStartLine("HTTP/1.1", 200, reason(200)), headers)

    def write(self, data: bytes) -> None:
        """Send these bytes, unless the client has left."""
        if data and not self.gone.is_set():
            self._written = self._connection.write(data)

    def write_json(self, body: object) -> None:
        """Send one line of JSON."""
        self.write(json.dumps(body, separators=(",", ":")).encode() + b"\n")

    async def wait_for(self, event: asyncio.Event) -> None:
        """Wait until the event is set or the client has left."""
        waiting = [asyncio.ensure_future(each.wait()) for each in (event, self.gone)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()

    async def end(self) -> None:
        """End the body."""
        if not self.gone.is_set():
            self._connection.finish()


class HijackedConnection:
    """A connection that is no longer HTTP: it carries the client's input in, and a container's output out."""

    def __init__(self, request: Request, tty: bool) -> None:
        upgrade = request.headers.get("Upgrade", "")
        kind = output_content_type(request, tty)
        self.tty = tty
        self._reading = request.connection.detach()
        # A client that has no more to send closes its half. IOStream then closes itself, so writing has one of its own.
        self._writing = IOStream(self._reading.socket.dup())
        if upgrade:
            head = f"HTTP/1.1 101 UPGRADED\r\nContent-Type: {kind}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
        versions = "".join(f"{key}: {value}\r\n" for key, value in request.engine.headers.items())
        self._send((head + versions + "\r\n").encode())

    def _send(self, data: bytes) -> None:
        if not self._writing.closed():
            self._writing.write(data).add_done_callback(_ignore_closed)

    def write(self, data: bytes, stream: int = STDOUT) -> None:
        """Send a container's output."""
        if data:
            self._send(data if self.tty else frame(stream, data))

    async def drain(self) -> None:
        """Wait until all is sent, so that a container with much output does not fill the memory."""
        if not self._writing.closed() and self._writing.writing():
            try:
                await self._writing.write(b"")
            except StreamClosedError:
                return

    async def read_all(self, take: Callable[[bytes], Awaitable[None] | None]) -> None:
        """Pass the client's input to `take`, until it ends."""
        try:
            while True:
                taking = take(await self._reading.read_bytes(1 << 16, partial=True))
                if taking is not None:
                    await taking
        except StreamClosedError:
            return

    async def end_output(self) -> None:
        """Send what is left, and end this half of the connection; the client may still write."""
        await self.drain()
        with suppress(OSError):
            self._writing.socket.shutdown(socket.SHUT_WR)

    async def close(self) -> None:
        """Send what is left, and close the connection."""
        await self.drain()
        self._writing.close()
        self._reading.close()


def _ignore_closed(written: "asyncio.Future[None]") -> None:
    """Look at the result of a write, so that asyncio does not report a client that has left."""
    if not written.cancelled():
        written.exception()
