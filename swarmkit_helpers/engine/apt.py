"""Install what is missing with apt, on Debian and Ubuntu as root: an engine, a browser for the tests.

On a terminal the user is asked first. Without a terminal it installs at once, and prints a line about it.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import IO

from .. import progress
from ..errors import EngineUnavailable, NoEngine, Refused, SwarmkitError
from ..language import _
from . import simulator
from .discover import Engine, find_engine

if sys.platform == "linux":
    from . import own_engine

# The engine, the programs for its networks, and the shell of the node image.
ENGINE_PACKAGES = ("docker.io", "iptables", "iproute2", "busybox-static")
BROWSER_PACKAGES = ("chromium",)
_BROWSER_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOCK_SECONDS = 120  # how long to wait for another apt on this machine
_APT_VARIABLES = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def ensure_engine(consent: bool | None = None, simulate: bool = False) -> Engine:
    """Find an engine, or install one if this is allowed, or start a simulated one if `simulate` allows that.

    `consent` True installs without asking, and False never installs. None asks on a terminal, and installs without
    asking where there is none. Raises `EngineUnavailable`, or `Refused` if apt fails.
    """
    try:
        return find_engine(simulate=False)
    except NoEngine:
        if not (
            can_apt() and not shutil.which("dockerd") and _may_install(_("Docker's engine"), ENGINE_PACKAGES, consent)
        ):
            if simulate:
                return find_engine()
            raise
    packages = [*ENGINE_PACKAGES]
    if not shutil.which("docker"):
        packages += _available(["docker-cli"])  # a separate package on newer systems
    apt_install(packages, _("Docker's engine"))
    return find_engine(simulate=False)


@contextmanager
def engine_for_this_run(consent: bool | None = False, simulate: bool = False) -> Iterator[Engine]:
    """Find, install or start an engine, as `ensure_engine` does, and give it to the block.

    At the end, stop the course's own or simulated engine if this call started it and no container runs on it.
    """
    ran_before = sys.platform == "linux" and own_engine.running()
    simulated_before = simulator.find()
    engine = ensure_engine(consent, simulate)
    try:
        yield engine
    finally:
        if not simulated_before and engine.url == simulator.find() and not _in_use(engine):
            simulator.stop()
        if sys.platform == "linux" and engine.url == own_engine.URL and not ran_before:
            if _in_use(engine):
                print(
                    _(
                        "The course's own engine keeps running, because containers run on it. To stop it: "
                        "python3 -m swarmkit_helpers down --all"
                    )
                )
            else:
                with progress.current().phase(_("stop the course's own engine; its images are kept")):
                    own_engine.stop()


def _in_use(engine: Engine) -> bool:
    """Whether any container runs on the engine."""
    try:
        return bool(engine.api.get("containers", "json"))
    except EngineUnavailable:
        return False


def in_ci() -> bool:
    """Whether this is a CI job. There a missing program fails a test, and is no reason to skip it."""
    return os.environ.get("CI", "").lower() == "true"


def find_browser() -> str | None:
    """The path of a Chromium on this machine, if there is one."""
    return next(filter(None, map(shutil.which, _BROWSER_PROGRAMS)), None)


def ensure_browser(consent: bool | None = None) -> str | None:
    """Find a Chromium, or install one if this is allowed. The path of its program; None if there is none."""
    if not find_browser() and can_apt() and _may_install(_("a browser for the tests"), BROWSER_PACKAGES, consent):
        apt_install(BROWSER_PACKAGES, _("a browser for the tests"))
    return find_browser()


def can_apt() -> bool:
    """Whether packages can be installed here: Debian or Ubuntu, as root."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Iterable[str], why: str) -> None:
    """Install those of the packages that are missing. Raises `Refused` with apt's own message if that fails."""
    packages = [package for package in packages if not _installed(package)]
    if not packages:
        return
    names = " ".join(packages)
    if not can_apt():
        raise Refused(
            _("{why} needs the packages {names}, which are not installed"),
            _("on Debian or Ubuntu: sudo apt-get install {names}"),
            why=why,
            names=names,
        )
    with progress.current().phase(_("install {names} with apt, for {why}").format(names=names, why=why)) as phase:
        never_updated = len(_available(packages)) < len(packages)  # a new machine knows no packages before an update
        if never_updated:
            _apt("update", [], phase)
        try:
            _apt("install", packages, phase)
        except Refused:
            if never_updated:
                raise
            _apt("update", [], phase)  # apt's lists may name versions that the mirror has no longer
            _apt("install", packages, phase)


def _may_install(what: str, packages: Iterable[str], consent: bool | None) -> bool:
    """Whether to install: `consent` if it is given, else the answer on the terminal, else (no terminal) yes."""
    if consent is not None:
        return consent
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    try:
        answer = input(
            _("{What} is not installed. Install {names} with apt? [Y/n] ").format(
                What=what[0].upper() + what[1:], names=" ".join(packages)
            )
        )
    except EOFError:
        print()  # Ctrl-D leaves the cursor on the line of the question
        return False
    return answer.strip().lower() in ("", "y", "yes")


def _installed(package: str) -> bool:
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package], capture_output=True, text=True)
    return shown.stdout.startswith("ii")


def _available(packages: list[str]) -> list[str]:
    """Those of the packages that apt can install, according to its lists."""
    return [package for package in packages if re.search(r"Candidate: (?!\(none\))", _policy(package))]


def _policy(package: str) -> str:
    command = ["apt-cache", "policy", package]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | _APT_VARIABLES).stdout


def _apt(verb: str, packages: list[str], phase: progress.Phase) -> None:
    """Run apt-get, and show its progress. Raises `Refused` if it fails."""
    reading, writing = os.pipe()
    command = [
        "apt-get",
        verb,
        "-y",
        "--no-install-recommends",
        "-o",
        f"APT::Status-Fd={writing}",
        "-o",
        f"DPkg::Lock::Timeout={_LOCK_SECONDS}",
        *packages,
    ]
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        # In a separate session, so that Ctrl-C does not reach dpkg in the middle of a package.
        apt = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            env=os.environ | _APT_VARIABLES,
            start_new_session=True,
        )
        os.close(writing)
        try:
            with os.fdopen(reading, errors="replace") as status:
                _show_progress(status, phase)
            code = apt.wait()
        except KeyboardInterrupt:
            apt.send_signal(signal.SIGINT)  # apt-get finishes the present package, then ends
            apt.wait()
            raise
        log.seek(0)
        said = log.read()
    # An update that reached only some sources ends with warnings and status 0; the install then fails.
    if code != 0:
        raise _apt_error(verb, packages, said)


def _show_progress(status: IO[str], phase: progress.Phase) -> None:
    """Show apt's own progress: first it downloads, then it installs (apt's README.progress-reporting)."""
    for line in status:
        kind, _, rest = line.partition(":")
        if (match := re.match(r"[^:]*:([\d.]+):", rest)) and kind in ("dlstatus", "pmstatus"):
            phase.advance(float(match[1]) + (100 if kind == "pmstatus" else 0), 200)


def _apt_error(verb: str, packages: list[str], said: str) -> SwarmkitError:
    """The error of a failed apt-get that wrote `said`, with its first message and a fix."""
    errors = [line[3:].strip() for line in said.splitlines() if line.startswith("E: ")]
    reason = errors[0] if errors else _("it gave no reason")
    by_hand = " ".join(["apt-get", verb, *packages])
    if "No space left" in said or "enough free space" in said:
        fix = _("free some disk space (df -h shows where), then run: {command}")
    elif "Could not resolve" in said or "Failed to fetch" in said or "connect" in said:
        fix = _("check the connection to the internet, then run: {command}")
    else:
        fix = _("to see its message, run it by hand: {command}")
    return Refused(_("apt-get {verb} failed: {reason}"), fix, verb=verb, reason=reason, command=by_hand)
