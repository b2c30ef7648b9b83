"""The course's own engine: which processes are its own, and so may be ended."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

if sys.platform != "linux":
    pytest.skip("only on Linux does the course have an engine of its own", allow_module_level=True)
from swarmkit_helpers.engine import own_engine

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root may make namespaces")
# It starts a program that has a path of the engine in its command line, as containerd has, and waits for its input.
START = (
    "import os, sys; os.execv(sys.executable, [sys.executable, '-c', os.environ['PROGRAM'], os.environ['ARGUMENT']])"
)
PROGRAM = "print('ready', flush=True); input()"


def is_ended(monkeypatch: pytest.MonkeyPatch, folder: Path, prefix: list[str], program: str = PROGRAM) -> bool:
    """Start such a program behind the prefix, end the processes of the engine; whether that ended the program."""
    monkeypatch.setattr(own_engine, "_EXEC_ROOT", folder / "exec")
    monkeypatch.setattr(own_engine, "_PID_FILE", folder / "docker.pid")
    command = [*prefix, sys.executable, "-c", START]
    environment = os.environ | {"PROGRAM": program, "ARGUMENT": f"{folder / 'exec'}/containerd"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin and process.stdout
        assert process.stdout.readline() == b"ready\n"
        own_engine._end_processes()
        process.communicate(b"\n")
        return process.returncode != 0


def test_what_an_engine_has_left_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert is_ended(monkeypatch, tmp_path, [])


@AS_ROOT
@pytest.mark.parametrize("prefix", [["unshare", "--mount"], ["unshare", "--pid", "--fork"]], ids=" ".join)
def test_a_process_in_another_namespace_is_not_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, prefix: list[str]
) -> None:
    assert not is_ended(monkeypatch, tmp_path, prefix)


@AS_ROOT
def test_a_process_in_a_chroot_is_not_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not is_ended(monkeypatch, tmp_path, [], f"import os; os.chroot({str(tmp_path)!r}); {PROGRAM}")
