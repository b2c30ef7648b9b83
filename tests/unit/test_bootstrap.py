"""The decisions of `bootstrap`, before there is an environment."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers import bootstrap, installation

PACKAGE = Path(bootstrap.__file__).parent
ROOT = PACKAGE.parent


def old_pythons() -> list[str]:
    """Pythons on this machine that are too old for the course."""
    names = [f"python3.{minor}" for minor in range(6, installation.OLDEST_PYTHON[1])]
    kept = [str(path) for name in names for path in Path.home().glob(f".pyenv/versions/{name[6:]}.*/bin/python")]
    return [*filter(None, map(shutil.which, names)), *kept]


@pytest.mark.parametrize("name", ["__init__", "__main__", "bootstrap", "file_lock", "installation"])
def test_what_an_old_python_loads_it_can_read(name: str):
    ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"), feature_version=(3, 6))


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
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose environment for `lab` is complete; the value is its Python."""
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "STAMP", tmp_path / ".venv" / "complete")
    (tmp_path / "requirements").mkdir()
    for which in ("lab", "test"):
        (tmp_path / "requirements" / f"{which}.lock").write_text(f"{which}==1\n")
    python = tmp_path / ".venv" / "python"
    python.parent.mkdir()
    python.touch()
    bootstrap.STAMP.write_text(bootstrap._stamp_text("lab"), encoding="utf-8")
    return python


def test_a_complete_environment_is_used_again(made: Path):
    assert bootstrap._complete("lab", made)


def test_the_environment_of_the_tests_is_that_of_the_lab_and_more(made: Path):
    assert not bootstrap._complete("test", made)
    bootstrap.STAMP.write_text(bootstrap._stamp_text("test"), encoding="utf-8")
    assert bootstrap._complete("test", made)
    assert bootstrap._complete("lab", made)


def test_one_that_was_interrupted_is_made_again(made: Path):
    bootstrap.STAMP.unlink()
    assert not bootstrap._complete("lab", made)


def test_one_of_another_lock_is_brought_up_to_date(made: Path):
    (bootstrap.ROOT / "requirements" / "lab.lock").write_text("lab==2\n")
    assert not bootstrap._complete("lab", made)


def test_one_whose_python_is_gone_is_made_again(made: Path):
    made.unlink()
    assert not bootstrap._complete("lab", made)


def test_one_that_was_moved_is_made_again(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bootstrap, "ROOT", shutil.copytree(tmp_path, tmp_path / "elsewhere"))
    assert not bootstrap._complete("lab", made)


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
    problem = str(bootstrap._pip_problem("Collecting x\n" * 50 + said))
    assert problem.startswith("pip could not install the packages:")
    assert said.splitlines()[-1] in problem
    assert "Collecting" not in problem
    assert fix in problem.partition("Fix: ")[2]
