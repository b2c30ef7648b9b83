"""The frames in which an engine sends what a command writes: stdout and stderr in one stream.

Docker Engine API, "Attach to a container", stream format.
"""

import struct
from collections.abc import Callable, Iterator

STDOUT, STDERR = 1, 2
SYSTEM_ERROR = 3  # of the engine itself, which could not send all (moby, pkg/stdcopy, Systemerr)
_HEADER = struct.Struct(">BxxxI")  # the stream, and how many bytes of it follow

Read = Callable[[int], bytes]  # reads that many bytes; none at the end of the connection


def read_header(read: Read) -> tuple[int, int] | None:
    """Read the header of the next frame: its stream, and its size in bytes. None at the end."""
    header = read(_HEADER.size)
    if len(header) < _HEADER.size:
        return None
    stream, size = _HEADER.unpack(header)
    return stream, size


def read_frames(read: Read) -> Iterator[tuple[int, bytes]]:
    """Read frames until the end: of each its stream and its bytes."""
    while header := read_header(read):
        stream, size = header
        yield stream, read(size)
