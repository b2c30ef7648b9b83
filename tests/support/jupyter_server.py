"""A Jupyter server as `lab` starts it, without JupyterLab's pages, and a client of it."""

import asyncio
import json
import os
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from swarmkit_helpers.notebook import jupyter_options
from swarmkit_helpers.polling import wait_until

START_SECONDS, ANSWER_SECONDS = 60, 20


class JupyterServer:
    """A server that answers, and requests to it with its token."""

    def __init__(self, port: int, token: str, runtime: Path) -> None:
        self.runtime = runtime  # the folder where it notes how its kernels are reached
        self.url, self.token = f"http://127.0.0.1:{port}", token

    def ask(self, verb: str, path: str, body: Any = None, token: str | None = None) -> requests.Response:
        """The answer to the request; `token` is another than the server's own."""
        headers = {"Authorization": f"token {self.token if token is None else token}"}
        return requests.request(verb, f"{self.url}/{path}", json=body, headers=headers, timeout=ANSWER_SECONDS)

    def terminal(self, name: str, *typed: tuple[str, str]) -> str:
        """What the terminal of that name shows: each text is typed once the text before it has been shown.

        The last one is awaited too.
        """
        return asyncio.run(self._terminal(name, typed))

    async def _terminal(self, name: str, typed: tuple[tuple[str, str], ...]) -> str:
        url = f"{self.url.replace('http', 'ws', 1)}/terminals/websocket/{name}"
        connection = await websocket_connect(HTTPRequest(url, headers={"Authorization": f"token {self.token}"}))
        shown = ""
        for awaited, keys in typed:
            new = await asyncio.wait_for(_until(connection, awaited), ANSWER_SECONDS)
            shown += new
            if keys:
                await connection.write_message(json.dumps(["stdin", keys]))
        connection.close()
        return shown


async def _until(connection: WebSocketClientConnection, awaited: str) -> str:
    """What comes until that text has been shown; "" stands for the end of the terminal."""
    shown = ""
    while not awaited or awaited not in shown:
        message = await connection.read_message()
        if message is None:
            assert not awaited, f"the terminal ended, and did not show {awaited!r}:\n{shown}"
            break
        kind, *content = json.loads(message)
        shown += content[0] if kind == "stdout" else ""
    return shown


@contextmanager
def serving(folder: Path) -> Iterator[JupyterServer]:
    """A server that ends with the block. It finds the engine that this process finds."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token, log, runtime = secrets.token_hex(16), folder / "server.log", folder / "runtime"
    command = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", f"--port={port}"]
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*command, f"--ServerApp.root_dir={folder}", *jupyter_options.options()],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env=os.environ | {"JUPYTER_TOKEN": token, "JUPYTER_RUNTIME_DIR": str(runtime)},
        )
    server = JupyterServer(port, token, runtime)

    def answers() -> bool:
        assert process.poll() is None, log.read_text()
        try:
            return server.ask("GET", "api/status").ok
        except requests.ConnectionError:
            return False

    try:
        wait_until(answers, START_SECONDS, lambda: AssertionError(log.read_text()))
        yield server
    finally:
        process.terminate()
        process.wait()
