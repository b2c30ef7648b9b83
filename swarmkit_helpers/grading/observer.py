"""The observer of an examination: it checks the swarm from outside of the student's kernel.

A check that runs in the kernel can be made to say anything. So the observer makes the same checks, with a recorder and
a `Swarm` of its own on the same swarm, right after the cells in which the notebook makes them. From the kernel it takes
only the student's predictions; the observer itself decides whether they came in time.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypedDict

from nbformat import NotebookNode

from .. import recorder
from ..cluster.cluster import Cluster
from ..course import section_parameters
from ..course.checks import MIME, NOTE_MIME, Prediction, Result
from ..course.sections import SECTIONS, Section
from ..display import charts
from ..errors import Refused, SwarmkitError
from ..language import _, decimal
from ..recorder import Recorder
from ..records import Json
from .exam import ExerciseResult, Remark, SavedChart
from .printable import shown

MAX_CHARTED_SERVICES = 3
REMARK_MAX_CHARS = 300  # a remark may quote what the kernel says
REMARKS_MAX = 200  # of a notebook; a lesson has about forty cells
CLAIMED_MAX_POINTS = 1000  # a larger number in a notebook is no number of points
_CHECK = re.compile(r'section\.check\("([\w-]+)"\)')
_PREDICT = "predict-"  # an answer cell with a prediction has this and the prediction's id for an id


class SectionParameters(TypedDict):
    """The parameters of `Section.start`, under its names."""

    nodes: int
    image: str
    up: int
    down: int
    node: str


# The defaults of the notebooks' parameters; of a student's own, those count that `parameters` lets through.
SECTION_PARAMETERS: Final[SectionParameters] = {
    "nodes": 3,
    "image": "busybox",
    "up": 7,
    "down": 4,
    "node": "node2",
}


class Observer:
    """Watches the swarm while a section's notebook runs. `results` and `remarks` are what it has found so far."""

    def __init__(
        self,
        section: Section,
        cluster: Cluster,
        save: Callable[["Observer"], None],
        parameters: Mapping[str, int] | None = None,
    ) -> None:
        """Begin with no result; `save` is called after the set-up, and with each new result.

        `parameters` are those that the student has changed.
        """
        changed = {section_parameters.NAMES[name]: value for name, value in (parameters or {}).items()}
        self._parameters = {**SECTION_PARAMETERS, **changed}
        self._section, self._cluster, self._save = section, cluster, save
        self._recorder: Recorder | None = None
        self._exercises = {each.id: each for each in SECTIONS[section.id].EXERCISES}
        self._results: dict[str, Result] = {}
        self._claimed: dict[str, float | None] = {}
        self.remarks: list[Remark] = []
        self.completed = False  # whether the last cell has run

    @property
    def begun(self) -> bool:
        """Whether the set-up is done: from then on, a failure may be the student's doing."""
        return self._recorder is not None

    @property
    def results(self) -> tuple[ExerciseResult, ...]:
        """The results of all exercises and predictions, in the section's order."""
        return tuple(ExerciseResult.of_check(self._result(id), self._claimed.get(id)) for id in self._exercises)

    def before(self, cell: NotebookNode) -> None:
        """Record the state of the swarm before the cell runs."""
        if self._recorder:
            self._recorder.look()

    def after(self, cell: NotebookNode) -> None:
        """Note the cell's errors; begin after the set-up; count a prediction, or make a check."""
        id = cell.get("id", "")
        for output in cell.outputs:
            if output.output_type == "error":
                error = f"{output.get('ename')}: {output.get('evalue')}"
                if id == "setup":
                    raise setup_failed(error)
                self.remark(id, _("It ended with an error: {error}").format(error=error))
        if id == "setup":
            self._section.attend(self._cluster, self._parameters)
            self._recorder = recorder.shared(self._cluster.swarm())
            self._save(self)
        elif not self._recorder:
            return
        elif id.startswith(_PREDICT):
            self._predict(id, _data(cell, NOTE_MIME))
        elif found := _CHECK.search(cell.source):
            self._check(id, found[1], _data(cell, MIME))

    def stopped(self, cell: NotebookNode, why: Literal["time", "output"]) -> None:
        """Note that the cell was interrupted."""
        too_long = _("It was stopped, as it took too long.")
        if not self.begun:
            raise setup_failed(too_long)
        too_much = _("It was stopped, as it printed too much; the rest is not kept.")
        self.remark(cell.get("id", ""), too_long if why == "time" else too_much)

    def remark(self, cell: str | None, text: str) -> None:
        """Add a remark on that cell, or on the whole notebook; the last one says that there were more."""
        if len(self.remarks) < REMARKS_MAX:
            self.remarks.append(Remark(cell, shown(text, REMARK_MAX_CHARS)))
        elif len(self.remarks) == REMARKS_MAX:
            self.remarks.append(Remark(None, _("There were more remarks, which are not kept.")))

    def charts(self) -> tuple[SavedChart, ...]:
        """Charts of the swarm at the end, and of its services over time."""
        looks = recorder.seen(self._cluster.swarm().name)
        if not self._recorder or not looks:
            return ()
        names = sorted({service.name for look in looks for service in look.services})
        names.sort(key=lambda name: name != "sleep-app")
        made = [(_("Where the tasks were in the end"), charts.placement(self._recorder))]
        made += [(name, charts.replicas(self._recorder, name)) for name in names[:MAX_CHARTED_SERVICES]]
        return tuple(SavedChart(title, chart.html()) for title, chart in made)

    def _result(self, id: str) -> Result:
        """The best result of the check, or why there is none."""
        if id in self._results:
            return self._results[id]
        stopped = _("The notebook was stopped before it came to this check.")
        why = _("It was never checked.") if self.completed else stopped
        return Result(self._section.id, id, "not attempted", 0, self._exercises[id].points, why)

    def _predict(self, cell: str, note: Json) -> None:
        """Make the same prediction here, unless it is too late."""
        id = cell.removeprefix(_PREDICT)
        value: Any = note.get("value")  # `predict` checks it
        if not isinstance(self._exercises.get(id), Prediction) or note.get("exercise") != id:
            return
        try:
            answer = self._section.predict(id, value)
        except SwarmkitError as error:
            self.remark(cell, f"{error.problem}.")
            return
        if answer.note is None:  # it is too late
            self.remark(cell, answer.text)

    def _check(self, cell: str, id: str, claim: Json) -> None:
        """Make the same check here, and compare it with what the notebook claims."""
        if id not in self._exercises:
            return
        try:
            result = self._section.check(id)
        except SwarmkitError as error:  # such as an engine that is too busy to answer
            self.remark(cell, f"{error.problem}.")
            return
        claimed = _points(claim.get("points"))
        before = self._result(id)
        if before.outcome == "not attempted" or result.points >= before.points:  # the best counts
            self._results[id] = result
            self._claimed[id] = claimed
        if claim and claimed != result.points:
            text = _("The notebook says {n} points, the swarm says {points}; the swarm counts.")
            self.remark(
                cell, text.format(n="?" if claimed is None else decimal(claimed), points=decimal(result.points))
            )
        self._save(self)


def setup_failed(error: str) -> Refused:
    """The error to raise for a failure before any of the student's code has run."""
    return Refused(
        _("the Setup of the notebook failed: {error}"),
        _("read the error; on a busy computer, grade with fewer --jobs"),
        error=error,
    )


def _points(claim: object) -> float | None:
    """The number of points that a notebook claims; None if it is no possible number."""
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    return claim if 0 <= claim <= CLAIMED_MAX_POINTS else None  # NaN is not


def _data(cell: NotebookNode, mime: str) -> Json:
    """The last JSON object of that MIME type in the cell's outputs; an empty one if there is none."""
    found = [output["data"][mime] for output in cell.outputs if mime in output.get("data", {})]
    return found[-1] if found and isinstance(found[-1], dict) else {}
