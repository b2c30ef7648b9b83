"""Examinations at the same time: on the threads of this process, or on the workers of a Dask cluster elsewhere."""

import signal
import sys
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ..engine import apt
from ..engine.discover import find_engine
from ..errors import BadInput, NoEngine, SwarmkitError
from ..language import _, ngettext
from ..progress import current
from . import examination, leftovers
from .exam import Examined, ExamRequest, NotExamined
from .result_store import ResultStore

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

CONNECT_SECONDS = 10  # that a Dask scheduler may take to answer
STATUS_ADDRESS = "127.0.0.1:0"  # of Dask's pages about its own state: any free port, for nobody elsewhere
WORKERS_MAX_LOST = 3  # during one examination, before it is given up
REASON_MAX_CHARS = 120
BEGUN = "swarmlab-begun"  # Dask's topic for the digests of examinations that begin


def examine_all(
    requests: Mapping[str, ExamRequest],
    store: ResultStore,
    jobs: int,
    scheduler: str | None,
    students: Mapping[str, str],
) -> dict[str, str]:
    """Examine the requests, which come by their digests, as do the students, and store each result at once.

    What runs out of time is examined once more at the end, alone; the better result counts. Returns by digest why some
    could not be examined. `scheduler` is the address of a Dask scheduler; without one,
    `jobs` of them run at the same time on this computer.
    """
    failed: dict[str, str] = {}
    late: dict[str, ExamRequest] = {}
    with _dask_client(jobs, scheduler) as client:
        _print_start(len(requests), sum(client.nthreads().values()))
        client.subscribe_topic(BEGUN, lambda event: _print_begun(event[1], requests, students))
        text = ngettext("examine {n} notebook", "examine {n} notebooks", len(requests)).format(n=len(requests))
        with current().phase(text) as phase:
            began = time.monotonic()
            for done, (digest, answer) in enumerate(_answers(client, requests), 1):
                if isinstance(answer, NotExamined):
                    failed[digest] = answer.reason
                else:
                    store.save(digest, answer)
                    if answer.result.ended == "time":
                        late[digest] = requests[digest]
                phase.advance(done, len(requests))
                place = _("{done} of {of}").format(done=done, of=len(requests))
                left = (time.monotonic() - began) / done * (len(requests) - done)
                _print_progress(students[digest], requests[digest].section, answer, place, left)
        if late:
            _examine_again(client, late, store, students)
    return failed


def _answers(client: "Client", requests: Mapping[str, ExamRequest]) -> Iterator[tuple[str, Examined | NotExamined]]:
    """Examine those requests at the same time; each digest with its answer, as they come."""
    from distributed import KilledWorker, as_completed

    futures = {
        client.submit(_examine_at_worker, request, digest, pure=False, retries=WORKERS_MAX_LOST): digest
        for digest, request in requests.items()
    }
    for future in as_completed(futures, loop=client.loop):
        answer: Examined | NotExamined
        try:
            answer = future.result()
        except KilledWorker:
            answer = NotExamined(_("{n} workers ended while they examined it. Grade again.").format(n=WORKERS_MAX_LOST))
        yield futures[future], answer
        future.release()


def _examine_again(
    client: "Client", requests: Mapping[str, ExamRequest], store: ResultStore, students: Mapping[str, str]
) -> None:
    """Examine those that ran out of time once more, one after the other; store the result if it is not worse."""
    text = ngettext(
        "examine {n} notebook that ran out of time once more, alone; the better result counts",
        "examine {n} notebooks that ran out of time once more, each alone; the better result counts",
        len(requests),
    )
    with current().phase(text.format(n=len(requests))) as phase:
        for done, (digest, request) in enumerate(requests.items(), 1):
            [(_digest, answer)] = _answers(client, {digest: request})
            first = store.result(digest)
            if isinstance(answer, Examined) and (first is None or answer.result.points >= first.points):
                store.save(digest, answer)
            phase.advance(done, len(requests))
            _print_progress(students[digest], request.section, answer, _("once more"), 0)


def _examine_at_worker(request: ExamRequest, digest: str) -> Examined | NotExamined:
    """Say that the examination begins, and examine the request."""
    from distributed import get_worker

    get_worker().log_event(BEGUN, digest)
    return examine_here(request)


def examine_here(request: ExamRequest) -> Examined | NotExamined:
    """Examine the request on the engine of this computer, which may be a Dask worker's."""
    try:
        if request.engine == "real":  # all examinations share this engine, so each cluster needs a name of its own
            request = replace(request, cluster=leftovers.new_cluster_name())
        return examination.examine(request, find_engine(simulate=False))
    except SwarmkitError as error:
        return NotExamined(f"{error.problem}. {error.fix}.")


def _print_start(number: int, at_once: int) -> None:
    """Print how many notebooks are to be graded, before the first takes its minutes."""
    text = ngettext("{n} notebook to grade, {jobs} at once", "{n} notebooks to grade, {jobs} at once", number)
    print(text.format(n=number, jobs=min(number, at_once)), flush=True)


def _print_begun(digest: str, requests: Mapping[str, ExamRequest], students: Mapping[str, str]) -> None:
    """Print which notebook begins, if it is of this run: others may use the same workers."""
    if digest in requests and not sys.stdout.isatty():
        text = _("   {student}, {section}: begins")
        print(text.format(student=students[digest], section=requests[digest].section), flush=True)


def _print_progress(student: str, section: str, answer: Examined | NotExamined, done: str, left: float) -> None:
    """Print a line about the examination that has just ended; `left` are the seconds that the others may take."""
    if sys.stdout.isatty():  # a terminal has a progress bar
        return
    points, took = "-", 0.0
    if isinstance(answer, Examined):
        result = answer.result
        points, took = f"{result.points:g}/{sum(each.of for each in result.results)}", result.seconds["total"]
    text = _("   {done}: {student}, {section}: {points} points ({seconds:.0f} s)")
    line = text.format(done=done, student=student, section=section, points=points, seconds=took)
    if isinstance(answer, Examined) and answer.result.ended == "time":
        line += "; " + _("it ran out of time")
    if left:
        line += "; " + _("about {minutes:.0f} min left").format(minutes=left / 60)
    print(line, flush=True)


@contextmanager
def _dask_client(jobs: int, scheduler: str | None) -> Iterator["Client"]:
    """A client of the Dask cluster at that address, or of one in this process that examines `jobs` at a time."""
    try:
        from distributed import Client
    except ImportError as error:
        raise BadInput(
            _("grading needs the package distributed"),
            _("install it: python3 -m pip install 'swarmkit-helpers[distributed]'"),
        ) from error
    with ExitStack() as stack:
        if scheduler:
            try:
                client = stack.enter_context(Client(scheduler, timeout=CONNECT_SECONDS))
            except (OSError, ValueError) as error:
                raise BadInput(
                    _("no Dask scheduler answers at {address} ({reason})"),
                    _("start one with: dask scheduler; its first lines show the address"),
                    address=scheduler,
                    reason=str(error)[:REASON_MAX_CHARS],
                ) from error
            yield client
            return
        engine = stack.enter_context(apt.engine_for_this_run(None))
        if engine.simulated:
            raise NoEngine(
                _("students' code runs only in containers, and there is no Docker Engine here"),
                _("install Docker, or grade on a computer that has it"),
            )
        cluster = stack.enter_context(_local_cluster(jobs))
        examination.interrupted.clear()
        before = signal.signal(signal.SIGTERM, lambda *_signal: signal.raise_signal(signal.SIGINT))
        try:
            yield stack.enter_context(Client(cluster, set_as_default=False))
        except BaseException:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it behind
            examination.interrupted.set()  # otherwise the threads would start their next examinations
            leftovers.remove_own(engine)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            raise
        finally:
            signal.signal(signal.SIGTERM, before)


def _local_cluster(jobs: int) -> "LocalCluster":
    """A Dask cluster in this process; threads are enough, as the work is done in containers."""
    from distributed import LocalCluster

    with warnings.catch_warnings():
        # Without a network Dask warns that it finds no address to listen on; it needs none.
        warnings.filterwarnings("ignore", "Couldn't detect a suitable IP address", RuntimeWarning)
        return LocalCluster(
            n_workers=1,
            threads_per_worker=jobs,
            processes=False,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": STATUS_ADDRESS},
            worker_dashboard_address=STATUS_ADDRESS,
            memory_limit=0,
            silence_logs=50,
        )
