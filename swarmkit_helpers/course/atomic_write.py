"""Writing a file in one step, so that it is never half written."""

import os
from pathlib import Path

from ..errors import Refused
from ..language import _


def write(path: Path, text: str, mode: int = 0o666) -> None:
    """Write the text to the file in one step: readers find the old text or the new one, also after a power cut.

    `mode` are the file's permissions, as in `os.open`. Halves of surrogate pairs, which JSON may hold and UTF-8 cannot,
    become question marks. Raises `Refused`.
    """
    write_bytes(path, text.encode(errors="replace"), mode)


def write_bytes(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write the bytes to the file in one step, as `write` does. Raises `Refused`."""
    new = new_file(path)
    try:
        new.unlink(missing_ok=True)  # it would keep its permissions
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError as error:
        raise Refused(
            _("{path} cannot be written ({reason})"),
            _("free some space, or fix the reason given in brackets; then run the same command or cell again"),
            path=path,
            reason=error.strerror,
        ) from error


def new_file(path: Path) -> Path:
    """The file that holds the new text until it takes the place of the old one."""
    return path.with_name(f".{path.name}.new")
