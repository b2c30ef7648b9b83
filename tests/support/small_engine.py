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

MINIMUM = (1, 44)  # of Docker 29.0: moby, daemon/config/config_linux.go, MinAPIVersion
ANSWERS = {
    "_ping": "OK",
    "version": {"ApiVersion": "1.52", "MinAPIVersion": "1.44", "Version": "29.0.0"},
    "info": {"ServerVersion": "29.0.0", "NCPU": 2, "CpuCfsQuota": True, "MemTotal": 1 << 30, "OperatingSystem": "Test"},
    "containers/node1/exec": {"Id": "1"},
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        version, path = re.fullmatch(r"/(?:v(\d+\.\d+)/)?([^?]*).*", self.path).groups()
        if version and tuple(map(int, version.split("."))) < MINIMUM:
            self._answer(400, {"message": f"client version {version} is too old"})
        elif path.startswith("exec/"):
            self._exec()
        else:
            self._answer(200 if path in ANSWERS else 404, ANSWERS.get(path, {"message": "page not found"}))

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


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True


@contextmanager
def small_engine(folder: Path) -> Iterator[str]:
    """The URL of an engine that answers in the folder while the block runs."""
    with _Server(str(folder / "engine.sock"), _Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        try:
            yield f"unix://{folder}/engine.sock"
        finally:
            server.shutdown()
