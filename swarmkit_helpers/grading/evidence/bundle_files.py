"""The files of evidence that a teacher gives: regular files only, of a size that such files have, also in zips."""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from ...errors import BadInput
from ...language import _

FILES_MAX = 10_000  # of all that is given
ZIP_MAX_BYTES = 200 << 20
SUFFIXES = (".json", ".html")  # of evidence in a file of its own, and in a report


def bundle_files(paths: Sequence[Path], max_bytes: int) -> Iterator[tuple[Path, bytes | BadInput]]:
    """Each file of evidence in those files, folders and zips, with its content or the reason why it has none.

    Of a content that is larger than `max_bytes`, one byte more than that is read.
    """
    for number, path in enumerate(each for given in paths for each in _paths(given)):
        if number >= FILES_MAX:
            return
        try:
            if path.suffix.lower() == ".zip":
                yield from _zipped(path, max_bytes)
            else:
                yield path, read(path, max_bytes)
        except BadInput as error:
            yield path, error


def read(path: Path, max_bytes: int) -> bytes:
    """Read that file, and at most one byte more than `max_bytes`. Raises `BadInput` for what is no regular file."""
    try:
        with open(path, "rb", opener=_opener) as file:  # it has no opener
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise BadInput(
                    _("{path} is no file").format(path=path), _("name a file that `swarmlab evidence` has made")
                )
            return file.read(max_bytes + 1)
    except OSError as error:
        raise BadInput(
            _("{path} cannot be read ({reason})").format(path=path, reason=error.strerror),
            _("name a file that `swarmlab evidence` has made"),
        ) from error


def _paths(given: Path) -> Iterator[Path]:
    """The path itself, or the files of evidence and zips in the folder; links to folders are not followed."""
    if not given.is_dir():
        yield given
        return
    for folder, folders, files in os.walk(given):
        folders.sort()
        for name in sorted(files):
            if name.lower().endswith((*SUFFIXES, ".zip")):
                yield Path(folder, name)


def _zipped(path: Path, max_bytes: int) -> Iterator[tuple[Path, bytes | BadInput]]:
    content = read(path, ZIP_MAX_BYTES)
    broken = BadInput(_("{path} is a broken zip, or too large").format(path=path), _("unpack it, and name the folder"))
    if len(content) > ZIP_MAX_BYTES:
        yield path, broken
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for entry in archive.infolist()[:FILES_MAX]:
                if entry.filename.lower().endswith(SUFFIXES) and not stat.S_ISLNK(entry.external_attr >> 16):
                    with archive.open(entry) as file:
                        yield path / entry.filename, file.read(max_bytes + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError, ValueError):
        yield path, broken


def _opener(path: str, flags: int) -> int:
    """Open without following a link, and without waiting for a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
