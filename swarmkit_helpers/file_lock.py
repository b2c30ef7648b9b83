"""A lock on a file, for one process at a time on this computer. It ends with the process that holds it.

Standard library only. It also loads on the Pythons that `bootstrap` refuses.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def _lock(file: "IO[str]", wait: bool) -> bool:
        """Lock the file until it is closed. False if another process holds it; with `wait`, wait for that process."""
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
                return True
            except OSError:  # LK_LOCK gives up after ten seconds
                if not wait:
                    return False
else:
    import fcntl

    def _lock(file: "IO[str]", wait: bool) -> bool:
        """Lock the file until it is closed. False if another process holds it; with `wait`, wait for that process."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextmanager
def one_at_a_time(path: "os.PathLike[str] | str", waiting: "str | None" = None) -> "Iterator[None]":
    """Hold the lock of that path during the block. Print `waiting` if another process holds it, and wait."""
    with open(path, "w") as file:
        if not _lock(file, wait=False):
            if waiting:
                print(waiting, flush=True)
            _lock(file, wait=True)
        yield
