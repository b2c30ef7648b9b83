"""The commands about clusters on a simulated engine, as a user types them."""

import io
import os
import re
import signal
import subprocess
import sys

import psutil
import pytest
from support.command_line import open_shell

from swarmkit_helpers import Cluster
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.engine.api import answers
from swarmkit_helpers.engine.discover import connect
from swarmkit_helpers.errors import Interrupted
from swarmkit_helpers.notebook.magics import run
from swarmkit_helpers.polling import wait_until

WITHOUT = ("DOCKER_HOST", "DOCKER_CONTEXT")


@pytest.fixture
def environment(tmp_path, monkeypatch) -> dict[str, str]:
    """An environment in which no other simulated engine is found."""
    monkeypatch.setattr(simulator, "RUN", tmp_path / simulator.RUN.name)
    monkeypatch.setattr(simulator, "_NOTE_FILE", simulator.RUN / "engine.json")
    kept = {name: value for name, value in os.environ.items() if name not in WITHOUT}
    return kept | {"TMPDIR": str(tmp_path), "SWARMLAB_CLUSTER": "commands"}


def swarmlab(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        env=env,
    )


def test_up_starts_an_engine_that_runs_until_down(environment):
    up = swarmlab("up", "--engine", "simulated", "--speed", "10", "--swarm", env=environment)
    assert (up.returncode, up.stderr) == (0, "")
    assert "Simulated Docker Engine" in up.stdout
    assert "nothing runs in the containers" in up.stdout
    assert "Cluster commands: 3 machines, one swarm" in up.stdout
    [url] = re.findall(r"export DOCKER_HOST=(\S+)", up.stdout)
    told = environment | {"DOCKER_HOST": url}
    assert re.search(r"node1 +running +ready +active +manager \(leader\)", swarmlab("status", env=told).stdout)
    assert "This is a simulation" in swarmlab("doctor", env=told).stdout
    with open_shell("node1", told) as (_shell, said):
        assert "any other program that you type runs on this computer" in said
    with simulator.temporary_simulator() as other:
        assert (
            f"A simulated engine runs, too. To look at it instead (the address is a secret):\n  export "
            f"DOCKER_HOST={url}\n" in swarmlab("status", env=environment | {"DOCKER_HOST": other}).stdout
        )
    down = swarmlab("down", "--all", env=told)
    assert (down.returncode, down.stderr) == (0, "")
    assert "stop the simulated engine" in down.stdout
    assert simulator.find() is None


def test_lab_starts_an_engine_for_its_kernels_and_ends_it(environment, tmp_path):
    lab = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "swarmkit_helpers",
            "lab",
            str(tmp_path / "work"),
            "--engine",
            "simulated",
            "--no-browser",
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    said = ""
    while "JupyterLab: http" not in said:
        said += lab.stdout.readline() or pytest.fail(said)
    assert "Simulated Docker Engine" in said
    urls = {variables["DOCKER_HOST"] for variables in _environments(lab.pid) if "DOCKER_HOST" in variables}
    [url] = urls
    assert connect(url, "a test").simulated
    lab.send_signal(signal.SIGINT)
    assert lab.wait(60) == 0
    wait_until(lambda: not answers(url), 10, lambda: AssertionError("it still answers"))


def _environments(pid: int) -> list[dict[str, str]]:
    return [process.environ() for process in psutil.Process(pid).children(recursive=True)]


def test_a_speed_without_a_simulation_is_refused(environment):
    shown = swarmlab("up", "--speed", "2", env=environment)
    assert shown.returncode == 2
    assert "--speed goes with --engine simulated" in shown.stderr


class InterruptedScreen(io.StringIO):
    """A screen whose user interrupts at the first line."""

    def write(self, text: str) -> int:
        raise KeyboardInterrupt


def test_an_interrupted_script_gets_one_line(monkeypatch):
    with simulator.temporary_docker_host(20):
        cluster = Cluster.up("interrupted", nodes=1)
        monkeypatch.setattr(sys, "stdout", InterruptedScreen())
        with pytest.raises(Interrupted) as caught:
            run(cluster, "node1", "echo here; sleep 1000", {})
    assert caught.value._render_traceback_() == ["Interrupted: the script on node1 is being stopped"]
