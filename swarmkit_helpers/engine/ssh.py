"""Reach an engine with the computer's own `ssh`, as the docker command does: `ssh HOST docker system dial-stdio`."""

import os
import socket
import subprocess
import tempfile
import weakref
from contextlib import suppress
from typing import IO, Any
from urllib.parse import urlsplit

from docker.errors import DockerException

from ..language import _

CONNECT_SECONDS = 30  # as the docker command asks of ssh
END_SECONDS = 5  # that ssh gets to end, and to say why


def command(url: str) -> list[str]:
    """The command that connects its stdin and stdout to the engine at that URL."""
    address = urlsplit(url)
    options = ["-o", f"ConnectTimeout={CONNECT_SECONDS}", "-o", "BatchMode=yes", "-T"]  # it must ask no question
    if address.username:
        options += ["-l", address.username]
    if address.port:
        options += ["-p", str(address.port)]
    return ["ssh", *options, "--", address.hostname or "localhost", "docker", "system", "dial-stdio"]


def login(url: str) -> str:
    """How the machine of that URL is reached by hand."""
    address = urlsplit(url)
    port = f"-p {address.port} " if address.port else ""
    return f"ssh {port}{address.netloc.rpartition(':')[0] if address.port else address.netloc}"


class SSHSocket(socket.socket):
    """Our end of a pair of sockets, whose other end is the stdin and stdout of `ssh`."""

    def __init__(self, url: str, timeout: float) -> None:
        """Start `ssh`. Raises `DockerException` where that is not possible."""
        if os.name == "nt":
            raise DockerException(_("ssh:// is not possible from Windows itself, only from WSL"))
        ours, theirs = socket.socketpair()
        super().__init__(fileno=ours.detach())
        self.settimeout(timeout)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115  # closed by `_end`
        try:
            # In a session of its own: a Ctrl-C on the terminal does not end the connection.
            self._process = subprocess.Popen(
                command(url), stdin=theirs.fileno(), stdout=theirs.fileno(), stderr=self._said, start_new_session=True
            )
        except FileNotFoundError as error:
            self._said.close()
            self.close()
            raise DockerException(_("the program ssh is not installed")) from error
        finally:
            theirs.close()
        self._received = False
        weakref.finalize(self, _end, self._process, self._said)

    def recv_into(self, buffer: Any, *options: int) -> int:
        """Wait for bytes and read them into the buffer. Raises `ConnectionError` with what `ssh` said, if none came."""
        try:
            size = super().recv_into(buffer, *options)
        except ConnectionResetError:
            size = 0
        if not size and not self._received:
            raise ConnectionError(self._reason())
        self._received = True
        return size

    def sendall(self, data: Any, *options: int) -> None:
        """Send the bytes. Raises `ConnectionError` with what `ssh` said, if it has ended."""
        try:
            super().sendall(data, *options)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise ConnectionError(self._reason()) from error

    def _reason(self) -> str:
        """The last line that `ssh`, or `docker` on the other machine, wrote to stderr."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "ssh ended"


def _end(process: "subprocess.Popen[bytes]", said: IO[bytes]) -> None:
    """End `ssh`."""
    process.terminate()
    process.wait()
    said.close()
