"""A class of sixty made-up students, and what they handed in, in the layouts of platforms and teachers.

Each notebook that counts bears its student's mark in an answer; one that must not count bears another mark. So a test
sees whose notebook is in whose row.
"""

import io
import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from support.class_of_thirty import CLEAN, answered

SIZE = 60
NOW = 1_790_000_000.0  # seconds since the epoch, when the last was handed in
OTHER = "of nobody"
NAMES = (
    "Ani Lestari", "Ani Lestari", "Jürgen Müller", "Seán O'Brien", "Ni Luh Putu Ayu", "Siti Nurhaliza binti Tarudin",
    "กิตติ ศรีสุข", "กีรติ ศรีสุข", "कृष्ण शर्मा", "محمد علي", "王小明", "Nguyễn Thị Ánh", "Ольга Иванова", "Łukasz Żak",
    "José-María da Silva", "D'Angelo, Maria", "யாழினி", "김민수", "Ὀδυσσεύς", "ya",
)  # fmt: skip
NO_NOTEBOOK, EMPTY, BROKEN, TWICE, ZIPPED, WRONG_ENDING, LATE, EDITION = 50, 51, 52, 53, 54, 55, 56, 57


@dataclass(frozen=True)
class Student:
    """A student: which they are in the class, and what platforms call them."""

    number: int

    @property
    def id(self) -> str:
        """The id that the university gives."""
        return f"s{self.number:02}"

    @property
    def name(self) -> str:
        return NAMES[self.number] if self.number < len(NAMES) else f"Budi Santoso {self.number}"

    @property
    def mark(self) -> str:
        """What is in the answer that counts; empty if none can."""
        return "" if self.number in (NO_NOTEBOOK, EMPTY, BROKEN) else f"mark {self.id}"


STUDENTS = tuple(map(Student, range(SIZE)))
Files = dict[str, tuple[bytes, float]]  # by their paths below what one student hands in, with their times


@cache
def notebook(mark: str) -> bytes:
    """A notebook with that mark, without its texts; without a mark, as it was handed out."""
    whole = answered(CLEAN, "en", {"answer-empty": f"# {mark}"} if mark else {})
    code = [cell for cell in whole["cells"] if cell["cell_type"] == "code"]
    return json.dumps(whole | {"cells": code}, ensure_ascii=False).encode()


def handed_in(student: Student) -> Files:
    """What that student hands in, as files; no files: an empty folder."""
    name = f"{CLEAN}.ipynb"
    if student.number == NO_NOTEBOOK:
        return {f"{CLEAN}.pdf": (b"%PDF", NOW)}
    if student.number == EMPTY:
        return {}
    if student.number == BROKEN:
        return {name: (notebook("x")[:-20], NOW)}
    own = notebook(student.mark)
    if student.number == TWICE:
        return {name: (notebook(OTHER), NOW - 9000), f"{CLEAN} (1).ipynb": (own, NOW - 600),
                f"Copy of {name}": (notebook(""), NOW)}  # fmt: skip
    if student.number == ZIPPED:
        return {"WORK.ZIP": (zipped({f"in\\{name}": (own, NOW)}), NOW)}
    if student.number == WRONG_ENDING:
        return {f"{CLEAN}.IPYNB.txt": (own, NOW)}
    if student.number == EDITION:
        return {f"swarm-id/{name}": (notebook(""), NOW), f"swarm-en/{name}": (own, NOW)}
    return {name: (own, NOW - student.number)}


def zipped(files: Files) -> bytes:
    """A zip with those files."""
    with zipfile.ZipFile(content := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for path, (data, at) in files.items():
            archive.writestr(_zip_info(path, at), data)
    return content.getvalue()


def _zip_info(path: str, at: float) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(path, datetime.fromtimestamp(at).timetuple()[:6])


def write(folder: Path, files: Files) -> None:
    """Write those files into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for path, (data, at) in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
        os.utime(folder / path, (at, at))


def _flat(student: Student, name: Callable[[Student, int, str], str]) -> Files:
    """What the student hands in, where a platform has no folders: in each file's name stands whose it is."""
    return {
        name(student, number, path.rpartition("/")[2]): content
        for number, (path, content) in enumerate(sorted(handed_in(student).items(), key=lambda each: each[1][1]))
    }


def _moodle_name(student: Student) -> str:
    return f"{student.name}_{1000 + student.number}_assignsubmission_file_"


def _moodle(student: Student) -> Files:
    return {f"{_moodle_name(student)}/{path}": content for path, content in handed_in(student).items()} or {
        f"{_moodle_name(student)[:-6]}_onlinetext_/onlinetext.html": (b"<p></p>", NOW)
    }


def _canvas_name(student: Student, number: int, name: str) -> str:
    squashed = "".join(letter for letter in student.name.lower() if letter.isalnum())
    late = "_LATE" if student.number == LATE else ""
    return f"{squashed}{late}_{student.number}_{9000 + 10 * student.number + number}_{name}"


def _whole(files: Callable[[Student], Files]) -> Files:
    return {path: content for student in STUDENTS for path, content in files(student).items()}


def folders(top: Path) -> list[Path]:
    for student in STUDENTS:
        write(top / student.id, handed_in(student))
    return [top]


def editions(top: Path) -> list[Path]:
    """Give a folder for each student, with the folder that `release` made inside."""
    for student in STUDENTS:
        write(top / student.id / "swarm-en", handed_in(student))
    return [top]


def zips(top: Path) -> list[Path]:
    write(top, {f"{student.id}.zip": (zipped(handed_in(student)), NOW) for student in STUDENTS})
    return [top]


def zips_named_one_by_one(top: Path) -> list[Path]:
    zips(top)
    return sorted(top.iterdir())


def zip_of_a_folder(top: Path) -> list[Path]:
    files = _whole(lambda student: {f"class/{student.id}/{path}": each for path, each in handed_in(student).items()})
    write(top, {"class.zip": (zipped(files | {f"class/s{EMPTY}/": (b"", NOW)}), NOW)})
    return [top / "class.zip"]


def moodle_zip(top: Path) -> list[Path]:
    write(top, {"SWARM-06 Clean up-12345.zip": (zipped(_whole(_moodle)), NOW)})
    return [top / "SWARM-06 Clean up-12345.zip"]


def moodle_zip_in_a_folder(top: Path) -> list[Path]:
    moodle_zip(top)
    return [top]


def moodle_folder(top: Path) -> list[Path]:
    write(top, _whole(_moodle))
    return [top]


def canvas_zip(top: Path) -> list[Path]:
    write(top, {"submissions.zip": (zipped(_whole(lambda student: _flat(student, _canvas_name))), NOW)})
    return [top / "submissions.zip"]


def canvas_folder(top: Path) -> list[Path]:
    write(top, _whole(lambda student: _flat(student, _canvas_name)))
    return [top]


def flat(top: Path) -> list[Path]:
    """Give one file for each student, as a teacher keeps them who gets them by mail."""
    for student in STUDENTS:
        files = [*handed_in(student).items()]
        for path, content in files[len(files) // 2 : len(files) // 2 + 1]:
            name = path.rpartition("/")[2]
            write(top, {f"{student.id}.zip" if name == "WORK.ZIP" else f"{student.id}_{name}": content})
    return [top]


def clones(top: Path) -> list[Path]:
    for student in STUDENTS:
        files = {f"notebooks/en/{path.rpartition('/')[2]}": content for path, content in handed_in(student).items()}
        files |= {f"notebooks/id/{CLEAN}.ipynb": (notebook(""), NOW), "README.md": (b"", NOW)}
        write(top / f"week6-{student.id}", files | {".git/config.ipynb": (b"{", NOW)})
    return [top]


LAYOUTS: dict[str, tuple[Callable[[Path], list[Path]], str]] = {  # with the layout that is recognised
    "folders": (folders, "folders"),
    "editions": (editions, "folders"),
    "zips": (zips, "folders"),
    "zips named one by one": (zips_named_one_by_one, "folders"),
    "a zip of a folder": (zip_of_a_folder, "folders"),
    "Moodle's zip": (moodle_zip, "moodle"),
    "Moodle's zip in a folder": (moodle_zip_in_a_folder, "moodle"),
    "Moodle's folder": (moodle_folder, "moodle"),
    "Canvas's zip": (canvas_zip, "canvas"),
    "Canvas's folder": (canvas_folder, "canvas"),
    "flat": (flat, "flat"),
    "clones": (clones, "clones"),
}


def roster(path: Path) -> Path:
    """A roster of the class, and of one student who hands in nothing; the two of one name have their own numbers."""
    rows = [f'{student.id};"{student.name}";{student.id}@uni.ac.id;A' for student in STUDENTS]
    path.write_text("\n".join(["ID;Name;E-mail;Group", *rows, "s99;Zaki;s99@uni.ac.id;B"]), encoding="utf-8-sig")
    return path
