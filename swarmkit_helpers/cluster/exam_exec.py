"""Running a script of `%%node` where a notebook is graded: here, in the kernel's own room, and not in the machine.

A machine of a real cluster is nearly as mighty as the computer it runs on, so nobody's script is let into one while
it is graded. `docker` reaches the machine's engine through the door of the room, and `hostname` and `sleep` are as
they would be there.
"""

import os
import selectors
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from ..engine import exam_sockets
from ..machine import Machine, shim_environment, write_shims


class Script:
    """A shell script that starts now, for that machine; used like `shell.Execution`."""

    def __init__(self, machine: Machine, script: str, variables: Mapping[str, str]) -> None:
        self.status: int | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="swarmlab-script-")
        home = Path(self._folder.name)
        write_shims(home)
        work = home / "work"
        work.mkdir()
        path = os.pathsep.join([str(home), os.environ.get("PATH", os.defpath)])
        environment = {
            **os.environ,
            **variables,
            **shim_environment(machine.name, machine.address, os.environ.get(exam_sockets.SPEED_VARIABLE, "1")),
            "DOCKER_HOST": exam_sockets.url(machine.container),
            "DOCKER_CONFIG": str(home),
            "HOME": str(work),
            "PATH": path,
        }
        # In a process group of its own, so that all it starts can be ended with it.
        self._process = subprocess.Popen(
            ["sh", "-c", script],
            cwd=work,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        process = self._process
        try:
            with selectors.DefaultSelector() as waiting:
                for stream in (process.stdout, process.stderr):
                    waiting.register(stream, selectors.EVENT_READ)
                while waiting.get_map():
                    for key, _mask in waiting.select():
                        piece = os.read(key.fd, 1 << 16)
                        if not piece:
                            waiting.unregister(key.fileobj)
                        else:
                            yield (piece, b"") if key.fileobj is process.stdout else (b"", piece)
            self.status = process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stdout.close()
            process.stderr.close()
            self._folder.cleanup()
