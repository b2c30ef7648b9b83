"""Let any stream of bytes serve as the HTTP connection of a Docker SDK client."""

import io
from collections.abc import Callable
from typing import Any

import docker
import requests
import urllib3.connection
import urllib3.connectionpool
from docker.transport.basehttpadapter import BaseHTTPAdapter

from .sdk_client import SDKClient

URL = "http://node:80"  # a placeholder: the adapter ignores the host and port
MAX_CONNECTIONS = 8

Open = Callable[[float], Any]  # opens a stream with the methods of a socket; its timeout is in seconds


def client(open_stream: Open, timeout: float, version: str) -> docker.APIClient:
    """Make a client, of that version of the API, whose connections are such streams."""
    made = SDKClient(base_url=URL, version=version, timeout=int(timeout))
    made.mount(URL, _Adapter(open_stream, timeout))
    return made


class _Connection(urllib3.connection.HTTPConnection):
    def __init__(self, open_stream: Open, timeout: float) -> None:
        super().__init__("node", timeout=timeout)
        self._target = open_stream, timeout

    def connect(self) -> None:
        open_stream, seconds = self._target
        self.sock = open_stream(seconds)

    @property
    def is_connected(self) -> bool:
        try:
            return super().is_connected
        except (AttributeError, io.UnsupportedOperation):
            return True  # a Windows pipe cannot tell; if it is broken, the next read fails


class _Pool(urllib3.connectionpool.HTTPConnectionPool):
    def __init__(self, open_stream: Open, timeout: float) -> None:
        super().__init__("node", timeout=timeout, maxsize=MAX_CONNECTIONS)
        self._target = open_stream, timeout

    def _new_conn(self) -> _Connection:
        return _Connection(*self._target)


class _Adapter(BaseHTTPAdapter):
    def __init__(self, open_stream: Open, timeout: float) -> None:
        super().__init__()
        self._pool = _Pool(open_stream, timeout)

    def get_connection(self, url: str | bytes, proxies: Any = None) -> _Pool:
        return self._pool

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        return request.path_url

    def close(self) -> None:
        self._pool.close()
        super().close()
