"""SWARMLAB_CLUSTER names the cluster for every command, and for what `lab` leaves when it ends."""

import os
import re
import signal
import socket
import subprocess
import sys
from argparse import _SubParsersAction
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.command_line import command, open_shell

from swarmkit_helpers import Cluster
from swarmkit_helpers.cli import jupyterlab
from swarmkit_helpers.cli.parser import _parser
from swarmkit_helpers.course.journal import Journal
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.engine.discover import find_engine
from swarmkit_helpers.machine import OWNER_VARIABLES

NAME = "week-12"
USE_A_CLUSTER = {"lab", "up", "shell", "down", "evidence", "report"}
USE_NONE = {"doctor", "status", "bundle", "test", "grade", "mark", "release", "translate"}  # or all, or those they make


@pytest.fixture(autouse=True)
def variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The variable is set, and beside its cluster there is one of the default name."""
    for name in OWNER_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("SWARMLAB_CLUSTER", raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(Cluster, "_used", [])
    with simulator.temporary_docker_host(20):
        Cluster.up(nodes=1)
        monkeypatch.setenv("SWARMLAB_CLUSTER", NAME)
        yield


def names() -> list[str]:
    return Cluster.names(find_engine())


def start_lab(**variables: str) -> "subprocess.Popen[str]":
    folder = os.environ["JUPYTER_DATA_DIR"] + "/work"
    lab = subprocess.Popen(
        [sys.executable, "-m", "swarmkit_helpers.cli", "lab", folder, "--no-browser", "--nodes", "1"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    )
    assert lab.stdout
    assert any("JupyterLab: http" in line for line in lab.stdout)
    return lab


def end(lab: "subprocess.Popen[str]") -> str:
    """End the lab as Ctrl-C does: what it says then."""
    lab.send_signal(signal.SIGINT)
    said, _ = lab.communicate(timeout=60)
    assert lab.returncode == 0
    return said


def test_every_command_is_looked_at():
    [commands] = [action for action in _parser()._actions if isinstance(action, _SubParsersAction)]
    assert set(commands.choices) == USE_A_CLUSTER | USE_NONE


def test_each_command_means_the_cluster_of_the_variable(tmp_path: Path):
    assert f"Cluster {NAME}: 1 machine" in command("up", "--nodes", "1")
    assert names() == ["course", NAME]
    assert f"Cluster {NAME}: 1 machine" in command("status")
    assert re.findall(r"^Cluster (\S+):", command("status", "--name", "course"), re.M) == ["course"]
    assert f"course (1 machine), {NAME} (1 machine)" in command("doctor")
    assert f" swarmlab-{NAME}-node1 sh" in command_of_a_shell("node1")

    Journal(NAME, "0912345").note("04-scale", "replicas", 3)
    bundle = tmp_path / "evidence.json"
    command("evidence", "--student", "0912345", "--out", str(bundle))
    assert "replicas" in bundle.read_text()
    page = tmp_path / "report.html"
    command("report", str(tmp_path), "--student", "0912345", "--out", str(page), "--yes")
    assert NAME in page.read_text(encoding="utf-8")

    assert f"remove {NAME}: 1 machine" in command("down")
    assert names() == ["course"]


def command_of_a_shell(node: str) -> str:
    """The docker command that a terminal on the node has become, once it waits for the first command in it."""
    with open_shell(node) as (shell, _said):
        return Path(f"/proc/{shell.pid}/cmdline").read_text().replace("\0", " ")


@pytest.mark.exhaustive("it starts JupyterLab twice")
def test_a_lab_removes_its_cluster_though_another_lab_uses_another():
    other = start_lab(SWARMLAB_CLUSTER="")
    try:
        assert f"remove the cluster '{NAME}'" in end(start_lab())
        assert names() == ["course"]
    finally:
        said = end(other)
    assert "The cluster 'course' was there before and is kept: python3 -m swarmkit_helpers down removes it" in said


@pytest.mark.parametrize(
    ("log", "used"),
    [
        ("swarmlab-anna.week-1.{}.log", True),
        ("swarmlab-anna.week-1-2.{}.log", False),
        ("swarmlab-anna.course.{}.log", False),
        ("swarmlab-budi.week-1.{}.log", False),
        ("swarmlab.{}.log", False),  # with an engine of its own
    ],
)
def test_a_cluster_is_used_by_another_lab_only_if_that_lab_uses_it(tmp_path: Path, log: str, used: bool):
    with socket.socket() as server:
        server.bind((jupyterlab.HOST, 0))
        server.listen()
        (tmp_path / log.format(server.getsockname()[1])).touch()
        assert jupyterlab.another_is_running("swarmlab-anna.week-1") is used
    assert not jupyterlab.another_is_running("swarmlab-anna.week-1")  # what a killed lab has left
