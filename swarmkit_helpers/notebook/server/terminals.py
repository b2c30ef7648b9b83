"""Terminals of JupyterLab: one called node2 is always a shell on the machine node2, and no other is.

JupyterLab reopens a terminal by its name alone: after `exit`, after a reload, and the next day from its saved layout.
So the name decides, and not the request.
"""

import os
import re
import shlex
import sys
from pathlib import Path
from typing import Any

from jupyter_server_terminals.terminalmanager import TerminalManager
from terminado.management import PtyWithClients

from ... import installation
from ...language import _

NODE = re.compile(r"node[1-9]\d*")  # as the machines of every cluster are called
# Shells that read `-lc`. A login shell sets PATH by /etc/profile, so ours is added after it.
_LOGIN_SHELLS = {"sh", "bash", "dash", "ash", "ksh", "zsh", "fish"}


class NodeTerminals(TerminalManager):
    """The terminals of a server, by their names."""

    def __init__(self, **settings: Any) -> None:
        settings["shell_command"] = with_programs(settings["shell_command"])
        settings["extra_env"] = {**(settings.get("extra_env") or {}), **environment()}
        super().__init__(**settings)

    def create(self, **wanted: Any) -> dict[str, Any]:
        """Start a terminal, or return the one of that name: a second process would leave the first without a name."""
        name = wanted.get("name")
        if name in self.terminals:
            return self.get(name)
        if isinstance(name, str) and NODE.fullmatch(name):
            wanted["shell_command"] = node_shell(name)
        return super().create(**wanted)

    def get_terminal(self, url_component: Any = None) -> PtyWithClients:
        """Return the terminal of that name, which is started if it has ended meanwhile."""
        self.create(name=url_component)
        return self.terminals[url_component]


def node_shell(node: str) -> list[str]:
    """The command of a terminal on that node, which waits for a key if it ends with an error."""
    script = Path(__file__).with_name("node_shell.py")
    ended = _("(exit status {status}) Press Enter to close this terminal.")
    killed = _(
        "(exit status {status}) The shell was killed. If the machine of {node} is off, switch it on: with the menu of "
        "{node} in the panel Swarm, or with cluster.start({node!r}) in a notebook. Then open this terminal again. "
        "Press Enter to close it."
    )
    # -P: the folder of the script has modules of ours with common names.
    return [sys.executable, "-P", str(script), node, ended, killed]


def programs() -> str:
    """The folder with the course's Python and the command `swarmlab`."""
    return str(Path(sys.executable).parent)


def environment() -> dict[str, str]:
    """The variables with which a terminal finds `swarmlab`, the course's Python, and the helpers in a clone."""
    found = {"PATH": _first(programs(), "PATH")}
    if installation.is_clone():
        found["PYTHONPATH"] = _first(str(installation.ROOT), "PYTHONPATH")
    return found


def with_programs(shell: list[str]) -> list[str]:
    """The command of a plain terminal: where it is a login shell, PATH is set after what a login does to it."""
    if shell[1:] != ["-l"] or Path(shell[0]).name not in _LOGIN_SHELLS:
        return shell
    set_path = f'export PATH={shlex.quote(programs())}:"$PATH"'
    return [*shell[:1], "-lc", f"{set_path}; exec {shlex.quote(shell[0])}"]


def _first(folder: str, variable: str) -> str:
    """The value of the variable, with that folder before the others."""
    others = [each for each in os.environ.get(variable, "").split(os.pathsep) if each and each != folder]
    return os.pathsep.join([folder, *others])
