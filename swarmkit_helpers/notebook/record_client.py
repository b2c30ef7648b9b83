"""A notebook's kernel follows the record of the Jupyter server that started it, instead of looking by itself.

So three open notebooks cost one loop, each sees the commands of the others, and a kernel that restarts has its history
again. Where there is no such server (papermill, nbval, grading) or it does not answer, the kernel records by itself.
"""

import json
import os
import socket
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jupyter_core.paths import jupyter_runtime_dir

from ..docker_commands import Command
from ..recorder import Gap, NamedObservable, Recorder
from ..recorder.entries import Decoder, Numbered

SERVER_VARIABLE = "SWARMLAB_RECORD"  # set by the server for its kernels: its process id
ANSWER_SECONDS = 10.0  # that the server gets for an answer
LOOK_SECONDS = (
    90.0  # that it gets for a look: a manager that is frozen has 20 s to answer, and then the next one is asked
)
SILENCE_SECONDS = 45.0  # without a line, after which the server counts as gone; it sends one every 15 s

RECONNECT_MIN_SECONDS = 5.0  # that a connection has to hold to be made again when it ends, as after a laptop's sleep

# What becomes of a request or a line where the server is gone, or is unlike ours.
_Lost = (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError)


class RecordServer:
    """The record of one cluster on the server."""

    def __init__(self, url: str, token: str, cluster: str) -> None:
        self._address = urlsplit(url)
        self._token, self._cluster = token, cluster
        self._stream: socket.socket | None = None

    def post(self, what: str, body: Any = None, seconds: float = ANSWER_SECONDS) -> int:
        """Send the request, and return the number of the record's last entry after it. Raises `_Lost`."""
        connection = self._connection(seconds)
        try:
            return int(json.load(self._ask(connection, "POST", f"/{what}", json.dumps(body)))["seen"])
        finally:
            connection.close()

    def lines(self, seen: int | None) -> Iterator[bytes]:
        """The lines of the entries after that number, or of the server's time, each when it comes. Raises `_Lost`."""
        connection = self._connection()
        connection.connect()
        self._stream = connection.sock
        connection.sock.settimeout(SILENCE_SECONDS)
        answer = self._ask(connection, "GET", "", None, **({} if seen is None else {"seen": str(seen)}))
        return iter(answer.readline, b"")

    def close(self) -> None:
        """End the lines; who waits for the next one gets the end, or an `OSError`."""
        if self._stream:
            try:
                self._stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # the server has ended it already

    def _connection(self, seconds: float = ANSWER_SECONDS) -> HTTPConnection:
        kind = HTTPSConnection if self._address.scheme == "https" else HTTPConnection
        return kind(self._address.hostname or "", self._address.port, timeout=seconds)

    def _ask(self, connection: HTTPConnection, verb: str, path: str, body: str | None, **query: str) -> HTTPResponse:
        target = f"{self._address.path.rstrip('/')}/swarmlab/record{path}"
        headers = {"Authorization": f"token {self._token}"}
        connection.request(verb, f"{target}?{urlencode({'cluster': self._cluster, **query})}", body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise HTTPException(f"the server answers {answer.status}")
        return answer


class Follower(Recorder):
    """A recorder that takes over what the server records. If the server is lost, it looks by itself from then on."""

    def __init__(self, swarm: NamedObservable, server: RecordServer) -> None:
        super().__init__(swarm)
        self._server: RecordServer | None = server
        self._lines: Iterator[bytes] = iter(())
        self._decoder = Decoder()

    @property
    def follows(self) -> bool:
        """Whether the entries come from the server."""
        return self._server is not None

    def start(self) -> None:
        """Take over what the server has recorded in its time, and follow it. Nothing happens if it follows already."""
        if self._thread:
            return
        if self._server:
            self._catch_up(self._server)
        super().start()
        if self._server and (self._last is None or isinstance(self._last, Gap)):
            self.look()
        if self._server and isinstance(self._last, Gap) and self._sees_more():
            self._lose()

    def stop(self) -> None:
        """Stop following after one last look; the history stays. Nothing happens if it does not follow."""
        if self._thread and self._server:
            self.look()
            self._stopping.set()
            if self._server:
                self._server.close()
        super().stop()

    def look(self) -> None:
        """Let the server look, and wait until what it saw is here."""
        if self._server is None:
            super().look()
            return
        try:
            number = self._server.post("look", seconds=LOOK_SECONDS)
        except TimeoutError:
            return  # the server is there, and still waits for managers
        except _Lost:
            self._lose()
            super().look()
            return
        end = time.monotonic() + ANSWER_SECONDS
        while self._server and (seen := self.wait(0, timeout=0)) < number and time.monotonic() < end:
            self.wait(seen, timeout=end - time.monotonic())

    def mark(self, command: Command) -> None:
        """Put the command on the server's record, from where it comes back as an entry."""
        if self._server is None:
            super().mark(command)
            return
        try:
            self._server.post("commands", vars(command))
        except _Lost:
            self._lose()
            super().mark(command)

    def _catch_up(self, server: RecordServer) -> None:
        """Take over all earlier entries; charts see them all at once."""
        earlier: list[Numbered] = []
        self._decoder = Decoder()
        try:
            self._lines = server.lines(self.wait(0, timeout=0) or None)
            for line in self._lines:
                if b'"now"' in line[:8]:
                    break
                if line.strip():
                    earlier.append(self._decoder.entry(line))
        except _Lost:
            self._lose()
        with self._lock:
            for number, entry in earlier:
                self.keep(entry, number)

    def _run(self) -> None:
        while server := self._server:
            connected = time.monotonic()
            try:
                for line in self._lines:
                    if line.strip():
                        number, entry = self._decoder.entry(line)
                        self.keep(entry, number)
            except _Lost:
                pass  # the same as the end of the lines
            server.close()
            if self._stopping.is_set():
                return
            if self._server and time.monotonic() - connected >= RECONNECT_MIN_SECONDS:
                self._catch_up(server)
            else:
                self._lose()
        super()._run()

    def _sees_more(self) -> bool:
        """Whether this kernel sees the swarm that the server does not see, such as one on another engine."""
        try:
            self._swarm.observe()
        except Exception:
            return False  # any error means that it does not
        return True

    def _lose(self) -> None:
        """Look by oneself from now on."""
        server, self._server = self._server, None
        if server:
            server.close()
        self.wake()


def recorder_of(swarm: NamedObservable) -> Recorder:
    """A recorder of that swarm: one that follows the server that started this kernel, where there is one."""
    found = _server()
    return Follower(swarm, RecordServer(*found, swarm.name)) if found else Recorder(swarm)


def _server() -> tuple[str, str] | None:
    """The address of that server and its token. None if this process is no kernel of a server that records."""
    pid = os.environ.get(SERVER_VARIABLE, "")
    # A terminal of the server inherits the variable, and so do the kernels of a papermill that runs there.
    if not pid or (os.name != "nt" and os.environ.get("JPY_PARENT_PID") != pid):
        return None
    try:
        note = json.loads((Path(jupyter_runtime_dir()) / f"jpserver-{pid}.json").read_text(encoding="utf-8"))
        return note["url"], note["token"] or os.environ.get("JUPYTERHUB_API_TOKEN", "")
    except (OSError, ValueError, KeyError):
        return None
