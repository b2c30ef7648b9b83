"""Answers that come bit by bit: chunks, frames, and connections that are taken over."""

import asyncio
import json
import struct
from collections.abc import Callable
from typing import Any

from tornado.httputil import HTTPHeaders, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

from ..engines.request import Call, reason

FRAME = struct.Struct(">BxxxI")  # Engine API, "Attach to a container", stream format: which stream, length
STDIN, STDOUT, STDERR = 0, 1, 2
MULTIPLEXED, RAW = "application/vnd.docker.multiplexed-stream", "application/vnd.docker.raw-stream"


def frame(stream: int, data: bytes) -> bytes:
    """As the engine sends what a container without a terminal writes."""
    return FRAME.pack(stream, len(data)) + data


def kind_of(call: Call, tty: bool) -> str:
    """The content type of such a stream: before API 1.42 all were called raw."""
    return RAW if tty or call.version < (1, 42) else MULTIPLEXED


class Chunks:
    """A body that is written as it comes. `gone` tells that the client has left."""

    def __init__(self, call: Call, kind: str = "application/json") -> None:
        self._connection = call.connection
        self.gone = asyncio.Event()
        headers = HTTPHeaders({**call.engine.headers, "Content-Type": kind})
        self._connection.set_close_callback(self.gone.set)
        self._done = self._connection.write_headers(ResponseStartLine("HTTP/1.1", 200, reason(200)), headers)

    def write(self, data: bytes) -> None:
        if data and not self.gone.is_set():
            self._done = self._connection.write(data)

    def line(self, body: Any) -> None:
        self.write(json.dumps(body, separators=(",", ":")).encode() + b"\n")

    async def until(self, event: asyncio.Event) -> None:
        """The event has happened, or the client has left."""
        waiting = [asyncio.ensure_future(each.wait()) for each in (event, self.gone)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for each in waiting:
            each.cancel()

    async def end(self) -> None:
        """That was all."""
        if not self.gone.is_set():
            self._connection.finish()


class Taken:
    """A connection that is no longer HTTP: the client's bytes go in, the container's output comes out."""

    def __init__(self, call: Call, tty: bool) -> None:
        upgrade = call.headers.get("Upgrade", "")
        kind = kind_of(call, tty)
        self.tty = tty
        self._reading: IOStream = call.connection.detach()
        # A client that has no more to send closes its half; IOStream then closes all of its own, so that what is
        # still to be written needs one of its own.
        self.stream = IOStream(self._reading.socket.dup())
        if upgrade:
            head = f"HTTP/1.1 101 UPGRADED\r\nContent-Type: {kind}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
        else:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n"
        versions = "".join(f"{key}: {value}\r\n" for key, value in call.engine.headers.items())
        self.send((head + versions + "\r\n").encode())

    def send(self, data: bytes) -> None:
        if not self.stream.closed():
            self.stream.write(data).add_done_callback(_seen)

    def out(self, data: bytes, stream: int = STDOUT) -> None:
        """What the container wrote."""
        if data:
            self.send(data if self.tty else frame(stream, data))

    async def drained(self) -> None:
        """What was sent has left, so that one who writes much does not fill the memory."""
        if not self.stream.closed() and self.stream.writing():
            try:
                await self.stream.write(b"")
            except StreamClosedError:
                return

    async def each(self, take: Callable[[bytes], Any]) -> None:
        """`take` gets what the client sends, until the client has no more to send."""
        try:
            while True:
                await _if_awaitable(take(await self._reading.read_bytes(1 << 16, partial=True)))
        except StreamClosedError:
            return

    async def close(self) -> None:
        await self.drained()
        self.stream.close()
        self._reading.close()


async def _if_awaitable(result: Any) -> None:
    if result is not None:
        await result


def _seen(written: "asyncio.Future[None]") -> None:
    """The client may be gone; then there is nobody to tell."""
    if not written.cancelled():
        written.exception()
