"""The program in the examiner's container: run a student's notebook in the other container, and check its swarm.

    python3 -m swarmkit_helpers.grading.examiner FOLDER

reads request.json, notebook.ipynb and connection.json in FOLDER/in, and writes FOLDER/out/result.json and
FOLDER/out/executed.ipynb. The result is first written after the set-up, and again after each check. So a sudden end
keeps all points earned until then; and if there is no result, no student's code has run.
"""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..cluster.cluster import Cluster
from ..course import atomic_write
from ..course.journal import Event, Journal
from ..course.sections import Section
from ..docker_commands import shown_by
from ..engine import simulator
from ..errors import SwarmkitError
from ..language import _
from . import containers, kernel
from .exam import Ending, ExamRequest, ExamResult, SavedChart
from .observer import SECTION_PARAMETERS, Observer, setup_failed
from .proxy import Proxy

PROXY_FOLDER = containers.SOCKETS / containers.PROXY


class Examination:
    """The examination that the folder's request asks for."""

    def __init__(self, folder: Path, proxy_folder: Path = PROXY_FOLDER) -> None:
        self._in, self._out, self._proxy_folder = folder / "in", folder / "out", proxy_folder
        self._request = ExamRequest.from_json(json.loads(self._text("request.json")))
        self._began = time.monotonic()
        self._seconds: dict[str, float] = {}

    def run(self) -> None:
        """Run the notebook and write the result. Raises `SwarmkitError` if the set-up fails."""
        request = self._request
        with ExitStack() as stack:
            cluster = stack.enter_context(_cluster(request))
            section = Section(request.section, student=request.student, language=request.language)
            observer = Observer(section, cluster, self._save, request.parameters)
            stack.enter_context(Proxy(cluster.engine, cluster.name, self._proxy_folder))
            execution = kernel.Execution(
                json.loads(self._text("connection.json")),
                kernel.Limits(request.cell_timeout, request.timeout, request.output_max_bytes),
                observer,
            )
            self._seconds["start"] = self._elapsed()
            parameters = {
                **request.parameters,
                "cluster_name": request.cluster,
                "student": request.student,
                "language": request.language,
            }
            try:
                kernel.execute(self._in / "notebook.ipynb", self._out / "executed.ipynb", parameters, execution)
            # Of any kind: the kernel may send what it likes, and jupyter_client fails on it in many ways.
            except Exception as error:
                if not observer.begun:
                    raise
                execution.ending = "kernel"
                text = _("Its kernel broke the rules of Jupyter's messages: {error}")
                observer.remark(None, text.format(error=f"{type(error).__name__}: {error}"))
            if not observer.begun:
                raise setup_failed(execution.ending)
            observer.completed = execution.ending == "completed"
            if execution.ending == "time":
                observer.remark(None, _("It ran out of time before its last cell."))
            elif execution.ending == "kernel":
                observer.remark(None, _("Its kernel ended before its last cell."))
            self._seconds["cells"] = self._elapsed() - self._seconds["start"]
            timeline = Journal(cluster.name, request.student).timeline(section.id)
            self._save(observer, execution.ending, observer.charts(), tuple(timeline))

    def _save(
        self,
        observer: Observer,
        ending: Ending = "examiner",
        charts: tuple[SavedChart, ...] = (),
        timeline: tuple[Event, ...] = (),
    ) -> None:
        """Write what is known by now; at any moment the file holds a whole result."""
        import resource  # only Unix has it: this module loads on Windows too, and runs in containers

        self._seconds["total"] = self._elapsed()
        result = ExamResult(
            results=observer.results,
            remarks=tuple(observer.remarks),
            charts=charts,
            timeline=timeline,
            seconds={name: round(value, 3) for name, value in self._seconds.items()},
            memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            ended=ending,
        )
        atomic_write.write(self._out / "result.json", json.dumps(result.to_json(), ensure_ascii=False))

    def _elapsed(self) -> float:
        return time.monotonic() - self._began

    def _text(self, name: str) -> str:
        return (self._in / name).read_text(encoding="utf-8")


@contextmanager
def _cluster(request: ExamRequest) -> Iterator[Cluster]:
    """The examination's own machines, on a simulated engine of its own or on the engine that DOCKER_HOST names."""
    with ExitStack() as stack, shown_by(lambda command: None):
        if request.engine == "simulated":
            stack.enter_context(simulator.temporary_docker_host(request.speed, request.timeout))
        nodes = request.parameters.get("nodes", SECTION_PARAMETERS["nodes"])
        cluster = Cluster.up(request.cluster, nodes=nodes, apart=True)
        try:
            yield cluster
        finally:
            if request.engine == "real":  # a simulated engine ends with all its containers
                cluster.down()


def main(folder: Path, proxy_folder: Path = PROXY_FOLDER) -> int:
    """Run the examination; the exit status is 0 if there is a result, 1 if the examiner itself failed."""
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))  # an exit removes the machines on its way
    with tempfile.TemporaryDirectory() as own:
        os.environ["JUPYTER_DATA_DIR"] = own
        try:
            Examination(folder, proxy_folder).run()
        except SwarmkitError as error:
            print(f"{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
