"""A Unix socket to the engine of a node, for clients that know only addresses.

A node publishes no port: each connection goes through the tunnel, as those of the course itself do.
"""

import fcntl
import select
import socket
import socketserver
import struct
import tempfile
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import docker

from swarmkit_helpers.engine import tunnel
from swarmkit_helpers.polling import wait_until

BUFFER_BYTES = 1 << 16
ANSWER_SECONDS = 60  # in which the engine must begin to answer, and a client must read the head of an answer
UPGRADED = b"HTTP/1.1 101 "
END_OF_HEAD = b"\r\n\r\n"


@contextmanager
def engine_socket(outer: docker.APIClient, container: str) -> Iterator[str]:
    """Listen on a socket until the block ends. The value is its DOCKER_HOST."""

    class Connection(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            node = tunnel.open_stream(outer, container, ANSWER_SECONDS)
            node.settimeout(None)
            answering = threading.Thread(target=_answer, args=(self.request, node), daemon=True)
            answering.start()
            _forward(self.request, node)
            answering.join()
            node.close()

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True
        request_queue_size = 64

    with tempfile.TemporaryDirectory(prefix="swarmlab-socket-") as folder:
        path = Path(folder, "docker.sock")
        with Server(str(path), Connection) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"unix://{path}"
            finally:
                server.shutdown()


def _answer(client: socket.socket, node: tunnel.ExecSocket) -> None:
    """Send the client what the engine answers, until the engine ends. The client may still send, and notices nothing.

    The Docker SDK takes the socket from under the reader of an upgraded answer's head: what that reader has read
    besides is lost. So the client gets nothing more before it has read the head.
    """
    with suppress(OSError):
        while piece := node.recv(BUFFER_BYTES):
            if piece.startswith(UPGRADED):
                while END_OF_HEAD not in piece and (more := node.recv(BUFFER_BYTES)):  # dockerd writes it in two pieces
                    piece += more
                end = piece.find(END_OF_HEAD) + len(END_OF_HEAD)
                client.sendall(piece[:end])
                wait_until(lambda: not _unread(client), ANSWER_SECONDS, lambda: TimeoutError("no client reads"), 0.001)
                piece = piece[end:]
            client.sendall(piece)
    with suppress(OSError):
        client.shutdown(socket.SHUT_WR)


def _unread(client: socket.socket) -> int:
    """How many bytes (with what the kernel keeps about them) the other end has not read yet: unix(7), SIOCOUTQ."""
    return int(struct.unpack("i", fcntl.ioctl(client, termios.TIOCOUTQ, b"\0" * 4))[0])


def _forward(client: socket.socket, node: tunnel.ExecSocket) -> None:
    """Send the engine what the client sends, and end as the client does: wholly, or only with sending."""
    closed = select.poll()
    closed.register(client, 0)  # for POLLHUP: the client neither sends nor reads any more
    with suppress(OSError):
        while piece := client.recv(BUFFER_BYTES):
            with suppress(OSError):  # of an engine that has ended
                node.sendall(piece)
    with suppress(OSError):
        if closed.poll(0):
            node.close()
        else:
            node.shutdown(socket.SHUT_WR)
