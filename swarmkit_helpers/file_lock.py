"""One process at a time, on this computer: a lock that ends with the process that holds it.

Standard library only, and loadable on the Pythons that `bootstrap` refuses.
"""

import os
from contextlib import contextmanager


@contextmanager
def one_at_a_time(path: "os.PathLike[str] | str", waiting: "str | None" = None) -> "object":
    """Inside the block nobody else is inside a block of the same path; who has to wait prints `waiting` first."""
    with open(path, "w") as file:
        if not _lock(file, wait=False):
            if waiting:
                print(waiting, flush=True)
            _lock(file, wait=True)
        yield


def _lock(file: "object", wait: bool) -> bool:
    """Whether the file is locked by us now. It is let go when it is closed."""
    if os.name != "nt":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    import msvcrt

    while True:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            return True
        except OSError:  # LK_LOCK gives up after ten seconds
            if not wait:
                return False
