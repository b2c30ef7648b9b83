"""feedback.zip: the pages of all students in the layout that the platform wants back."""

import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..course import atomic_write
from .entry import Entry

PAGE = "feedback.html"
Page = tuple[str, str, str]  # whose it is, its name, and its text


def write(path: Path, pages: Iterable[Page], students: Mapping[str, Sequence[Entry]]) -> None:
    """Write the zip of these pages of these students."""
    new = atomic_write.new_file(path)
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for student, name, page in pages:
            archive.writestr(place(student, students[student], name), page.encode(errors="replace"))
    new.replace(path)


def place(student: str, entries: Sequence[Entry], name: str) -> str:
    """Where in the zip the page of that student and name belongs.

    Moodle takes feedback under the name of the folder that it gave ("Upload multiple feedback files in a zip"), Canvas
    under the name and the two numbers of the file that it gave ("Upload Submissions").
    """
    entry = next((each.submission.entry for each in entries if each.submission.entry), None)
    if entry and entry.layout == "moodle" and entry.is_numbered:
        return f"{entry.owner.name.replace('_', ' ')}_{entry.owner.number}_assignsubmission_file_/{name}"
    if entry and entry.layout == "canvas" and entry.is_numbered:
        numbers = "_".join(filter(None, [entry.owner.number, entry.owner.attachment]))
        return f"{entry.owner.name}_{numbers}_{name}"
    return f"{student}/{name}"
