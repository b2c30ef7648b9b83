"""Whose a notebook is: never guessed, and never lost by a name, a zip or an odd folder."""

import os
import struct
import unicodedata
import zipfile
from pathlib import Path

import pytest
from support.class_of_sixty import notebook

from swarmkit_helpers import BadInput
from swarmkit_helpers.grading import submissions
from swarmkit_helpers.grading.submissions import Submission, files
from swarmkit_helpers.grading.submissions.roster import read as read_roster

DEEP = 900  # folders in each other
ANI = "Ani Lestari"


def class_folder(folder: Path, *paths: str) -> Path:
    """A folder with a notebook at each of these paths; a path that ends with / is an empty folder."""
    for path in paths:
        if path.endswith("/"):
            (folder / path).mkdir(parents=True)
        else:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(notebook(f"mark {path}"))
    return folder


def table(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def find(folder: Path, **options: object) -> dict[str, Submission]:
    return {each.student: each for each in submissions.find([folder], **options)}


@pytest.mark.parametrize(
    ("paths", "options", "named"),
    [
        (("s01/a.ipynb", "s01.ipynb"), {}, "s01: s01, s01.ipynb"),
        (("Ani/a.ipynb", "ANI/a.ipynb"), {}, "ANI, Ani"),
        (("s/a*b/a.ipynb", "s/a?b/a.ipynb"), {}, r"a_b: a\*b, a\?b"),
        (("s01_06.ipynb", "s01_06 (1).ipynb", "s02_06.ipynb"), {"layout": "flat"}, "s01_06"),
        (("x/ani_lestari.ipynb", "y/ani_budiman.ipynb"), {"student_from": "file"}, "ani: x, y"),
        (("06-clean-up.ipynb", "06-clean-up (1).ipynb"), {}, "of one student or of several"),
        (("A/s01/a.ipynb", "A/s02/a.ipynb", "B/s01/a.ipynb", "B/s03/a.ipynb"), {}, "several students: A, B"),
    ],
)
def test_what_would_become_one_student_by_a_name_stops_and_is_named(
    tmp_path: Path, paths: tuple[str, ...], options: dict[str, object], named: str
):
    folder = class_folder(tmp_path / "class", *paths)
    with pytest.raises(BadInput, match=named):
        find(folder / "s" if paths[0].startswith("s/") else folder, **options)


def test_a_student_id_that_two_notebooks_claim_stops(tmp_path: Path):
    for entry in ("ani", "eve"):
        (tmp_path / entry).mkdir()
        text = notebook("x").replace(b'student = \\"\\"', b'student = \\"ani\\"')
        (tmp_path / entry / "a.ipynb").write_bytes(text)
    with pytest.raises(BadInput, match="would be one student, ani: ani, eve"):
        find(tmp_path, student_from="notebook")


def test_two_of_the_platform_are_not_one_of_the_roster(tmp_path: Path):
    folder = class_folder(tmp_path / "class", *(f"{ANI}_{n}_assignsubmission_file_/a.ipynb" for n in (1, 2)))
    roster = read_roster(table(tmp_path / "class.csv", f"id,name\ns01,{ANI}"))
    with pytest.raises(BadInput, match="would be one student, s01"):
        find(folder, roster=roster)


def test_entries_of_one_student_in_the_roster_are_one(tmp_path: Path):
    folder = class_folder(tmp_path / "class", "s01/a.ipynb", f"{ANI}/a.ipynb", "s02/a.ipynb")
    os.utime(folder / "s01" / "a.ipynb", (9, 9))
    roster = read_roster(table(tmp_path / "class.csv", f"NIM;Nama\ns01;{ANI}\ns02;Budi"))
    found = find(folder, roster=roster)
    assert {student: each.source for student, each in found.items()} == {
        "s01": f"class/{ANI}/a.ipynb",
        "s02": "class/s02/a.ipynb",
    }


@pytest.mark.parametrize(
    ("text", "said"), [("id\ns01\nS01", "S01 more than once"), ("Nilai\n3", "no column"), ("", "no rows")]
)
def test_a_roster_that_is_none_is_named(tmp_path: Path, text: str, said: str):
    with pytest.raises(BadInput, match=said):
        read_roster(table(tmp_path / "class.csv", text))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="it has no pipes in folders")
def test_every_entry_is_a_row_and_one_odd_folder_costs_one(tmp_path: Path):
    folder = class_folder(tmp_path / "class", "s01/a.ipynb", "empty/", "notes.txt", "s02.7z", "s03/x.tar.gz", "pipe/")
    os.mkfifo(folder / "pipe" / "a.ipynb")
    (folder / "link").symlink_to("/etc")
    here = os.open(folder, os.O_RDONLY)
    for _number in range(DEEP):
        os.mkdir("deep", dir_fd=here)
        below = os.open("deep", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    found = find(folder)
    assert set(found) == {"s01", "empty", "notes", "s02", "s03", "pipe", "link", "deep"}
    assert [student for student, each in found.items() if not each.problems] == ["s01"]
    assert "30 deep" in found["deep"].problems[0]
    assert "x.tar.gz" in found["s03"].problems[0]


def made_by_zip(path: Path, names: list[tuple[bytes, int, bytes]]) -> Path:
    """A zip with those entries: their names as bytes, their flags, and their extra fields."""
    content = notebook("x")
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, _flags, extra) in enumerate(names):
            info = zipfile.ZipInfo("#" * (len(name) - 2) + f"{number:02}")
            info.extra = extra
            archive.writestr(info, content)
    data = path.read_bytes()
    for number, (name, flags, _extra) in enumerate(names):
        plain = b"#" * (len(name) - 2) + f"{number:02}".encode()
        assert data.count(plain) == 2
        data = data.replace(plain, name)
        for head, offset in ((b"PK\x03\x04", 30), (b"PK\x01\x02", 46)):
            start = 0
            while (start := data.find(head, start)) >= 0:
                if data[start + offset : start + offset + len(name)] == name:
                    where = start + (6 if offset == 30 else 8)
                    data = data[:where] + struct.pack("<H", flags) + data[where + 2 :]
                start += 4
    path.write_bytes(data)
    return path


def test_the_names_of_all_zip_makers_survive(tmp_path: Path):
    thai = "กิตติ"
    extra = struct.pack("<HHBI", 0x7075, 5 + len(f"{thai}/a.ipynb".encode()), 1, 0) + f"{thai}/a.ipynb".encode()
    path = made_by_zip(
        tmp_path / "class.zip",
        [
            ("Jürgen/a.ipynb".encode("cp437"), 0, b""),  # Windows
            (unicodedata.normalize("NFD", "Seán/a.ipynb").encode(), 0, b""),  # macOS: UTF-8 without its flag
            ("王小明/a.ipynb".encode(), 0x800, b""),  # 7-Zip
            (b"?????/a.ipynb", 0, extra),  # Info-ZIP
            (b"C:\\budi\\a.ipynb", 0, b""),  # .NET before 4.6.1
        ],
    )
    assert set(find(path)) == {"Jürgen", "Seán", "王小明", thai, "budi"}


def test_a_name_of_before_utf_8_survives_in_a_folder(tmp_path: Path):
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/J\xfcrgen"))
    folder.mkdir()
    (folder / "a.ipynb").write_bytes(notebook("x"))
    assert set(find(tmp_path)) == {"Jürgen"}


def test_a_notebook_that_would_take_all_memory_is_not_parsed(tmp_path: Path):
    for name, size in (("s01", 6_000_000), ("s02", files.NOTEBOOK_MAX_BYTES)):
        content = b'{"nbformat": 4, "cells": [' + b"[]," * (size // 3 + 1)
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.ipynb", content)
    found = find(tmp_path)
    assert "needs too much memory" in found["s01"].problems[0]
    assert "larger than 60 MB" in found["s02"].problems[0]


def test_a_student_with_a_thousand_broken_files_has_a_few_rows(tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "s01.zip", "w") as archive:
        for number in range(1000):
            archive.writestr(f"{number}.ipynb", b"{")
        archive.writestr("a.ipynb", notebook("x"))
    found = submissions.find([tmp_path])
    assert len(found) == submissions.UNREADABLE_MAX + 2
    assert sum(bool(each.section) for each in found) == 1
    assert ["s01: 980 more files could not be read."] in [[*each.problems] for each in found]


def test_moodle_s_numbers_are_of_one_assignment_and_the_name_is_of_all(tmp_path: Path):
    for number, week in ((1001, "week4"), (2001, "week5")):
        with zipfile.ZipFile(tmp_path / f"{week}.zip", "w") as archive:
            for name, more in ((ANI, 0), ("Budi", 1), ("Budi", 2)):
                archive.writestr(f"{name}_{number + more}_assignsubmission_file_/a.ipynb", notebook(f"mark {week}"))
    both = [tmp_path / "week4.zip", tmp_path / "week5.zip"]
    numbered = [f"Budi {number}" for number in (1002, 1003, 2002, 2003)]
    for given in ([tmp_path], both):
        assert [each.student for each in submissions.find(given)] == [ANI, *numbered]
    roster = read_roster(table(tmp_path / "class.csv", f"id,name\ns01,{ANI}"))
    assert "s01" in {each.student for each in submissions.find(both, roster=roster)}


def test_a_download_of_a_class_beside_hand_ins_is_no_student(tmp_path: Path):
    downloaded = (f"moodle/X_{number}_assignsubmission_file_/a.ipynb" for number in (1, 2))
    folder = class_folder(tmp_path / "class", "s01/a.ipynb", *downloaded)
    found = find(folder)
    assert found["s01"].section
    assert "class/moodle: it seems to be a platform's download" in found["moodle"].problems[0]
