"""`test`: an engine and a browser where they can be had, then pytest."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial

from .bootstrap import ROOT
from .engine import install
from .errors import BadInput, SwarmkitError
from .language import _

# They run at the same time, for most of it is waiting for swarms. What the second prints comes after the first.
HALVES = (("tests/unit", "tests/fresh", "tests/simulated", "tests/conformance", "tests/course"),
          ("tests/swarm", "tests/grading", "tests/browser"))


def run(arguments: Sequence[str]) -> int:
    """Runs the tests that are named, or all; the value is the worst exit status of pytest.

    Without engine or browser, tests say why they are skipped. Raises `BadInput` for an installed package, which has
    no tests.
    """
    if not (ROOT / "tests").exists():
        raise BadInput(_("there are no tests beside {folder}"), _("run this in a clone of the project"), folder=ROOT)
    with ExitStack() as stack:
        try:
            stack.enter_context(install.engine_for_this_run(None))
        except SwarmkitError as error:
            print(_("No engine for the tests: {error}").format(error=error), file=sys.stderr)
        try:
            install.ensure_browser()
        except SwarmkitError as error:
            print(_("No browser for the tests: {error}").format(error=error), file=sys.stderr)
        everything = all(argument.startswith("-") for argument in arguments)
        first, *others = [_pytest([*arguments, *half], shown=half is HALVES[0]) for half in HALVES] if everything else [
            _pytest(arguments, shown=True)]
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which gets it too, and cleans up
        signal.signal(signal.SIGTERM, lambda *_: [each.terminate() for each in (first, *others)])
        status = first.wait()
        for other in others:
            for piece in iter(partial(os.read, other.stdout.fileno(), 1 << 16), b""):
                sys.stdout.buffer.write(piece)
                sys.stdout.flush()
            status = max(status, other.wait())
        return status


def _pytest(arguments: Sequence[str], shown: bool) -> "subprocess.Popen[bytes]":
    return subprocess.Popen([sys.executable, "-m", "pytest", *arguments], cwd=ROOT,
                            stdout=None if shown else subprocess.PIPE, env=os.environ | {"PYTHONUNBUFFERED": "1"})
