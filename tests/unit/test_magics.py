"""The magic's screen: lines as they come, progress that overwrites itself, no join token."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from swarmkit_helpers.notebook.magics import _LineWriter, asks_for_terminal, changes, mentioned


def shown(*chunks: bytes) -> str:
    """What a notebook shows in the end: a carriage return goes back to the start of the line."""
    screen = io.StringIO()
    lines = _LineWriter(screen)
    for chunk in chunks:
        lines.feed(chunk)
    lines.end()
    final = []
    for line in screen.getvalue().split("\n"):
        cells: list[str] = []
        for part in line.split("\r"):
            cells[: len(part)] = part
        final.append("".join(cells).rstrip())
    return "\n".join(final)


def test_lines_come_whole_even_if_their_bytes_do_not():
    assert shown("é".encode()[:1], "é".encode()[1:] + b"\nab", b"c") == "é\nabc\n"


def test_redrawn_progress_leaves_nothing_behind():
    output = shown(
        b"overall progress: 0 out of 2 tasks\n1/2:  \n",
        b"verify: Waiting 5 seconds\n",
        b"verify: Service x converged\n",
    )
    assert output == "verify: Service x converged\n"


def test_a_join_token_is_not_shown():
    assert shown(b"docker swarm join --token SWMTKN-1-0abc-9xyz node1:2377\n") == (
        "docker swarm join --token SWMTKN-1-(secret) node1:2377\n"
    )


def test_a_script_is_given_the_variables_it_mentions_and_no_others():
    notebook = {"replicas": 7, "node": "node2", "swarm": object(), "other": 1}
    script = "docker service scale sleep-app=$replicas; echo ${node} $swarm $HOME"
    assert mentioned(script, notebook) == {"replicas": "7", "node": "node2"}


def test_commands_that_change_something_are_told_from_those_that_look():
    script = "docker service scale app=$replicas\nsleep 4\ndocker ps\n docker node ls\ndocker kill $(docker ps -q)"
    assert changes(script, {"replicas": "7"}) == ["docker service scale app=7", "docker kill $(docker ps -q)"]


def test_a_command_of_several_lines_is_one():
    script = "docker service create \\\n    --name app \\\n  busybox\ndocker ps"
    assert changes(script, {}) == ["docker service create --name app busybox"]


@pytest.mark.parametrize(
    ("script", "wanted"),
    [
        ("docker run -it busybox sh", True),
        ("echo first\ndocker exec --interactive --tty web sh", True),
        ("docker run --rm -ti busybox", True),
        ("docker run -d busybox top -t", False),
        ("docker run -i busybox cat", False),
    ],
)
def test_a_command_that_wants_a_terminal_is_known(script: str, wanted: bool):
    assert asks_for_terminal(script) is wanted


def test_setup_may_run_again_and_of_another_extension_ipython_says_it(tmp_path: Path):
    cell = "%load_ext swarmkit_helpers\n%load_ext other\n"
    (tmp_path / "other.py").write_text("def load_ipython_extension(shell): pass\n", encoding="utf-8")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", cell * 2],
        capture_output=True,
        text=True,
        env=os.environ | {"IPYTHONDIR": str(tmp_path / "ipython"), "PYTHONPATH": path},
    )
    assert done.stdout == "The other extension is already loaded. To reload it, use:\n  %reload_ext other\n"
