"""The proxy of an examination: the only way from a student's kernel to its swarm, through sockets in a folder.

A connection is one request. The standard library's server reads it whole. The rules of `proxy_rules` make the request
to send from it, or refuse it.
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
from ..engine.images import NODES
from ..errors import BadInput, SwarmkitError
from ..language import _
from ..machine import Machine
from ..records import Json
from .proxy_rules import ExamCluster, Forbidden, Request, to_machine, to_outer_engine

MAX_CONNECTIONS = 64  # of all sockets together; the lessons have about ten
REQUEST_SECONDS = 30  # in which a request must be complete
UPSTREAM_SECONDS = 60  # in which an engine must accept what is sent
BODY_MAX_BYTES = 16 << 20  # the images of the lessons are 4 MB
BUFFER_BYTES = 1 << 16
CHUNK_LINE_MAX_BYTES = 100  # of the line with a chunk's size


class Proxy:
    """The proxy, open inside a `with` block: a socket for the outer engine, and one for each machine of the cluster."""

    def __init__(self, engine: Engine, cluster: str, folder: Path) -> None:
        """Raises `BadInput` for an engine with neither a Unix socket nor an address of this computer."""
        self._engine, self._cluster, self._folder = engine, cluster, folder
        self._address = urlsplit(engine.url)
        if self._address.scheme != "unix" and self._address.hostname != "127.0.0.1":
            raise BadInput(
                _("the engine at {url} is not on this computer"),
                _("grade on a computer with an engine of its own"),
                url=engine.url,
            )
        self._servers: dict[str, _Server] = {}
        self._free = threading.BoundedSemaphore(MAX_CONNECTIONS)
        self._exam = ExamCluster(cluster, self._new_machine, self._endpoint, self._network_driver)

    def __enter__(self) -> Self:
        self._open(exam_sockets.OUTER_ENGINE, self._to_engine, lambda request: to_outer_engine(self._exam, request))
        for machine in self._machines():
            self.add_machine(machine.container)
        return self

    def __exit__(self, *_error: object) -> None:
        for server in self._servers.values():
            server.shutdown()
            server.server_close()

    def add_machine(self, container: str) -> None:
        """Make a socket for the machine in that container, unless there is one."""
        if container not in self._servers:
            self._open(
                container,
                lambda: tunnel.open_stream(self._engine.client, container, UPSTREAM_SECONDS),
                lambda request: to_machine(self._exam, container, request),
            )

    def _open(self, name: str, upstream: Callable[[], Any], rule: Callable[[Request], Request]) -> None:
        path = exam_sockets.socket_path(self._folder, name)
        server = self._servers[name] = _Server(str(path), _Connection, self, upstream, rule, self._free)
        path.chmod(0o666)  # the kernel is another user
        # A daemon: a student's program that still asks for something does not keep the examination from ending.
        threading.Thread(target=server.serve_forever, name=f"proxy-{name}", daemon=True).start()

    def _to_engine(self) -> socket.socket:
        unix = self._address.scheme == "unix"
        upstream = socket.socket(socket.AF_UNIX if unix else socket.AF_INET)
        upstream.settimeout(UPSTREAM_SECONDS)
        upstream.connect(self._address.path if unix else (self._address.hostname, self._address.port))
        return upstream

    def host_and_prefix(self, name: str) -> tuple[str, str]:
        """The host to name to that engine, and the prefix of its paths: a simulated engine has a secret there."""
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
        """The body with which the course itself creates that machine; None if it is not of the course's images."""
        machines, image = self._machines(), wanted.get("Image")
        if not machines or image not in NODES:
            return None
        name = container.rpartition("-")[2]
        known = machines[0]
        prefix, cpus = known.address.rpartition(".")[0], self._engine.cpus
        return node_container.create_body(
            self._cluster, name, image, prefix, known.rights, cpus, known.owner, known.network
        )

    def _network_driver(self, container: str, network: str) -> str:
        """The driver of the network on that machine; an empty one if there is no network of that name or id."""
        with suppress(SwarmkitError):
            client = provision.wait_for_engine(self._engine, container, container.rpartition("-")[2]).client
            return str(EngineAPI(client, container).get("networks", network)["Driver"])
        return ""


class _Server(ThreadingMixIn, UnixStreamServer):
    daemon_threads = True
    block_on_close = False

    def __init__(
        self,
        path: str,
        handler: type["_Connection"],
        proxy: Proxy,
        upstream: Callable[[], Any],
        rule: Callable[[Request], Request],
        free: threading.BoundedSemaphore,
    ) -> None:
        super().__init__(path, handler)
        self.proxy, self.upstream, self.rule, self._free = proxy, upstream, rule, free
        self.host, self.prefix = proxy.host_and_prefix(Path(path).stem)

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
        """Ignore a client that closed its connection."""


class _Connection(BaseHTTPRequestHandler):
    """One connection of a client, with one request."""

    protocol_version = "HTTP/1.1"
    timeout = REQUEST_SECONDS
    server: _Server

    def do_GET(self) -> None:
        self.close_connection = True
        try:
            path, _mark, query = self.path.partition("?")
            request = self.server.rule(Request(self.command, path, query, self._body()))
            self._forward(request)
        except Forbidden as refusal:
            self._refuse(403, f"this is an examination: {refusal}")
        except (OSError, SwarmkitError) as error:
            self._refuse(503, f"the machine does not answer ({error})")

    do_POST = do_DELETE = do_HEAD = do_PUT = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log: there is no reader."""

    def _body(self) -> bytes:
        """The whole body. Raises `Forbidden` if its size is not clear, or too large."""
        length, encoding = self.headers.get_all("Content-Length", []), self.headers.get_all("Transfer-Encoding", [])
        if not encoding and len(length) <= 1:
            digits = length[0] if length else "0"
            if not (digits.isascii() and digits.isdigit()) or int(digits) > BODY_MAX_BYTES:
                raise Forbidden("the body is too large")
            return self.rfile.read(int(digits))
        if length or [each.lower() for each in encoding] != ["chunked"]:
            raise Forbidden("the size of the body is given in two ways")
        body = bytearray()
        while size := self._chunk_size():
            body += self.rfile.read(size)
            self.rfile.readline(3)
            if len(body) > BODY_MAX_BYTES:
                raise Forbidden("the body is too large")
        return bytes(body)

    def _chunk_size(self) -> int:
        try:
            size = int(self.rfile.readline(CHUNK_LINE_MAX_BYTES).partition(b";")[0], 16)
        except ValueError as error:
            raise Forbidden("the body cannot be read") from error
        if not 0 <= size <= BODY_MAX_BYTES:
            raise Forbidden("the body is too large")
        return size

    def _forward(self, request: Request) -> None:
        """Send the request, and pass its answer back; a stream goes in both directions until one end closes."""
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
        if request.new_machine:
            self.server.proxy.add_machine(request.new_machine)
        try:
            if hijacked:
                head_of_answer = _read_head(upstream)
                # An engine that refuses takes the next bytes for another request, which no rule would have read.
                hijacked = head_of_answer.partition(b"\r\n")[0].split()[1:2] == [b"101"]
                self.wfile.write(head_of_answer)
            self.connection.settimeout(None)
            upstream.settimeout(None)
            threading.Thread(target=self._send, args=(upstream, hijacked), daemon=True).start()
            while piece := upstream.recv(BUFFER_BYTES):
                self.wfile.write(piece)
        finally:
            upstream.close()

    def _send(self, upstream: Any, hijacked: bool) -> None:
        """Send upstream what the client writes to a hijacked connection; close both if the client closes."""
        with suppress(OSError, ValueError):
            while piece := self.rfile.read1(BUFFER_BYTES):
                if hijacked:
                    upstream.sendall(piece)
            if hijacked:
                upstream.shutdown(socket.SHUT_WR)
            else:
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


def _read_head(upstream: Any) -> bytes:
    """Read the head of an answer, and the bytes that come with it."""
    read = b""
    while b"\r\n\r\n" not in read and len(read) < BUFFER_BYTES and (piece := upstream.recv(BUFFER_BYTES)):
        read += piece
    return read
