"""What students get: a folder in which `lab` can start, and nothing that they should not see."""

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from support.solutions import SOLUTIONS

from swarmkit_helpers import cli
from swarmkit_helpers.course.pristine import sections
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.grading.student_edition import MANIFEST, write


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An edition in Indonesian, as a folder, a zip and a repository."""
    out = tmp_path_factory.mktemp("teacher") / "edition"
    assert cli.main(["release", "--out", str(out), "--lang", "id", "--zip", "--git"]) == 0
    return out


def names(edition: Path) -> set[str]:
    """The files of the edition, without what git keeps, and what Python has compiled since."""
    files = (path.relative_to(edition).as_posix() for path in edition.rglob("*") if path.is_file())
    return {name for name in files if not name.startswith(".git/") and "__pycache__" not in name}


def git(folder: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def test_its_notebooks_have_no_outputs(edition: Path):
    paths = sorted((edition / "notebooks" / "id").glob("*.ipynb"))
    assert [path.stem for path in paths] == sections("id")
    cells = [cell for path in paths for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert not [cell["id"] for cell in cells if cell.get("outputs") or cell.get("execution_count")]


def test_it_has_neither_tests_nor_solutions(edition: Path):
    assert {name.partition("/")[0] for name in names(edition)} == {
        ".binder", ".devcontainer", ".gitignore", ".swarmlab-edition", "GLOSSARY.md", "LICENSE", "LICENSE-CC-BY-4.0",
        "README.md", "environment.yml", "notebooks", "pyproject.toml", "requirements", "swarm_simulator",
        "swarmkit_helpers",
    }  # fmt: skip
    for section, solutions in SOLUTIONS.items():
        notebook = json.loads((edition / "notebooks" / "id" / f"{section}.ipynb").read_text(encoding="utf-8"))
        sources = {cell["id"]: cell["source"] for cell in notebook["cells"]}
        assert [id for id in solutions if "..." not in sources[id] or solutions[id] in sources[id]] == []
    assert [name for name in names(edition) if name.endswith(".toml") and "rubric" in name] == []


def test_what_its_project_file_puts_into_a_wheel_is_there(edition: Path):
    project = tomllib.loads((edition / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = [*wheel["shared-data"], *wheel["packages"], *project["project"]["license-files"], "README.md"]
    assert [name for name in needed if not (edition / name).exists()] == []


def test_the_command_that_runs_tests_says_that_there_are_none(edition: Path):
    bare = os.path.realpath(sys._base_executable)  # the Python under this environment, without packages
    command = [bare, "-m", "swarmkit_helpers", "test"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    said = subprocess.run(command, cwd=edition, capture_output=True, text=True, env=environment)
    assert (said.returncode, "students get no tests" in said.stderr) == (1, True), said.stderr


def test_its_page_is_in_the_language_of_its_notebooks(edition: Path):
    page = (edition / "README.md").read_text(encoding="utf-8")
    assert "python3 -m swarmkit_helpers lab --lang id --student ID\n" in page
    assert "Buka terminal di folder ini" in page


def test_the_zip_has_the_same_files_in_one_folder(edition: Path):
    with zipfile.ZipFile(edition.with_suffix(".zip")) as archive:
        assert {*archive.namelist()} == {f"edition/{name}" for name in names(edition) - {MANIFEST}}
        assert archive.read("edition/README.md") == (edition / "README.md").read_bytes()


def test_a_later_release_is_the_next_commit_of_the_repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    write(tmp_path, ["en", "id"], git=True)
    (tmp_path / "notes.md").write_text("the teacher's")
    write(tmp_path, ["en"], git=True)
    write(tmp_path, ["en"], git=True)
    assert "nothing has changed" in capsys.readouterr().out
    assert len(git(tmp_path, "log", "--format=%h", "main")) == 2
    [changed] = {line[0] for line in git(tmp_path, "diff", "--name-status", "HEAD^", "--", "notebooks")}
    assert changed == "D"
    assert "notes.md" in git(tmp_path, "ls-files")


def test_a_student_s_clone_commits_the_work_and_the_teacher_s_repository_does_not(tmp_path: Path):
    teacher, student = tmp_path / "edition", tmp_path / "student"
    (teacher / "swarm-practicum" / "en").mkdir(parents=True)
    (teacher / MANIFEST).touch()
    (teacher / "swarm-practicum" / "en" / "04-scale.ipynb").write_text("my answers")
    write(teacher, ["en"], git=True)
    git(tmp_path, "clone", "--quiet", str(teacher), str(student))
    assert not (student / "swarm-practicum").exists()
    (student / "swarm-practicum").mkdir()
    (student / "swarm-practicum" / "04-scale.ipynb").write_text("the student's answers")
    assert git(student, "status", "--short") == ["?? swarm-practicum/"]


def test_a_folder_that_holds_something_else_stays_as_it_is(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("mine")
    with pytest.raises(BadInput, match="holds something other than a release"):
        write(tmp_path, ["en"])
    assert names(tmp_path) == {"thesis.tex"}


def test_a_list_of_files_from_elsewhere_removes_nothing_outside(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("mine")
    (tmp_path / "edition").mkdir()
    (tmp_path / "edition" / MANIFEST).write_text("../thesis.tex\n\nold.md")
    (tmp_path / "edition" / "old.md").write_text("of an older release")
    write(tmp_path / "edition", ["en"])
    assert (tmp_path / "thesis.tex").exists()
    assert not (tmp_path / "edition" / "old.md").exists()


def test_a_course_of_nbgrader_is_made_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        cli.main(["release", "--out", str(tmp_path), "--nbgrader", "--git"])
    assert "leave out --nbgrader" in capsys.readouterr().err
    assert cli.main(["release", "--out", str(tmp_path), "--lang", "en", "--nbgrader"]) == 0
    assert (tmp_path / "source" / "swarm-en" / "04-scale.ipynb").exists()
