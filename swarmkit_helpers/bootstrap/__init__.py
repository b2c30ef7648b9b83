"""Run a command from a fresh clone: make the project's environment first, where there is none.

Standard library only. It also loads on the Pythons that it refuses (3.6 and newer), so that it can explain the
problem. It uses the active environment if that has all that pyproject.toml requires. Else it uses one of its own in
the clone, with the exact versions of the lock.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

from ..installation import OLDEST_PYTHON, PACKAGE, ROOT, environment_folder, is_clone, requirements, satisfied
from .environment import ensure_environment
from .problem import Problem
from .pythons import newer_python


def main(arguments: "list[str]") -> int:
    """Run the command in an environment that has its packages; the value is its exit status."""
    try:
        return _main(arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is broken, the next start continues from here.", file=sys.stderr)
        return 130


def _main(arguments: "list[str]") -> int:
    if sys.version_info < OLDEST_PYTHON:
        newer = newer_python(arguments)
        _export_python_path()
        return hand_over([newer, "-m", PACKAGE, *arguments])
    from .. import cli

    command = cli.parse(arguments).command  # answers --help, and ends with an error at an unknown command
    if not is_clone():
        return cli.main(arguments)  # an installed package: its installer has chosen the environment
    which = "test" if command == "test" else "lab"
    if Path(sys.prefix) != environment_folder() and satisfied(requirements(which)):
        _export_python_path()
        return cli.main(arguments)
    return hand_over([str(ensure_environment(which)), "-m", PACKAGE + ".cli", *arguments])


def _export_python_path() -> None:
    """Let all processes started from here, a notebook's kernel too, import this clone."""
    paths = [str(ROOT)] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def hand_over(command: "list[str]") -> int:
    """Replace this process by the command. On Windows run the command instead; the value is its exit status."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the command, which handles it
    return subprocess.call(command)
