"""What is executed in a machine: a script, by this computer's own shell, where `docker` reaches that machine's engine.

Nothing else of the machine is there: the script runs in an empty folder, with `hostname` and `sleep` as the machine
would have them.
"""

import asyncio
import os
import shutil
import signal
import stat
import struct
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from ..engines.node_engine import NodeEngine
from .streams import STDERR, STDOUT, Taken

if os.name != "nt":
    import fcntl
    import pty
    import termios


NO_DOCKER = """\
echo 'The docker command is not installed on this computer, so a script on a simulated node cannot use it.' >&2
echo 'Install it (on Debian or Ubuntu: docker-cli or docker.io), or use the functions of the helpers instead.' >&2
exit 127
"""
_HOSTNAME = """\
case "$1" in
    '') echo "$SIMULATED_NAME" ;;
    -i|-I|--ip-address) echo "$SIMULATED_ADDRESS" ;;
    *) echo "hostname: a simulated node knows only hostname and hostname -i" >&2; exit 1 ;;
esac
"""
# Time in a simulated node goes as fast as in the rest of the simulation.
_SLEEP = """\
case "$1" in
    ''|*[!0-9.]*) exec {sleep} "$@" ;;
    *) exec {sleep} "$(awk "BEGIN {{ print $1 / $SIMULATED_SPEED }}")" ;;
esac
"""


class Shims:
    """A folder with the programs that a script finds first; gone once the simulation ends."""

    def __init__(self, speed: float) -> None:
        """`speed` is how many times as fast as ours the time of the simulation goes."""
        self._speed = speed
        self._folder = tempfile.TemporaryDirectory(prefix="swarmlab-simulation-")
        self.root = Path(self._folder.name)
        self.programs, self.config = self.root / "bin", self.root / "docker"
        self.programs.mkdir()
        self.config.mkdir()  # an empty one: no context, no credentials, no plugins of the user's
        # What is left in the background of a terminal stays in its shell's process group, and ends with it.
        self.profile = self.root / "profile"
        self.profile.write_text("set +m\n", encoding="utf-8")
        self._write("hostname", _HOSTNAME)
        if sleep := shutil.which("sleep"):
            self._write("sleep", _SLEEP.format(sleep=sleep))
        if not shutil.which("docker"):
            self._write("docker", NO_DOCKER)

    def _write(self, name: str, script: str) -> None:
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{script}")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def environment(self, machine: NodeEngine, url: str, given: Sequence[str]) -> dict[str, str]:
        """What a script in that machine finds in its environment; nothing of ours but the path and the language."""
        mine = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TERM") if name in os.environ}
        return (
            mine
            | dict(line.partition("=")[::2] for line in given)
            | {
                "PATH": os.pathsep.join([str(self.programs), os.environ.get("PATH", os.defpath)]),
                "HOME": str(self.root),
                "DOCKER_HOST": url,
                "DOCKER_CONFIG": str(self.config),
                "ENV": str(self.profile),  # read by an interactive shell
                "SIMULATED_NAME": machine.name,
                "SIMULATED_ADDRESS": machine.address,
                "SIMULATED_SPEED": str(self._speed),
            }
        )

    def close(self) -> None:
        self._folder.cleanup()


class Script:
    """A command that runs on this computer for a machine, in a process group of its own."""

    def __init__(self, argv: Sequence[str], variables: Mapping[str, str], terminal: bool) -> None:
        self._argv, self._variables, self._terminal = argv, variables, terminal
        self._process: asyncio.subprocess.Process | None = None
        self._screen = -1  # our end of its terminal
        self.pid = 0

    async def run(self, client: Taken | None, keyboard: bool) -> int:
        """Its exit status, once it has ended. What it writes goes to the client, and with `keyboard` the client's
        bytes go to it. 126 if it cannot be started."""
        if os.name == "nt":
            if client:
                client.out(b"A script on a simulated node needs a Unix shell, which this computer has not.\n", STDERR)
            return 126
        with tempfile.TemporaryDirectory(prefix="swarmlab-node-") as folder:
            try:
                await self._start(folder, keyboard)
            except (OSError, ValueError) as error:  # the second for what no program can be given
                if client:
                    reason = getattr(error, "strerror", None) or str(error)
                    client.out(f"simulated node: {self._argv[0]}: {reason}\n".encode(errors="replace"), STDERR)
                return 127 if isinstance(error, FileNotFoundError) else 126
            writing = asyncio.ensure_future(client.each(self._type)) if client and keyboard else None
            if writing:
                writing.add_done_callback(lambda _: self._end_of_input())
            try:
                if self._terminal:
                    await self._show(client)
                else:
                    await asyncio.gather(
                        _pump(self._process.stdout, client, STDOUT), _pump(self._process.stderr, client, STDERR)
                    )
                status = await self._process.wait()
            finally:
                if writing:
                    writing.cancel()
                self.kill()
            return status if status >= 0 else 128 - status

    async def _start(self, folder: str, keyboard: bool) -> None:
        ends = {}
        theirs = -1
        if self._terminal:
            self._screen, theirs = pty.openpty()
            ends = {"stdin": theirs, "stdout": theirs, "stderr": theirs, "preexec_fn": _rule_the_terminal}
        else:
            pipe = asyncio.subprocess.PIPE
            ends = {"stdin": pipe if keyboard else asyncio.subprocess.DEVNULL, "stdout": pipe, "stderr": pipe}
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self._argv, cwd=folder, env=dict(self._variables), start_new_session=True, **ends
            )
            self.pid = self._process.pid
        finally:
            if theirs >= 0:
                os.close(theirs)

    def _type(self, data: bytes) -> None:
        if self._terminal:
            with suppress(OSError):
                os.write(self._screen, data)
        elif self._process.stdin and not self._process.stdin.is_closing():
            self._process.stdin.write(data)

    def _end_of_input(self) -> None:
        if not self._terminal and self._process.stdin:
            self._process.stdin.close()

    async def _show(self, client: Taken | None) -> None:
        """What is written on the terminal goes to the client, until nobody has the terminal open any more."""
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        def read() -> None:
            try:
                data = os.read(self._screen, 1 << 16)
            except OSError:
                data = b""
            if not data:
                loop.remove_reader(self._screen)
                ended.set()
            elif client:
                client.out(data)

        loop.add_reader(self._screen, read)
        await ended.wait()
        os.close(self._screen)
        self._screen = -1

    def resize(self, rows: int, columns: int) -> None:
        """Its terminal has that size."""
        if self._screen >= 0:
            fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def kill(self) -> None:
        """It has ended, with all it started."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)


def _rule_the_terminal() -> None:
    """Its standard input is the terminal of this session: Ctrl-C interrupts what runs in it, and its end ends that.

    Also where whoever started the engine has told it to ignore the end of a terminal, as nohup does.
    """
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


async def _pump(reader: asyncio.StreamReader, client: Taken | None, stream: int) -> None:
    while data := await reader.read(1 << 16):
        if client:
            client.out(data, stream)
            await client.drained()
