"""Running a command in a machine, as `docker exec` does."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import docker

from ..engine.discover import Engine
from ..engine.stream_frames import STDOUT, read_frames
from ..errors import EngineUnavailable, Refused
from ..language import _

# The first line tells the process id, so that an interrupted command can be ended with all it started:
# an engine lets go of an exec whose client has gone, and does not stop it.
_SCRIPT = 'echo $$; exec sh -c "$0"'
_END = "kill -TERM -{0} 2>/dev/null || kill -TERM {0} 2>/dev/null"


# A join token is a secret: with it, any machine can join; and so is the way to a simulated engine. They do not belong
# in a notebook that is handed in.
_TOKEN = re.compile(r"SWMTKN-1-[0-9a-z]+-[0-9a-z]+")
_WAY = re.compile(r"(tcp://127\.0\.0\.1:\d+/)[\w-]{20,}")


def redacted(text: str) -> str:
    """The text without the secrets of its join tokens, and of a simulated engine's address."""
    return _WAY.sub(r"\1(secret)", _TOKEN.sub("SWMTKN-1-(secret)", text))


@dataclass(frozen=True)
class Output:
    """What a command printed, and its exit status. Shown, it hides join tokens; `stdout` has them."""

    stdout: str
    stderr: str
    status: int

    def __repr__(self) -> str:
        failed = _("(exit status {status})").format(status=self.status) if self.status else ""
        return redacted("\n".join(text.rstrip("\n") for text in (self.stdout, self.stderr, failed) if text))


class Execution:
    """A shell script that starts now in the container.

    Iterating gives what it prints as it comes, as pairs of stdout and stderr; leaving the loop early ends
    the script. Afterwards `status` is its exit status.
    """

    def __init__(self, engine: Engine, container: str, script: str, variables: Mapping[str, str] | None = None) -> None:
        self._engine, self._container = engine, container
        self.status: int | None = None
        try:
            command = ["sh", "-c", _SCRIPT, script]
            self._id = engine.client.exec_create(container, command, environment=dict(variables or {}))["Id"]
            self._stream = _pieces(engine.client, self._id)
        except docker.errors.NotFound as error:
            raise EngineUnavailable(
                _("{container} does not exist (any more)"), _("make it with Cluster.up()"), container=container
            ) from error
        except docker.errors.APIError as error:
            raise Refused(
                _("{container} cannot run a command: {reason}"),
                _("bring the machine back: cluster.start() or cluster.unpause()"),
                container=container,
                reason=error.explanation,
            ) from error

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]:
        first = b""
        try:
            for out, err in self._stream:
                out, err = out or b"", err or b""
                if b"\n" not in first:
                    first += out
                    first, newline, out = first.partition(b"\n")
                    first += newline
                if out or err:
                    yield out, err
            self.status = self._engine.client.exec_inspect(self._id)["ExitCode"]
        finally:
            if self.status is None and first.strip().isdigit():
                end = self._engine.client.exec_create(self._container, ["sh", "-c", _END.format(int(first))])
                self._engine.client.exec_start(end["Id"])


def _pieces(client: docker.APIClient, id: str) -> Iterator[tuple[bytes, bytes]]:
    """What the command prints, as it comes, as pairs of stdout and stderr.

    Not by the SDK's own `exec_start`: it takes the socket from under a buffered reader, and loses what came in one
    piece with the header of the answer (seen under load: a tenth of short commands lost their output).
    """
    answer = client.post(
        f"{client.base_url}/v{client.api_version}/exec/{id}/start",
        stream=True,
        timeout=None,
        json={"Detach": False, "Tty": False},
    )
    client._raise_for_status(answer)

    def pieces() -> Iterator[tuple[bytes, bytes]]:
        with answer:
            for stream, piece in read_frames(answer.raw.read):
                yield (piece, b"") if stream == STDOUT else (b"", piece)

    return pieces()


class Running(Protocol):
    """A script that has been started: what it prints, and in the end its exit status."""

    status: int | None

    def __iter__(self) -> Iterator[tuple[bytes, bytes]]: ...


def collect(execution: Running) -> Output:
    """What the script printed, once it has ended."""
    stdout, stderr = bytearray(), bytearray()
    for out, err in execution:
        stdout += out
        stderr += err
    return Output(stdout.decode(errors="replace"), stderr.decode(errors="replace"), execution.status or 0)
