"""Installing what is missing with apt, on Debian and Ubuntu as root: an engine, a browser for the tests.

On a terminal one is asked first; with no terminal to ask on it is done, and said in a line.
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

# The engine, what it needs for its networks, and the shell of the node image.
ENGINE = ("docker.io", "iptables", "iproute2", "busybox-static")
BROWSER = ("chromium",)
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_LOCK_TIME = 120  # seconds to wait for another apt on this machine
_ENV = {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}


def ensure_engine(consent: bool | None = None, simulate: bool = False) -> Engine:
    """The engine to use, installed if there is none and this is allowed; else with `simulate` a simulated one.

    `consent` True installs without asking, False never does, None asks on a terminal and installs without
    one. Raises `EngineUnavailable`, `Refused` if apt cannot do it.
    """
    try:
        return find_engine(simulate=False)
    except NoEngine:
        if not (can_apt() and not shutil.which("dockerd") and _agreed(_("Docker's engine"), ENGINE, consent)):
            if simulate:
                return find_engine()
            raise
    packages = [*ENGINE]
    if not shutil.which("docker"):
        packages += _known(["docker-cli"])  # a package of its own on newer systems
    apt_install(packages, _("Docker's engine"))
    return find_engine(simulate=False)


@contextmanager
def engine_for_this_run(consent: bool | None = False, simulate: bool = False) -> Iterator[Engine]:
    """The engine while the block runs.

    If that started an engine of our own, it is stopped afterwards, unless somebody else has come to use it.
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
                        "The course's own engine is kept, as something runs on it: "
                        "python3 -m swarmkit_helpers down --all stops it"
                    )
                )
            else:
                with progress.current().phase(_("stop the course's own engine; its images are kept")):
                    own_engine.stop()


def _in_use(engine: Engine) -> bool:
    try:
        return bool(engine.api.get("containers", "json"))
    except EngineUnavailable:
        return False


def in_ci() -> bool:
    """Whether this is a CI job: there, what is missing is a failure and not a reason to skip a test."""
    return os.environ.get("CI", "").lower() == "true"


def find_browser() -> str | None:
    """The program of a Chromium on this machine, if there is one."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def ensure_browser(consent: bool | None = None) -> str | None:
    """The program of a Chromium, installed if it is missing and this is allowed; else None."""
    if not find_browser() and can_apt() and _agreed(_("a browser for the tests"), BROWSER, consent):
        apt_install(BROWSER, _("a browser for the tests"))
    return find_browser()


def can_apt() -> bool:
    """Whether packages can be installed here: Debian or Ubuntu, as root."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(packages: Iterable[str], why: str) -> None:
    """The packages are installed. Raises `Refused` with apt's own words if they are not."""
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
        fresh = len(_known(packages)) < len(packages)  # nothing can be installed before the first update
        if fresh:
            _apt("update", [], phase)
        try:
            _apt("install", packages, phase)
        except Refused:
            if fresh:
                raise
            _apt("update", [], phase)  # the lists may be older than what the mirror still has
            _apt("install", packages, phase)


def _agreed(what: str, packages: Iterable[str], consent: bool | None) -> bool:
    """Whether to install: as told, or as answered on the terminal, or yes where nobody can be asked."""
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
        print()  # Ctrl-D leaves the cursor behind the question
        return False
    return answer.strip().lower() in ("", "y", "yes")


def _installed(package: str) -> bool:
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package], capture_output=True, text=True)
    return shown.stdout.startswith("ii")


def _known(packages: list[str]) -> list[str]:
    """Those of the packages that apt could install, as far as its lists say."""
    return [package for package in packages if re.search(r"Candidate: (?!\(none\))", _policy(package))]


def _policy(package: str) -> str:
    command = ["apt-cache", "policy", package]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | _ENV).stdout


def _apt(verb: str, packages: list[str], phase: progress.Phase) -> None:
    """One run of apt-get, its progress shown."""
    reading, writing = os.pipe()
    command = [
        "apt-get",
        verb,
        "-y",
        "--no-install-recommends",
        "-o",
        f"APT::Status-Fd={writing}",
        "-o",
        f"DPkg::Lock::Timeout={_LOCK_TIME}",
        *packages,
    ]
    with tempfile.TemporaryFile("w+", errors="replace") as log:
        # In a session of its own, so that Ctrl-C does not reach dpkg half way through a package.
        apt = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
            env=os.environ | _ENV,
            start_new_session=True,
        )
        os.close(writing)
        try:
            with os.fdopen(reading, errors="replace") as status:
                _follow(status, phase)
            code = apt.wait()
        except KeyboardInterrupt:
            apt.send_signal(signal.SIGINT)  # it ends after the package it is at
            apt.wait()
            raise
        log.seek(0)
        said = log.read()
    # An update that reached only some of its sources ends well, with warnings; the install then tells.
    if code != 0:
        raise _refusal(verb, packages, said)


def _follow(status: IO[str], phase: progress.Phase) -> None:
    """Shows apt's own progress: first it downloads, then it installs (apt's README.progress-reporting)."""
    for line in status:
        kind, _, rest = line.partition(":")
        if (match := re.match(r"[^:]*:([\d.]+):", rest)) and kind in ("dlstatus", "pmstatus"):
            phase.advance(float(match[1]) + (100 if kind == "pmstatus" else 0), 200)


def _refusal(verb: str, packages: list[str], said: str) -> SwarmkitError:
    errors = [line[3:].strip() for line in said.splitlines() if line.startswith("E: ")]
    reason = errors[0] if errors else _("it gave no reason")
    by_hand = " ".join(["apt-get", verb, *packages])
    if "No space left" in said or "enough free space" in said:
        fix = _("free some space (df -h shows where), then: {command}")
    elif "Could not resolve" in said or "Failed to fetch" in said or "connect" in said:
        fix = _("look at the connection to the internet, then: {command}")
    else:
        fix = _("see what it says by hand: {command}")
    return Refused(_("apt-get {verb} failed: {reason}"), fix, verb=verb, reason=reason, command=by_hand)
