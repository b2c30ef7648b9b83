"""`%%node node1`: the cell is a shell script that runs on that node, with the real docker command line.

`%node node1 docker ps` does it for one line. The cluster is the one this notebook used last.
"""

import codecs
import re
import sys
from typing import IO

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class

from . import progress
from .cluster import Cluster
from .errors import BadInput
from .live import NotebookProgress
from .shell import redacted

# Lines with which the docker command redraws its progress where it has no terminal.
_REDRAWN = re.compile(r"overall progress: |verify: Waiting |\d+/\d+: ")


def load(shell: InteractiveShell) -> None:
    """The magics are there, and progress is shown in the cell that makes it."""
    shell.register_magics(NodeMagics)
    if getattr(shell, "kernel", None):
        shown = NotebookProgress()
        shell.events.register("pre_run_cell", shown.new_cell)
        progress.use(shown)


@magics_class
class NodeMagics(Magics):
    """Commands on a node, from a cell."""

    @line_cell_magic
    def node(self, line: str, cell: str | None = None) -> None:
        """%%node NAME runs the cell on that node; %node NAME COMMAND runs one command.

        The output comes as it is printed; an exit status other than 0 is told at the end. The variables
        $WORKER_TOKEN and $MANAGER_TOKEN hold the swarm's join tokens, which are hidden in the output.
        """
        name, _, command = line.strip().partition(" ")
        if not name or bool(command.strip()) == (cell is not None):
            raise BadInput(f"%{'%' if cell is not None else ''}node {line}: cannot be read",
                           "write %%node node1 above a script, or %node node1 docker ps in one line")
        run(Cluster.latest(), name, command if cell is None else cell)


def run(cluster: Cluster, name: str, script: str) -> None:
    """The script has run on the node, and what it printed has been shown. Raises `NotFound`, `Refused`."""
    execution = cluster.execute(name, script)
    stdout, stderr = _Lines(sys.stdout), _Lines(sys.stderr)
    printed = iter(execution)
    try:
        for out, err in printed:
            stdout.feed(out)
            stderr.feed(err)
    finally:
        printed.close()  # an interrupted script is ended on the node too
        stdout.end()
        stderr.end()
    if execution.status:
        print(f"(exit status {execution.status})")


class _Lines:
    """Bytes to lines; lines that redraw progress overwrite each other and are gone at the end."""

    def __init__(self, to: IO[str]) -> None:
        self._to = to
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""
        self._drawn = 0  # characters of a progress line that is on the screen

    def feed(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + self._decode(data)).split("\n")
        for line in lines:
            if _REDRAWN.match(line):
                self._draw(line.rstrip())
            else:
                self._draw("")
                self._to.write(redacted(line) + "\n")
        self._to.flush()

    def end(self) -> None:
        self._draw("")
        if self._rest:
            self._to.write(redacted(self._rest) + "\n")
        self._to.flush()

    def _draw(self, line: str) -> None:
        if line or self._drawn:
            self._to.write("\r" + line.ljust(self._drawn) + ("" if line else "\r"))
        self._drawn = max(len(line), self._drawn) if line else 0
