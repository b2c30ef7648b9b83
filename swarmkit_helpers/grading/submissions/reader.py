"""Reading notebooks in a process of its own, `reading`, which is ended where one takes too much time or memory."""

import atexit
import json
import subprocess
import sys
import threading
from dataclasses import replace
from typing import IO

from ...language import _, current
from ..json_records import read_record
from ..printable import shown
from .files import SubmittedFile
from .notebook import ReadFile, Reading

PROGRAM = "swarmkit_helpers.grading.submissions.reading"
READ_MAX_SECONDS = 20  # of one notebook; a lesson that ran takes 0.02
READ_MAX_BYTES = 1536 << 20  # of memory; a notebook of 60 MB, the largest, takes 400 MB
READING_MAX_BYTES = 16 << 20  # of what the process answers: the texts of its cells
LENGTH_BYTES = 8  # before each content


class NotebookReader:
    """Reads notebooks in a process that is started for the first of them, and ends with this one."""

    def __init__(self, max_seconds: float = READ_MAX_SECONDS, max_bytes: int = READ_MAX_BYTES) -> None:
        self._max_seconds, self._max_bytes = max_seconds, max_bytes
        self._process: _Process | None = None

    def read(self, file: SubmittedFile) -> ReadFile:
        """Read the notebook in that file; if it is none of the course's, the result says why."""
        found = ReadFile(file.parts, shown(file.source), file.times, file.content is not None)
        if file.content is None:
            return found
        if isinstance(file.content, str):
            return replace(found, problem=file.content)
        return replace(found, **vars(self._reading(file.content)))

    def _reading(self, content: bytes) -> Reading:
        self._process = self._process or _Process(self._max_bytes)
        watchdog = threading.Timer(self._max_seconds, self._process.kill)
        watchdog.start()
        try:
            return self._process.reading(content)
        except (OSError, EOFError):
            self._process.end()
            self._process = None
            limit = _("reading it takes more than {n} s or {mb} MB of memory. Ask for it with its outputs cleared.")
            return Reading(limit.format(n=self._max_seconds, mb=self._max_bytes >> 20))
        finally:
            watchdog.cancel()


class _Process:
    """The process that reads."""

    def __init__(self, max_bytes: int) -> None:
        command = [sys.executable, "-m", PROGRAM, str(max_bytes)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self.end)
        assert self._process.stdin and self._process.stdout  # they are pipes
        self._input, self._output = self._process.stdin, self._process.stdout
        receive(self._output, READING_MAX_BYTES)

    def reading(self, content: bytes) -> Reading:
        """Read that content. Raises `OSError` or `EOFError` if the process ends, or answers too much."""
        send(self._input, current().encode())
        send(self._input, content)
        return read_record(Reading, json.loads(receive(self._output, READING_MAX_BYTES)))

    def kill(self) -> None:
        """End the process; whoever waits for its answer finds the end."""
        self._process.kill()

    def end(self) -> None:
        """End the process, and close its pipes."""
        atexit.unregister(self.end)
        self.kill()
        self._process.communicate()


def send(stream: IO[bytes], content: bytes) -> None:
    """Write the content behind its length."""
    stream.write(len(content).to_bytes(LENGTH_BYTES) + content)
    stream.flush()


def receive(stream: IO[bytes], max_bytes: int) -> bytes:
    """Read a content behind its length. Raises `EOFError` at the end, or if it has so many bytes."""
    length = stream.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES or int.from_bytes(length) >= max_bytes:
        raise EOFError
    return stream.read(int.from_bytes(length))
