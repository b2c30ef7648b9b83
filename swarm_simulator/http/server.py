"""The HTTP side: one listener on this computer only, behind a secret path; state moves between two requests."""

import asyncio
import hmac
import logging
import secrets
import tempfile
from collections.abc import Awaitable, Coroutine
from inspect import isawaitable
from typing import IO, Any
from urllib.parse import parse_qs, unquote

from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets

from ..engines.engine import API, OLDEST_API, DockerEngine
from ..engines.node_engine import NodeEngine
from ..engines.request import Answer, Call, Json, reason
from ..engines.world import World
from ..errors import ApiError
from . import routes
from .exec_scripts import Shims

HOST = "127.0.0.1"  # nobody else's business
IN_MEMORY = 1 << 20  # bytes of a request's body; the rest goes to a file
LONGEST = 4 << 30  # bytes of a body that are taken at all
log = logging.getLogger(__name__)


class Server:
    """The engines of a world, to be reached by who knows the token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = secrets.token_urlsafe(24)
        self.shims = Shims(world.speed)
        self._loop = IOLoop.current()
        self._timer: object | None = None
        self._next = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        [self._socket] = bind_sockets(0, HOST)
        self.port = self._socket.getsockname()[1]
        self._http = HTTPServer(_Gate(self), max_body_size=LONGEST, max_buffer_size=1 << 25)
        self._http.add_sockets([self._socket])
        self._inner: dict[str, HTTPServer] = {}  # by the id of a machine's container

    @property
    def url(self) -> str:
        """What DOCKER_HOST is to be."""
        return f"tcp://{HOST}:{self.port}/{self.token}"

    def url_of(self, machine: NodeEngine) -> str:
        """What DOCKER_HOST is to be for that machine's engine."""
        return f"{self.url}/machines/{machine.container.name}"

    def serve(self, stream: IOStream, machine: NodeEngine) -> None:
        """What comes by that stream is for the machine's engine."""
        if machine.container.id not in self._inner:
            self._inner[machine.container.id] = HTTPServer(
                _Inside(self, machine), max_body_size=LONGEST, max_buffer_size=1 << 25
            )
        self._inner[machine.container.id].handle_stream(stream, ("", 0))

    def tick(self) -> None:
        """Time has gone on in the world, and will when something is due there next."""
        try:
            self.world.catch_up()
        finally:
            if self._timer is not None:
                self._loop.remove_timeout(self._timer)
            wait = self.world.wait()
            self._timer = None if wait is None else self._loop.call_later(wait, self._due)
            happened, self._next = self._next, asyncio.Event()
            happened.set()

    def _due(self) -> None:
        self._timer = None
        self.tick()

    def soon(self, work: Coroutine[Any, Any, None]) -> None:
        """It is done while other requests are answered."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself would let go of it
        task.add_done_callback(self._tasks.discard)

    def next_tick(self) -> asyncio.Event:
        """Happens when the state may have changed."""
        return self._next

    def close(self) -> None:
        """Nobody is answered any more, and no script runs on."""
        self._http.stop()
        for machine in self.world.host.node_engines.values():
            machine.power_off()
        self.shims.close()

    def may_enter(self, line: RequestStartLine, headers: HTTPHeaders) -> bool:
        """Whether the request has the token, and is none that a browser sends for some page."""
        token = line.path.removeprefix("/").partition("/")[0].partition("?")[0]
        local = headers.get("Host", "") in (f"{HOST}:{self.port}", f"localhost:{self.port}")
        return (
            hmac.compare_digest(token.encode(), self.token.encode())
            and local
            and not any(name in headers for name in ("Origin", "Sec-Fetch-Site", "Referer"))
        )


class _Gate(HTTPServerConnectionDelegate):
    """The way in from outside."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def start_request(self, server_conn: object, request_conn: object) -> HTTPMessageDelegate:
        return _Request(self._server, request_conn, None)


class _Inside(HTTPServerConnectionDelegate):
    """The way in for who is in the machine already."""

    def __init__(self, server: Server, machine: NodeEngine) -> None:
        self._server, self._machine = server, machine

    def start_request(self, server_conn: object, request_conn: object) -> HTTPMessageDelegate:
        return _Request(self._server, request_conn, self._machine)


class _Request(HTTPMessageDelegate):
    """One request, until it is answered."""

    def __init__(self, server: Server, connection: object, machine: NodeEngine | None) -> None:
        self._server, self._connection, self._machine = server, connection, machine
        self._line: RequestStartLine | None = None
        self._headers = HTTPHeaders()
        self._allowed = False
        self._body: IO[bytes] | None = None

    def headers_received(self, start_line: RequestStartLine, headers: HTTPHeaders) -> None:
        self._line, self._headers = start_line, headers
        self._allowed = self._machine is not None or self._server.may_enter(start_line, headers)

    def data_received(self, chunk: bytes) -> None:
        if self._allowed:
            self._body = self._body or tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  closed by _handle
            self._body.write(chunk)

    def finish(self) -> None:
        if not self._allowed:
            self._answer(Answer(404, {"message": "page not found"}), {})
            return
        path, _, query = self._line.path.partition("?")
        path = path.rstrip("/") if path != "/" else path
        if self._machine is None:
            path = "/" + path.removeprefix("/").partition("/")[2]
        self._server.soon(self._handle(path, query))

    async def _handle(self, path: str, query: str) -> None:
        engine: DockerEngine = self._machine or self._server.world.host
        try:
            self._server.tick()
            if path.startswith("/machines/") and self._machine is None:
                name, _, rest = path.removeprefix("/machines/").partition("/")
                engine, path = self._server.world.host.node_engine(unquote(name)), f"/{rest}"
            if isinstance(engine, NodeEngine):
                await _answering(engine)
            answer = await self._result(engine, path, query)
        except ApiError as error:
            answer = Answer(error.status, {"message": error.message})
        except StreamClosedError:
            return
        except Exception as error:  # a fault of ours: the client gets Docker's kind of answer, and the log the place
            log.exception("%s %s", self._line.method, path)
            answer = Answer(500, {"message": f"the simulation failed: {type(error).__name__}: {error}"})
        finally:
            self._server.tick()
        if answer is not None:
            self._answer(answer, engine.headers)

    async def _result(self, engine: DockerEngine, path: str, query: str) -> Answer | None:
        version, path = _version(path)
        parsed = parse_qs(query, keep_blank_values=True)
        handler, parts = routes.ALL.find(
            "GET" if self._line.method == "HEAD" and path == "/_ping" else self._line.method, path
        )
        call = Call(
            self._line.method,
            path,
            engine,
            version,
            parsed,
            self._headers,
            self._body,
            {name: unquote(part) for name, part in parts.items()},
            self._connection,
            self._server,
        )
        result = handler(call)
        return await result if isawaitable(result) else result

    def _answer(self, answer: Answer, headers: Json) -> None:
        body = answer.encoded()
        fields = HTTPHeaders({**headers, **answer.headers})
        if body:
            fields["Content-Type"] = answer.kind
        if answer.status != 204:
            fields["Content-Length"] = str(len(body))
        line = ResponseStartLine("HTTP/1.1", answer.status, reason(answer.status))
        if self._connection.stream is None:
            return  # it has been taken over: there is nobody to answer in HTTP
        try:
            self._connection.write_headers(line, fields, b"" if self._line.method == "HEAD" else body)
            self._connection.finish()
        except StreamClosedError:
            return

    def on_connection_close(self) -> None:
        if self._body:
            self._body.close()


def _version(path: str) -> tuple[tuple[int, int], str]:
    """The version of the API that is spoken, and the path without it. Raises `ApiError` 400."""
    first, _, rest = path.removeprefix("/").partition("/")
    major, _, minor = first.removeprefix("v").partition(".")
    if not (first.startswith("v") and major.isdigit() and minor.isdigit() and len(first) < 12):
        return API, path
    version = int(major), int(minor)
    if version > API:
        raise ApiError(
            400, f"client version {major}.{minor} is too new. Maximum supported API version is {API[0]}.{API[1]}"
        )
    if version < OLDEST_API:
        raise ApiError(
            400,
            f"client version {major}.{minor} is too old. Minimum supported API version is "
            f"{OLDEST_API[0]}.{OLDEST_API[1]}, please upgrade your client to a newer version",
        )
    return version, f"/{rest}"


def _answering(machine: NodeEngine) -> Awaitable[None]:
    """The machine does not stand still. Never, if it goes off before. Raises `ApiError` if it is off."""
    if not machine.alive:
        raise ApiError(503, f"{machine.name} is off")
    going = asyncio.get_running_loop().create_future()
    machine.when_answering(lambda: going.done() or going.set_result(None))
    return going
