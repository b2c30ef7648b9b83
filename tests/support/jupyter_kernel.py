"""A kernel that a Jupyter server has started, in which a test runs code."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_client import BlockingKernelClient

from .jupyter_server import JupyterServer

CELL_SECONDS = 30


class Kernel:
    """A kernel of that server; `folder` is the server's runtime folder."""

    def __init__(self, server: JupyterServer, folder: Path) -> None:
        self._server = server
        self._id = server.ask("POST", "api/kernels", {"name": "python3"}).json()["id"]
        self._file = str(folder / f"kernel-{self._id}.json")
        self._client = self._connected()

    def _connected(self) -> BlockingKernelClient:
        client = BlockingKernelClient(connection_file=self._file)
        client.load_connection_file()
        client.hb_channel.time_to_dead = CELL_SECONDS  # a busy machine may let a kernel wait longer than a second
        client.start_channels()
        client.wait_for_ready(CELL_SECONDS)
        return client

    def run(self, code: str) -> Any:
        """Run the code, and return what it printed last, read as JSON. An error fails the test."""
        printed: list[str] = []

        def output(message: dict) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, output_hook=output, timeout=CELL_SECONDS)["content"]
        assert reply["status"] == "ok", "\n".join(reply["traceback"])
        last = "".join(printed).strip().splitlines()[-1:]
        return json.loads(last[0]) if last and last[0][:1] in '[{0123456789tf"' else None

    def restart(self) -> None:
        """Restart it, as JupyterLab's menu does."""
        self._client.stop_channels()
        assert self._server.ask("POST", f"api/kernels/{self._id}/restart").ok
        self._client = self._connected()

    def end(self) -> None:
        """End it."""
        self._client.stop_channels()
        self._server.ask("DELETE", f"api/kernels/{self._id}")


@contextmanager
def kernels(server: JupyterServer, folder: Path, number: int) -> Iterator[list[Kernel]]:
    """So many kernels, which end with the block."""
    started: list[Kernel] = []
    try:
        for _each in range(number):
            started.append(Kernel(server, folder))
        yield started
    finally:
        for kernel in started:
            kernel.end()
