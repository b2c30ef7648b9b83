"""From a fresh clone to a command that runs: the project's own environment, made when it is first needed.

Standard library only, and written so that it also loads on the Pythons it refuses (3.6 and newer), to be
able to say what is wrong. In the order of what is tried: the environment that is active, if it has what
pyproject.toml asks for; else `.venv` in the clone, with the exact versions of the lock.
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

from .file_lock import one_at_a_time
from .installation import OLDEST_PYTHON, ROOT, VENV, is_clone, requirements, satisfied

NEWER = ("python3.13", "python3.12", "python3.11", "python3.14", "python3")  # where to look for another Python
STAMP = VENV / "complete"  # written last: what the environment holds; without it the environment is made anew
LOG = VENV / "pip.log"
STEP = 0.2  # seconds between two looks at how far pip is
_WIDTH = 30  # characters of the bar


class Problem(Exception):
    """What went wrong and what to do about it, as in `errors`, which an old Python cannot load."""

    def __init__(self, problem: str, fix: str) -> None:
        super().__init__("{}\n  Fix: {}".format(problem, fix))


def main(arguments: "list[str]") -> int:
    """Runs the command in an environment that has what it needs; the value is its exit status."""
    try:
        return _main(arguments)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; nothing is broken, the next start goes on from here.", file=sys.stderr)
        return 130


def _main(arguments: "list[str]") -> int:
    if sys.version_info < OLDEST_PYTHON:
        newer = newer_python(arguments)
        _lead_here()
        return hand_over([newer, "-m", __package__, *arguments])
    from . import cli

    command = cli.parse(arguments).command  # answers --help and ends on what is no command
    if not is_clone():
        return cli.main(arguments)  # an installed package: its environment is somebody else's care
    which = "test" if command == "test" else "lab"
    if Path(sys.prefix) != VENV and satisfied(requirements(which)):
        _lead_here()
        return cli.main(arguments)
    return hand_over([str(environment(which)), "-m", __package__ + ".cli", *arguments])


def _lead_here() -> None:
    """Whatever is started from here, a notebook's kernel too, imports this clone."""
    paths = [str(ROOT)] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


def environment(which: str) -> Path:
    """The Python of `.venv`, which holds exactly what the lock says."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not _complete(which, python):
        try:
            with one_at_a_time(ROOT / ".venv.lock", "Another start is making the environment; waiting for it"):
                if not _complete(which, python):  # else the other start has just made it
                    _make(which, python)
        except OSError as error:
            raise Problem(
                "the environment {} cannot be made ({})".format(VENV, error.strerror or error),
                "put the project in a folder you may write to, with 1 GB of free space",
            ) from error
    return python


def _complete(which: str, python: Path) -> bool:
    """Whether the environment was finished, and with what is asked for now ("test" includes "lab")."""
    held = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
    return held in (_contents(which), _contents("test")) and python.exists()


def _lock(which: str) -> Path:
    return ROOT / "requirements" / (which + ".lock")


def _contents(which: str) -> str:
    """What the stamp says of an environment made from this lock, in this place: one cannot be moved."""
    return "{} {} {}\n".format(which, hashlib.sha256(_lock(which).read_bytes()).hexdigest(), ROOT)


def _make(which: str, python: Path) -> None:
    """The environment holds the packages of the lock and this project, and the stamp says so."""
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that pip is ended too
    moved = not STAMP.exists() or not STAMP.read_text(encoding="utf-8").endswith("{}\n".format(ROOT))
    if moved or not python.exists():
        print("Making the course's own environment in {}; this is done once".format(VENV), flush=True)
        maker = python_for_environments()
        made = subprocess.run(
            [maker, "-m", "venv", "--clear", str(VENV)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if made.returncode:
            raise Problem(
                "{} could not make {}: {}".format(maker, VENV, made.stdout.strip()),
                "mend what it says (is there 1 GB of free space?), and start again",
            )
    else:
        print("Bringing the course's own environment in {} up to date".format(VENV), flush=True)
        STAMP.unlink()
    _pip(python, ["-r", str(_lock(which))], _lock(which))
    _pip(python, ["--no-build-isolation", "--editable", str(ROOT)], None)
    _compile(python)
    STAMP.write_text(_contents(which), encoding="utf-8")
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("The environment is ready ({:.0f} s)".format(time.monotonic() - begun), flush=True)


def _pip(python: Path, what: "list[str]", lock: "Path | None") -> None:
    """`pip install`, with its progress shown against the lock. Its modules are compiled afterwards, on all cores."""
    command = [
        str(python),
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-compile",
        "--no-input",
        "--retries=2",
        "--progress-bar=off",
        "--disable-pip-version-check",
        *_sources(),
        *what,
    ]
    with LOG.open("w", encoding="utf-8") as log:
        pip = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=dict(os.environ, PIP_USER="0", PYTHONUNBUFFERED="1"),
        )
    shown = -1
    try:
        while pip.poll() is None:
            if lock:
                shown = _show(lock, shown)
            try:
                pip.wait(STEP)
            except subprocess.TimeoutExpired:
                pass  # it goes on
    finally:
        if pip.poll() is None:
            pip.terminate()
            pip.wait()
        if shown >= 0 and sys.stdout.isatty():
            print("\r" + " " * (_WIDTH + 40) + "\r", end="", flush=True)
    if pip.returncode:
        raise _pip_problem(LOG.read_text(encoding="utf-8", errors="replace"))


def _compile(python: Path) -> None:
    """All modules are compiled: many a process may not write what it has compiled, such as a kernel in a container
    that grades, and would do it at each start anew. What cannot be compiled is told by who imports it.
    """
    print("  compiling the modules", flush=True)
    folders = [str(path) for path in VENV.glob(("Lib" if os.name == "nt" else "lib/python*") + "/site-packages")]
    subprocess.run(
        [
            str(python),
            "-m",
            "compileall",
            "-qq",
            "-j",
            "0",
            "-x",
            r"[\\/]tests?[\\/]",
            *folders,
            str(ROOT / __package__),
            str(ROOT / "swarm_simulator"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _sources() -> "list[str]":
    """Where pip takes packages from: in a room without internet, only from the folder `wheels` in the clone."""
    wheels = ROOT / "wheels"
    return ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []


def _show(lock: Path, shown: int) -> int:
    """The progress on one line; without a terminal a line for each quarter. The value is what was shown, in percent."""
    said = LOG.read_text(encoding="utf-8", errors="replace")
    total = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines()) - said.count("Ignoring ")
    fetched = len(re.findall(r"^(?:Collecting|Processing|Requirement already satisfied)", said, re.M))
    folder = "Lib" if os.name == "nt" else "lib/python*"
    there = VENV.glob(folder + "/site-packages/*.dist-info")
    installed = min(sum(not re.match("pip-|setuptools-", path.name) for path in there), total)  # those came with venv
    percent = (fetched + installed) * 50 // total
    if sys.stdout.isatty():
        bar = "#" * (percent * _WIDTH // 100)
        line = "\r  [{}] fetched {}, installed {} of {} packages "
        print(line.format(bar.ljust(_WIDTH), fetched, installed, total), end="", flush=True)
    elif percent // 25 > shown // 25 and percent:
        print("  fetched {}, installed {} of {} packages".format(fetched, installed, total), flush=True)
    return percent


def _pip_problem(said: str) -> Problem:
    """Why pip failed, with its last lines that say something."""
    telling = [line for line in said.splitlines() if re.match(r"\s*(ERROR|error|WARNING: Retrying|OSError)", line)]
    last = "\n".join("    " + line.strip()[:300] for line in (telling or said.splitlines())[-4:])
    if "No space left" in said:
        fix = "free 1 GB of space on the disk, and start again"
    elif _sources() and "No matching distribution" in said:
        fix = (
            "fill the folder wheels on a computer with this operating system and Python {}.{}, as docs/TEACHERS.md "
            "says; or remove it, where there is internet"
        ).format(*sys.version_info[:2])
    elif re.search("Retrying|Connection|resolve|timed out|unreachable|Proxy", said):
        fix = "look at the connection to the internet, and start again; what was fetched is kept"
    else:
        fix = "mend what these lines say (all of them: {}), and start again".format(LOG)
    return Problem("pip could not install the packages:\n" + last, fix)


def newer_python(arguments: "list[str]") -> str:
    """A Python on the PATH that is new enough and can make environments. Raises `Problem`."""
    for name in NEWER:
        found = shutil.which(name)
        if found and _can_make(found):
            return found
    raise Problem(
        "this needs Python {}.{} or newer, and this is {}.{}".format(*(OLDEST_PYTHON + sys.version_info[:2])),
        "install a newer Python beside it, and start again with: "
        + " ".join(["python3.12 -m", __package__, *arguments]),
    )


def python_for_environments() -> str:
    """A Python that can make an environment: this one; else another; else this one, completed with apt."""
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
            print("Installing {} with apt: without it this Python makes no environments".format(package), flush=True)
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
    test = "import sys, venv, ensurepip; sys.exit(sys.version_info < {})".format(OLDEST_PYTHON)
    return not subprocess.call([python, "-c", test], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def hand_over(command: "list[str]") -> int:
    """Becomes that command; where a process cannot become another (Windows), the value is its exit status."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command, which gets it too
    return subprocess.call(command)
