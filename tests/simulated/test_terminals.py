"""Terminals of Jupyter's server: one called node2 is the node's shell, whatever JupyterLab asks for."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.jupyter_server import JupyterServer, serving

from swarmkit_helpers import Cluster
from swarmkit_helpers.docker_commands import shown_by
from swarmkit_helpers.engine import simulator
from swarmkit_helpers.notebook.server import terminals

pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("docker"), reason="needs docker and a Unix shell")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A server whose cluster has the nodes node1 and node2; its PATH has neither the course's Python nor `swarmlab`."""
    patch = pytest.MonkeyPatch()
    patch.setenv("SWARMLAB_CLUSTER", "panel")
    patch.setenv("SHELL", "/bin/bash")
    patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    with simulator.temporary_docker_host(20):
        Cluster.up("panel", nodes=2)
        with serving(tmp_path_factory.mktemp("server")) as started:
            yield started
    patch.undo()


def open_terminal(server: JupyterServer, **wanted: object) -> str:
    answer = server.ask("POST", "api/terminals", wanted)
    assert answer.ok, answer.text
    return answer.json()["name"]


def test_a_terminal_with_the_name_of_a_node_is_always_its_shell(server: JupyterServer):
    host_shell = ["sh", "-c", "echo a shell of the host; exec sh"]
    for wanted in ({}, {"shell_command": host_shell}):  # after `exit` JupyterLab asks for the same name again
        assert open_terminal(server, name="node2", **wanted) == "node2"
        shown = server.terminal("node2", ("node2# ", "hostname; exit\r"), ("", ""))
        assert "\nnode2\r\n" in shown
        assert "a shell of the host" not in shown


def test_a_terminal_that_is_open_is_not_started_a_second_time(server: JupyterServer):
    for _time in range(2):
        open_terminal(server, name="node1")
    assert [each["name"] for each in server.ask("GET", "api/terminals").json()].count("node1") == 1
    server.terminal("node1", ("node1# ", "first=here\r"), ("node1# ", ""))
    open_terminal(server, name="node1")
    assert "here-still" in server.terminal("node1", ("node1# ", "echo $first-still; exit\r"), ("", ""))


def test_a_node_that_is_not_there_says_so_before_the_terminal_closes(server: JupyterServer):
    open_terminal(server, name="node9")
    shown = server.terminal("node9", ("Press Enter", "\r"), ("", ""))
    assert "no machine is called 'node9'" in shown


def test_a_terminal_whose_machine_goes_off_says_how_to_switch_it_on(server: JupyterServer):
    open_terminal(server, name="node1")
    server.terminal("node1", ("node1# ", "echo here\r"), ("here", ""))
    with shown_by(lambda command: None):
        Cluster.adopt().kill("node1")
        shown = server.terminal("node1", ("Press Enter", "\r"), ("", ""))
        Cluster.adopt().start("node1")
    assert "switch it on: with the menu of node1 in the panel Swarm, or with cluster.start('node1')" in shown


def test_a_plain_terminal_finds_the_course_although_a_login_sets_the_path(server: JupyterServer):
    Path(os.environ["HOME"], ".profile").write_text("PATH=/usr/bin:/bin\n")
    name = open_terminal(server)
    typed = "command -v swarmlab; python -c 'import swarmkit_helpers as it; print(it.__file__)'; echo end''ed; exit\r"
    shown = server.terminal(name, ("$ " if os.geteuid() else "# ", typed), ("ended", ""), ("", ""))
    assert f"{terminals.programs()}/swarmlab" in shown
    assert str(Path(terminals.__file__).parents[2] / "__init__.py") in shown
