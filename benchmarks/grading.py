"""A class graded by `swarmlab grade`, beside a plain loop of papermill over the same notebooks on this computer.

    python -m benchmarks.grading [STUDENTS]
    python -m benchmarks.grading [STUDENTS] --against COMMIT

The loop runs once on a simulated engine, as grading does, and once on the real one; it isolates nothing. With a commit,
that commit and this code grade the class in turn instead: two notebooks at once, and as many as each takes by itself.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from runpy import run_path

import papermill
import psutil

from swarmkit_helpers import Cluster, NotFound
from swarmkit_helpers.course.pristine import pristine
from swarmkit_helpers.engine.discover import Engine, find_engine
from swarmkit_helpers.engine.simulator import temporary_docker_host
from swarmkit_helpers.errors import SwarmkitError
from swarmkit_helpers.grading import containers, run

ROOT = Path(__file__).parents[1]
SOLUTIONS = run_path(str(ROOT / "tests" / "support" / "solutions.py"))["SOLUTIONS"]
SECTIONS = [section for section in SOLUTIONS if section != "00-start"]  # those with points
STUDENTS = 2
JOBS = 2
ROUNDS = 2  # of a commit and this code, in turn
CLUSTER = "benchmark"
EVERY = 1.0  # seconds between two looks at the memory
MB = 1 << 20


def main(students: int = STUDENTS) -> None:
    """Notebooks an hour of each way as ratios, the memory of each notebook, and where its time goes."""
    engine = find_engine(simulate=False)
    print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores; {engine}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        handed_in, graded = Path(folder, "in"), Path(folder, "out")
        paths = _hand_in(handed_in, students)
        took, memory = {}, {}
        for jobs in (1, JOBS):
            with _watching(partial(_of_containers, engine)) as peak:
                took[f"grade --jobs {jobs}"] = _timed(run.grade, [handed_in], graded / str(jobs), jobs=jobs)
            memory[f"grade --jobs {jobs}"] = peak[0] / jobs
        for name, simulated in (("papermill, simulated", True), ("papermill, real", False)):
            with _watching(_of_children) as peak:
                took[name] = _timed(_plain, paths, simulated)
            memory[name] = peak[0]
        plain = took["papermill, simulated"]
        for name, seconds in took.items():
            print(
                f"{name}: {3600 * len(paths) / seconds:.0f} notebooks an hour, ratio to the loop on a simulation "
                f"{plain / seconds:.2f}, to the loop on the real engine {took['papermill, real'] / seconds:.2f}; "
                f"at most {memory[name] / MB:.0f} MB for a notebook"
            )
        _where(json.loads((graded / "1" / "grades.json").read_text(encoding="utf-8"))["notebooks"])


def against(commit: str, students: int = STUDENTS) -> None:
    """Notebooks an hour of that commit and of this code, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        handed_in, before = Path(folder, "in"), Path(folder, "before")
        notebooks = len(_hand_in(handed_in, students))
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", before, commit], cwd=ROOT, check=True)
        try:
            for name, options in ((f"--jobs {JOBS}", ["--jobs", str(JOBS)]), ("as it is typed", [])):
                took = {before: 0.0, ROOT: 0.0}
                for turn in range(ROUNDS):
                    for code in took:
                        out = Path(folder, f"{code.name}-{turn}-{len(options)}")
                        took[code] += _timed(_grade_with, code, handed_in, out, options)
                        print(f"load {os.getloadavg()[0]:.1f}; {name}, {code.name}: {took[code]:.0f} s", flush=True)
                hourly = [3600 * notebooks * ROUNDS / seconds for seconds in took.values()]
                print(
                    f"{name}: {commit} {hourly[0]:.0f} notebooks an hour, now {hourly[1]:.0f}, "
                    f"ratio {hourly[1] / hourly[0]:.2f}",
                    flush=True,
                )
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", before], cwd=ROOT, check=True)


def _grade_with(code: Path, handed_in: Path, out: Path, options: list[str]) -> None:
    """The class is graded by the code in that folder."""
    subprocess.run(
        [sys.executable, "-m", "swarmkit_helpers.cli", "grade", handed_in, "--out", out, *options],
        env=os.environ | {"PYTHONPATH": str(code)},
        cwd=code,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _hand_in(folder: Path, students: int) -> list[Path]:
    """The notebooks that those students handed in, solved."""
    paths = []
    for student in range(students):
        for section in SECTIONS:
            notebook = pristine(section, "en")
            for cell in notebook["cells"]:
                cell["source"] = SOLUTIONS[section].get(cell["id"], cell["source"])
            path = folder / f"s{student:03}" / f"{section}.ipynb"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(notebook), encoding="utf-8")
            paths.append(path)
    return paths


def _timed(work: Callable[..., object], *arguments: object, **options: object) -> float:
    start = time.perf_counter()
    work(*arguments, **options)
    return time.perf_counter() - start


def _plain(paths: list[Path], simulated: bool) -> None:
    """Each notebook has been executed, one after the other, on a cluster that was made anew for it."""
    for path in paths:
        with tempfile.TemporaryDirectory() as own:
            os.environ["JUPYTER_DATA_DIR"] = own
            if simulated:
                with temporary_docker_host(run.SPEED["simulated"]):
                    _execute(path)
            else:
                try:
                    _execute(path)
                finally:
                    with suppress(NotFound):  # the last section leaves none
                        Cluster.adopt(CLUSTER).down()
            del os.environ["JUPYTER_DATA_DIR"]


def _execute(path: Path) -> None:
    papermill.execute_notebook(
        path,
        path.with_suffix(".executed.ipynb"),
        {"cluster_name": CLUSTER, "language": "en"},
        cwd=ROOT,
        progress_bar=False,
    )


@contextmanager
def _watching(look: Callable[[], int]) -> Iterator[list[int]]:
    """The most that `look` has given while the block ran."""
    peak, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(EVERY):
            with suppress(psutil.Error, SwarmkitError):  # what was about to be looked at has ended
                peak[0] = max(peak[0], look())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peak
    finally:
        over.set()
        watcher.join()


def _of_containers(engine: Engine) -> int:
    """Bytes of the examinations that go on, the share of each process in what it shares."""
    pids = []
    for container in engine.api.get("containers", "json", filters={"label": [containers.LABEL]}):
        table = engine.api.get("containers", container["Id"], "top")
        pids += [int(row[table["Titles"].index("PID")]) for row in table["Processes"]]
    return sum(psutil.Process(pid).memory_full_info().pss for pid in pids)


def _of_children() -> int:
    """Bytes of the kernel and of the simulated engine: what the loop needs beside itself."""
    return sum(child.memory_full_info().pss for child in psutil.Process().children(recursive=True))


def _where(notebooks: list[dict]) -> None:
    """Prints where the time of an examination goes, section by section."""
    for section in SECTIONS:
        those = [each for each in notebooks if each["section"] == section]
        total, start, cells = (
            sum(each["seconds"][part] for each in those) / len(those) for part in ("total", "start", "cells")
        )
        points = sum(each["points"] for each in those) / len(those)
        print(
            f"  {section}: {total:.1f} s, of which the swarm {start:.1f}, kernel and cells {cells:.1f}, containers "
            f"and the rest {total - start - cells:.1f}; {points:g} points"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("students", nargs="?", type=int, default=STUDENTS)
    parser.add_argument("--against", metavar="COMMIT")
    given = parser.parse_args()
    if given.against:
        against(given.against, given.students)
    else:
        main(given.students)
