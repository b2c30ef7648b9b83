"""The files that were handed in: notebooks in folders and zips, none of them trusted, none unpacked to disk."""

import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..language import _
from .printable import shown

NOTEBOOK_MAX_BYTES = 120 << 20  # of a file; its outputs, which make most of it, are not kept
ZIP_MAX_FILES = 10_000
ZIP_MAX_BYTES = 1 << 30  # of all notebooks of a zip, unpacked
REASON_MAX_CHARS = 80
_SKIPPED = re.compile(r"(^|/)(\.|__MACOSX/)|\.ipynb_checkpoints/")


@dataclass(frozen=True)
class SubmittedFile:
    """A notebook file that was handed in."""

    modified: float  # seconds since the epoch
    source: str  # its path, and in a zip also the path there
    folder: str  # name of the folder or zip that is the student's
    content: bytes | str  # a text says why there is no content


def submitted_files(path: Path) -> Iterator[SubmittedFile]:
    """The notebooks in that folder or zip, or the notebook itself."""
    if path.suffix == ".zip" and path.is_file():
        yield from _zipped_files(path, path.name, None)
        return
    base = path.absolute() if path.is_dir() else path.absolute().parent
    inside = (
        sorted(each for kind in ("ipynb", "zip") for each in base.rglob(f"*.{kind}"))
        if path.is_dir()
        else [path.absolute()]
    )
    inside = [each for each in inside if not _SKIPPED.search(each.relative_to(base).as_posix())]
    paths = [each.relative_to(base).parts for each in inside]
    for each, parts, folder in zip(inside, paths, _student_folders(base.name, paths), strict=True):
        name = "/".join((base.name, *parts))
        try:
            if each.is_symlink() or not each.is_file():
                yield SubmittedFile(0.0, name, folder, _not_a_file())
            elif each.suffix == ".zip":
                yield from _zipped_files(each, name, folder)
            elif each.stat().st_size > NOTEBOOK_MAX_BYTES:
                yield SubmittedFile(each.stat().st_mtime, name, folder, _too_large())
            else:
                yield SubmittedFile(each.stat().st_mtime, name, folder, each.read_bytes())
        except OSError as error:
            reason = _("it cannot be read ({reason}).").format(reason=error.strerror)
            yield SubmittedFile(0.0, name, folder, reason)


def _zipped_files(path: Path, name: str, folder: str | None) -> Iterator[SubmittedFile]:
    """The notebooks in the zip. They are that student folder's; without one, of the students' folders in the zip."""
    bytes_left, modified, top = ZIP_MAX_BYTES, path.stat().st_mtime, folder or path.stem
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [
                entry
                for entry in archive.infolist()
                if entry.filename.endswith(".ipynb") and not _SKIPPED.search(entry.filename)
            ]
            if len(archive.infolist()) > ZIP_MAX_FILES:
                many = _("it holds more than {n} files. Ask for the notebooks only.").format(n=ZIP_MAX_FILES)
                yield SubmittedFile(0.0, name, top, many)
                return
            if not entries:
                none = _("there is no notebook in this zip. Ask for the .ipynb file.")
                yield SubmittedFile(0.0, name, top, none)
            paths = [
                tuple(part for part in entry.filename.split("/") if part not in ("", "..", ".")) for entry in entries
            ]
            for entry, parts, own in zip(entries, paths, _student_folders(path.stem, paths), strict=True):
                inner, student = "/".join((name, *parts)), folder or own
                if stat.S_ISLNK(entry.external_attr >> 16):
                    yield SubmittedFile(0.0, inner, student, _not_a_file())
                elif entry.flag_bits & 1:
                    encrypted = _("it is encrypted. Ask for it without a password.")
                    yield SubmittedFile(0.0, inner, student, encrypted)
                else:
                    with archive.open(entry) as file:
                        # The size that the zip states proves nothing.
                        content = file.read(min(NOTEBOOK_MAX_BYTES, bytes_left) + 1)
                    bytes_left -= len(content)
                    too_large = len(content) > NOTEBOOK_MAX_BYTES or bytes_left < 0
                    yield SubmittedFile(modified, inner, student, _too_large() if too_large else content)
                    if bytes_left < 0:
                        return
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        reason = shown(str(error), REASON_MAX_CHARS)
        broken = _("it is a broken zip ({reason}). Ask for it again.").format(reason=reason)
        yield SubmittedFile(0.0, name, top, broken)


def _student_folders(top: str, paths: Sequence[tuple[str, ...]]) -> list[str]:
    """For each of the paths below the folder or zip `top`: the name of the folder or zip that is the student's.

    Students' folders are the folders least deep that hold a file. What is inside of one, such as a folder with another
    student's name, makes no difference. In nbgrader's layout they are the folders in `submitted`. A file in no folder
    belongs to `top`.
    """
    depths = [len(parts) - (not parts[-1].endswith(".zip")) for parts in paths]
    depth_of_students = min(filter(None, depths), default=0)
    if "submitted" in (top, *(parts[0] for parts in paths)):
        depth_of_students = 1 if top == "submitted" else 2
    return [
        (parts[depth_of_students - 1] if depth >= depth_of_students > 0 else top).removesuffix(".zip")
        for parts, depth in zip(paths, depths, strict=True)
    ]


def _not_a_file() -> str:
    return _("it is a link, or not a file. Ask for the file itself.")


def _too_large() -> str:
    return _("it is larger than {n} MB. Ask for it with its outputs cleared.").format(n=NOTEBOOK_MAX_BYTES >> 20)
