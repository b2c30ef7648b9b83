"""New rows for overrides.csv: whole or not at all, and every byte that the teacher has written stays as it is."""

import csv
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..course import atomic_write
from ..errors import BadInput
from ..file_lock import one_at_a_time
from ..language import _
from . import overrides
from .gradebook import read_text
from .printable import cell
from .submissions.roster import folded

NEW_FILE = "\ufeff" + ",".join(overrides.COLUMNS) + "\n"  # the mark tells Excel that it is UTF-8


@dataclass(frozen=True)
class Mark:
    """The points of an answer in words, and a comment; without points the answer is not marked."""

    student: str
    section: str
    question: str  # its cell's id
    points: float | None
    comment: str


def add(path: Path, lock: Path, marks: Sequence[Mark], students: Collection[str]) -> None:
    """Add a row for each of the marks to the file, in its own form; make the file if it is missing.

    It waits for others that hold the lock. What a program without a lock saves in the meantime is read again and
    kept. Raises `BadInput` if a row in it is wrong, or a comment has letters that its encoding lacks; `Refused` if it
    cannot be written. Nothing is written then.
    """
    path = path.resolve()  # a link stays one
    with one_at_a_time(lock):
        while True:
            before = _state(path)
            overrides.read(path, students)
            content = _with_rows(path, marks)
            if _state(path) == before:
                atomic_write.write_bytes(path, content, path.stat().st_mode & 0o777 if before else 0o666)
                return


def _state(path: Path) -> tuple[int, int, int] | None:
    """What changes when another program saves the file; None if there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _with_rows(path: Path, marks: Sequence[Mark]) -> bytes:
    """The file's content with these rows at its end. Raises `BadInput`."""
    text, encoding = read_text(path) if path.exists() else (NEW_FILE, "utf-8")
    first = text.partition("\n")[0]
    ending = "\r\n" if first.endswith("\r") else "\n"
    delimiter = max(",;\t", key=first.count)
    titles = [folded(title.strip()) for title in next(csv.reader([first.strip("\ufeff\r")], delimiter=delimiter), [])]
    if missing := [name for name in ("exercise", "points", "comment") if name not in titles]:
        raise BadInput(
            _("there is no column {name} in {path}"),
            _("its columns are: {c}"),
            name=missing[0],
            path=path,
            c=", ".join(overrides.COLUMNS),
        )
    rows = io.StringIO()
    writer = csv.writer(rows, delimiter=delimiter, lineterminator=ending)
    for mark in marks:
        values = {
            "student": mark.student,
            "section": mark.section,
            "exercise": mark.question,
            "points": "" if mark.points is None else f"{mark.points:g}",
            "comment": " ".join(mark.comment.split()),
        }
        writer.writerow([cell(values.get(title, "")) for title in titles])
    if len(_rows(text + ending + "x" + ending, delimiter)) != len(_rows(text, delimiter)) + 1:
        raise BadInput(_("a quotation mark in {path} is never closed"), _("close it, and save the file"), path=path)
    gap = "" if text.endswith(("\n", "\r")) else ending
    try:
        return f"{text}{gap}{rows.getvalue()}".encode(encoding)
    except UnicodeEncodeError as error:
        raise BadInput(
            _("the comment has letters that {path} cannot hold, as it is not in UTF-8"),
            _("save the file as CSV UTF-8, or write the comment without them"),
            path=path,
        ) from error


def _rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows that are not empty."""
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
