"""Run a command from a fresh clone: make the project's environment first, where there is none.

Standard library only. It also loads on the Pythons that it refuses (3.6 and newer), so that it can explain the
problem. It uses the active environment if that has all that pyproject.toml requires. Else it uses `.venv` in the
clone, with the exact versions of the lock.
"""

import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .file_lock import one_at_a_time
from .installation import OLDEST_PYTHON, ROOT, VENV, is_clone, requirements, satisfied

if TYPE_CHECKING:
    from .progress import Bar

OTHER_PYTHONS = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")  # tried in this order
STAMP = (
    VENV / "complete"
)  # written last, with the contents of the environment; without it the environment is not complete
LOG = VENV / "pip.log"
POLL_SECONDS = 0.2  # between two looks at the progress of pip


class Problem(Exception):
    """A problem and its fix, as in `errors`, which an old Python cannot load."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__("{}\n  Fix: {}".format(problem, fix))


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
        return hand_over([newer, "-m", __package__, *arguments])
    from . import cli

    command = cli.parse(arguments).command  # answers --help, and ends with an error at an unknown command
    if not is_clone():
        return cli.main(arguments)  # an installed package: its installer has chosen the environment
    which = "test" if command == "test" else "lab"
    if Path(sys.prefix) != VENV and satisfied(requirements(which)):
        _export_python_path()
        return cli.main(arguments)
    return hand_over([str(environment(which)), "-m", __package__ + ".cli", *arguments])


def _export_python_path() -> None:
    """Let all processes started from here, a notebook's kernel too, import this clone."""
    paths = [str(ROOT)] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def environment(which: str) -> Path:
    """Make `.venv` with exactly the versions of the lock, if it is not complete. The path of its Python.

    `which` is the name of the lock: "lab" or "test".
    """
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _complete(which, python):
        try:
            with one_at_a_time(ROOT / ".venv.lock", "Another start is making the environment; waiting for it"):
                if not _complete(which, python):  # the other start may have just made it
                    _make_environment(which, python)
        except OSError as error:
            raise Problem(
                "the environment {} cannot be made ({})".format(VENV, error.strerror or error),
                "put the project in a folder you may write to, with 1 GB of free space",
            ) from error
    return python


def _complete(which: str, python: Path) -> bool:
    """Whether the environment is complete, for the present lock ("test" includes "lab")."""
    held = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    return held in (_stamp_text(which), _stamp_text("test")) and python.exists()


def _lock(which: str) -> Path:
    return ROOT / "requirements" / (which + ".lock")


def _stamp_text(which: str) -> str:
    """The stamp of an environment made from this lock, in this folder: an environment cannot be moved."""
    return "{} {} {}\n".format(which, hashlib.sha256(_lock(which).read_bytes()).hexdigest(), ROOT)


def _make_environment(which: str, python: Path) -> None:
    """Install the packages of the lock and this project, and write the stamp."""
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pip ends too
    moved = not STAMP.exists() or not STAMP.read_text(encoding="utf-8").endswith("{}\n".format(ROOT))
    if moved or not python.exists():
        print("Making the course's own environment in {}; this is done once".format(VENV), flush=True)
        maker = python_with_venv()
        made = subprocess.run(
            [maker, "-m", "venv", "--clear", str(VENV)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if made.returncode:
            raise Problem(
                "{} could not make {}: {}".format(maker, VENV, made.stdout.strip()),
                "fix the error it shows (is there 1 GB of free space?), and start again",
            )
    else:
        print("Bringing the course's own environment in {} up to date".format(VENV), flush=True)
        STAMP.unlink()
    _pip(python, ["-r", str(_lock(which))], _lock(which))
    _pip(python, ["--no-build-isolation", "--editable", str(ROOT)], None)
    _compile(python)
    STAMP.write_text(_stamp_text(which), encoding="utf-8")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("The environment is ready ({:.0f} s)".format(time.monotonic() - begun), flush=True)


def _pip(python: Path, packages: "list[str]", lock: "Path | None") -> None:
    """Run `pip install`, and show its progress if there is a lock. `_compile` does the rest, on all cores.

    Raises `Problem` with the last errors of pip if it fails.
    """
    from .progress import Bar  # not on an old Python

    options = "--no-deps --no-compile --no-input --retries=2 --progress-bar=off --disable-pip-version-check"
    command = [str(python), "-m", "pip", "install", *options.split(), *_pip_sources(), *packages]
    with LOG.open("w", encoding="utf-8") as log:
        pip = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1"),
        )
    bar, percent = Bar(""), 0
    try:
        while pip.poll() is None:
            if lock:
                percent = _show(lock, bar, percent)
            try:
                pip.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                pass  # it still runs
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()
        bar.clear()
    if pip.returncode:
        raise _pip_problem(LOG.read_text(encoding="utf-8", errors="replace"))


def _compile(python: Path) -> None:
    """Compile all modules. Some processes may not write compiled modules, such as a kernel in a container that
    grades: they would compile them again at each start. A module that cannot be compiled fails when it is imported.
    """
    print("  compiling the modules", flush=True)
    ours = [str(ROOT / package) for package in (__package__, "swarm_simulator")]
    folders = [str(path) for path in VENV.glob(("Lib" if os.name == "nt" else "lib/python*") + "/site-packages")]
    subprocess.run(
        [str(python), "-m", "compileall", "-qq", "-j", "0", "-x", r"[\\/]tests?[\\/]", *folders, *ours],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _pip_sources() -> "list[str]":
    """Options for pip: with a folder `wheels` in the clone (a room without internet), use only that."""
    wheels = ROOT / "wheels"
    return ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []


def _show(lock: Path, bar: "Bar", before: int) -> int:
    """Show the progress of pip: in the bar, or without a terminal by a line for each quarter. The value is percent."""
    said = LOG.read_text(encoding="utf-8", errors="replace")
    total = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines()) - said.count("Ignoring ")
    fetched = len(re.findall(r"^(?:Collecting|Processing|Requirement already satisfied)", said, re.M))
    folder = "Lib" if os.name == "nt" else "lib/python*"
    there = VENV.glob(folder + "/site-packages/*.dist-info")
    ours = [path for path in there if not re.match("pip-|setuptools-", path.name)]  # the venv module installs those
    installed = min(len(ours), total)
    percent = (fetched + installed) * 50 // total
    text = "fetched {}, installed {} of {} packages".format(fetched, installed, total)
    bar.rename(text)
    bar.advance(percent, 100)
    if percent // 25 > before // 25 and not sys.stdout.isatty():
        print("  " + text, flush=True)
    return percent


def _pip_problem(said: str) -> Problem:
    """The problem of a pip that failed and wrote `said`: its last errors, and a fix."""
    errors = [line for line in said.splitlines() if re.match(r"\s*(ERROR|error|WARNING: Retrying|OSError)", line)]
    last = "\n".join("    " + line.strip()[:300] for line in (errors or said.splitlines())[-4:])
    if "No space left" in said:
        fix = "free 1 GB of space on the disk, and start again"
    elif _pip_sources() and "No matching distribution" in said:
        fix = (
            "fill the folder wheels, on a computer with this operating system and Python {}.{}, as docs/TEACHERS.md "
            "says; or remove it, where there is internet"
        ).format(*sys.version_info[:2])
    elif re.search("Retrying|Connection|resolve|timed out|unreachable|Proxy", said):
        fix = "check the connection to the internet, and start again; packages that were fetched are kept"
    else:
        fix = "fix the errors in these lines (the whole log: {}), and start again".format(LOG)
    return Problem("pip could not install the packages:\n" + last, fix)


def newer_python(arguments: "list[str]") -> str:
    """Find a Python on the PATH that is new enough and can make environments. Raises `Problem` if there is none."""
    for name in OTHER_PYTHONS:
        found = shutil.which(name)
        if found and _can_make(found):
            return found
    raise Problem(
        "this needs Python {}.{} or newer, and this is {}.{}".format(*(OLDEST_PYTHON + sys.version_info[:2])),
        "install a newer Python beside it, and start again with: "
        + " ".join(["python3.12 -m", __package__, *arguments]),
    )


def python_with_venv() -> str:
    """Find a Python that can make an environment: this one, else another, else this one with a package from apt.

    Raises `Problem` if there is none.
    """
    this = getattr(sys, "_base_executable", sys.executable)
    if os.name != "nt":
        this = os.path.realpath(this)  # a link such as python3 may lead to another version tomorrow
    if _can_make(this):
        return this
    try:
        return newer_python([])
    except Problem:
        package = "python{}.{}-venv".format(*sys.version_info[:2])
        command = "apt-get update && apt-get install --yes --no-install-recommends " + package
        if shutil.which("apt-get") and os.geteuid() == 0:
            print("Installing {} with apt: this Python needs it to make environments".format(package), flush=True)
            subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if _can_make(this):
            return this
        raise Problem(
            "{} cannot make environments: it lacks venv or ensurepip".format(this),
            "on Debian or Ubuntu: sudo apt-get install {}; elsewhere install Python from its own installer".format(
                package
            ),
        ) from None


def _can_make(python: str) -> bool:
    """Whether that Python is new enough and can make environments."""
    test = "import sys, venv, ensurepip; sys.exit(sys.version_info < {})".format(OLDEST_PYTHON)
    return not subprocess.call([python, "-c", test], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def hand_over(command: "list[str]") -> int:
    """Replace this process by the command. On Windows run the command instead; the value is its exit status."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C also reaches the command, which handles it
    return subprocess.call(command)
