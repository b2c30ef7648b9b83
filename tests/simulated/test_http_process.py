"""A simulated engine in its own process."""

import subprocess
import sys

import docker
import psutil
import pytest

from swarmkit_helpers.engine import discover, simulator
from swarmkit_helpers.engine.simulator import temporary_simulator

MEMORY = 60 << 20  # bytes a simulated engine may take (issue 4)


def test_it_answers_and_ends_with_the_block():
    with temporary_simulator(speed=7) as first, temporary_simulator() as second:
        engine = discover.connect(first, "a test")
        assert engine.simulated
        assert str(engine).startswith("Simulated Docker Engine")
        assert first.rpartition("/")[2] not in str(engine)
        assert discover.connect(second, "a test").api.get("info")["ID"]
        assert psutil.Process(_listener(first)).memory_info().rss < MEMORY
    with pytest.raises(docker.errors.DockerException):
        docker.APIClient(base_url=first, version="auto")


def test_it_ends_with_the_process_that_started_it():
    code = (
        "import sys, os; from swarmkit_helpers.engine.simulator import temporary_simulator\n"
        "with temporary_simulator() as url: print(url, flush=True); sys.stdin.read()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    process = psutil.Process(_listener(parent.stdout.readline().strip()))
    parent.kill()
    parent.communicate()
    process.wait(timeout=10)


def test_a_users_engine_is_found_again_and_no_other_user_can_read_its_address(tmp_path, monkeypatch):
    monkeypatch.setattr(simulator, "RUN", tmp_path / "run")
    monkeypatch.setattr(simulator, "_NOTE_FILE", tmp_path / "run" / "engine.json")
    monkeypatch.setattr(simulator, "_LOCK_FILE", tmp_path / "run" / "lock")
    assert simulator.find() is None
    url = simulator.start()
    try:
        assert simulator.find() == simulator.start() == url
        assert (tmp_path / "run").stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "run" / "engine.json").stat().st_mode & 0o777 == 0o600
    finally:
        assert simulator.stop()
    assert simulator.find() is None


def test_a_proxy_is_not_asked_for_an_engine_on_this_computer(tmp_path, monkeypatch):
    monkeypatch.setattr(simulator, "RUN", tmp_path / "run")
    monkeypatch.setattr(simulator, "_NOTE_FILE", tmp_path / "run" / "engine.json")
    monkeypatch.setattr(simulator, "_LOCK_FILE", tmp_path / "run" / "lock")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    url = simulator.start()
    try:
        assert simulator.start() == url  # and not a second one, whose note replaces this one
        assert discover.connect(url, "a test").api.get("info")["ID"]
    finally:
        assert simulator.stop()


@pytest.mark.parametrize("speed", ["0", "x", "5000"])
def test_an_impossible_speed_is_refused(speed):
    shown = subprocess.run([sys.executable, "-m", "swarm_simulator", "--speed", speed], capture_output=True, text=True)
    assert shown.returncode == 2
    assert "speed" in shown.stderr


def _listener(url: str) -> int:
    """The id of the process that listens there."""
    port = int(url.split(":")[2].partition("/")[0])
    return next(
        connection.pid
        for connection in psutil.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
    )
