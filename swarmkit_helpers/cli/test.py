"""`test`: an engine and a browser where they can be had, then pytest."""

import signal
import subprocess
import sys
from contextlib import ExitStack

from ..engine import apt
from ..errors import BadInput, SwarmkitError
from ..installation import ROOT
from ..language import _

# With --machines: say which step runs and how long each took, as one takes minutes.
MACHINES = ("tests/machines", "-v", "-s", "--durations=0")


def for_pytest(arguments: list[str]) -> list[str]:
    """The arguments as pytest knows them; `--machines` means the tests on other machines, `--machines NAME` on one."""
    if "--machines" not in arguments:
        return arguments
    place = arguments.index("--machines")
    before, after = arguments[:place], arguments[place + 1 :]
    named = ["-k", after.pop(0)] if after and not after[0].startswith("-") else []
    return [*before, *MACHINES, *named, *after]


def run(arguments: list[str]) -> int:
    """Run the tests and return pytest's exit status. Without engine or browser, tests say why they are skipped.

    Raises `BadInput` for an installed package, which has no tests.
    """
    if not (ROOT / "tests").exists():
        raise BadInput(_("there are no tests beside {folder}"), _("run this in a clone of the project"), folder=ROOT)
    with ExitStack() as stack:
        try:
            stack.enter_context(apt.engine_for_this_run(None))
        except SwarmkitError as error:
            print(_("No engine for the tests: {error}").format(error=error), file=sys.stderr)
        try:
            apt.ensure_browser()
        except SwarmkitError as error:
            print(_("No browser for the tests: {error}").format(error=error), file=sys.stderr)
        # With -X dev Python 3.11 and 3.12 report, too, what finalizers raise.
        tests = subprocess.Popen([sys.executable, "-X", "dev", "-m", "pytest", *for_pytest(arguments)], cwd=ROOT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for pytest, which gets it too, and cleans up
        signal.signal(signal.SIGTERM, lambda *_: tests.terminate())
        return tests.wait()
