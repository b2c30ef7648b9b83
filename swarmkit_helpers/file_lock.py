"""A lock on a file, for one process at a time on this computer. It ends with the process that holds it.

Every user can lock what another user's process has locked before, if the folder lets both in.
Standard library only. It also loads on the Pythons that `bootstrap` refuses.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

# The folder of locks that all users share. tempfile.gettempdir() may be another for each user, as on macOS.
SHARED = tempfile.gettempdir() if sys.platform == "win32" else "/tmp"

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


def _open(path: str) -> int:
    """Open the file for a lock; make it if it is missing. The value is its descriptor.

    The file may be another user's. In a folder such as /tmp an open that may also make it is then refused (Linux,
    sysctl fs.protected_regular); and a lock needs no right to write, except on NFS (Linux, flock(2)).
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # a file system without rights
            os.chmod(path, 0o666)  # whatever the umask says: others may lock it too
        return descriptor
    except FileExistsError:
        try:
            return os.open(path, os.O_RDWR)
        except OSError:  # no right to write
            return os.open(path, os.O_RDONLY)


def held(path: "os.PathLike[str] | str") -> "IO[str] | None":
    """Hold the lock of that path until the value is closed, or this process ends. None if another process holds it."""
    file = os.fdopen(_open(os.fspath(path)), "r")
    if _lock(file, wait=False):
        return file
    file.close()
    return None


@contextmanager
def one_at_a_time(path: "os.PathLike[str] | str", waiting: "str | None" = None) -> "Iterator[None]":
    """Hold the lock of that path during the block. Print `waiting` if another process holds it, and wait."""
    with os.fdopen(_open(os.fspath(path)), "r") as file:
        if not _lock(file, wait=False):
            if waiting:
                print(waiting, flush=True)
            _lock(file, wait=True)
        yield
