"""A Unix socket to the engine of a real node, for clients that know only addresses.

A node publishes no port: each connection goes through `docker exec NODE docker system dial-stdio`.
"""

import socketserver
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from swarmkit_helpers.engine.discover import find_engine


@contextmanager
def engine_socket(container: str) -> Iterator[str]:
    """Listen on a socket until the block ends. The value is its DOCKER_HOST."""
    command = ["docker", "--host", find_engine().url, "exec", "--interactive", container]
    command += ["docker", "system", "dial-stdio"]

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
            assert process.stdin is not None and process.stdout is not None  # they are pipes
            threading.Thread(target=self._send, args=(process,), daemon=True).start()
            while data := process.stdout.read(1 << 16):
                with suppress(OSError):
                    self.request.sendall(data)
            process.wait()

        def _send(self, process: "subprocess.Popen[bytes]") -> None:
            assert process.stdin is not None  # it is a pipe
            with suppress(OSError):
                while data := self.request.recv(1 << 16):
                    process.stdin.write(data)
            with suppress(OSError):
                process.stdin.close()

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    with tempfile.TemporaryDirectory(prefix="swarmlab-socket-") as folder:
        path = Path(folder, "docker.sock")
        with Server(str(path), Connection) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"unix://{path}"
            finally:
                server.shutdown()
