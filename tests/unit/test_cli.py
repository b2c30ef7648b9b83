"""The commands as they are typed: help, bad usage, errors as sentences."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers import cli
from swarmkit_helpers.cli import lab
from swarmkit_helpers.cli.test import MACHINES, for_pytest
from swarmkit_helpers.course import working_copy
from swarmkit_helpers.course.journal import Event, Journal
from swarmkit_helpers.grading.submissions.notebook import written_student

COMMANDS = ("lab", "doctor", "test", "up", "status", "shell", "down", "bundle", "translate")
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}


def swarmlab(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=os.environ | variables,
    )


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_marks_can_be_told_apart_in_an_encoding_that_lacks_them(encoding: str):
    script = "from swarmkit_helpers import cli; cli.main(['status']); print('✓', '✗', '… ✓✗ \\u2603')"
    shown = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        env=os.environ | NO_ENGINE | {"PYTHONIOENCODING": encoding},
    )
    assert shown.stdout.decode(encoding).splitlines()[-1] in ("+ x ... +x ?", "+ x … +x ?")


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)  # in which `lab` makes its working copy
    for name, value in NO_ENGINE.items():
        monkeypatch.setenv(name, value)


def test_help_names_every_command_once_and_fits_a_page():
    lines = cli.HELP.splitlines()
    for command in COMMANDS:
        assert any(line.startswith(f"  {command} ") for line in lines)
    assert len(lines) < 40
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.parse([command, "--help"])
    assert ended.value.code == 0
    assert f"{command} [-h]" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["frobnicate"],
        ["lab", "--nodes", "many"],
        ["lab", "--lang", "fr"],
        ["shell"],
        ["bundle"],
        ["bundle", "save"],
        ["down", "--all", "--name", "x"],
        ["status", "--all"],
        ["--nodes", "3"],
        ["lab", "--no"],
    ],
)
def test_bad_usage_ends_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        cli.parse(arguments)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_defaults():
    options = cli.parse(["lab"])
    assert (options.nodes, options.lang, options.port, options.no_browser, options.install_engine) == (
        3,
        None,
        None,
        False,
        None,
    )
    assert cli.parse(["lab", "--no-install-engine"]).install_engine is False
    assert cli.parse(["up", "--install-engine", "--swarm"]).install_engine is True


def test_what_follows_test_is_for_pytest():
    assert cli.parse(["test", "-k", "cli", "-x", "tests/unit"]).pytest == ["-k", "cli", "-x", "tests/unit"]


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ([], []),
        (["--all", "tests/unit", "-x"], ["--all", "tests/unit", "-x"]),
        (["--machines"], [*MACHINES]),
        (["--machines", "debian13", "-x"], [*MACHINES, "-k", "debian13", "-x"]),
        (["-x", "--machines", "-q"], ["-x", *MACHINES, "-q"]),
    ],
)
def test_other_machines_are_a_folder_of_tests_for_pytest(typed: list[str], known: list[str]):
    assert for_pytest(typed) == known


def test_without_an_environment_or_an_engine_there_is_help():
    shown = swarmlab("--help")
    assert (shown.returncode, shown.stdout) == (0, cli.HELP)
    assert swarmlab("--version").stdout.startswith("swarmkit-helpers ")


def test_an_error_ends_the_process_with_1_and_is_no_traceback():
    shown = swarmlab("up", **NO_ENGINE)
    assert shown.returncode == 1
    assert shown.stderr.startswith("DOCKER_HOST is unix:///nowhere/docker.sock, where no engine answers")
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("arguments", [["up"], ["lab", "--no-browser"], ["down"], ["doctor"]])
def test_a_dead_engine_is_a_sentence_and_a_fix(arguments: list[str], no_engine: None, capsys):
    assert cli.main(arguments) == 1
    said = "".join(capsys.readouterr())
    assert "DOCKER_HOST is unix:///nowhere/docker.sock, where no engine answers" in said
    assert "  Fix: " in said


def test_status_names_the_engine_that_does_not_answer(no_engine: None, capsys):
    assert cli.main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "DOCKER_HOST is unix:///nowhere/docker.sock, where no engine answers" in shown
    assert "  Fix: " in shown


def test_a_port_that_is_taken_is_told_before_anything_is_started(no_engine: None, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.main(["lab", "--no-browser", "--port", port]) == 1
    assert capsys.readouterr().err.startswith(f"port {port} is taken, or not yours to use\n  Fix: ")


def test_a_student_id_is_said_once(no_engine: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))

    def ids(folder: str) -> set[str | None]:
        notebooks = (tmp_path / folder / "en").glob("*.ipynb")
        return {written_student(json.loads(path.read_text(encoding="utf-8"))) for path in notebooks}  # as grading reads

    assert cli.main(["lab", "one", "--no-browser"]) == 1
    assert ids("one") == {""}
    assert cli.main(["lab", "one", "--no-browser", "--student", "s042"]) == 1
    assert "The notebooks are those of student s042." in capsys.readouterr().out
    assert cli.main(["lab", "two", "--no-browser"]) == 1  # which may be another person's, on a shared computer
    assert (ids("one"), ids("two")) == ({"s042"}, {""})
    assert "Are you s042, who was here before?" in capsys.readouterr().out
    assert cli.main(["lab", "one", "--fresh", "04", "--no-browser"]) == 1
    assert ids("one") == {"s042"}
    one = next((tmp_path / "one" / "en").glob("04-*.ipynb"))
    one.write_text(one.read_text(encoding="utf-8").replace("s042", "s043"), encoding="utf-8")
    capsys.readouterr()
    assert cli.main(["lab", "one", "--no-browser"]) == 1
    said = capsys.readouterr().out
    assert f"{one.name} has the student id s043" in said
    assert "The notebooks are those of" not in said


def test_what_can_be_no_student_id_is_said_before_anything_is_made(no_engine: None, tmp_path: Path, capsys):
    assert cli.main(["lab", "work", "--no-browser", "--student", "s 42"]) == 1
    assert capsys.readouterr().err.startswith("'s 42' cannot be a student id\n  Fix: ")
    assert not (tmp_path / "work").exists()


def test_lab_goes_on_with_the_working_copy_in_which_it_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    copy = tmp_path / "swarm-practicum"
    monkeypatch.chdir(tmp_path)
    assert lab.default_folder() == copy
    working_copy.bring_up_to_date(copy, "en")
    for folder in (tmp_path, copy, copy / "en"):
        monkeypatch.chdir(folder)
        assert lab.default_folder() == copy


def test_lab_opens_the_section_of_the_copy_that_was_worked_on_last(no_engine: None, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SWARMLAB_CLUSTER", raising=False)
    Journal("course").add_events("04-scale", [Event(9.0, "start", "course", "")])
    said = []
    for _start in range(2):
        assert cli.main(["lab", "one", "--no-browser"]) == 1
        said.append("Section 04-scale opens: it is the one that you worked on last." in capsys.readouterr().out)
    assert said == [False, True]  # a copy that is made now has nothing of it


def test_a_terminal_on_a_node_needs_a_terminal(no_engine: None, capsys):
    assert cli.main(["shell", "node1"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("a terminal on a node needs ")
    assert "  Fix: " in shown
