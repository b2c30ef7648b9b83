"""The installation of a lock's packages: by uv where it can be had, else by pip; and its progress."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from ..installation import ROOT
from . import uv
from .problem import Problem

LOG = "pip.log"  # in the environment: what the installer said
POLL_SECONDS = 0.2  # between two looks at the progress
PIP_OPTIONS = ["--no-deps", "--no-compile", "--no-input", "--retries=2", "--disable-pip-version-check"]
PIP_OPTIONS += ["--progress-bar=off"]
UV_OPTIONS = ["--no-deps", "--no-progress", "--index-strategy=unsafe-best-match"]  # the last: indexes as pip uses them


def install(folder: Path, python: Path, maker: str, lock: Path) -> None:
    """Install the lock's packages and this project into the environment. Raises `Problem` if that fails.

    `maker` is the Python that made the environment, which may have pip before the environment has.
    """
    project = ["--no-build-isolation", "--editable", str(ROOT)]
    if not _wheels():
        failed = _with_uv(folder, python, maker, lock, project)
        if not failed:
            return
        print("  {}; pip installs them, which takes longer".format(failed), flush=True)
    pip = _pip_of(python)
    fetched = r"^(?:Collecting|Processing|Requirement already satisfied)"
    for packages, shown in ((["-r", str(lock)], lock), (project, None)):
        command = [*pip, "install", *PIP_OPTIONS, *_wheels(), *packages]
        said = _run(command, {"PIP_USER": "0"}, folder, shown, lambda said: len(re.findall(fetched, said, re.M)))
        if said is not None:
            raise pip_problem(said, folder)


def _with_uv(folder: Path, python: Path, maker: str, lock: Path, project: "list[str]") -> str:
    """Install with uv, and pip too, for students to use. The value says why uv did not, or is empty."""
    pip = [maker, "-m", "pip"]
    if subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        pip = _pip_of(python)
    settings = uv.settings(pip)
    if settings is None:
        return "pip's configuration has settings that uv does not know"
    options, variables = settings
    program = uv.find(pip, folder)
    if not program:
        return "uv, which installs packages faster, could not be had"
    cache = _cache_of(program)
    before = _entries(cache)
    begin = [program, "pip", "install", "--python", str(python), *UV_OPTIONS, *options]
    for packages, shown in ((["-r", str(lock), "pip"], lock), (project, None)):
        said = _run([*begin, *packages], variables, folder, shown, lambda _said: _entries(cache) - before)
        if said is not None:
            reason = re.search(r"(?:error|Caused by): (.*)", said)
            return "uv could not install the packages ({})".format(reason[1][:150] if reason else "it gave no reason")
    shutil.rmtree(str(folder / uv.FOLDER), ignore_errors=True)
    return ""


def _cache_of(program: str) -> Path:
    """The folder in which uv keeps what it fetched; the next start, and other projects, find it there."""
    asked = subprocess.run([program, "cache", "dir"], stdout=subprocess.PIPE, universal_newlines=True)
    return Path(asked.stdout.strip() or os.devnull)


def _entries(cache: Path) -> int:
    """How many packages are unpacked in uv's cache."""
    return sum(1 for _ in cache.glob("archive-v*/*"))


def _pip_of(python: Path) -> "list[str]":
    """The pip of the environment, which is made if it has none."""
    pip = [str(python), "-m", "pip"]
    if subprocess.call([*pip, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
        made = subprocess.run(
            [str(python), "-m", "ensurepip", "--default-pip"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if made.returncode:
            raise Problem(
                "{} could not install pip: {}".format(python, made.stdout.strip()[-300:]),
                "fix the error it shows (is there 1 GB of free space?), and start again",
            )
    return pip


def _run(
    command: "list[str]",
    variables: "dict[str, str]",
    folder: Path,
    lock: "Path | None",
    fetched: "Callable[[str], int]",
) -> "str | None":
    """Run an installer, and show its progress if there is a lock. What it said if it failed, else None."""
    from ..progress import Bar  # not on an old Python

    path = folder / LOG
    with path.open("w", encoding="utf-8") as log:
        installer = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env=dict(os.environ, PYTHONUNBUFFERED="1", **variables),
        )
    bar, percent = Bar(""), 0
    try:
        while installer.poll() is None:
            if lock:
                said = path.read_text(encoding="utf-8", errors="replace")
                total = _count(lock, said)
                installed = min(_installed(folder), total)
                text = "fetched {}, installed {} of {} packages".format(
                    min(max(fetched(said), installed), total), installed, total
                )
                before, percent = percent, (min(max(fetched(said), installed), total) + installed) * 50 // total
                bar.rename(text)
                bar.advance(percent, 100)
                if percent // 25 > before // 25 and not sys.stdout.isatty():
                    print("  " + text, flush=True)
            try:
                installer.wait(POLL_SECONDS)
            except subprocess.TimeoutExpired:
                pass  # it still runs
    finally:
        if installer.poll() is None:
            installer.terminate()
            installer.wait()
        bar.clear()
    return path.read_text(encoding="utf-8", errors="replace") if installer.returncode else None


def _wheels() -> "list[str]":
    """Options for pip: with a folder `wheels` in the clone (a room without internet), use only that."""
    wheels = ROOT / "wheels"
    return ["--no-index", "--find-links", str(wheels)] if wheels.is_dir() else []


def site_packages(folder: Path) -> "Iterator[Path]":
    """The folders of the environment's packages."""
    return folder.glob(("Lib" if os.name == "nt" else "lib/python*") + "/site-packages")


def _installed(folder: Path) -> int:
    """How many packages are installed, without those that an environment begins with."""
    there = (path.name for packages in site_packages(folder) for path in packages.glob("*.dist-info"))
    return sum(not re.match("pip-|setuptools-", name) for name in there)


def _count(lock: Path, said: str) -> int:
    """How many packages of the lock this platform needs: pip says which it ignores, uv how many it takes."""
    resolved = re.search(r"^Resolved (\d+) packages", said, re.M)
    if resolved:
        return int(resolved[1]) - 1  # without pip
    lines = lock.read_text(encoding="utf-8").splitlines()
    return sum("==" in line.partition(";")[0] for line in lines) - said.count("Ignoring ")


def pip_problem(said: str, folder: Path) -> Problem:
    """The problem of a pip that failed and wrote `said`: its last errors, and a fix."""
    errors = [line for line in said.splitlines() if re.match(r"\s*(ERROR|error|WARNING: Retrying|OSError)", line)]
    last = "\n".join("    " + line.strip()[:300] for line in (errors or said.splitlines())[-4:])
    if "No space left" in said:
        fix = "free 1 GB of space on the disk, and start again"
    elif _wheels() and "No matching distribution" in said:
        fix = (
            "fill the folder wheels, on a computer with this operating system and Python {}.{}, as "
            "docs/ways/classroom.md of the project says; or remove it, where there is internet"
        ).format(*sys.version_info[:2])
    elif re.search("Retrying|Connection|resolve|timed out|unreachable|Proxy", said):
        fix = "check the connection to the internet, and start again; packages that were fetched are kept"
    else:
        fix = "fix the errors in these lines (the whole log: {}), and start again".format(folder / LOG)
    return Problem("pip could not install the packages:\n" + last, fix)
