"""What students hand in, as files: read without trust, and put onto the pristine notebook."""

import copy
import json
import random
import zipfile
from pathlib import Path
from typing import Any

import pytest

from swarmkit_helpers import BadInput
from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.grading import run, submissions
from swarmkit_helpers.grading.graft import graft
from swarmkit_helpers.grading.submissions import Submission
from swarmkit_helpers.grading.submissions.identity import folder_name

CLEAN, ANSWER = "06-clean-up", "answer-empty"
NOTEBOOK = pristine(CLEAN, "en")
V3 = {
    "nbformat": 3,
    "nbformat_minor": 0,
    "metadata": {},
    "worksheets": [
        {
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "input": [f"Section('{CLEAN}')"],
                    "outputs": [],
                    "language": "python",
                    "metadata": {},
                }
            ],
        }
    ],
}


def content(**changes: Any) -> bytes:
    return json.dumps(NOTEBOOK | changes).encode()


Files = dict[str, bytes]


def handed_in(folder: Path, files: Files, zips: dict[str, Files] | None = None) -> list[Submission]:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    for name, inside in (zips or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, data in inside.items():
                archive.writestr(inner, data)
    return submissions.find([folder])


def with_answer(source: str, **more: Any) -> bytes:
    cells = [cell | {"source": source} | more if cell["id"] == ANSWER else cell for cell in NOTEBOOK["cells"]]
    return content(cells=cells)


def answer(notebook: dict[str, Any]) -> str:
    return next(cell["source"] for cell in notebook["cells"] if cell["id"] == ANSWER)


def test_nobody_hands_in_for_somebody_else(tmp_path: Path):
    found = handed_in(
        tmp_path / "class",
        {"s01/x.ipynb": content(), "s05/s01/x.ipynb": content()},
        {
            "s06.zip": {"s01/x.ipynb": content()},
            "s07/work.zip": {"submitted/s01/a/x.ipynb": content()},
            "s08.zip": {"../../s01/x.ipynb": content(), "/s01/y.ipynb": content()},
        },
    )
    assert {each.student for each in found} == {"s01", "s05", "s06", "s07", "s08"}
    assert [each.source for each in found if each.student == "s01"] == ["class/s01/x.ipynb"]


@pytest.mark.parametrize(
    ("top", "files", "students"),
    [
        ("week12", ["s01/a.ipynb", "s02/sub/b.ipynb"], ["s01", "s02"]),
        ("s01", ["a.ipynb"], ["s01"]),
        ("s01", ["swarm-en/a.ipynb"], ["s01"]),
        ("class", ["s01/swarm-en/a.ipynb", "s02/swarm-en/a.ipynb"], ["s01", "s02"]),
        ("class", ["submitted/s01/a.ipynb", "s02/a.ipynb"], ["s02", "submitted"]),
        ("submitted", ["s01/swarm-en/a.ipynb", "s02/swarm-en/b.ipynb"], ["s01", "s02"]),
        ("course", ["submitted/s01/swarm-en/a.ipynb", "source/swarm-en/b.ipynb"], ["s01"]),
    ],
)
def test_the_student_is_the_folder(tmp_path: Path, top: str, files: list[str], students: list[str]):
    assert [each.student for each in handed_in(tmp_path / top, dict.fromkeys(files, content()))] == students


def test_a_zip_of_the_whole_class_has_the_folders(tmp_path: Path):
    with pytest.raises(BadInput, match=r"several students: class\.zip"):
        handed_in(tmp_path, {}, {"class.zip": {"s01/a.ipynb": content(), "s02/b.ipynb": content()}})
    assert [each.student for each in submissions.find([tmp_path / "class.zip"])] == ["s01", "s02"]


def test_files_of_every_kind_of_badness_are_a_sentence(tmp_path: Path):
    def bomb(name: str, change: int) -> bytes:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("x.ipynb", content())
        data = bytearray(path.read_bytes())
        data[change] ^= 0xFF
        return bytes(data)

    folder = tmp_path / "class"
    (folder / "link").mkdir(parents=True)
    (folder / "link" / "x.ipynb").symlink_to("/etc/passwd")
    (folder / "folder" / "x.ipynb").mkdir(parents=True)
    found = handed_in(
        folder,
        {
            "deep/x.ipynb": b'{"nbformat": 4, "cells": ' + b"[" * 300_000,
            "nan/x.ipynb": b"NaN",
            "empty/x.ipynb": b"",
            "number/x.ipynb": b'{"nbformat": ' + b"9" * 5000 + b"}",
            "binary/x.ipynb": b"\x89PNG\xff",
            "big/x.ipynb": with_answer("x" * (3 << 20)),
            "crc.zip": bomb("crc.zip", 60),
            "deflate.zip": bomb("b.zip", 45),
            "list/x.ipynb": b"[]",
            "cells/x.ipynb": content(cells="x"),
            "v3/x.ipynb": json.dumps(V3 | {"worksheets": [{"cells": [{"cell_type": "other"}]}]}).encode(),
            "steer\x1b[31m\u202e/x.ipynb": b"{",
        },
        {"none.zip": {"readme.txt": b"x"}},
    )
    assert len(found) == 15
    for each in found:
        assert each.problems
        assert each.problems[0].startswith(each.source)
        assert each.source.isprintable()


def test_a_bom_and_other_line_ends_are_no_problem(tmp_path: Path):
    found = handed_in(
        tmp_path / "class",
        {
            "s1/x.ipynb": b"\xef\xbb\xbf" + content(),
            "s2/x.ipynb": json.dumps(NOTEBOOK).replace("\\n", "\\r\\n").encode("utf-16"),
        },
    )
    assert [(each.section, each.problems) for each in found] == [(CLEAN, ()), (CLEAN, ())]


def test_an_old_notebook_with_lists_of_lines_is_read(tmp_path: Path):
    lines = copy.deepcopy(V3)
    lines["worksheets"][0]["cells"][0]["input"] = ["x = 1\n", f"Section('{CLEAN}')"]
    [found] = handed_in(tmp_path / "class", {"s1/x.ipynb": json.dumps(lines).encode()})
    assert (found.section, found.problems) == (CLEAN, ())


def test_whatever_is_in_a_notebook_it_is_read(tmp_path: Path):
    chance = random.Random(5)
    odd = [None, 0, -1, 10**30, True, 1.5, float("nan"), "", "\ud800", [], {}, [1], {"a": 1}, [[]], "../../etc"]
    files: Files = {}
    for number in range(100):
        notebook = copy.deepcopy(chance.choice([NOTEBOOK, V3, NOTEBOOK | {"nbformat_minor": 2}]))
        node: Any = notebook
        while isinstance(node, dict | list) and node:
            key = chance.choice(list(node) if isinstance(node, dict) else range(len(node)))
            if chance.random() < 0.4 or not isinstance(node[key], dict | list):
                node[key] = copy.deepcopy(chance.choice(odd))
                break
            node = node[key]
        files[f"s{number:03}/x.ipynb"] = json.dumps(notebook).encode()
    every = handed_in(tmp_path, files)
    read = [found.notebook for found in every if found.notebook]
    assert len(every) == len(files)
    assert len(read) > len(files) / 4  # one that is odd does not cost the others
    for notebook in read:
        graft(NOTEBOOK, notebook)


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("../../etc", "_.._etc"),
        ("=cmd|' /C calc'!A0", "_cmd_' _C calc'_A0"),
        ("กิตติ ÃÖ कृष्ण", "กิตติ ÃÖ कृष्ण"),
        ("<script>", "_script_"),
        ("..", "unknown"),
        ("\U0001d49c" * 90, "\U0001d49c" * 47 + " e8d15092"),
        ("", "unknown"),
        ("a\x00\x1bb", "a__b"),
    ],
)
def test_a_name_is_one_that_a_folder_can_have(name: str, student: str):
    assert folder_name(name) == student


def test_only_answers_are_taken_and_what_is_said_of_the_rest_is_short(tmp_path: Path):
    id = "\x1b]0;\ud800" * 10_000
    cells = [cell | {"source": "print('mine')"} for cell in NOTEBOOK["cells"]]
    cells += [{"cell_type": "code", "id": id, "metadata": {}, "source": "1 / 0", "outputs": []}] * 2
    [found] = handed_in(
        tmp_path,
        {
            "s01/x.ipynb": content(cells=[*cells, *cells[:1]]).replace(
                b"print('mine')", b"section = Section('06-clean-up') \\ud800", 1
            )
        },
    )
    grafted, remarks = graft(NOTEBOOK, found.notebook)
    assert answer(grafted) == "print('mine')"
    changed = [cell["id"] for cell, own in zip(grafted["cells"], NOTEBOOK["cells"], strict=True) if cell != own]
    predictions = ["predict-leftover", "predict-manager-leaves", "predict-still-there"]
    assert changed == [*predictions, ANSWER, "words-1", "words-2", "words-3"]
    assert all(len(text) < 400 and text.isprintable() for text in remarks)


def test_remarks_on_a_notebook_are_in_its_language(tmp_path: Path):
    cells = [cell for cell in NOTEBOOK["cells"] if cell["id"] != ANSWER]
    for language, said in (("id", "Jawaban yang tidak ada"), ("en", "Answers that are missing")):
        [found] = handed_in(tmp_path, {"s01/x.ipynb": content(cells=cells, metadata={"language_of_texts": language})})
        assert said in run._work(found, "", "simulated", 300).remarks[0]


@pytest.mark.parametrize("student_from", ["(", "no group", "(two)(groups)", "(nowhere)", "class/(s)"])
def test_an_expression_that_is_none_or_fits_badly_is_named(tmp_path: Path, student_from: str):
    handed_in(tmp_path / "class", {"s01/x.ipynb": content(), "s02/x.ipynb": content()})
    with pytest.raises(BadInput, match="--student-from"):
        submissions.find([tmp_path / "class"], student_from)
