"""`%%node node1`: run the cell as a shell script on that node, with the real docker command line.

`%node node1 docker ps` does it for one line. The cluster is the one this notebook used last. The script can use
variables of the notebook: `docker service scale sleep-app=$replicas`.
"""

import codecs
import re
import sys
from collections.abc import Mapping
from typing import IO, Any

from IPython.core.interactiveshell import InteractiveShell
from IPython.core.magic import Magics, line_cell_magic, magics_class

from .. import docker_commands, progress
from ..cluster.cluster import Cluster
from ..docker_commands import redacted
from ..errors import BadInput, Interrupted
from ..language import _
from ..recorder import registry
from . import cell_lock, record_client, step
from .cell_progress import NotebookProgress

# Lines with which the docker command redraws its progress where it has no terminal.
_REDRAWN = re.compile(r"overall progress: |verify: Waiting |\d+/\d+: ")
# docker run -it, docker exec --tty: an option with a t before the image or container
_TERMINAL = re.compile(
    r"docker (?:container )?(?:run|exec)(?: +-\S+)*? +(?:-[a-su-z]*t[a-z]*|--tty)(?= |$)", re.MULTILINE
)
# An engine sends errors by a way of their own, where they overtake the output that came before them.
_IN_ORDER = "exec 2>&1; "
_CONTINUED = re.compile(r"\s*\\\n\s*")  # a command that goes on in the next line
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
PACKAGE = __name__.partition(".")[0]


def load(shell: InteractiveShell) -> None:
    """Register the magics, show progress in the running cell, and let `...` show that it is the student's turn."""
    shell.register_magics(NodeMagics)
    _let_setup_run_again(shell)
    registry.make_with(record_client.recorder_of)
    if shell.display_formatter:
        shell.display_formatter.formatters["text/plain"].singleton_printers[id(...)] = _print_your_turn
    for follower in (step.of_kernel(), cell_lock.of_kernel()):
        follower.cell_begins()  # the one that loads this
        shell.events.register("pre_run_cell", follower.cell_begins)
        shell.events.register("post_run_cell", follower.cell_ends)
    if getattr(shell, "kernel", None):
        shown = NotebookProgress()
        shell.events.register("pre_run_cell", shown.new_cell)
        progress.use(shown)


def _let_setup_run_again(shell: InteractiveShell) -> None:
    """Let `%load_ext swarmkit_helpers` say nothing from now on, where IPython says that it is loaded."""
    of_ipython = shell.find_line_magic("load_ext")

    def load_ext(module: str) -> None:
        """Load an IPython extension by the name of its module."""
        if module.strip() != PACKAGE:
            of_ipython(module)

    shell.magics_manager.register_function(load_ext)


def _print_your_turn(placeholder: object, printer: Any, cycle: bool) -> None:
    printer.text(_("Your turn: write your solution instead of the three dots, and run the cell."))


@magics_class
class NodeMagics(Magics):
    """Commands on a node, from a cell."""

    @line_cell_magic
    def node(self, line: str, cell: str | None = None) -> None:
        """Run the cell on that node: %%node NAME; or one command: %node NAME COMMAND.

        The output comes as it is printed; an exit status other than 0 is shown at the end. The variables
        $WORKER_TOKEN and $MANAGER_TOKEN hold the swarm's join tokens, which are hidden in the output;
        numbers and texts of the notebook are there under their own names.
        """
        name, command = [*line.split(maxsplit=1), "", ""][:2]
        if not name or bool(command.strip()) == (cell is not None):
            written = f"%{'%' if cell is not None else ''}node {line}"
            raise BadInput(
                _("{line} cannot be read").format(line=written),
                _("write %%node node1 above a script, or %node node1 docker ps in one line"),
            )
        script = command if cell is None else cell
        names = self.shell.user_ns if self.shell else {}
        run(Cluster.latest(), name, script, mentioned(script, names))


def mentioned(script: str, names: Mapping[str, Any]) -> dict[str, str]:
    """The numbers and texts among the names that the script uses as variables."""
    used = {*_VARIABLE.findall(script)} & {*names}
    return {name: str(names[name]) for name in sorted(used) if isinstance(names[name], (str, int, float))}


def changes(script: str, variables: Mapping[str, str]) -> list[str]:
    """The docker commands of the script that change something, with the values of their variables.

    They get a mark in the charts, as those of the helpers do.
    """
    lines = [line.strip() for line in _CONTINUED.sub(" ", script).splitlines()]
    commands = [line for line in lines if line.startswith("docker ") and not docker_commands.only_reads(line)]
    return [_VARIABLE.sub(lambda found: variables.get(found[1], found[0]), line) for line in commands]


def asks_for_terminal(script: str) -> bool:
    """Whether a docker command of the script wants a terminal, which a cell is not."""
    return bool(_TERMINAL.search(script))


def run(cluster: Cluster, name: str, script: str, variables: Mapping[str, str]) -> None:
    """Run the script on the node and show its output. Raises `Interrupted`, `NotFound`, `Refused`."""
    for command in changes(script, variables):
        docker_commands.note(command, on=name)
    execution = cluster.execute(name, _IN_ORDER + script, variables)
    lines = _LineWriter(sys.stdout)
    printed = iter(execution)
    try:
        for out, err in printed:
            lines.feed(out + err)
    except KeyboardInterrupt as interrupt:
        raise Interrupted(_("Interrupted: the script on {name} is being stopped").format(name=name)) from interrupt
    finally:
        printed.close()  # an interrupted script is ended on the node too
        lines.end()
    if execution.status:
        print(_("(exit status {status})").format(status=execution.status))
        if asks_for_terminal(script):
            print(
                _(
                    "A cell is no terminal: leave out -t, or type the command in a terminal on {node}. JupyterLab's "
                    "Launcher opens one, and so does `swarmlab shell {node}`."
                ).format(node=name)
            )


class _LineWriter:
    """Writes bytes as lines. Lines that redraw progress replace each other, and are removed at the end."""

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
