"""Running a script of `%%node` during an examination: in the kernel's own container, not in the machine.

A machine of a real cluster has nearly all rights on the computer, so no script of a student runs in one while graded.
`docker` reaches the machine's engine through the proxy of the examination, and `hostname` and `sleep` answer as in the
machine.
"""

import os
import selectors
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..engine import exam_sockets
from ..machine import Machine, shim_environment, write_shims
from .docker_exec import Pieces


class Script:
    """A shell script for that machine, which starts when this object is made; used like `docker_exec.Execution`."""

    def __init__(self, machine: Machine, docker_host: str, script: str, variables: Mapping[str, str]) -> None:
        """`docker_host` is the URL at which the script reaches the machine's engine."""
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
            "DOCKER_HOST": docker_host,
            "DOCKER_CONFIG": str(home),
            "HOME": str(work),
            "PATH": path,
        }
        # In a process group of its own, so that all its processes can be ended with it.
        self._process = subprocess.Popen(
            ["sh", "-c", script],
            cwd=work,
            env=environment,
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __iter__(self) -> Pieces:
        process = self._process
        stdout, stderr = filter(None, (process.stdout, process.stderr))
        try:
            with selectors.DefaultSelector() as selector:
                for stream in (stdout, stderr):
                    selector.register(stream, selectors.EVENT_READ)
                while selector.get_map():
                    for key, _mask in selector.select():
                        piece = os.read(key.fd, 1 << 16)
                        if not piece:
                            selector.unregister(key.fileobj)
                        else:
                            yield (piece, b"") if key.fileobj is stdout else (b"", piece)
            self.status = process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            stdout.close()
            stderr.close()
            self._folder.cleanup()
