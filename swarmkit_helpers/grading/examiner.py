"""One examination: a student's notebook runs in a kernel elsewhere, on a swarm of its own, and is looked at.

    python3 -m swarmkit_helpers.grading.examiner FOLDER

reads FOLDER/in/request.json and writes FOLDER/out/result.json and FOLDER/out/executed.ipynb. The result is written
after the set-up and anew after each check: a sudden end keeps what was earned until then, and where there is none no
student's code has run. `isolate` starts this in a container.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..cluster.cluster import Cluster
from ..course.journal import Journal
from ..course.sections import Section
from ..docker_commands import shown_by
from ..engine import simulator
from ..errors import SwarmkitError
from ..language import _
from ..records import Json
from . import kernel
from .observer import Witness, no_fault_of_the_students, parameters_of
from .proxy import Door

DOOR = Path("/room/door")  # where the kernel's container finds the sockets, too


class Examination:
    """The examination that the folder's request asks for."""

    def __init__(self, folder: Path, door: Path = DOOR) -> None:
        self._in, self._out, self._door = folder / "in", folder / "out", door
        self._request: Json = json.loads((self._in / "request.json").read_text(encoding="utf-8"))
        self._began = time.monotonic()
        self._seconds: dict[str, float] = {}
        self._witness: Witness | None = None

    def run(self) -> None:
        """The notebook has run, and the answer is written."""
        request = self._request
        with ExitStack() as stack:
            parameters = request["parameters"] | {
                "cluster_name": request["cluster"],
                "student": request["student"],
                "language": request["language"],
            }
            machines = parameters_of(parameters)
            cluster = stack.enter_context(_cluster(request, machines["nodes"]))
            section = Section(request["section"], student=request["student"], language=request["language"])
            self._witness = Witness(section, cluster, machines, self._keep)
            stack.enter_context(Door(cluster.engine, cluster.name, self._door))
            run = kernel.Run(
                request["connection"],
                kernel.Limits(request["cell_timeout"], request["timeout"], request["output_limit"]),
                self._witness,
            )
            self._seconds["start"] = self._passed()
            source = self._in / "notebook.ipynb"
            try:
                kernel.execute(source, self._out / "executed.ipynb", parameters, run)
            # Whatever it is: the kernel may send what it likes, and jupyter_client has to make something of it.
            except Exception as error:
                if not self._witness.begun:
                    raise
                run.ending = "kernel"
                self._witness.remark(
                    None,
                    _("Its kernel broke the rules of Jupyter's messages: {error}").format(
                        error=f"{type(error).__name__}: {error}"
                    ),
                )
            if not self._witness.begun:
                raise no_fault_of_the_students(run.ending)
            told = {
                "time": _("Its time was over before its last cell."),
                "kernel": _("Its kernel ended before its last cell."),
            }
            if run.ending in told:
                self._witness.remark(None, told[run.ending])
            self._seconds["cells"] = self._passed() - self._seconds["start"]
            journal = Journal(cluster.name, request["student"])
            timeline = [vars(event) for event in journal.timeline(section.id)]
            self._keep(ended=run.ending, charts=self._witness.charts(), timeline=timeline)

    def _keep(self, **more: object) -> None:
        """What is known by now is in the file, which is whole at any time."""
        self._seconds["total"] = self._passed()
        answer = {
            "results": self._witness.results,
            "remarks": self._witness.remarks,
            "charts": [],
            "timeline": [],
            "seconds": {name: round(value, 3) for name, value in self._seconds.items()},
            "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "ended": "examiner",
            **more,
        }
        fresh = self._out / "result.new"
        fresh.write_text(json.dumps(answer), encoding="utf-8")
        fresh.replace(self._out / "result.json")

    def _passed(self) -> float:
        return time.monotonic() - self._began


@contextmanager
def _cluster(request: Json, nodes: int) -> Iterator[Cluster]:
    """The examination's own machines, on a simulated engine of its own or on the one that DOCKER_HOST names."""
    with ExitStack() as stack, shown_by(lambda command: None):
        if request["engine"] == "simulated":
            stack.enter_context(simulator.temporary_docker_host(request["speed"]))
        cluster = Cluster.up(request["cluster"], nodes=nodes, apart=True)
        try:
            yield cluster
        finally:
            if request["engine"] == "real":  # a simulated one ends with all in it
                cluster.down()


def main(folder: Path, door: Path = DOOR) -> int:
    """The exit status: 0 if there is an answer, 1 if the examiner itself could not work."""
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(1))  # what was made is removed on the way out
    with tempfile.TemporaryDirectory() as own:
        os.environ["JUPYTER_DATA_DIR"] = own
        try:
            Examination(folder, door).run()
        except SwarmkitError as error:
            print(f"{error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
