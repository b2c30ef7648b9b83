"""The only way from a student's kernel to its swarm: sockets in a folder, and behind them only what `rules` let pass.

A connection is one request. The standard library's server reads it whole, and what passes is sent anew.
"""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any, Self
from urllib.parse import urlsplit

from ..cluster import node_container, provision
from ..engine import exam_sockets, tunnel
from ..engine.api import EngineAPI
from ..engine.discover import Engine
from ..engine.images import OFFICIAL_NODE, OWN_NODE
from ..errors import BadInput, SwarmkitError
from ..language import _
from ..machine import Machine
from ..records import Json
from .proxy_rules import Forbidden, Request, Room, at_engine, at_machine

AT_ONCE = 64  # connections of all sockets together; the lessons have about ten
HEAD_TIME = 30  # seconds in which a request has to be there
ANSWER_TIME = 60  # seconds until an upstream accepts what is sent
LARGEST = 16 << 20  # bytes of a body; the images of the lessons are 4 MB
PIECE = 1 << 16


class Door:
    """Open inside a `with` block: `engine.sock` for the engine, and one socket for each machine of the cluster."""

    def __init__(self, engine: Engine, cluster: str, folder: Path) -> None:
        """Raises `BadInput` for an engine that is reached neither by a Unix socket nor as a simulation's is."""
        self._engine, self._cluster, self._folder = engine, cluster, folder
        self._address = urlsplit(engine.url)
        if self._address.scheme != "unix" and self._address.hostname != "127.0.0.1":
            raise BadInput(
                _("the engine at {url} is not on this computer"),
                _("grade on a computer that has an engine of its own"),
                url=engine.url,
            )
        self._servers: dict[str, _Server] = {}
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._room = Room(cluster, self._new_machine, self._endpoint, self._driver)

    def __enter__(self) -> Self:
        self._open(exam_sockets.OUTER_ENGINE, self._to_engine, lambda request: at_engine(self._room, request))
        for machine in self._machines():
            self.let_in(machine.container)
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def let_in(self, container: str) -> None:
        """There is a socket for the machine in that container."""
        if container not in self._servers:
            self._open(
                container,
                lambda: tunnel.open_stream(self._engine.client, container, ANSWER_TIME),
                lambda request: at_machine(self._room, container, request),
            )

    def _open(self, name: str, upstream: Callable[[], Any], rule: Callable[[Request], Request]) -> None:
        path = exam_sockets.socket_path(self._folder, name)
        server = self._servers[name] = _Server(str(path), _Visit, self, upstream, rule, self._free)
        path.chmod(0o666)  # the kernel is another user
        # A daemon: the examination ends when it ends, whatever a student's program still asks for.
        threading.Thread(target=server.serve_forever, name=f"door-{name}", daemon=True).start()

    def _to_engine(self) -> socket.socket:
        unix = self._address.scheme == "unix"
        upstream = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        upstream.settimeout(ANSWER_TIME)
        upstream.connect(self._address.path if unix else (self._address.hostname, self._address.port))
        return upstream

    def at(self, name: str) -> tuple[str, str]:
        """The host as the upstream knows itself, and what comes before each path: a simulation's secret."""
        simulated = name == exam_sockets.OUTER_ENGINE and self._address.scheme == "tcp"
        return (self._address.netloc, self._address.path.rstrip("/")) if simulated else ("engine", "")

    def _machines(self) -> list[Machine]:
        return provision.machines(self._engine, self._cluster)

    def _endpoint(self, container: str) -> Json | None:
        return next(
            (
                node_container.endpoint(machine.name, machine.address)
                for machine in self._machines()
                if machine.container == container
            ),
            None,
        )

    def _new_machine(self, container: str, wanted: Json) -> Json | None:
        """The body with which the course itself would create that machine, if it is wanted of one of its images."""
        machines, image = self._machines(), wanted.get("Image")
        if not machines or image not in (OFFICIAL_NODE, OWN_NODE):
            return None
        name = container.rpartition("-")[2]
        return node_container.container(
            self._cluster, name, image, machines[0].address.rpartition(".")[0], machines[0].rights, self._engine.cpus
        )

    def _driver(self, container: str, network: str) -> str:
        """The driver of the network on that machine; an empty one if there is none of that name or id."""
        with suppress(SwarmkitError):
            machine = EngineAPI(self._connected(container), container)
            return machine.get("networks", network)["Driver"]
        return ""

    def _connected(self, container: str) -> Any:
        return provision.answering(self._engine, self._cluster, container.rpartition("-")[2]).client


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        path: str,
        visit: type["_Visit"],
        door: Door,
        upstream: Callable[[], Any],
        rule: Callable[[Request], Request],
        free: threading.BoundedSemaphore,
    ) -> None:
        super().__init__(path, visit)
        self.door, self.upstream, self.rule, self._free = door, upstream, rule, free
        self.host, self.prefix = door.at(Path(path).stem)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._free.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._free.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is nothing to tell anybody."""


class _Visit(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = HEAD_TIME
    server: _Server

    def do_GET(self) -> None:
        self.close_connection = True
        try:
            path, _mark, query = self.path.partition("?")
            request = self.server.rule(Request(self.command, path, query, self._body()))
            self._pass(request)
        except Forbidden as refusal:
            self._refuse(403, f"this is an examination: {refusal}")
        except (OSError, SwarmkitError) as error:
            self._refuse(503, f"the machine does not answer ({error})")

    do_POST = do_DELETE = do_HEAD = do_PUT = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""

    def _body(self) -> bytes:
        """All of it. Raises `Forbidden` if its size cannot be told, or is too large."""
        length, encoding = self.headers.get_all("Content-Length", []), self.headers.get_all("Transfer-Encoding", [])
        if not encoding and len(length) <= 1:
            size = length[0] if length else "0"
            if not (size.isascii() and size.isdigit()) or int(size) > LARGEST:
                raise Forbidden("the body is too large")
            return self.rfile.read(int(size))
        if length or [each.lower() for each in encoding] != ["chunked"]:
            raise Forbidden("the size of the body is told in two ways")
        body = bytearray()
        while size := self._chunk_size():
            body += self.rfile.read(size)
            self.rfile.readline(3)
            if len(body) > LARGEST:
                raise Forbidden("the body is too large")
        return bytes(body)

    def _chunk_size(self) -> int:
        try:
            size = int(self.rfile.readline(100).partition(b";")[0], 16)
        except ValueError as error:
            raise Forbidden("the body cannot be read") from error
        if not 0 <= size <= LARGEST:
            raise Forbidden("the body is too large")
        return size

    def _pass(self, request: Request) -> None:
        """The request has been sent on, and its answer came back; a stream has gone both ways until one end closed."""
        upstream = self.server.upstream()
        hijacked = request.hijacked and bool(self.headers.get("Upgrade"))
        path = f"{self.server.prefix}{request.path}{'?' if request.query else ''}{request.query}"
        head = [
            f"{request.method} {path} HTTP/1.1",
            f"Host: {self.server.host}",
            "Connection: Upgrade" if hijacked else "Connection: close",
            *(["Upgrade: tcp"] if hijacked else []),
            f"Content-Length: {len(request.body)}",
        ]
        if request.body:
            archive = request.path.endswith("/images/load")
            head.append(f"Content-Type: application/{'x-tar' if archive else 'json'}")
        upstream.sendall("\r\n".join([*head, "", ""]).encode("ascii") + request.body)
        if request.makes:
            self.server.door.let_in(request.makes)
        try:
            if hijacked:
                first = _first(upstream)
                # An engine that refuses takes what comes next for another request, which nobody would have read.
                hijacked = first.partition(b"\r\n")[0].split()[1:2] == [b"101"]
                self.wfile.write(first)
            self.connection.settimeout(None)
            upstream.settimeout(None)
            threading.Thread(target=self._send, args=(upstream, hijacked), daemon=True).start()
            while piece := upstream.recv(PIECE):
                self.wfile.write(piece)
        finally:
            upstream.close()

    def _send(self, upstream: Any, hijacked: bool) -> None:
        """What the client writes goes upstream, if that is what the connection is for; its end is the end of both."""
        with suppress(OSError, ValueError):
            while piece := self.rfile.read1(PIECE):
                if hijacked:
                    upstream.sendall(piece)
            if hijacked and isinstance(upstream, socket.socket):
                upstream.shutdown(socket.SHUT_WR)
            elif not hijacked:
                upstream.close()

    def _refuse(self, status: int, message: str) -> None:
        body = json.dumps({"message": message}).encode()
        with suppress(OSError):
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)


def _first(upstream: Any) -> bytes:
    """An answer's head, and what came with it."""
    read = b""
    while b"\r\n\r\n" not in read and len(read) < PIECE and (piece := upstream.recv(PIECE)):
        read += piece
    return read
