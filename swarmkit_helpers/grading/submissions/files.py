"""The files that were handed in: in folders, in zips, and in zips within zips; none trusted, none unpacked to disk."""

import io
import lzma
import os
import re
import stat
import struct
import time
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...language import _
from ..printable import shown

NOTEBOOK_MAX_BYTES = 60 << 20  # of a file: a lesson that ran has 1 MB, and printed text in each cell may have 2 MB more
ZIP_MAX_BYTES = 100 << 20  # of a zip in a zip, which is in memory
ENTRY_MAX_FILES, ENTRY_MAX_BYTES = 10_000, 1 << 30  # of what one student handed in, all zips unpacked
MAX_DEPTH = 30  # of folders and zips in each other
ZIP_MAX_DEPTH = 3
ZIP_FIRST_YEAR = 1980  # of a zip's calendar; it stands there if a program gives no time
REASON_MAX_CHARS = 80
_NOTEBOOK = re.compile(r"\.ipynb(\.txt|\.json)?$", re.IGNORECASE)  # browsers and mail programs add an ending
_ZIP = re.compile(r"\.zip$", re.IGNORECASE)
_PACKED = re.compile(r"\.(7z|rar|tar|tgz|gz|bz2|xz)$", re.IGNORECASE)
_HIDDEN = re.compile(r"\.(?!\.?$)|__MACOSX$|__pycache__$|(thumbs\.db|desktop\.ini)$", re.IGNORECASE)
_UNICODE_PATH = 0x7075  # of the extra field of a zip's entry (Info-ZIP)
_UTF8 = 0x800  # flag of an entry whose name is UTF-8


@dataclass(frozen=True)
class SubmittedFile:
    """A file that was handed in, or a folder with nothing in it (its last part is then empty)."""

    parts: tuple[str, ...]  # its path below what was given, also through zips
    source: str  # its whole path, for messages
    times: tuple[float, ...]  # seconds since the epoch: of the outermost file, then of what is inside of it
    content: bytes | str | None  # of a notebook; a text says why there is none; None: it is no notebook


def submitted_files(path: Path) -> Iterator[SubmittedFile]:
    """Everything in that folder or zip, or the file itself. What is hidden is left out."""
    reader = _Reader()
    if path.is_dir():
        yield from reader.folder(path, path.resolve().name, ())
    elif is_zip(path.name):
        yield from reader.zip(path, path.name, (), (path.stat().st_mtime,), given=True)
    else:
        yield from reader.file(path, f"{path.parent.resolve().name}/{path.name}", (path.name,))


def is_zip(name: str) -> bool:
    """Whether the name is that of a zip."""
    return bool(_ZIP.search(name))


def is_notebook(name: str) -> bool:
    """Whether the name is that of a notebook, also with an ending that a browser has added."""
    return bool(_NOTEBOOK.search(name))


def stem(name: str) -> str:
    """The name without the ending that says which kind of file it is."""
    for ending in (_NOTEBOOK, _ZIP, _PACKED, re.compile(r"\.[A-Za-z0-9]{1,5}$")):
        shorter = ending.sub("", name)
        if shorter != name and shorter.strip(". "):
            return re.sub(r"\.tar$", "", shorter)
    return name


class _Reader:
    """Reads one folder or zip that was given, and counts what each of its entries holds."""

    def __init__(self) -> None:
        self._files: Counter[str] = Counter()
        self._bytes: Counter[str] = Counter()

    def folder(self, path: Path, source: str, parts: tuple[str, ...]) -> Iterator[SubmittedFile]:
        try:
            with os.scandir(path) as inside:
                entries = sorted(inside, key=lambda entry: entry.name)
            modified = path.stat().st_mtime
        except OSError as error:
            yield SubmittedFile(parts or ("",), source, (0.0,), _unreadable(error))
            return
        visible = [entry for entry in entries if not _HIDDEN.match(entry.name)]
        if not visible and parts:
            yield SubmittedFile((*parts, ""), source, (modified,), None)
        for entry in visible:
            name = _legible(entry.name)
            below, inner = (*parts, name), f"{source}/{name}"
            if self._too_many(below):
                yield SubmittedFile(below, inner, (0.0,), _too_many_files())
                return
            if not entry.is_dir(follow_symlinks=False):
                yield from self.file(Path(entry.path), inner, below)
            elif len(below) > MAX_DEPTH:
                deep = _("its folders are more than {n} deep. Ask for the notebooks only.").format(n=MAX_DEPTH)
                yield SubmittedFile(below, inner, (0.0,), deep)
            else:
                yield from self.folder(Path(entry.path), inner, below)

    def file(self, path: Path, source: str, parts: tuple[str, ...]) -> Iterator[SubmittedFile]:
        if not is_notebook(path.name) and not is_zip(path.name):
            yield SubmittedFile(parts, source, (_modified(path),), None)
            return
        try:
            # Opened first and looked at then: no other file can take its place in between.
            with open(path, "rb", opener=_opener) as file:
                state = os.fstat(file.fileno())
                if not stat.S_ISREG(state.st_mode):
                    yield SubmittedFile(parts, source, (state.st_mtime,), _not_a_file())
                elif is_zip(path.name):
                    yield from self.zip(file, source, parts, (state.st_mtime,))
                else:
                    content = file.read(NOTEBOOK_MAX_BYTES + 1)
                    fits = len(content) <= NOTEBOOK_MAX_BYTES
                    yield SubmittedFile(parts, source, (state.st_mtime,), content if fits else _too_large())
        except OSError as error:
            link = path.is_symlink()
            yield SubmittedFile(parts, source, (_modified(path),), _not_a_file() if link else _unreadable(error))

    def zip(
        self,
        file: Path | io.BufferedIOBase,
        source: str,
        parts: tuple[str, ...],
        times: tuple[float, ...],
        given: bool = False,
    ) -> Iterator[SubmittedFile]:
        """What is in the zip; the times are its own. The entries of one that was given have no time but theirs."""
        outer = () if given else times
        try:
            with zipfile.ZipFile(file) as archive:
                seen = False
                for entry in archive.infolist():
                    inside = _entry_parts(entry)
                    if not inside or any(_HIDDEN.match(part) for part in inside):
                        continue
                    seen = True
                    below = (*parts, *inside)
                    inner = "/".join((source, *inside))
                    if self._too_many(below):
                        yield SubmittedFile(below, inner, times, _too_many_files())
                        continue
                    yield from self._entry(archive, entry, inner, below, (*outer, _entry_time(entry)))
                if not seen:
                    yield SubmittedFile((*parts, ""), source, times, None)
        except (
            zipfile.BadZipFile,
            zlib.error,
            lzma.LZMAError,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
            ValueError,
            struct.error,
        ) as error:
            broken = _("it is a broken zip ({reason}). Ask for it again.")
            reason = broken.format(reason=shown(str(error), REASON_MAX_CHARS))
            yield SubmittedFile(parts or (source,), source, times, reason)

    def _entry(
        self,
        archive: zipfile.ZipFile,
        entry: zipfile.ZipInfo,
        source: str,
        parts: tuple[str, ...],
        times: tuple[float, ...],
    ) -> Iterator[SubmittedFile]:
        """One entry of a zip."""
        name = parts[-1]
        if entry.is_dir() or entry.filename.endswith("\\"):
            yield SubmittedFile((*parts, ""), source, times, None)
        elif not is_notebook(name) and not is_zip(name):
            yield SubmittedFile(parts, source, times, None)
        elif stat.S_ISLNK(entry.external_attr >> 16):
            yield SubmittedFile(parts, source, times, _not_a_file())
        elif entry.flag_bits & 1:
            yield SubmittedFile(parts, source, times, _("it is encrypted. Ask for it without a password."))
        elif is_zip(name) and sum(map(is_zip, parts)) > ZIP_MAX_DEPTH:
            deep = _("it is a zip in more than {n} zips. Ask for the notebooks only.").format(n=ZIP_MAX_DEPTH)
            yield SubmittedFile(parts, source, times, deep)
        else:
            # The size that the zip states proves nothing.
            most = min(ZIP_MAX_BYTES if is_zip(name) else NOTEBOOK_MAX_BYTES, self._bytes_left(parts))
            try:
                with archive.open(entry) as file:
                    content = file.read(most + 1)
            except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, OSError) as error:
                broken = _("it is broken in its zip ({reason}). Ask for it again.")
                yield SubmittedFile(parts, source, times, broken.format(reason=shown(str(error), REASON_MAX_CHARS)))
                return
            self._bytes[parts[0]] += len(content)
            if len(content) > most:
                yield SubmittedFile(parts, source, times, _too_large())
            elif is_zip(name):
                yield from self.zip(io.BytesIO(content), source, parts, times)
            else:
                yield SubmittedFile(parts, source, times, content)

    def _bytes_left(self, parts: tuple[str, ...]) -> int:
        return max(0, ENTRY_MAX_BYTES - self._bytes[parts[0]])

    def _too_many(self, parts: tuple[str, ...]) -> bool:
        """Count one file more of that entry; whether it holds too many."""
        self._files[parts[0]] += 1
        return self._files[parts[0]] > ENTRY_MAX_FILES


def _entry_parts(entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """The path of the zip's entry, as the program meant it that made the zip.

    Old programs of Windows separate folders by a backslash; those of macOS write UTF-8 without the flag for it; others
    have the name in UTF-8 in an extra field.
    """
    name = entry.orig_filename
    if not entry.flag_bits & _UTF8:
        raw = name.encode("cp437", errors="replace")  # as `zipfile` read it
        try:
            name = _unicode_path(entry.extra) or raw.decode("utf-8")
        except UnicodeDecodeError:
            pass
    parts = (part.strip() for part in _legible(name).partition("\0")[0].replace("\\", "/").split("/"))
    return tuple(part for part in parts if part not in ("", ".", "..") and not re.fullmatch("[A-Za-z]:", part))


def _unicode_path(extra: bytes) -> str:
    """The name in UTF-8 that Info-ZIP writes into the extra field; empty if there is none."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == _UNICODE_PATH and size > 5:
            return extra[9 : 4 + size].decode("utf-8")
        extra = extra[4 + size :]
    return ""


def _entry_time(entry: zipfile.ZipInfo) -> float:
    """When the entry was changed, by the clock that made the zip; 0 if no clock shows that."""
    if entry.date_time[0] <= ZIP_FIRST_YEAR:
        return 0.0
    try:
        return time.mktime((*entry.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0


def _legible(name: str) -> str:
    """The name in the one form that Unicode has for it: macOS writes ü as u and a mark."""
    try:
        name.encode()
    except UnicodeEncodeError:  # a name of before UTF-8, in a folder
        name = name.encode(errors="surrogateescape").decode("latin-1")
    return unicodedata.normalize("NFC", name)


def _opener(path: str, flags: int) -> int:
    """Open without following a link, and without waiting for a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))


def _modified(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return 0.0


def _unreadable(error: OSError) -> str:
    return _("it cannot be read ({reason}).").format(reason=error.strerror)


def _not_a_file() -> str:
    return _("it is a link, or not a file. Ask for the file itself.")


def _too_large() -> str:
    return _("it is larger than {n} MB. Ask for it with its outputs cleared.").format(n=NOTEBOOK_MAX_BYTES >> 20)


def _too_many_files() -> str:
    return _("it holds more than {n} files. Ask for the notebooks only.").format(n=ENTRY_MAX_FILES)
