"""Files that are never half written."""

import os
from pathlib import Path

from ..errors import Refused
from ..language import _


def write(path: Path, text: str) -> None:
    """The file has that text: in one step, so that it is never half of it, also if the power fails.

    Halves of surrogate pairs, which JSON may hold and UTF-8 cannot, become question marks. Raises `Refused`.
    """
    fresh = path.with_name(f".{path.name}.new")
    try:
        with fresh.open("w", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        raise Refused(
            _("{path} cannot be written ({reason})"),
            _("free some space, or mend what the reason says; then the same command goes on from here"),
            path=path,
            reason=error.strerror,
        ) from error
