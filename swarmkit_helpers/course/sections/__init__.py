"""The sections of the practicum: how each begins, what it asks, and how far the student has come."""

import time
from dataclasses import replace
from math import ceil
from types import EllipsisType, ModuleType
from typing import TypeVar

from ... import language as languages
from ... import recorder
from ...cluster.cluster import Cluster
from ...docker_commands import shown_by
from ...errors import BadInput, NotFound, SwarmkitError
from ...language import _, ngettext
from ...recorder import Recorder
from ..checks import Card, Exercise, Prediction, Result, Scene, Value, points
from ..journal import Event, Journal, Score
from . import clean_up, configure_swarm, deploy, drain, orchestration, scale, setup, start
from .progress_table import Progress, Row
from .timeline import Timeline

SECTIONS: dict[str, ModuleType] = {module.ID: module for module in (
    start, orchestration, configure_swarm, deploy, scale, drain, clean_up)}  # fmt: skip

Kind = TypeVar("Kind", Exercise, Prediction)


class Section:
    """One section, as one student works on it in one notebook."""

    def __init__(self, id: str, student: str = "", language: str | None = None) -> None:
        """The student's id decides on the values of the exercises; None takes the language of the surroundings.

        Raises `NotFound` for a section or a language that there is not.
        """
        try:
            languages.use(language)
        except LookupError as error:
            raise _unknown(
                _("no language is called {name}; there are: {known}"),
                language,
                languages.available(),
            ) from error
        if id not in SECTIONS:
            raise _unknown(_("no section is called {name}; there are: {known}"), id, SECTIONS)
        self.id = id
        self.student = str(student)
        self._module = SECTIONS[id]
        self._began: _Beginning | None = None

    def __repr__(self) -> str:
        return f"Section {self.id!r}"

    def start(
        self,
        cluster: Cluster,
        *,
        nodes: int | None = None,
        image: str = "busybox",
        up: int = 7,
        down: int = 4,
        node: str = "node2",
    ) -> None:
        """Machines and swarm are as the section begins, and the swarm is recorded from now on.

        `nodes` is how many machines there are to be; by default as many as there are now. Raises `NotFound`
        for a node that is none of them.
        """
        nodes = nodes or len(cluster.machines())
        known = [f"node{number}" for number in range(1, nodes + 1)]
        if node not in known:
            raise _unknown(_("no machine is called {name}; this section has: {known}"), node, known)
        parameters = {"nodes": nodes, "image": image, "up": up, "down": down, "node": node}
        with shown_by(lambda command: None):
            setup.machines(cluster, nodes, image)
            self._module.start(cluster, parameters)
        self.attend(cluster, parameters)

    def attend(self, cluster: Cluster, parameters: dict[str, object]) -> None:
        """The swarm is recorded from now on. Machines and swarm are as the section begins, for whoever saw to that."""
        self._began = _Beginning(self.id, self.student, cluster, parameters)
        self._began.tell("start", cluster.name, ", ".join(f"{key} {value}" for key, value in parameters.items()))

    def predict(self, id: str, value: Value | EllipsisType) -> Card:
        """The value is noted as the student's prediction. As long as it is `...`, that is said.

        It can be made and changed until the swarm has done it (until it is checked, if it is about something that
        holds all the time); from then on it stays until the section is started again. Raises `NotFound`, `BadInput`.
        """
        prediction, began = self._find(id, Prediction), self._beginning()
        note = began.journal.notes(self.id).get(id)
        if value is ...:
            return Card("swk-note", "", _noted(note.value) if note else prediction.ask())
        value = prediction.checked(value)
        if (note is None or note.value != value) and began.over(prediction):
            return Card(
                "swk-note",
                "",
                _(
                    "The swarm has done it already, so this is no prediction any more. To predict first, run the two cells "
                    "under Setup again."
                )
                if note is None
                else _(
                    "You predicted {old}, and the swarm has done it since, so that stays. To try again with {new}, run "
                    "the section's set-up again."
                ).format(old=note.value, new=value),
            )
        began.journal.note(self.id, id, value)
        began.tell("prediction", id, str(value))
        return Card("swk-note", "", _noted(value), {"section": self.id, "exercise": id, "value": value})

    def predicted(self, id: str) -> Value | None:
        """The student's prediction, if one is noted. Raises `NotFound`."""
        self._find(id, Prediction)
        note = self._beginning().journal.notes(self.id).get(id)
        return note.value if note else None

    def task(self, id: str) -> Card:
        """What the exercise asks for, with the student's own values. Raises `NotFound`."""
        exercise = self._find(id, Exercise)
        title = _("Exercise `{id}` · {points}").format(id=id, points=points(exercise.points))
        return Card("swk-task", title, exercise.text(self._beginning().scene()))

    def check(self, id: str) -> Result:
        """What has become of the exercise or prediction; the best result is kept. Raises `NotFound`."""
        asked, began = self._find(id, Exercise, Prediction), self._beginning()
        if isinstance(asked, Exercise):
            result = asked.result(self.id, began.scene())
        else:
            note = began.journal.notes(self.id).get(id)
            result = asked.result(self.id, note and note.value, lambda: began.answer(asked))
        had = began.journal.scores(self.id).get(id)
        if had and had.points > result.points:
            kept = ngettext("(the {n} point you had is kept)", "(the {n} points you had are kept)", ceil(had.points))
            result = replace(result, message=f"{result.message} {kept.format(n=had.points)}")
        if result.outcome != "not attempted":
            began.journal.score(self.id, id, Score(result.outcome, result.points, result.of))
            began.tell("result", id, f"{result.outcome}, {result.points} of {result.of}")
        return result

    def progress(self) -> Progress:
        """The points of all sections so far."""
        journal = self._beginning().journal
        return Progress(
            [
                Row(id, module.title(), journal.scores(id), module.EXERCISES, id == self.id)
                for id, module in SECTIONS.items()
            ]
        )

    def _find(self, id: str, *kinds: type[Kind]) -> Kind:
        known = {each.id: each for each in self._module.EXERCISES if isinstance(each, kinds)}
        if id not in known:
            raise _unknown(_("this section has nothing called {name} here; it has: {known}"), id, known)
        return known[id]

    def _beginning(self) -> "_Beginning":
        if self._began is None:
            raise BadInput(
                _("section {id} has not been started in this notebook").format(id=self.id),
                _("run its set-up cell, with section.start(cluster), first"),
            )
        return self._began


class _Beginning:
    """A section that has been started: when, where, and what was found out since."""

    def __init__(self, id: str, student: str, cluster: Cluster, parameters: dict[str, object]) -> None:
        self._cluster, self._swarm = cluster, cluster.swarm()
        self._parameters, self._student = parameters, student
        self._recorder: Recorder = recorder.shared(self._swarm)
        self._recorder.look()
        self._from = self._recorder.history[-1].at
        self._answers: dict[str, Value] = {}
        self.at = time.time()
        self.journal = Journal(cluster.name, student)
        self._id, self._timeline = id, Timeline()

    def scene(self) -> Scene:
        """What can be looked at now."""
        self._recorder.look()
        history = [seen for seen in self._recorder.history if seen.at >= self._from]
        return Scene(self._cluster, self._swarm, history, self._parameters, self._student)

    def tell(self, what: str, name: str, text: str) -> None:
        """The journal has this event, and what was seen of the swarm until now."""
        commands = [marker for marker in self._recorder.markers if marker.at >= self._from]
        events = self._timeline.news([seen for seen in self._recorder.history if seen.at >= self._from], commands)
        self.journal.tell(self._id, [*events, Event(time.time(), what, name, text)])

    def answer(self, prediction: Prediction) -> Value | None:
        """What the swarm did, found out once: what is seen later may no longer show it."""
        if prediction.id not in self._answers:
            done = prediction.measure(self.scene())
            if done is None:
                return None
            self._answers[prediction.id] = done
        return self._answers[prediction.id]

    def over(self, prediction: Prediction) -> bool:
        """Whether it is too late to predict."""
        try:
            return prediction.id in self._answers or (not prediction.standing and self.answer(prediction) is not None)
        except SwarmkitError:  # what cannot be looked at has not been seen either
            return False


def _noted(value: Value) -> str:
    return _("Noted: you predict {value}.").format(value=value)


def _unknown(problem: str, name: object, known: object) -> NotFound:
    return NotFound(problem.format(name=repr(name), known=", ".join(known)), _("use one of those names"))
