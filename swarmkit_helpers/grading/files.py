"""Files that are never half written."""

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """The file has that text: in one step, so that it is never half of it, also if the power fails.

    Halves of surrogate pairs, which a student's JSON may hold and UTF-8 cannot, become question marks.
    """
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("w", encoding="utf-8", errors="replace", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
