"""An engine of a few answers on a Unix socket, which refuses old versions of its API as Docker 29 does."""

import json
import re
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

LATEST = "1.52"  # the API of Docker 29.0
NO_ENGINE = b"Cannot connect to the Docker daemon at unix:///var/run/docker.sock."


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: str, version: str, minimum: str) -> None:
        super().__init__(path, _Handler)
        self.minimum = _numbers(minimum)
        self.asked: list[str] = []  # paths with their queries
        image = {"Os": "linux", "Architecture": "amd64"}
        info = {"NCPU": 2, "CpuCfsQuota": True, "MemTotal": 1 << 30, "OperatingSystem": "Test"}
        self.answers = {
            "_ping": "OK",
            "version": {"ApiVersion": LATEST, "MinAPIVersion": minimum, "Version": version},
            "info": {"ServerVersion": version, **info},
            "containers/node1/exec": {"Id": "1"},
            "containers/node2/exec": {"Id": "2"},
            "containers/json": [],
            "images/one/json": image,
            "images/two/json": image,
            "images/arm/json": image | {"Architecture": "arm64"},
            "images/get": "an archive",
        }


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        version, path = re.fullmatch(r"/(?:v(\d+\.\d+)/)?([^?]*).*", self.path).groups()
        self.server.asked.append(unquote(self.path))
        answers = self.server.answers
        if version and _numbers(version) < self.server.minimum:
            self._answer(400, {"message": f"client version {version} is too old"})
        elif path == "exec/2/start":
            self._failed_exec()
        elif path.startswith("exec/"):
            self._exec()
        else:
            self._answer(200 if path in answers else 404, answers.get(path, {"message": "page not found"}))

    do_POST = do_GET

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, body: object) -> None:
        text = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _exec(self) -> None:
        """`docker system dial-stdio` in node1: the same engine, its answers in frames of stdout."""
        self.send_response(101)
        self.send_header("Connection", "Upgrade")
        self.send_header("Upgrade", "tcp")
        self.end_headers()
        inner = _Framed.__new__(_Framed)
        inner.request, inner.client_address, inner.server = self.connection, self.client_address, self.server
        inner.setup()
        inner.handle()
        self.close_connection = True

    def _failed_exec(self) -> None:
        """`docker system dial-stdio` in node2, where no engine runs: the head and the reason come in one piece."""
        head = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n"
        self.wfile.write(head + struct.pack(">BxxxI", 2, len(NO_ENGINE)) + NO_ENGINE)
        self.close_connection = True


class _Framed(_Handler):
    """The engine of a node, whose answers travel in frames."""

    def setup(self) -> None:
        super().setup()
        self.wfile = _Frames(self.wfile)


class _Frames:
    def __init__(self, stream: object) -> None:
        self._stream = stream

    def write(self, data: bytes) -> None:
        self._stream.write(struct.pack(">BxxxI", 1, len(data)) + data)

    def flush(self) -> None:
        self._stream.flush()


@contextmanager
def small_engine(
    folder: Path, version: str = "29.0.0", minimum: str = "1.44", events: str | None = None
) -> Iterator[tuple[str, list[str]]]:
    """The URL of an engine that answers in the folder while the block runs, and the paths that it is asked for.

    Its stream of events is that text, and then ends; without a text it knows of no events.
    The minima are those of moby, daemon/config/config_linux.go, MinAPIVersion: 1.44 in Docker 29.0, 1.40 from 29.3.
    """
    with _Server(str(folder / "engine.sock"), version, minimum) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        if events is not None:
            server.answers["events"] = events
        try:
            yield f"unix://{folder}/engine.sock", server.asked
        finally:
            server.shutdown()
