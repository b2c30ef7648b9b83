"""Grading a class: each notebook examined once, on this computer or on many, and nothing lost on the way.

What an examination found is written at once, under a name made of all that it depends on. So a run that was ended,
by whatever, goes on where it was, and what did not change is not examined again. One process writes: this one.
"""

import hashlib
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import __version__
from ..course import atomic_write
from ..engine import apt
from ..engine.discover import find_engine
from ..errors import BadInput, NoEngine, SwarmkitError
from ..file_lock import one_at_a_time
from ..language import _, ngettext
from ..progress import current
from ..records import Json
from . import containers, graft, html_pages, report, submissions
from .entry import Entry
from .submissions import Submission

KEPT = ".swarmlab"  # the folder with what examinations found
SPEED = {"simulated": 20.0, "real": 1.0}  # of the swarm's time; beyond 20 a notebook does not become quicker
CELL_TIME = {"simulated": 20.0, "real": 60.0}  # seconds of a cell: the longest of the lessons takes 3, and 25
OUTPUT = 2 << 20  # bytes of a cell's outputs: a live chart has a tenth of it
LONGEST = 24 * 3600  # seconds of a notebook
RETRIES = 3  # workers that may be lost during one examination before it is given up


@dataclass(frozen=True)
class Work:
    """A submission, and how it is to be examined."""

    submission: Submission
    remarks: list[str]  # on the notebook
    request: Json | None  # None if it cannot be examined
    key: str  # of what the examination finds


def grade(
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int | None = None,
    student_from: str = "folder",
    timeout: float = 300,
    engine: str = "simulated",
    scheduler: str | None = None,
) -> int:
    """Grades, feedback and the executed notebooks are in `out`.

    The exit status is 0 if every notebook that can be examined was, else 1. `timeout` is in seconds, for each notebook.
    Raises `BadInput`, `NoEngine`, and what an engine's faults are called.
    """
    if (jobs is not None and jobs < 1) or not 0 < timeout <= LONGEST:
        raise BadInput(
            _("--jobs must be above 0, and --timeout above 0 and at most {longest} seconds"),
            _("leave them out, or give another number"),
            longest=LONGEST,
        )
    handed_in = submissions.find(paths, student_from)
    kept = _folder(out, paths)
    with one_at_a_time(out / KEPT / "lock", _("Another run grades into {out}; waiting for it").format(out=out)):
        works = [_work(each, engine, timeout) for each in handed_in]
        left = {work.key: work.request for work in works if work.request and not (kept / f"{work.key}.json").exists()}
        known = sum(work.request is not None for work in works) - len(left)
        if known:
            print(
                ngettext(
                    "{n} notebook is graded already, and did not change",
                    "{n} notebooks are graded already, and did not change",
                    known,
                ).format(n=known)
            )
        failed: dict[str, str] = {}
        try:
            if left:
                failed = _examine_all(left, kept, jobs or max(1, (os.cpu_count() or 2) // 2), scheduler)
        except KeyboardInterrupt:
            print("\n" + _("What is graded so far is kept; the same command goes on from here."), file=sys.stderr)
            raise
        found = [Entry(work.submission, work.remarks, _kept(kept, work.key), failed.get(work.key)) for work in works]
        report.write(out, found, kept)
    return 1 if failed else 0


def _folder(out: Path, paths: Sequence[Path]) -> Path:
    """The folder in `out` for what examinations find, which can be written to. Raises `BadInput`."""
    for path in paths:
        if path.is_dir() and out.resolve().is_relative_to(path.resolve()):
            raise BadInput(
                _("{out} is in {path}: what is written there would be taken for handed in"),
                _("give a folder of its own, such as --out ../graded"),
                out=out,
                path=path,
            )
    try:
        (out / KEPT).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out / KEPT):
            pass
    except OSError as error:
        raise BadInput(
            _("nothing can be written into {out} ({reason})"),
            _("give a folder that you may write to"),
            out=out,
            reason=error.strerror,
        ) from error
    return out / KEPT


def _work(submission: Submission, engine: str, timeout: float) -> Work:
    if submission.problems:
        return Work(submission, [], None, submission.digest)
    original = graft.pristine(submission.section, submission.language)
    with html_pages.speaking(submission.language):  # the remarks are for the student
        notebook, remarks = graft.graft(original, submission.notebook)
    request = {
        "section": submission.section,
        "student": submission.student,
        "language": submission.language,
        "notebook": notebook,
        "parameters": {},
        "engine": engine,
        "speed": SPEED[engine],
        "seed": 0,
        "cluster": "exam",
        "timeout": timeout,
        "cell_timeout": min(CELL_TIME[engine], timeout),
        "output_limit": OUTPUT,
    }
    told = json.dumps([request, __version__], sort_keys=True)
    return Work(submission, remarks, request, hashlib.sha256(told.encode()).hexdigest()[:32])


def examination(request: Json) -> Json:
    """What an examination gave, or `failed` with a sentence: on a worker, which finds its own engine."""
    try:
        if request["engine"] == "real":  # each has a cluster of its own, on an engine that all share
            request = {**request, "cluster": containers.new_cluster()}
        examined = containers.examine(request, find_engine(simulate=False))
    except SwarmkitError as error:
        return {"failed": f"{error.problem}. {error.fix}."}
    return {
        "result": examined.result,
        "seconds": examined.seconds,
        "notebook": examined.notebook and examined.notebook.decode(errors="replace"),
    }


def _examine_all(left: dict[str, Json], kept: Path, jobs: int, scheduler: str | None) -> dict[str, str]:
    """Each request has been examined and is kept; the value says by their keys why some could not be."""
    from distributed import KilledWorker, as_completed

    failed: dict[str, str] = {}
    began = time.monotonic()
    with _workers(jobs, scheduler) as client:
        text = ngettext("examine {n} notebook", "examine {n} notebooks", len(left)).format(n=len(left))
        with current().phase(text) as phase:
            futures = {
                client.submit(
                    examination, request, key=f"swarmlab-{key}-{os.getpid()}", pure=False, retries=RETRIES
                ): key
                for key, request in left.items()
            }
            for done, future in enumerate(as_completed(futures, loop=client.loop), 1):
                key = futures[future]
                try:
                    found = future.result()
                except KilledWorker:
                    found = {"failed": _("{n} workers ended while they examined it. Grade again.").format(n=RETRIES)}
                if "failed" in found:
                    failed[key] = found["failed"]
                else:
                    _keep(kept, key, found)
                phase.advance(done, len(left))
                _tell(left[key], found, done, len(left), time.monotonic() - began)
                future.release()
    return failed


def _tell(request: Json, found: Json, done: int, of: int, seconds: float) -> None:
    """A line about it, where there is no bar."""
    if sys.stdout.isatty():
        return
    results = found.get("result", {}).get("results", [])
    points = f"{sum(each['points'] for each in results):g}/{sum(each['of'] for each in results)}" if results else "-"
    minutes = seconds / done * (of - done) / 60
    print(
        _(
            "   {done} of {of}: {student}, {section}: {points} points ({seconds:.0f} s); about {minutes:.0f} min left"
        ).format(
            done=done,
            of=of,
            student=request["student"],
            section=request["section"],
            points=points,
            seconds=found.get("seconds", 0),
            minutes=minutes,
        ),
        flush=True,
    )


@contextmanager
def _workers(jobs: int, scheduler: str | None) -> Iterator[Any]:
    """A client of the Dask cluster at that address, or of one in this process with so many workers at once."""
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise BadInput(
            _("grading needs the package distributed"),
            _("install it: python3 -m pip install 'swarmkit-helpers[distributed]'"),
        ) from error
    with ExitStack() as stack:
        if scheduler:
            try:
                yield stack.enter_context(Client(scheduler, timeout=10))
            except (OSError, ValueError) as error:
                raise BadInput(
                    _("no Dask scheduler answers at {address} ({reason})"),
                    _("start one with: dask scheduler; its first lines say the address"),
                    address=scheduler,
                    reason=str(error)[:120],
                ) from error
            return
        engine = stack.enter_context(apt.engine_for_this_run(None))
        if engine.simulated:
            raise NoEngine(
                _("students' code runs in containers only, and there is no Docker Engine here"),
                _("install Docker, or grade on a computer that has it"),
            )
        # Threads of this process, for the work is in containers; nothing listens on the network.
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=1,
                threads_per_worker=jobs,
                processes=False,
                dashboard_address=None,
                memory_limit=0,
                silence_logs=50,
            )
        )
        containers.given_up.clear()
        before = signal.signal(signal.SIGTERM, lambda *_signal: signal.raise_signal(signal.SIGINT))
        try:
            yield stack.enter_context(Client(cluster, set_as_default=False))
        except BaseException:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses Ctrl-C twice is not to leave half of it
            containers.given_up.set()  # else the threads would begin the next ones, and see these through
            containers.abandon(engine)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            raise
        finally:
            signal.signal(signal.SIGTERM, before)


def _keep(kept: Path, key: str, found: Json) -> None:
    """It is in the folder, whole, whatever happens to this computer now."""
    notebook = found.pop("notebook")
    found["executed"] = notebook is not None
    if found["executed"]:
        atomic_write.write(kept / f"{key}.ipynb", notebook)
    atomic_write.write(kept / f"{key}.json", json.dumps(found))


def _kept(kept: Path, key: str) -> Json | None:
    with suppress(FileNotFoundError, ValueError):
        return {**json.loads((kept / f"{key}.json").read_text(encoding="utf-8")), "key": key}
    return None
