"""The review of bundles with right signatures: facts that do not fit together, for the teacher to look at.

None of them proves anything: a clock may be set, a computer may be shared, a course may be updated. They say where to
ask the student.
"""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ...course import checks
from ...course.earned_points import is_possible, section_points
from ...course.journal import MAX_EVENTS
from ...course.sections import SECTIONS
from ...language import _, ngettext
from .signed_file import Bundle, Evidence, Result

CLOCK_MAX_SECONDS = 3600.0  # by which the clocks of two computers may differ
ALIKE_MIN_TIMES = 4  # that two works must have, for it to mean something that they share some
JITTER_SECONDS = 2.0  # by which two times of one event may differ: two threads note them, in two files

Exercise = checks.Exercise | checks.Prediction


def exercises() -> dict[tuple[str, str], Exercise]:
    """All exercises and predictions of the course, by section and id."""
    return {(id, each.id): each for id, module in SECTIONS.items() for each in module.EXERCISES}


def earned_points(evidence: Evidence) -> float:
    """The points of all results; for each, and for each section, at most what the course gives."""
    best: dict[str, dict[str, Result]] = {}
    for result in sorted(evidence.results, key=lambda each: each.points):
        best.setdefault(result.section, {})[result.exercise] = result
    return checks.whole(sum(section_points(id, module.EXERCISES, best.get(id, {})) for id, module in SECTIONS.items()))


def maximum_points() -> int:
    """The points of the whole course."""
    return sum(each.points for each in exercises().values())


def engines(evidence: Evidence) -> list[str]:
    """The versions of Docker that the nodes reported; that of a simulated engine says so."""
    texts = (event.text for events in evidence.timeline.values() for event in events if event.what == "node")
    return sorted({found[1] for text in texts if (found := re.search(r"Docker (\S+)", text))})


def warnings(evidence: Evidence, versions: Mapping[str, str], now: float | None = None) -> list[str]:
    """Sentences about what does not fit together in this bundle; `versions` are those of the teacher's course."""
    found = [
        *_results(evidence),
        *_order(evidence),
        *_clock(evidence, time.time() if now is None else now),
        *_versions(evidence.versions, versions),
    ]
    events = [event for each in evidence.timeline.values() for event in each]
    for id in sorted({event.name for event in events if event.what == "take-over"}):
        found.append(
            _("work of student id {id} was taken over: its numbers are those of that id").format(id=id)
            if id
            else _("work without a student id was taken over: its numbers are the same for all students")
        )
    if evidence.worked_as != evidence.student:
        found.append(_("the notebooks were run without the student id: their numbers are the same for all students"))
    return found


def across(bundles: Sequence[Bundle]) -> list[list[str]]:
    """For each bundle: what it shares with another student's, or does not share with the same student's."""
    return [[*_shared(bundle, bundles)] for bundle in bundles]


def _shared(bundle: Bundle, bundles: Sequence[Bundle]) -> list[str]:
    student = _folded(bundle.evidence.student)
    found = []
    others = [other for other in bundles if _folded(other.evidence.student) != student]
    if who := _names(other for other in others if other.work == bundle.work):
        found.append(_("the same work, to the second, was handed in by {students}").format(students=who))
    elif who := _names(other for other in others if _are_alike(other.evidence, bundle.evidence)):
        found.append(_("most of its times are also in the work of {students}").format(students=who))
    if who := _names(other for other in others if other.key == bundle.key):
        found.append(_("signed with the same key as the bundle of {students}").format(students=who))
    keys = {other.key for other in bundles if _folded(other.evidence.student) == student}
    if len(keys) > 1:
        found.append(
            _("{student} signs with {n} different keys: {keys}").format(
                student=bundle.evidence.student, n=len(keys), keys=", ".join(sorted(keys))
            )
        )
    return found


def _folded(student: str) -> str:
    """The id without what makes no difference: upper case, forms of letters such as those of full width."""
    return unicodedata.normalize("NFKC", student).casefold()


def _are_alike(one: Evidence, other: Evidence) -> bool:
    """Whether half of the times in one of them are in the other, too: a clock gives none twice."""
    first, second = _times(one), _times(other)
    return min(len(first), len(second)) >= ALIKE_MIN_TIMES and 2 * len(first & second) >= min(len(first), len(second))


def _times(evidence: Evidence) -> set[float]:
    times = {event.at for events in evidence.timeline.values() for event in events}
    times |= {each.at for each in evidence.results if each.at}
    return times | {each.at for each in evidence.predictions}


def _names(bundles: Iterable[Bundle]) -> str:
    return ", ".join(sorted({bundle.evidence.student for bundle in bundles}))


def _results(evidence: Evidence) -> list[str]:
    """Sentences about results that the teacher's course cannot give."""
    known, found = exercises(), []
    for result in evidence.results:
        name, exercise = f"{result.section}/{result.exercise}", known.get((result.section, result.exercise))
        if exercise is None:
            found.append(_("{exercise}: the course has no exercise of that name").format(exercise=name))
        elif not is_possible(result.section, exercise, result.of) or not 0 <= result.points <= result.of:
            found.append(
                _("{exercise}: {points} of {of} points, and the course gives {n}").format(
                    exercise=name, points=result.points, of=result.of, n=exercise.points
                )
            )
        elif not _fits(result, exercise):
            found.append(
                _("{exercise}: {outcome} does not go with {points} of {of} points").format(
                    exercise=name, outcome=repr(result.outcome), points=result.points, of=result.of
                )
            )
    twice = [
        name
        for name, number in Counter((each.section, each.exercise) for each in evidence.results).items()
        if number > 1
    ]
    return [*found, *(_("{exercise}: more than one result").format(exercise="/".join(name)) for name in twice)]


def _fits(result: Result, exercise: Exercise) -> bool:
    """Whether that outcome can have these points."""
    if result.outcome == "not as predicted":
        return isinstance(exercise, checks.Prediction) and result.points == result.of
    return result.outcome == "not yet" or (result.outcome == "passed" and result.points == result.of)


def _order(evidence: Evidence) -> list[str]:
    """Sentences about results that no event led to, or that are older than their prediction."""
    known, found = exercises(), []
    for result in evidence.results:
        name, key = f"{result.section}/{result.exercise}", (result.section, result.exercise)
        events = evidence.timeline.get(result.section, ())
        if key not in known or len(events) >= MAX_EVENTS:  # the beginning of a full timeline is not kept
            continue
        if not any(
            event.what == "result" and event.name == result.exercise and abs(event.at - result.at) <= JITTER_SECONDS
            for event in events
        ):
            found.append(_("{exercise}: the timeline does not show where this result comes from").format(exercise=name))
        if isinstance(known[key], checks.Prediction) and not _predicted(evidence, result):
            found.append(_("{exercise}: the result is older than the prediction").format(exercise=name))
    return found


def _predicted(evidence: Evidence, result: Result) -> bool:
    """Whether there was a prediction before the result. One made later, in another round, makes no difference."""
    times = [
        each.at for each in evidence.predictions if (each.section, each.exercise) == (result.section, result.exercise)
    ]
    times += [
        event.at
        for event in evidence.timeline.get(result.section, ())
        if event.what == "prediction" and event.name == result.exercise
    ]
    return any(at <= result.at + JITTER_SECONDS for at in times)


def _clock(evidence: Evidence, now: float) -> list[str]:
    """Sentences about times that cannot all be right."""
    found = []
    for section, events in sorted(evidence.timeline.items()):
        back = max((before.at - after.at for before, after in pairwise(events)), default=0)
        if back > JITTER_SECONDS:
            found.append(
                _("{section}: the computer's clock went back by {seconds} s").format(
                    section=section, seconds=round(back)
                )
            )
    times = [each.at for each in evidence.results] + [each.at for each in evidence.predictions]
    times += [event.at for events in evidence.timeline.values() for event in events]
    if times and max(times) > evidence.made + JITTER_SECONDS:
        found.append(_("it has events that are later than the file itself"))
    if evidence.made > now + CLOCK_MAX_SECONDS:
        found.append(_("it was made in the future, by this computer's clock"))
    return found


def _versions(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    if theirs.get("swarmkit-helpers") != ours["swarmkit-helpers"]:
        return [
            _("made with version {theirs} of the course; yours is {mine}").format(
                theirs=theirs.get("swarmkit-helpers", "?"), mine=ours["swarmkit-helpers"]
            )
        ]
    if theirs.get("code") != ours["code"]:
        return [_("the code of the course was not the same as yours, though its version is")]
    return []


def count(number: int) -> str:
    """The number in words: 1 thing to look at, 3 things to look at."""
    return ngettext("{n} thing to look at", "{n} things to look at", number).format(n=number)
