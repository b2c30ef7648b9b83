"""An engine that is reached with the program ssh: a stand-in runs the command on this computer; an sshd on loopback."""

import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from swarmkit_helpers import EngineUnavailable, Swarm
from swarmkit_helpers.engine import discover, ssh
from swarmkit_helpers.engine.discover import Engine
from swarmkit_helpers.polling import wait_until

pytestmark = pytest.mark.skipif(os.name == "nt", reason="ssh:// is not possible from Windows itself")
SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
SSHD_SECONDS = 10  # until it listens
# Notes the options, drops them and the host's name, and runs the command here, on the engine of the tests.
STAND_IN = """#!/bin/sh
echo "$@" >> {folder}/asked
[ -e {folder}/refuses ] && echo noise >&2 && echo "helper@manager: Permission denied (publickey)." >&2 && exit 255
while [ "$1" != -- ]; do shift; done
shift 2
DOCKER_HOST={url} exec "$@"
"""


@pytest.fixture
def stand_in(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a program `ssh` that leads to the engine of the tests."""
    (tmp_path / "ssh").write_text(STAND_IN.format(folder=tmp_path, url=engine.url))
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def test_an_engine_answers_over_ssh(stand_in: Path, engine: Engine) -> None:
    far = discover.connect("ssh://helper@manager:2222", "a test")
    assert far.version == engine.version
    assert far.api.get("info")["ID"] == engine.api.get("info")["ID"]
    asked = (stand_in / "asked").read_text().splitlines()[0].split()
    assert asked[-5:] == ["--", "manager", "docker", "system", "dial-stdio"]
    assert asked[asked.index("-l") : -5] == ["-l", "helper", "-p", "2222"]


def test_nodes_are_reached_through_an_engine_over_ssh(stand_in: Path, swarm: Swarm, cluster, monkeypatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://helper@manager")
    far = type(cluster).adopt(cluster.name)
    assert [node.name for node in far.swarm().nodes()] == ["node1", "node2", "node3"]
    assert far.sh("node2", "hostname").stdout == "node2\n"


def test_a_login_that_is_refused_is_a_sentence(stand_in: Path) -> None:
    (stand_in / "refuses").touch()
    with pytest.raises(EngineUnavailable, match="ssh://helper@manager, where no engine answers") as said:
        discover.connect("ssh://helper@manager", "a test")
    assert "permission denied" in said.value.problem.lower()
    assert said.value.fix == "this has to answer without any question: ssh helper@manager docker version"


def test_without_the_program_ssh_it_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineUnavailable, match="the program ssh is not installed"):
        discover.connect("ssh://manager", "a test")


@pytest.mark.parametrize(
    ("url", "by_hand"),
    [("ssh://me@box", "ssh me@box"), ("ssh://me@box:22", "ssh -p 22 me@box"), ("ssh://box", "ssh box")],
)
def test_how_the_machine_is_reached_by_hand(url: str, by_hand: str) -> None:
    assert ssh.login(url) == by_hand


@pytest.fixture
def sshd(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of an sshd on loopback with keys of its own, which the program ssh trusts while the test runs."""
    for name in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / name], check=True)
    environment = f'environment="DOCKER_HOST={engine.url}"'
    (tmp_path / "authorized").write_text(f"{environment} {(tmp_path / 'user.pub').read_text()}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "config").write_text(
        f"ListenAddress 127.0.0.1\nPort {port}\nHostKey {tmp_path}/host\nAuthorizedKeysFile {tmp_path}/authorized\n"
        f"StrictModes no\nPermitRootLogin yes\nUsePAM no\nPermitUserEnvironment yes\nPidFile none\n"
    )
    os.makedirs("/run/sshd", mode=0o755, exist_ok=True)  # noqa: PTH103  # sshd's own folder, which its package names
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", tmp_path / "config"], stderr=subprocess.DEVNULL)
    program = shutil.which("ssh")
    options = f"-i {tmp_path}/user -o StrictHostKeyChecking=no -o UserKnownHostsFile={tmp_path}/known -F none"
    (tmp_path / "ssh").write_text(f'#!/bin/sh\nexec {program} {options} "$@"\n')
    (tmp_path / "ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    def listens() -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    try:
        wait_until(listens, SSHD_SECONDS, lambda: AssertionError(f"sshd ended: {server.poll()}"))
        yield port
    finally:
        server.terminate()
        server.wait()


@pytest.mark.skipif(not SSHD, reason="no sshd is installed: apt-get install openssh-server")
def test_an_engine_answers_over_a_real_sshd(sshd: int, engine: Engine) -> None:
    far = discover.connect(f"ssh://{getpass.getuser()}@127.0.0.1:{sshd}", "a test")
    assert far.api.get("info")["ID"] == engine.api.get("info")["ID"]
