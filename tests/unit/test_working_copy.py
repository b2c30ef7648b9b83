"""The student's working copy: made once, kept, brought up to date; what it refuses, and in which words."""

import json
import resource
import shutil
import threading
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from swarmkit_helpers.course import pristine, working_copy
from swarmkit_helpers.course.pristine import sections
from swarmkit_helpers.errors import BadInput, NotFound, Refused
from swarmkit_helpers.file_lock import one_at_a_time
from swarmkit_helpers.grading import release

ROOT = Path(__file__).parents[2]
SECTION = "04-scale"


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of one section, which a test may change."""
    folder = tmp_path / "course" / "notebooks"
    (folder / "en").mkdir(parents=True)
    (folder / "en" / f"{SECTION}.ipynb").write_bytes((ROOT / "notebooks" / "en" / f"{SECTION}.ipynb").read_bytes())
    (folder.parent / "GLOSSARY.md").write_text("# Glossary\n")
    monkeypatch.setattr(pristine, "COURSE", folder)
    return folder / "en" / f"{SECTION}.ipynb"


def edit(path: Path, **sources: str) -> None:
    """The cells of these ids (with _ for -) have other texts."""
    notebook = json.loads(path.read_text())
    cells = {cell["id"].replace("-", "_"): cell for cell in notebook["cells"]}
    for id, source in sources.items():
        cells[id]["source"] = source
    path.write_text(json.dumps(notebook))


def source(path: Path, id: str) -> str:
    return next(cell["source"] for cell in json.loads(path.read_text())["cells"] if cell["id"] == id)


def test_it_has_all_notebooks_without_outputs_as_the_edition_for_a_class_has_them(tmp_path: Path):
    assert working_copy.bring_up_to_date(tmp_path, "id") == []
    assert [path.stem for path in sorted((tmp_path / "id").glob("*.ipynb"))] == sections("id")
    for section in sections("id"):
        made = json.loads((tmp_path / "id" / f"{section}.ipynb").read_text(encoding="utf-8"))
        assert "widgets" not in made["metadata"]
        assert not [cell["id"] for cell in made["cells"] if cell.get("outputs") or cell.get("execution_count")]
        handed_out = release.edition(section, "id")
        assert [cell["source"] for cell in made["cells"]] == [cell["source"] for cell in handed_out["cells"]]


def test_the_glossary_stands_beside_the_notebook_that_links_to_it(tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    assert "](GLOSSARY.md)" in source(tmp_path / "en" / "00-start.ipynb", "sections")
    assert (tmp_path / "en" / "GLOSSARY.md").read_bytes() == (ROOT / "GLOSSARY.md").read_bytes()


def test_run_again_it_leaves_every_file_as_it_is(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / course.name
    edit(mine, answer_even="swarm.scale('sleep-app', 6)")
    before = mine.stat()
    assert working_copy.bring_up_to_date(tmp_path, "en") == []
    assert (mine.stat().st_mtime_ns, mine.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_newer_course_comes_in_and_answers_stay(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / course.name
    edit(mine, answer_even="swarm.scale('sleep-app', 6)")
    edit(course, up_ls="%%node node1\ndocker service ls --quiet")
    said = working_copy.bring_up_to_date(tmp_path, "en")
    assert said == ["The course has changed: 1 notebook was brought up to date, and your work in it was kept"]
    assert source(mine, "up-ls") == "%%node node1\ndocker service ls --quiet"
    assert source(mine, "answer-even") == "swarm.scale('sleep-app', 6)"
    assert sorted(path.name for path in mine.parent.glob("*.ipynb")) == [course.name]


@pytest.mark.parametrize("trusted", [True, False])
def test_what_jupyterlab_trusts_it_trusts_after_an_update(course: Path, tmp_path: Path, monkeypatch, trusted: bool):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / course.name
    if trusted:
        NotebookNotary().sign(nbformat.read(mine, as_version=4))
    edit(course, up_ls="%%node node1\ndocker service ls --quiet")
    assert working_copy.bring_up_to_date(tmp_path, "en")
    assert NotebookNotary().check_signature(nbformat.read(mine, as_version=4)) is trusted


def test_what_both_have_changed_is_named_and_the_students_is_kept_beside(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / course.name
    kept = [mine.with_name(f"{SECTION}-before-update.ipynb"), mine.with_name(f"{SECTION}-before-update-2.ipynb")]
    for number, beside in enumerate(kept):
        edit(mine, up_ls=f"mine {number}")
        edit(course, up_ls=f"the course's {number}")
        said = working_copy.bring_up_to_date(tmp_path, "en")
        assert f"these cells: up-ls. They are the course's now; yours are kept in {beside.name}" in said[1]
        assert source(mine, "up-ls") == f"the course's {number}"
    assert [source(beside, "up-ls") for beside in kept] == ["mine 0", "mine 1"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"cells": [7], "metadata": {}}',
        '{"cells": [], "metadata": {}}',
        '{"cells": [], "metadata": {}, "nbformat": 4}',
        "\xff",
    ],
)
def test_a_file_that_is_none_of_the_courses_is_kept_beside_and_a_clean_one_made(
    course: Path, tmp_path: Path, text: str
):
    mine = tmp_path / "en" / course.name
    mine.parent.mkdir()
    mine.write_text(text, encoding="latin-1")
    assert working_copy.bring_up_to_date(tmp_path, "en") == [
        f"{SECTION}.ipynb is no notebook of this course: it is kept as {SECTION}-before-update.ipynb, and a clean "
        f"{SECTION}.ipynb was made"
    ]
    assert mine.with_name(f"{SECTION}-before-update.ipynb").read_text(encoding="latin-1") == text
    assert source(mine, "answer-even") == "..."


def test_files_of_the_students_own_stay(course: Path, tmp_path: Path):
    (tmp_path / "en").mkdir()
    for name in ("notes.txt", "en/GLOSSARY.md", "en/mine.ipynb"):
        (tmp_path / name).write_text("mine")
    working_copy.bring_up_to_date(tmp_path, "en")
    for name in ("notes.txt", "en/GLOSSARY-before-update.md", "en/mine.ipynb"):
        assert (tmp_path / name).read_text() == "mine"


def test_a_glossary_that_the_student_has_not_changed_is_replaced_and_another_is_kept(course: Path, tmp_path: Path):
    newest, mine = course.parents[2] / "GLOSSARY.md", tmp_path / "en" / "GLOSSARY.md"
    working_copy.bring_up_to_date(tmp_path, "en")
    for text in ("# Glossary\nslot\n", "# Glossary\nslot and task\n"):
        newest.write_text(text)
        working_copy.bring_up_to_date(tmp_path, "en")
        assert mine.read_text() == text
    assert [path.name for path in mine.parent.glob("*.md")] == [mine.name]
    mine.write_text("# Glossary\nmy note\n")
    working_copy.bring_up_to_date(tmp_path, "en")
    assert mine.read_text() == "# Glossary\nslot and task\n"
    assert mine.with_name("GLOSSARY-before-update.md").read_text() == "# Glossary\nmy note\n"


def test_a_clean_notebook_stands_beside_and_takes_the_place_of_none(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / course.name
    edit(mine, answer_even="swarm.scale('sleep-app', 6)")
    paths = [working_copy.add_clean(tmp_path, "en", section) for section in ("04", SECTION, "4")]
    assert [path.name for path in paths] == [
        f"{SECTION}-fresh.ipynb",
        f"{SECTION}-fresh-2.ipynb",
        f"{SECTION}-fresh-3.ipynb",
    ]
    assert [source(path, "answer-even") for path in paths] == ["...", "...", "..."]
    assert source(mine, "answer-even") == "swarm.scale('sleep-app', 6)"


def test_a_section_that_is_not_there_is_answered_with_those_that_are(course: Path, tmp_path: Path):
    with pytest.raises(NotFound, match=f"no section is called 14; there are: {SECTION}"):
        working_copy.add_clean(tmp_path, "en", "14")


def test_a_language_without_notebooks_is_answered_with_those_that_have_some(course: Path, tmp_path: Path):
    with pytest.raises(NotFound, match="languages with notebooks: en"):
        working_copy.bring_up_to_date(tmp_path / "work", "id")


def test_nobody_works_in_the_courses_own_folder():
    with pytest.raises(BadInput, match="the course's own folder"):
        working_copy.bring_up_to_date(ROOT / "notebooks", "en")


def test_a_folder_that_cannot_be_made_is_a_sentence(course: Path, tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match=r"file cannot be made, or not be written in \(Not a directory\)"):
        working_copy.bring_up_to_date(tmp_path / "file", "en")


def test_a_full_disk_is_a_sentence_and_leaves_no_half_of_a_notebook(course: Path, tmp_path: Path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(Refused, match=r"cannot be written \(File too large\)"):
            working_copy.bring_up_to_date(tmp_path, "en")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (tmp_path / "en" / course.name).exists()
    working_copy.bring_up_to_date(tmp_path, "en")
    assert source(tmp_path / "en" / course.name, "answer-even") == "..."


def test_two_at_once_work_one_after_the_other(course: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    other = threading.Thread(target=working_copy.bring_up_to_date, args=(tmp_path, "en"))
    with one_at_a_time(tmp_path / working_copy.LOCK):
        other.start()
        other.join(0.2)
        assert other.is_alive()
        assert not list(tmp_path.glob("en/*.ipynb"))
    other.join()
    assert capsys.readouterr().out == f"Another command is bringing {tmp_path} up to date: this one waits for it\n"
    assert [path.name for path in tmp_path.glob("en/*.ipynb")] == [course.name]


def test_a_student_id_goes_where_none_is_and_another_stays_until_it_is_said_again(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / f"{SECTION}.ipynb"
    clean = working_copy.add_clean(tmp_path, "en", SECTION)
    edit(mine, parameters=source(mine, "parameters").replace('student = ""', "student = 's05'"))
    said = working_copy.write_student_id(tmp_path, "en", "s042", replace=False)
    assert said == [f"{mine.name} has the student id s05; `lab --student s042` puts s042 there too"]
    assert "student = 's05'  #" in source(mine, "parameters")
    assert 'student = "s042"  # type: str' in source(clean, "parameters")
    said = working_copy.write_student_id(tmp_path, "en", "s042", replace=True)
    assert said == [f"{mine.name}: the student id was s05, and is s042 now"]
    assert 'student = "s042"  # type: str' in source(mine, "parameters")
    assert working_copy.write_student_id(tmp_path, "en", "s042", replace=True) == []


def test_the_id_of_a_working_copy_is_that_of_most_of_its_notebooks(course: Path, tmp_path: Path):
    assert working_copy.student(tmp_path) == ""
    shutil.copytree(course.parent, course.parent.with_name("id"))
    for language, student in (("en", "s042"), ("id", "s043")):
        working_copy.bring_up_to_date(tmp_path, language)
        if language == "en":
            working_copy.add_clean(tmp_path, language, SECTION)
        working_copy.write_student_id(tmp_path, language, student, replace=False)
    assert working_copy.student(tmp_path) == "s042"
    for path in tmp_path.glob("en/*.ipynb"):
        path.write_text(path.read_text().replace("s042", "Ani & Budi"))
    assert working_copy.student(tmp_path) == "s043"


def test_a_student_id_stays_when_the_course_changes_and_outputs_stay_trusted(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    working_copy.bring_up_to_date(tmp_path, "en")
    mine = tmp_path / "en" / f"{SECTION}.ipynb"
    NotebookNotary().sign(nbformat.read(mine, as_version=4))
    working_copy.write_student_id(tmp_path, "en", "s042", replace=False)
    assert NotebookNotary().check_signature(nbformat.read(mine, as_version=4))
    edit(
        course,
        parameters="".join(source(course, "parameters")).replace("# type: str Student id", "# type: str Your id"),
    )
    working_copy.bring_up_to_date(tmp_path, "en")
    assert 'student = "s042"  # type: str Your id' in source(mine, "parameters")


def test_a_file_that_is_no_notebook_of_the_course_gets_no_student_id(course: Path, tmp_path: Path):
    working_copy.bring_up_to_date(tmp_path, "en")
    for name, content in (("broken", "{"), ("own", '{"cells": [], "metadata": {}, "nbformat": 4}')):
        (tmp_path / "en" / f"{name}.ipynb").write_text(content)
    assert working_copy.write_student_id(tmp_path, "en", "s042", replace=True) == []
    assert (tmp_path / "en" / "broken.ipynb").read_text() == "{"
