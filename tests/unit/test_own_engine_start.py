"""The course's own engine on a slow computer: as long as it is at work it is waited for, and lost time is made good."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from swarmkit_helpers.errors import EngineUnavailable, TooSlow

if sys.platform != "linux":
    pytest.skip("only on Linux does the course have an engine of its own", allow_module_level=True)
from swarmkit_helpers.engine import own_engine

PROGRAM = Path(__file__).parents[1] / "support" / "slow_dockerd.py"


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Say what each start of a dockerd does; its files are the test's own."""
    run = tmp_path / "run"
    for name, value in {
        "RUN": run,
        "ROOT": tmp_path / "root",
        "LOG": tmp_path / "root" / "dockerd.log",
        "URL": f"unix://{run}/docker.sock",
        "_EXEC_ROOT": run / "exec",
        "_PID_FILE": run / "docker.pid",
        "_LOCK_FILE": run / "lock",
        "IDLE_SECONDS": 2,
        "START_SECONDS": 30,
    }.items():
        monkeypatch.setattr(own_engine, name, value)
    dockerd = tmp_path / "bin" / "dockerd"
    dockerd.parent.mkdir()
    dockerd.write_text(f"#!{sys.executable}\n{PROGRAM.read_text()}")
    dockerd.chmod(0o755)
    monkeypatch.setenv("PATH", str(dockerd.parent), prepend=os.pathsep)

    def write(*starts: str) -> Path:
        path = dockerd.with_name("plan")
        path.write_text("\n".join(starts))
        return path

    yield write
    own_engine._end_processes()


@pytest.mark.parametrize(
    "how", ["log", pytest.param("work", marks=pytest.mark.exhaustive("beside other work it can get too little time"))]
)
def test_an_engine_that_is_at_work_is_waited_for(plan: Callable[..., Path], how: str):
    plan(f"{how} 4")
    assert own_engine.start()
    assert own_engine.running()


def test_an_engine_that_does_nothing_is_ended_and_no_info_line_is_its_reason(plan: Callable[..., Path]):
    plan("sleep 60")
    with pytest.raises(EngineUnavailable, match="does not answer, and did nothing for 2 s") as caught:
        own_engine.start()
    assert "skip plugin" not in str(caught.value)
    assert own_engine._process_ids() == set()


def test_even_work_has_an_end(plan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(own_engine, "START_SECONDS", 3)
    plan("log 60")
    with pytest.raises(EngineUnavailable, match="is at work, but did not answer within"):
        own_engine.start()
    assert own_engine._process_ids() == set()


def test_a_start_that_fails_for_want_of_time_is_repeated(plan: Callable[..., Path], capsys: pytest.CaptureFixture[str]):
    plan("late", "log 0")
    assert own_engine.start()
    said = capsys.readouterr().out
    assert "did not start: failed to start containerd: timeout waiting for containerd to start. " in said
    assert "it is started again" in said


def test_a_start_is_not_repeated_for_ever(plan: Callable[..., Path]):
    left = plan(*["late"] * (own_engine.STARTS + 1))
    with pytest.raises(TooSlow, match="timeout waiting for containerd"):
        own_engine.start()
    assert left.read_text() == "late"


@pytest.mark.exhaustive("each ping of an engine that stands still takes five seconds")
def test_an_engine_that_stands_still_is_left_alone(plan: Callable[..., Path], monkeypatch: pytest.MonkeyPatch):
    """Its containers would end with it."""
    plan("log 0")
    own_engine.start()
    daemon = own_engine._daemon_pid()
    assert daemon
    os.kill(daemon, signal.SIGSTOP)
    try:
        with pytest.raises(EngineUnavailable, match="did nothing for 2 s") as caught:
            own_engine.start()
        assert caught.value.fix.endswith(f"kill -9 {daemon}")
    finally:
        os.kill(daemon, signal.SIGCONT)
    assert own_engine.start() is False
    assert own_engine._daemon_pid() == daemon
