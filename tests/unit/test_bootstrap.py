"""The decisions of `bootstrap`, before there is an environment."""

import ast
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers import installation
from swarmkit_helpers.bootstrap import environment, installers, uv

PACKAGE = Path(installation.__file__).parent
ROOT = PACKAGE.parent


def old_pythons() -> list[str]:
    """Pythons on this machine that are too old for the course."""
    names = [f"python3.{minor}" for minor in range(6, installation.OLDEST_PYTHON[1])]
    kept = [str(path) for name in names for path in Path.home().glob(f".pyenv/versions/{name[6:]}.*/bin/python")]
    return [*filter(None, map(shutil.which, names)), *kept]


@pytest.mark.parametrize("name", ["__init__", "__main__", "bootstrap/*", "file_lock", "installation"])
def test_what_an_old_python_loads_it_can_read(name: str):
    for path in PACKAGE.glob(f"{name}.py"):
        ast.parse(path.read_text(encoding="utf-8"), feature_version=(3, 6))


def test_an_old_python_says_what_it_needs(tmp_path: Path):
    said = []
    for python in old_pythons():
        shown = subprocess.run(
            [python, "-m", "swarmkit_helpers", "lab"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            env={"PATH": str(tmp_path)},
        )  # no other Python to be found
        if "swarmkit_helpers" in shown.stderr:  # else it is a pyenv shim with no Python behind it
            said.append((shown.returncode, shown.stderr))
    if not said:
        pytest.skip("no Python older than 3.11 is installed here")
    for status, stderr in said:
        assert status == 1
        assert stderr.startswith("this needs Python 3.11 or newer, and this is 3.")
        assert "Fix: install a newer Python" in stderr
        assert stderr.endswith("start again with: python3.12 -m swarmkit_helpers lab\n")


def test_an_old_python_finds_a_newer_one(tmp_path: Path):
    if not (old := old_pythons()):
        pytest.skip("no Python older than 3.11 is installed here")
    (tmp_path / "python3.12").symlink_to(os.path.realpath(sys._base_executable))
    shown = subprocess.run(
        [old[-1], "-m", "swarmkit_helpers", "--version"],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert shown.stdout.startswith("swarmkit-helpers "), shown.stderr


@pytest.mark.parametrize(
    ("version", "bounds", "expected"),
    [
        ("1.2.3", "", True),
        ("1.2.3", ">=1.2", True),
        ("1.2.3", ">=1.2.4", False),
        ("8", ">=7.3,<8", False),
        ("7.10.1", ">=7.3,<8", True),
        ("4.5.0rc1", ">=4.4,<5", True),
        ("2.0.0.post1", "<=2", True),
        ("2.0", ">2", False),
    ],
)
def test_bounds(version: str, bounds: str, expected: bool):
    assert installation.within(version, bounds) is expected


def test_an_environment_is_used_only_if_it_has_everything():
    assert installation.satisfied(installation.requirements("test"))
    assert not installation.satisfied([*installation.requirements("lab"), "no-such-package>=1"])
    assert not installation.satisfied(["pytest>=1,<2"])


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project without an environment."""
    for module in (environment, installation, installers):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "requirements").mkdir()
    for which in ("lab", "test"):
        (tmp_path / "requirements" / f"{which}.lock").write_text(f"{which}==1\n")
    return tmp_path


@pytest.fixture
def made(clone: Path) -> Path:
    """The environment of a project, complete for `lab`."""
    folder = clone / ".venv"
    python = environment._python(folder)
    python.parent.mkdir(parents=True)
    python.touch()
    (folder / "complete").write_text(environment._stamp_text("lab"), encoding="utf-8")
    return folder


def test_a_complete_environment_is_used_again(made: Path):
    assert environment._complete(made, "lab")
    assert environment.ensure_environment("lab") == environment._python(made)


def test_the_environment_of_the_tests_is_that_of_the_lab_and_more(made: Path):
    assert not environment._complete(made, "test")
    (made / "complete").write_text(environment._stamp_text("test"), encoding="utf-8")
    assert environment._complete(made, "test")
    assert environment._complete(made, "lab")


def test_one_that_was_interrupted_is_made_again(made: Path):
    (made / "complete").unlink()
    assert not environment._complete(made, "lab")


def test_one_of_another_lock_is_brought_up_to_date(made: Path):
    (environment.ROOT / "requirements" / "lab.lock").write_text("lab==2\n")
    assert not environment._complete(made, "lab")


def test_one_whose_python_is_gone_is_made_again(made: Path):
    environment._python(made).unlink()
    assert not environment._complete(made, "lab")


def test_one_that_was_moved_is_made_again(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(environment, "ROOT", shutil.copytree(tmp_path, tmp_path / "elsewhere"))
    assert not environment._complete(made, "lab")


# Whose the folder is ---------------------------------------------------------------------------------------


def test_an_environment_that_the_course_did_not_make_is_left_alone(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", clone / ".venv"], check=True)
    before = sorted(path.relative_to(clone) for path in (clone / ".venv").rglob("*"))
    monkeypatch.setattr(installers, "install", lambda *_: None)
    monkeypatch.setattr(environment, "_compile", lambda _: None)
    assert environment.ensure_environment("lab").is_relative_to(clone / ".venv-swarmlab")
    assert sorted(path.relative_to(clone) for path in (clone / ".venv").rglob("*")) == before
    assert f"{clone / '.venv'} is not the course's, and stays as it is" in capsys.readouterr().out
    shutil.rmtree(clone / ".venv")
    assert environment.ensure_environment("lab").is_relative_to(clone / ".venv-swarmlab")  # it is there, so it is used
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("taken", ["file", "link", "link to another clone's", "folder"])
def test_whatever_else_is_called_so_is_left_alone(clone: Path, taken: str):
    if taken == "file":
        (clone / ".venv").touch()
    elif taken == "folder":
        (clone / ".venv" / "lib").mkdir(parents=True)
    elif os.name != "nt":
        (clone / "environment").mkdir()
        (clone / "environment" / installation.STAMP).touch()
        (clone / ".venv").symlink_to(clone / ("environment" if "clone" in taken else "nothing"))
    else:
        pytest.skip("links need rights on Windows")
    assert installation.environment_folder() == clone / ".venv-swarmlab"


def test_where_no_folder_is_free_it_says_so(clone: Path):
    for name in (".venv", ".venv-swarmlab"):
        (clone / name).touch()
    with pytest.raises(environment.Problem, match="did not make"):
        environment.ensure_environment("lab")


def test_an_interrupted_start_is_known_as_ours_at_every_moment(clone: Path, monkeypatch: pytest.MonkeyPatch):
    folder = clone / ".venv"
    for moment in (subprocess.run, shutil.rmtree):

        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(f"{moment.__module__}.{moment.__name__}", interrupt)
        with pytest.raises(KeyboardInterrupt):
            environment._make_empty(folder, sys.executable)
        monkeypatch.undo()
        monkeypatch.setattr(installation, "ROOT", clone)
        assert installation.environment_folder() == folder
        (folder / "lib").mkdir(exist_ok=True)
    environment._make_empty(folder, sys.executable)
    assert (folder / "pyvenv.cfg").exists()


def test_a_half_made_one_of_version_0_1_0_is_ours(clone: Path):
    (clone / ".venv").mkdir()
    (clone / ".venv" / "pip.log").touch()
    assert installation.environment_folder() == clone / ".venv"


def test_git_and_ci_know_the_names_of_the_folders():
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    for name in installation.FOLDERS:
        assert f"{name}/" in ignored
        for path in (".ci/notebooks", ".pre-commit-config.yaml", "README.md"):
            assert re.search(rf"{name}(?![\w-])", (ROOT / path).read_text(encoding="utf-8")), path


# pip and uv ------------------------------------------------------------------------------------------------


def test_what_pip_is_told_uv_is_told():
    listed = """\
:env:.disable-pip-version-check='1'
:env:.find-links='/opt/wheels'
global.cert='/etc/school.crt'
global.constraint='/etc/caps.txt'
global.extra-index-url='file:///a file:///b'
global.find-links='/elsewhere'
global.index-url='file:///none'
install.index-url='file:///mirror'
global.proxy='school:3128'
global.no_index='false'
"""
    options, variables = uv.from_pip(listed)
    assert sorted(zip(options[::2], options[1::2], strict=True)) == [
        ("--constraints", "/etc/caps.txt"),
        ("--default-index", "file:///mirror"),
        ("--find-links", "/opt/wheels"),
        ("--index", "file:///a"),
        ("--index", "file:///b"),
    ]
    proxies = {"HTTP_PROXY": "school:3128", "HTTPS_PROXY": "school:3128", "ALL_PROXY": "school:3128"}
    assert variables == {"SSL_CERT_FILE": "/etc/school.crt", **proxies}
    assert uv.from_pip("global.no-index='true'\n") == (["--no-index"], {})


@pytest.mark.parametrize("setting", ["require-hashes='1'", "keyring-provider='subprocess'", "something-new='1'"])
def test_a_setting_of_pip_that_uv_does_not_know_leaves_the_work_to_pip(setting: str):
    assert uv.from_pip(f"global.{setting}\n") is None


def test_where_uv_cannot_be_had_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert uv.find([sys.executable, "-c", "raise SystemExit(1)"], tmp_path) is None


def test_where_uv_fails_pip_installs_and_one_line_says_so(
    clone: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    ran = []

    def run(command: list[str], *_: object) -> str | None:
        ran.append(command)
        return "error: no route\n" if command[0] == "the-uv" else None

    monkeypatch.setattr(uv, "settings", lambda _: ([], {}))
    monkeypatch.setattr(uv, "find", lambda *_: "the-uv")
    monkeypatch.setattr(installers, "_run", run)
    monkeypatch.setattr(installers, "_cache_of", lambda _: clone)
    monkeypatch.setattr(installers, "_pip_of", lambda python: ["the-pip"])
    installers.install(clone, Path("python"), sys.executable, clone / "requirements" / "lab.lock")
    assert [command[0] for command in ran] == ["the-uv", "the-pip", "the-pip"]
    assert capsys.readouterr().out == (
        "  uv could not install the packages (no route); pip installs them, which takes longer\n"
    )
    (clone / "wheels").mkdir()
    ran.clear()
    installers.install(clone, Path("python"), sys.executable, clone / "requirements" / "lab.lock")
    assert [command[0] for command in ran] == ["the-pip", "the-pip"]


@pytest.mark.parametrize(
    ("said", "fix"),
    [
        (
            "WARNING: Retrying after connection broken by NewConnectionError\nERROR: No matching distribution",
            "connection to the internet",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "free 1 GB"),
        ("ERROR: Failed building wheel for x", "fix the errors in these lines"),
    ],
)
def test_a_failure_of_pip_has_pips_own_message(said: str, fix: str):
    problem = str(installers.pip_problem("Collecting x\n" * 50 + said, Path()))
    assert problem.startswith("pip could not install the packages:")
    assert said.splitlines()[-1] in problem
    assert "Collecting" not in problem
    assert fix in problem.partition("Fix: ")[2]
