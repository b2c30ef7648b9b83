"""The HTTP server: it listens on this computer only, behind a secret path, and drives the world's clock."""

import asyncio
import hmac
import logging
import secrets
import tempfile
from collections.abc import Coroutine
from inspect import isawaitable
from typing import IO, Any
from urllib.parse import parse_qs, unquote

from tornado.http1connection import HTTP1Connection
from tornado.httpserver import HTTPServer
from tornado.httputil import (
    HTTPConnection,
    HTTPHeaders,
    HTTPMessageDelegate,
    HTTPServerConnectionDelegate,
    RequestStartLine,
    ResponseStartLine,
)
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError
from tornado.netutil import bind_sockets

from ..engines.engine import DockerEngine
from ..engines.info import API, OLDEST_API
from ..engines.node_engine import NodeEngine
from ..engines.world import World
from ..errors import ApiError
from . import routes
from .exec_environment import ExecEnvironment
from .request import Request, Response, reason

HOST = "127.0.0.1"  # other computers cannot connect
BODY_MEMORY_BYTES = 1 << 20  # of a request; what is longer goes to a file
BODY_MAX_BYTES = 4 << 30  # of a request
BUFFER_MAX_BYTES = 1 << 25  # that one connection reads ahead
log = logging.getLogger(__name__)


class Server:
    """The engines of a world, for clients that know the token."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = secrets.token_urlsafe(24)
        self.exec_environment = ExecEnvironment(world.speed)
        self._loop = IOLoop.current()
        self._timer: object | None = None
        self._next_tick = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        [self._socket] = bind_sockets(0, HOST)
        self.port = self._socket.getsockname()[1]
        self._http = _http_server(self, None)
        self._http.add_sockets([self._socket])
        self._node_servers: dict[str, HTTPServer] = {}  # by the id of a node's container

    @property
    def url(self) -> str:
        """The DOCKER_HOST of the host's engine."""
        return f"tcp://{HOST}:{self.port}/{self.token}"

    def url_of(self, engine: NodeEngine) -> str:
        """The DOCKER_HOST of that node's engine."""
        return f"{self.url}/machines/{engine.container.name}"

    def serve(self, stream: IOStream, engine: NodeEngine) -> None:
        """Answer the requests of that stream for the node's engine."""
        if engine.container.id not in self._node_servers:
            self._node_servers[engine.container.id] = _http_server(self, engine)
        self._node_servers[engine.container.id].handle_stream(stream, ("", 0))

    def tick(self) -> None:
        """Let the world catch up with our time, and call again when something is due there."""
        try:
            self.world.catch_up()
        finally:
            if self._timer is not None:
                self._loop.remove_timeout(self._timer)
            wait = self.world.seconds_until_due()
            self._timer = None if wait is None else self._loop.call_later(wait, self._due)
            happened, self._next_tick = self._next_tick, asyncio.Event()
            happened.set()

    def _due(self) -> None:
        self._timer = None
        self.tick()

    def start_task(self, work: Coroutine[Any, Any, None]) -> None:
        """Run it while other requests are answered."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)  # the loop itself holds only a weak reference
        task.add_done_callback(self._tasks.discard)

    def next_tick(self) -> asyncio.Event:
        """The event that is set when the state may have changed."""
        return self._next_tick

    def close(self) -> None:
        """Stop answering, and end all scripts."""
        self._http.stop()
        for engine in self.world.host.node_engines.values():
            engine.power_off()
        self.exec_environment.close()

    def refusal(self, line: RequestStartLine, headers: HTTPHeaders) -> Response | None:
        """The answer to a request that lacks the token, or comes from a page in a browser; None if it is admitted."""
        token = line.path.removeprefix("/").partition("/")[0].partition("?")[0]
        if not hmac.compare_digest(token.encode(), self.token.encode()):
            return Response(404, {"message": "page not found"})
        local = headers.get("Host", "") in (f"{HOST}:{self.port}", f"localhost:{self.port}")
        if local and not any(name in headers for name in ("Origin", "Sec-Fetch-Site", "Referer")):
            return None
        return Response(403, {"message": "a simulated engine answers no page in a browser, and no WebSocket"})


def _http_server(server: Server, engine: NodeEngine | None) -> HTTPServer:
    connections = _Connections(server, engine)
    return HTTPServer(connections, max_body_size=BODY_MAX_BYTES, max_buffer_size=BUFFER_MAX_BYTES)


class _Connections(HTTPServerConnectionDelegate):
    """The connections to one node's engine, from its container; without one, those from this computer."""

    def __init__(self, server: Server, engine: NodeEngine | None) -> None:
        self._server, self._engine = server, engine

    def start_request(self, server_conn: object, request_conn: HTTPConnection) -> HTTPMessageDelegate:
        assert isinstance(request_conn, HTTP1Connection)  # tornado has no other
        return _Exchange(self._server, request_conn, self._engine)


class _Exchange(HTTPMessageDelegate):
    """One request and its response."""

    def __init__(self, server: Server, connection: HTTP1Connection, engine: NodeEngine | None) -> None:
        self._server, self._connection, self._engine = server, connection, engine
        self._line = RequestStartLine("", "", "")  # until the headers are received
        self._headers = HTTPHeaders()
        self._refusal: Response | None = None
        self._body: IO[bytes] | None = None

    def headers_received(self, start_line: RequestStartLine | ResponseStartLine, headers: HTTPHeaders) -> None:
        assert isinstance(start_line, RequestStartLine)  # a server receives nothing else
        self._line, self._headers = start_line, headers
        self._refusal = None if self._engine else self._server.refusal(start_line, headers)

    def data_received(self, chunk: bytes) -> None:
        if not self._refusal:
            self._body = self._body or tempfile.SpooledTemporaryFile(BODY_MEMORY_BYTES)  # noqa: SIM115  is read later
            self._body.write(chunk)

    def finish(self) -> None:
        if self._refusal:
            self._respond(self._refusal, {})
            return
        path, _, query = self._line.path.partition("?")
        path = path.rstrip("/") if path != "/" else path
        if self._engine is None:
            path = "/" + path.removeprefix("/").partition("/")[2]
        self._server.start_task(self._handle(path, query))

    async def _handle(self, path: str, query: str) -> None:
        engine: DockerEngine = self._engine or self._server.world.host
        response: Response | None
        try:
            self._server.tick()
            if path.startswith("/machines/") and self._engine is None:
                name, _, rest = path.removeprefix("/machines/").partition("/")
                engine, path = self._server.world.host.node_engine(unquote(name)), f"/{rest}"
            if isinstance(engine, NodeEngine):
                await _until_answering(engine)
            response = await self._result(engine, path, query)
        except ApiError as error:
            response = Response(error.status, {"message": error.message})
        except StreamClosedError:
            return
        except Exception as error:  # a bug of ours: the client gets Docker's kind of error, and the log the traceback
            log.exception("%s %s", self._line.method, path)
            response = Response(500, {"message": f"the simulation failed: {type(error).__name__}: {error}"})
        finally:
            self._server.tick()
        if response is not None:
            self._respond(response, engine.headers)

    async def _result(self, engine: DockerEngine, path: str, query: str) -> Response | None:
        version, path = _split_version(path)
        parsed = parse_qs(query, keep_blank_values=True)
        method = "GET" if self._line.method == "HEAD" and path == "/_ping" else self._line.method
        handler, params = routes.ALL.find(method, path)
        request = Request(
            self._line.method,
            path,
            engine,
            version,
            parsed,
            self._headers,
            self._body,
            {name: unquote(part) for name, part in params.items()},
            self._connection,
            self._server,
        )
        result = handler(request)
        return await result if isawaitable(result) else result

    def _respond(self, response: Response, headers: dict[str, str]) -> None:
        body = response.encoded()
        fields = HTTPHeaders({**headers, **response.headers})
        if body:
            fields["Content-Type"] = response.content_type
        if response.status != 204:
            fields["Content-Length"] = str(len(body))
        line = ResponseStartLine("HTTP/1.1", response.status, reason(response.status))
        if self._connection.stream is None:
            return  # type: ignore[unreachable]  # detach() removes it, but its type does not say so
        try:
            self._connection.write_headers(line, fields, b"" if self._line.method == "HEAD" else body)
            self._connection.finish()
        except StreamClosedError:
            return

    def on_connection_close(self) -> None:
        if self._body:
            self._body.close()


def _split_version(path: str) -> tuple[tuple[int, int], str]:
    """The version of the API that the client speaks, and the path without it. Raises `ApiError` 400."""
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


async def _until_answering(engine: NodeEngine) -> None:
    """Wait until the node is not paused. Never return if it goes off before. Raises `ApiError` if it is off."""
    if not engine.alive:
        raise ApiError(503, f"{engine.name} is off")
    answering = asyncio.get_running_loop().create_future()

    def go_on() -> None:
        if not answering.done():
            answering.set_result(None)

    engine.when_answering(go_on)
    await answering
