"""Running a command in a machine, as `docker exec` does."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass
from typing import Protocol

import docker

from ..docker_commands import redacted
from ..engine.discover import Engine
from ..engine.stream_frames import STDOUT, read_frames
from ..errors import EngineUnavailable, Refused
from ..language import _

# The first line is the process id, so that an interrupted command can be ended with all its processes:
# an engine does not stop an exec when the client goes away.
_SCRIPT = 'echo $$; exec sh -c "$0"'
_END = "kill -TERM -{0} 2>/dev/null || kill -TERM {0} 2>/dev/null"


@dataclass(frozen=True)
class Output:
    """The output of a command and its exit status. Its repr hides join tokens; `stdout` has them."""

    stdout: str
    stderr: str
    status: int

    def __repr__(self) -> str:
        failed = _("(exit status {status})").format(status=self.status) if self.status else ""
        return redacted("\n".join(text.rstrip("\n") for text in (self.stdout, self.stderr, failed) if text))


Pieces = Generator[tuple[bytes, bytes], None, None]  # of stdout and of stderr, as they come


class Execution:
    """A shell script in a container, which starts when this object is made.

    Iterate over it for its output; leaving the loop early ends the script. Afterwards `status` is its exit status.
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

    def __iter__(self) -> Pieces:
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


def _pieces(client: docker.APIClient, id: str) -> Pieces:
    """Start the exec and return its output, piece by piece.

    Without the SDK's own `exec_start`: that takes the socket from under a buffered reader, and loses output that came
    in one piece with the header of the answer (seen under load: a tenth of short commands lost their output).
    """
    answer = client.post(
        f"{client.base_url}/v{client.api_version}/exec/{id}/start",
        stream=True,
        timeout=None,
        json={"Detach": False, "Tty": False},
    )
    client._raise_for_status(answer)  # type: ignore[attr-defined]  # the SDK's own; its published types lack it

    def pieces() -> Pieces:
        with answer:
            for stream, piece in read_frames(answer.raw.read):
                yield (piece, b"") if stream == STDOUT else (b"", piece)

    return pieces()


class RunningScript(Protocol):
    """A script that was started: iterate over it for its output; at the end it has an exit status."""

    status: int | None

    def __iter__(self) -> Pieces: ...


def collect(execution: RunningScript) -> Output:
    """Wait until the script has ended, and return its output."""
    stdout, stderr = bytearray(), bytearray()
    for out, err in execution:
        stdout += out
        stderr += err
    return Output(stdout.decode(errors="replace"), stderr.decode(errors="replace"), execution.status or 0)
