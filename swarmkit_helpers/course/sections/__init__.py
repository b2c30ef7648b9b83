"""The sections of the practicum: their set-up, exercises and predictions, and the student's progress."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from math import ceil
from types import EllipsisType, ModuleType
from typing import TypeVar, Unpack

from ... import language as languages
from ...cluster.cluster import Cluster
from ...docker_commands import housekeeping
from ...errors import BadInput, NotFound
from ...language import _, decimal, ngettext
from ...notebook import kept_stills, step
from ...notebook.controls.student_form import StudentForm
from .. import section_parameters, section_starts
from ..checks import MEASURED, Card, Exercise, Prediction, Result, Value, in_words, points
from ..journal import Journal, Score
from ..report_notice import asked, file_name, written
from ..section_parameters import Parameters
from . import clean_up, configure_swarm, deploy, drain, orchestration, scale, setup, start
from .progress_table import Progress, Row, of_other, total
from .started_section import StartedSection

SECTIONS: dict[str, ModuleType] = {module.ID: module for module in (
    start, orchestration, configure_swarm, deploy, scale, drain, clean_up)}  # fmt: skip

Kind = TypeVar("Kind", Exercise, Prediction)


class Section:
    """One section, as one student works on it in one notebook."""

    def __init__(
        self, id: str, student: str = "", language: str | None = None, **parameters: Unpack[Parameters]
    ) -> None:
        """The student's id decides the values of the exercises; with None the language is that of the environment.

        The parameters are those of the notebook. Raises `NotFound` for an unknown section, language, parameter or node,
        `BadInput` for a student's id that is no text, and for a parameter that the section cannot be run with.
        """
        try:
            languages.use(language)
        except LookupError as error:
            raise _unknown(
                _("no language is called {name}; there are: {known}"),
                language,
                languages.available(),
            ) from error
        if not isinstance(student, str):  # such as 912345, where 0912345 was typed
            raise BadInput(
                _("the student's id has to be text, not {student!r}: of a number, leading zeros are lost"),
                _("write it in quotes, student='...'; for papermill type -r student ID, since -p makes a number of it"),
                student=student,
            )
        if id not in SECTIONS:
            raise _unknown(_("no section is called {name}; there are: {known}"), id, SECTIONS)
        self.id = id
        self.student = student
        self._module = SECTIONS[id]
        self._parameters = section_parameters.checked(parameters)
        self._started: StartedSection | None = None

    def __repr__(self) -> str:
        return f"Section {self.id!r}"

    def start(
        self,
        cluster: Cluster,
        *,
        nodes: int | None = None,
        image: str | None = None,
        up: int | None = None,
        down: int | None = None,
        node: str | None = None,
    ) -> None:
        """Bring machines and swarm to the state in which the section begins, and record the swarm from then on.

        What is given here goes before the section's own parameters: notebooks of version 0.1.0 give them here.
        The number of machines is by default as many as there are now. Raises `NotFound` for a node that is none of
        them, `Refused` while another notebook runs on the cluster.
        """
        given = {"nodes": nodes, "image": image, "up": up, "down": down, "node": node}
        parameters = {"nodes": len(cluster.machines())} | self._parameters
        parameters |= {name: value for name, value in given.items() if value is not None}
        section_parameters.check_node("node", parameters["node"], parameters["nodes"])
        section_starts.refuse_two_at_once(cluster)
        step.of_kernel().begin()
        section_starts.note(cluster.name)
        with housekeeping():
            setup.machines(cluster, parameters["nodes"], parameters["image"])
            self._module.start(cluster, parameters)
        self.attend(cluster, parameters)

    def attend(self, cluster: Cluster, parameters: dict[str, object]) -> None:
        """Record the swarm from now on, without a set-up: the caller has brought machines and swarm to that state."""
        present = step.of_kernel()
        present.begin()
        present.follow_starts(cluster.name, partial(section_starts.elsewhere, cluster.name))
        self._started = StartedSection(self.id, self.student, cluster, parameters)
        kept_stills.belong_to(cluster.swarm().name, kept_stills.Owner(cluster.name, self.id, self.student))
        self._started.record_event(
            "start", cluster.name, ", ".join(f"{key} {value}" for key, value in parameters.items())
        )

    def predict(self, id: str, value: Value | EllipsisType) -> Card:
        """Save the value as the student's prediction. For `...`, say how to predict.

        A prediction can change until the swarm has done it; one about something that is always so, until it is
        checked. From then on it stays until the section is started again. Raises `NotFound`, `BadInput`.
        """
        step.of_kernel().begin()
        prediction, began = self._find(id, Prediction), self._beginning()
        note = began.journal.notes(self.id).get(id)
        if value is ...:
            return Card("swk-note", "", _noted(note.value) if note else prediction.ask())
        value = prediction.checked(value)
        if (note is None or note.value != value) and began.over(prediction):
            return Card(
                "swk-note",
                "",
                _too_late()
                if note is None
                else _(
                    "You predicted {old}, and it has happened since, so that stays. To try again with {new}, run the "
                    "two cells under Setup again."
                ).format(old=in_words(note.value), new=in_words(value)),
            )
        began.journal.note(self.id, id, value)
        began.record_event("prediction", id, str(value))
        return Card("swk-note", "", _noted(value), {"section": self.id, "exercise": id, "value": value})

    def predicted(self, id: str) -> Value | None:
        """The student's saved prediction, or None. Raises `NotFound`."""
        self._find(id, Prediction)
        note = self._beginning().journal.notes(self.id).get(id)
        return note.value if note else None

    def student_form(self) -> StudentForm | Card:
        """A form for the student's id, where `lab` has opened the notebook; elsewhere a text on where the id goes."""
        from .. import student_form  # nbformat is slow to import, and only 00 has the form

        return student_form.form(self.student, self._take_id)

    def report(self, student: str = "", *, yes: bool = False) -> Card:
        """Say what the report to hand in holds; with `yes`, write it into this folder.

        `student` is the id for the report, where the section's settings have none. Raises `BadInput` for another id.
        """
        if student and self.student and student != self.student:
            raise BadInput(
                _("this notebook is that of student {mine}, not of {other}"),
                _("leave the id out, or give the notebook the other id in the form of section 00"),
                mine=self.student,
                other=student,
            )
        student, cluster = self.student or student, self._beginning().cluster.full_name()
        if student and yes:
            step.of_kernel().begin()  # so that pictures that are live stand still, and are in it
            return Card("swk-note", "", written(student, cluster), link=file_name(student))
        return Card("swk-note", "", asked(student))

    def task(self, id: str) -> Card:
        """The text of the exercise, with the student's own values. Raises `NotFound`."""
        exercise = self._find(id, Exercise)
        title = _("Exercise `{id}` · {points}").format(id=id, points=points(exercise.points))
        return Card("swk-task", title, exercise.text(self._beginning().scene()))

    def check(self, id: str) -> Result:
        """Check the exercise or prediction, save the result if it is the best, and return it. Raises `NotFound`."""
        step.of_kernel().begin()
        known = [each.id for each in self._module.EXERCISES]
        asked = self._all(Prediction).get(id) or self._find(id, Exercise, known)
        began = self._beginning()
        if isinstance(asked, Exercise):
            result = asked.result(self.id, began.scene(), began.failed[id])
            began.failed[id] += result.outcome != "passed"
        else:
            note = began.journal.notes(self.id).get(id)
            look = partial(began.answer, asked)
            result = asked.result(self.id, note.value if note else None, look, lambda: asked.unusual(began.scene()))
            if note is None and began.over(asked):
                result = replace(result, message=_too_late())
        if (had := began.journal.scores(self.id).get(id)) and had.points > result.points:
            kept = ngettext(
                "You keep the {n} point from before.", "You keep the {n} points from before.", ceil(had.points)
            ).format(n=decimal(had.points))
            result = replace(result, message=f"{result.message} {kept}", heading=_("Not done this time"))
        if result.outcome != "not attempted":
            began.journal.score(self.id, id, Score(result.outcome, result.points, result.of))
            measured = f"{MEASURED}{result.measured}" if result.outcome == "not as predicted" else ""
            began.record_event("result", id, f"{result.outcome}, {result.points} of {result.of}{measured}")
        return result

    def progress(self) -> Progress:
        """The points of all sections so far, and how many other student ids have on this cluster."""
        mine = self._beginning().journal
        others = {other.student: total(self._rows(other)) for other in mine.others()}
        return Progress(self._rows(mine), self.student, others)

    def take_over(self, student: str = "") -> Progress:
        """Take over what that student id has done on this cluster, "" for no id, with its pictures.

        The better result counts. What the other id has stays. Raises `NotFound` if there is nothing to take over.
        """
        journal = self._beginning().journal
        known = [other.student for other in journal.others()]
        if not kept_stills.take_over(self._beginning().cluster.name, student, self.student) and student not in known:
            raise NotFound(
                _("student id {name} has no results on this cluster that are worth more; these have: {known}"),
                _('use one of those; "" stands for no student id'),
                name=repr(student),
                known=", ".join(map(repr, known)) or _("none"),
            )
        journal.take_over(student)
        return self.progress()

    def _take_id(self, student: str) -> list[str]:
        """Go on as that student's section; the value says which points stay behind, under the id until now."""
        before, self.student = self.student, student
        if began := self._started:
            self.attend(began.cluster, began.parameters)
        others = self.progress().others if began else {}
        return [of_other(before, others[before])] if before in others else []

    def _rows(self, journal: Journal) -> list[Row]:
        return [
            Row(id, module.title(), journal.scores(id), module.EXERCISES, id == self.id)
            for id, module in SECTIONS.items()
        ]

    def _all(self, kind: type[Kind]) -> dict[str, Kind]:
        """The section's exercises, or its predictions, by id."""
        return {each.id: each for each in self._module.EXERCISES if isinstance(each, kind)}

    def _find(self, id: str, kind: type[Kind], known: Iterable[str] = ()) -> Kind:
        """The exercise or prediction of that id. Raises `NotFound`, which lists the `known` ids."""
        found = self._all(kind)
        if id not in found:
            raise _unknown(_("this section has nothing called {name} here; it has: {known}"), id, known or found.keys())
        return found[id]

    def _beginning(self) -> StartedSection:
        if self._started is None:
            raise BadInput(
                _("section {id} has not been started in this notebook").format(id=self.id),
                _("run the two cells under Setup first; the second calls section.start(cluster)"),
            )
        return self._started


def _too_late() -> str:
    return _(
        "It has happened already, so this is no prediction any more. To predict first, run the two cells under Setup "
        "again."
    )


def _noted(value: Value) -> str:
    return _("Noted: you predict {value}.").format(value=in_words(value))


def _unknown(problem: str, name: object, known: Iterable[str]) -> NotFound:
    return NotFound(problem.format(name=repr(name), known=", ".join(known)), _("use one of those names"))
