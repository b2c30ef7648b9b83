"""What really became of the swarm, seen from outside the student's kernel.

A check that runs in the kernel can be made to say anything. So the same checks are made here, with a recorder and a
handle of our own on the same swarm, right after the cells in which the notebook makes them. All that is taken from
the kernel is what a student predicts: that is a claim by its nature, and whether it came in time is judged here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

from nbformat import NotebookNode

from .. import recorder
from ..cluster.cluster import Cluster
from ..course.checks import MIME, NOTE_MIME, Prediction, Result
from ..course.sections import SECTIONS, Section
from ..display import charts
from ..errors import BadInput, Refused, SwarmkitError
from ..language import _
from ..recorder import Recorder
from ..records import Json
from .printable import shown

CHARTED = 3  # services of which there is a chart, at most
LONGEST = 300  # characters of a remark, which may quote what the kernel says
MOST_CLAIMED = 1000  # points that a notebook may say it has; what is beyond is no number of points
_CHECK = re.compile(r'section\.check\("([\w-]+)"\)')
_PREDICT = "predict-"  # what the id of a prediction's answer cell begins with; its own id follows


class Witness:
    """Looks on while a section's notebook runs. `results` and `remarks` are what it found so far."""

    def __init__(
        self, section: Section, cluster: Cluster, parameters: dict[str, object], kept: Callable[[], None]
    ) -> None:
        """`parameters` are those of `Section.start`; `kept` is called after the set-up, and with each new result."""
        self._section, self._cluster, self._parameters, self._kept = section, cluster, parameters, kept
        self._recorder: Recorder | None = None
        self._asked = {each.id: each for each in SECTIONS[section.id].EXERCISES}
        self._results = {
            id: Result(section.id, id, "not attempted", 0, each.points, _("It was never checked."))
            for id, each in self._asked.items()
        }
        self._claims: dict[str, object] = {}
        self.remarks: list[Json] = []

    @property
    def begun(self) -> bool:
        """Whether the set-up is done: from then on whatever goes wrong may be the student's doing."""
        return self._recorder is not None

    @property
    def results(self) -> list[Json]:
        """What became of each exercise and prediction, in the section's order."""
        kept = ("section", "exercise", "outcome", "points", "of", "message", "hint", "language")
        return [
            {name: getattr(result, name) for name in kept} | {"claimed": self._claims.get(id)}
            for id, result in self._results.items()
        ]

    def before(self, cell: NotebookNode) -> None:
        """What is there before the cell runs has been seen."""
        if self._recorder:
            self._recorder.look()

    def after(self, cell: NotebookNode) -> None:
        """What the cell did has been seen, and counted if it is a prediction or a check."""
        id = cell.get("id", "")
        for output in cell.outputs:
            if output.output_type == "error":
                error = f"{output.get('ename')}: {output.get('evalue')}"
                if id == "setup":
                    raise no_fault_of_the_students(error)
                self.remark(id, _("It ended with an error: {error}").format(error=error))
        if id == "setup":
            self._section.attend(self._cluster, self._parameters)
            self._recorder = recorder.shared(self._cluster.swarm())
            self._kept()
        elif not self._recorder:
            return
        elif id.startswith(_PREDICT):
            self._predicted(id, _data(cell, NOTE_MIME))
        elif found := _CHECK.search(cell.source):
            self._checked(id, found[1], _data(cell, MIME))

    def stopped(self, cell: NotebookNode, why: Literal["time", "output"]) -> None:
        """The cell was interrupted."""
        if not self.begun:
            raise no_fault_of_the_students(_("It was stopped, as it took too long."))
        self.remark(
            cell.get("id", ""),
            _("It was stopped, as it took too long.")
            if why == "time"
            else _("It was stopped, as it printed too much; the rest is not kept."),
        )

    def remark(self, cell: str | None, text: str) -> None:
        """This is to be known of that cell, or of the whole."""
        self.remarks.append({"cell": cell, "text": shown(text, LONGEST)})

    def charts(self) -> list[Json]:
        """What the swarm looked like in the end, and how it went: each a title and its HTML."""
        looks = recorder.seen(self._cluster.swarm().name)
        if not self._recorder or not looks:
            return []
        names = sorted({service.name for look in looks for service in look.services})
        names.sort(key=lambda name: name != "sleep-app")
        made = [(_("Where the tasks were in the end"), charts.placement(self._recorder))]
        made += [(name, charts.replicas(self._recorder, name)) for name in names[:CHARTED]]
        return [{"title": title, "html": chart.html()} for title, chart in made]

    def _predicted(self, cell: str, note: Mapping[str, Any]) -> None:
        id = cell.removeprefix(_PREDICT)
        if not isinstance(self._asked.get(id), Prediction) or note.get("exercise") != id:
            return
        try:
            said = self._section.predict(id, note.get("value"))
        except SwarmkitError as error:
            self.remark(cell, f"{error.problem}.")
            return
        if said.note is None:  # it is too late
            self.remark(cell, said.text)

    def _checked(self, cell: str, id: str, claim: Mapping[str, Any]) -> None:
        if id not in self._asked:
            return
        result = self._section.check(id)
        self._results[id] = result
        claimed = claim.get("points")
        number = isinstance(claimed, int | float) and 0 <= claimed <= MOST_CLAIMED  # which infinity and NaN are not
        self._claims[id] = claimed if number else None
        if claim and claimed != result.points:
            self.remark(
                cell,
                _("The notebook says {n} points, the swarm says {points}; the swarm counts.").format(
                    n=claimed if number else "?", points=result.points
                ),
            )
        self._kept()


def no_fault_of_the_students(error: str) -> Refused:
    """What to say where something went wrong before any of their code ran."""
    return Refused(
        _("the set-up of the notebook failed: {error}"),
        _("see what it names; on a busy computer, grade with fewer --jobs"),
        error=error,
    )


def parameters_of(values: Mapping[str, Any]) -> dict[str, object]:
    """What `Section.start` makes of a notebook's parameters. Raises `BadInput` for a number that is none."""
    names = {"nodes": "nodes", "image": "image", "replicas": "up", "replicas_down": "down", "node_to_drain": "node"}
    made = {"nodes": 3, "image": "busybox", "up": 7, "down": 4, "node": "node2"}
    made |= {names[name]: value for name, value in values.items() if name in names}
    if not isinstance(made["nodes"], int):
        raise BadInput(
            _("{nodes!r} is not a number of nodes"), _("give a whole number, such as 3"), nodes=made["nodes"]
        )
    return made


def _data(cell: NotebookNode, mime: str) -> Mapping[str, Any]:
    """What the cell's outputs say of that kind, the last of them; nothing if there is none, or not an object."""
    found = [output["data"][mime] for output in cell.outputs if mime in output.get("data", {})]
    return found[-1] if found and isinstance(found[-1], dict) else {}
