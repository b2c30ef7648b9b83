"""A process on this computer that runs what is executed on a simulated node."""

import asyncio
import os
import signal
import struct
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress

from .streams import STDERR, STDOUT, HijackedConnection

if sys.platform != "win32":
    import fcntl
    import pty
    import termios

CANNOT_INVOKE, NOT_FOUND = 126, 127  # exit statuses of a shell


class ExecProcess:
    """A command that runs on this computer for a node, in a process group of its own."""

    def __init__(self, argv: Sequence[str], variables: Mapping[str, str], tty: bool) -> None:
        self._argv, self._variables, self._tty = argv, variables, tty
        self._terminal = -1  # file descriptor of our end of its terminal
        self.pid = 0

    async def run(self, client: HijackedConnection | None, interactive: bool) -> int:
        """Run the command and return its exit status: 126 or 127 if it cannot be started.

        Its output goes to the client. With `interactive`, the client's input goes to the command.
        """
        if os.name == "nt":
            if client:
                client.write(b"A script on a simulated node needs a Unix shell, which this computer has not.\n", STDERR)
            return CANNOT_INVOKE
        with tempfile.TemporaryDirectory(prefix="swarmlab-node-") as folder:
            try:
                process = await self._start(folder, interactive)
            except (OSError, ValueError) as error:  # a ValueError for words that no program can get
                if client:
                    reason = getattr(error, "strerror", None) or str(error)
                    client.write(f"simulated node: {self._argv[0]}: {reason}\n".encode(errors="replace"), STDERR)
                return NOT_FOUND if isinstance(error, FileNotFoundError) else CANNOT_INVOKE
            typing = asyncio.ensure_future(self._pass_input(client, process)) if client and interactive else None
            try:
                if self._tty:
                    await self._pass_terminal(client)
                else:
                    await asyncio.gather(
                        _pass_output(process.stdout, client, STDOUT), _pass_output(process.stderr, client, STDERR)
                    )
                status = await process.wait()
            finally:
                if typing:
                    typing.cancel()
                self.kill()
            return status if status >= 0 else 128 - status

    async def _start(self, folder: str, interactive: bool) -> asyncio.subprocess.Process:
        argv, variables = self._argv, dict(self._variables)
        if not self._tty:
            pipe = asyncio.subprocess.PIPE
            process = await asyncio.create_subprocess_exec(
                *argv,
                cwd=folder,
                env=variables,
                start_new_session=True,
                stdin=pipe if interactive else asyncio.subprocess.DEVNULL,
                stdout=pipe,
                stderr=pipe,
            )
        else:
            self._terminal, theirs = pty.openpty()
            try:
                process = await asyncio.create_subprocess_exec(
                    *argv,
                    cwd=folder,
                    env=variables,
                    start_new_session=True,
                    stdin=theirs,
                    stdout=theirs,
                    stderr=theirs,
                    preexec_fn=_control_terminal,
                )
            finally:
                os.close(theirs)
        self.pid = process.pid
        return process

    async def _pass_input(self, client: HijackedConnection, process: asyncio.subprocess.Process) -> None:
        """Pass the client's input to the command, and its end, if the command has no terminal."""

        def write(data: bytes) -> None:
            if self._tty:
                with suppress(OSError):
                    os.write(self._terminal, data)
            elif process.stdin and not process.stdin.is_closing():
                process.stdin.write(data)

        try:
            await client.read_all(write)
        finally:
            if not self._tty and process.stdin:
                process.stdin.close()

    async def _pass_terminal(self, client: HijackedConnection | None) -> None:
        """Pass the terminal's output to the client, until no process has the terminal open any more."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def read() -> None:
            try:
                data = os.read(self._terminal, 1 << 16)
            except OSError:
                data = b""
            if not data:
                loop.remove_reader(self._terminal)
                ended.set()
            elif client:
                client.write(data)

        loop.add_reader(self._terminal, read)
        await ended.wait()
        os.close(self._terminal)
        self._terminal = -1

    def resize(self, rows: int, columns: int) -> None:
        """Set the size of its terminal."""
        if self._terminal >= 0:
            fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self) -> None:
        """Kill it and all processes it has started."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def _control_terminal() -> None:
    """Make standard input the controlling terminal of this session: Ctrl-C interrupts, and its end sends SIGHUP.

    That also has to work if the simulator itself ignores SIGHUP, as after nohup.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


async def _pass_output(reader: asyncio.StreamReader | None, client: HijackedConnection | None, stream: int) -> None:
    while reader and (data := await reader.read(1 << 16)):
        if client:
            client.write(data, stream)
            await client.drain()
