"""The process in which notebooks are read that were handed in: it may take only so much memory.

    python3 -m swarmkit_helpers.grading.submissions.reading BYTES

reads notebooks from its standard input, one after the other: each is the language for the answer, then the notebook,
both behind their lengths. For each it writes a `Reading` as JSON, in the same way. An empty answer says at first that
it is ready.
"""

import json
import sys
from contextlib import suppress
from dataclasses import asdict

from ...language import use
from .notebook import parse
from .reader import receive, send


def main(max_bytes: int) -> None:
    """Read until the input ends, or the memory."""
    if sys.platform == "linux":  # macOS does not keep to this limit, and Windows has none
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (max_bytes, max_bytes))
    send(sys.stdout.buffer, b"")
    with suppress(EOFError, MemoryError):
        while True:
            use(receive(sys.stdin.buffer, max_bytes).decode())
            reading = parse(receive(sys.stdin.buffer, max_bytes))
            send(sys.stdout.buffer, json.dumps(asdict(reading)).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]))
