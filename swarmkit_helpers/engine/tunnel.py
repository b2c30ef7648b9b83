"""Reach a node's engine through its container, without any open port.

`docker system dial-stdio`, executed in the node, connects its stdin and stdout to the engine's socket. The
stream of that exec serves as the HTTP connection of a Docker SDK client. `docker -H ssh://` reaches an engine
in the same way, with ssh in the place of `docker exec`.
"""

import io
import socket
import weakref
from contextlib import suppress
from typing import Any

import docker
import requests
from docker.constants import DEFAULT_DOCKER_API_VERSION

from . import exam_sockets, stream_adapter
from .http_client import open_client
from .stream_frames import STDERR, read_header


def connect(outer: docker.APIClient, container: str, timeout: int = 20) -> docker.APIClient:
    """Make a client of the engine in the container; `timeout` is in seconds, for each answer."""
    if url := exam_sockets.url(container):
        return open_client(url, timeout)

    def client(version: str) -> docker.APIClient:
        return stream_adapter.client(lambda seconds: ExecSocket(outer, container, seconds), timeout, version)

    return client(client(DEFAULT_DOCKER_API_VERSION).version(api_version=False)["ApiVersion"])


def open_stream(outer: docker.APIClient, container: str, timeout: float) -> "ExecSocket":
    """Open a connection to the engine in the container. Raises `ConnectionError` if the container does not run."""
    try:
        return ExecSocket(outer, container, timeout)
    except docker.errors.APIError as error:
        raise ConnectionError(error.explanation) from error


class ExecSocket:
    """The stdin and stdout of one `dial-stdio`, with the methods of a socket that `http.client` uses."""

    def __init__(self, outer: docker.APIClient, container: str, timeout: float) -> None:
        command = ["docker", "system", "dial-stdio"]
        exec_id = outer.exec_create(container, command, stdin=True, stdout=True, stderr=True)["Id"]
        # The SDK's own `exec_start` returns the stream without the answer that owns it. An answer that is left when
        # its stream is closed cannot be closed (Python 3.13 and newer report: "Exception ignored in ...").
        self._answer = outer.post(
            f"{outer.base_url}/v{outer.api_version}/exec/{exec_id}/start",
            stream=True,
            headers={"Connection": "Upgrade", "Upgrade": "tcp"},
            timeout=outer.timeout,
            json={"Detach": False, "Tty": False},
        )
        # The SDK's own way to the socket of an answer; its published types lack it.
        stream = outer._get_raw_response_socket(self._answer)  # type: ignore[attr-defined]  # not in its types
        # The reader of the answer's head. What came in one piece with the head is in its buffer, not in the socket.
        self._reader: io.BufferedReader = self._answer.raw._fp.fp  # type: ignore[union-attr]  # it was read
        self._end = weakref.finalize(self, _close, self._answer, stream)
        self._socket: socket.socket = getattr(stream, "_sock", stream)  # on Windows a pipe with the same methods
        self._socket.settimeout(timeout)
        self._left = 0  # bytes of the present frame that are not read yet

    def sendall(self, data: bytes) -> None:
        self._socket.sendall(data)

    def settimeout(self, seconds: float | None) -> None:
        self._socket.settimeout(seconds)

    def recv(self, size: int) -> bytes:
        """Wait for bytes, and read up to `size` of them; none at the end."""
        buffer = bytearray(size)
        return bytes(buffer[: self.recv_into(buffer)])

    def fileno(self) -> int:
        return self._socket.fileno()

    def makefile(self, mode: str, buffering: int = -1) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self), 1 << 16)

    def recv_into(self, buffer: Any) -> int:
        """Wait for bytes of stdout, and read them into the buffer: how many; 0 at the end.

        Raises `ConnectionError` with what `dial-stdio` wrote to stderr, or if another thread has closed the stream.
        """
        try:
            while not self._left:
                header = read_header(self._reader.read)
                if header is None:
                    return 0
                stream, self._left = header
                if stream == STDERR:  # why dial-stdio could not reach the engine
                    raise ConnectionError(self._reader.read(self._left).decode(errors="replace").strip())
            size = self._reader.readinto1(memoryview(buffer)[: self._left])
        except ValueError as error:  # a reader's word for "closed"
            raise ConnectionAbortedError(str(error)) from error
        self._left -= size
        return size

    def shutdown(self, how: int) -> None:
        """End one direction, as of a socket: after `SHUT_WR` the engine may still answer (but not through TLS)."""
        self._socket.shutdown(how)

    def close(self) -> None:
        self._end()


def _close(answer: requests.Response, stream: Any) -> None:
    """End the exec, and close its answer before the stream that the answer reads from."""
    with suppress(OSError, AttributeError):  # closed already, or a Windows pipe, which `close` ends
        getattr(stream, "_sock", stream).shutdown(socket.SHUT_RDWR)
    answer.close()
    stream.close()


class _Reader(io.RawIOBase):
    """The reading side, for one HTTP answer: closing it leaves the connection open for the next."""

    def __init__(self, connection: ExecSocket) -> None:
        self._connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._connection.recv_into(buffer)
