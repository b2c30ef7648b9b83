"""What a teacher should look at in bundles whose signatures are right: what does not fit together.

None of it proves anything: a clock is set, a laboratory's computer is shared, a course is updated. It says where
to ask.
"""

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from ...course import checks
from ...course.journal import EVENTS
from ...course.sections import SECTIONS
from ...language import _, ngettext
from .signed_file import Bundle, Evidence, Result

CLOCKS = 3600.0  # seconds by which two computers' clocks may differ
JITTER = 2.0  # seconds by which what one computer notes at the same moment may differ: two threads, two files

Asked = checks.Exercise | checks.Prediction


def asked() -> dict[tuple[str, str], Asked]:
    """Everything the course asks, by section and exercise."""
    return {(id, each.id): each for id, module in SECTIONS.items() for each in module.EXERCISES}


def points(evidence: Evidence) -> float:
    """The points of all results; of each not more than the course gives for it."""
    best: Counter[tuple[str, str]] = Counter()
    known = asked()
    for result in evidence.results:
        if (key := (result.section, result.exercise)) in known:
            best[key] = max(best[key], min(result.points, known[key].points))
    return checks.whole(sum(best.values()))


def maximum() -> int:
    """The points of the whole course."""
    return sum(each.points for each in asked().values())


def engines(evidence: Evidence) -> list[str]:
    """The versions of Docker that the nodes reported; a simulated engine says so in its own."""
    texts = (event.text for told in evidence.timeline.values() for event in told if event.what == "node")
    return sorted({found[1] for text in texts if (found := re.search(r"Docker (\S+)", text))})


def warnings(evidence: Evidence, versions: Mapping[str, str], now: float | None = None) -> list[str]:
    """What does not fit together in this bundle; `versions` are those of the course the teacher has."""
    said = [
        *_results(evidence),
        *_order(evidence),
        *_clock(evidence, time.time() if now is None else now),
        *_versions(evidence.versions, versions),
    ]
    if evidence.worked_as != evidence.student:
        said.append(_("the notebooks were run without the student id: their numbers are those everybody has"))
    return said


def across(bundles: Sequence[Bundle]) -> list[list[str]]:
    """Of each bundle, what it has in common with another student's and should not, or not with the same student's."""
    return [[*_shared(bundle, bundles)] for bundle in bundles]


def _shared(bundle: Bundle, bundles: Sequence[Bundle]) -> list[str]:
    mine, said = bundle.evidence.student, []
    others = [other for other in bundles if other.evidence.student != mine]
    if who := _names(other for other in others if other.work == bundle.work):
        said.append(_("the same work, to the second, was handed in by {students}").format(students=who))
    if who := _names(other for other in others if other.key == bundle.key):
        said.append(_("signed with the same key as the bundle of {students}").format(students=who))
    keys = {other.key for other in bundles if other.evidence.student == mine}
    if len(keys) > 1:
        said.append(
            _("{student} signs with {n} different keys: {keys}").format(
                student=mine, n=len(keys), keys=", ".join(sorted(keys))
            )
        )
    return said


def _names(bundles: Iterable[Bundle]) -> str:
    return ", ".join(sorted({bundle.evidence.student for bundle in bundles}))


def _results(evidence: Evidence) -> list[str]:
    """Results that the course as the teacher has it cannot give."""
    known, said = asked(), []
    for result in evidence.results:
        name, exercise = f"{result.section}/{result.exercise}", known.get((result.section, result.exercise))
        if exercise is None:
            said.append(_("{exercise}: the course asks nothing of that name").format(exercise=name))
        elif result.of != exercise.points or not 0 <= result.points <= exercise.points:
            said.append(
                _("{exercise}: {points} of {of} points, and the course gives {n}").format(
                    exercise=name, points=result.points, of=result.of, n=exercise.points
                )
            )
        elif result.outcome not in ("passed", "not yet") or (
            result.outcome == "passed" and result.points != exercise.points
        ):
            said.append(
                _("{exercise}: {outcome} does not go with {points} of {of} points").format(
                    exercise=name, outcome=repr(result.outcome), points=result.points, of=result.of
                )
            )
    twice = [
        name
        for name, number in Counter((each.section, each.exercise) for each in evidence.results).items()
        if number > 1
    ]
    return [*said, *(_("{exercise}: more than one result").format(exercise="/".join(name)) for name in twice)]


def _order(evidence: Evidence) -> list[str]:
    """Results that nothing led to, or that are older than the prediction they judge."""
    known, said = asked(), []
    for result in evidence.results:
        name, key = f"{result.section}/{result.exercise}", (result.section, result.exercise)
        told = evidence.timeline.get(result.section, ())
        if key not in known or len(told) >= EVENTS:  # of a full timeline the beginning is forgotten
            continue
        if not any(
            event.what == "result" and event.name == result.exercise and abs(event.at - result.at) <= JITTER
            for event in told
        ):
            said.append(_("{exercise}: the timeline does not show where this result comes from").format(exercise=name))
        if isinstance(known[key], checks.Prediction) and not _predicted(evidence, result):
            said.append(_("{exercise}: the result is older than the prediction").format(exercise=name))
    return said


def _predicted(evidence: Evidence, result: Result) -> bool:
    """Whether there was a prediction before the result. One made later, in another round, says nothing."""
    times = [
        each.at for each in evidence.predictions if (each.section, each.exercise) == (result.section, result.exercise)
    ]
    times += [
        event.at
        for event in evidence.timeline.get(result.section, ())
        if event.what == "prediction" and event.name == result.exercise
    ]
    return any(at <= result.at + JITTER for at in times)


def _clock(evidence: Evidence, now: float) -> list[str]:
    """Times that cannot all be right."""
    said = []
    for section, told in sorted(evidence.timeline.items()):
        back = max((before.at - after.at for before, after in pairwise(told)), default=0)
        if back > JITTER:
            said.append(
                _("{section}: the computer's clock went back by {seconds} s").format(
                    section=section, seconds=round(back)
                )
            )
    times = [each.at for each in (*evidence.results, *evidence.predictions)]
    times += [event.at for told in evidence.timeline.values() for event in told]
    if times and max(times) > evidence.made + JITTER:
        said.append(_("it holds what happened after it was made"))
    if evidence.made > now + CLOCKS:
        said.append(_("it was made in the future, by this computer's clock"))
    return said


def _versions(theirs: Mapping[str, str], mine: Mapping[str, str]) -> list[str]:
    if theirs.get("swarmkit-helpers") != mine["swarmkit-helpers"]:
        return [
            _("made with version {theirs} of the course; yours is {mine}").format(
                theirs=theirs.get("swarmkit-helpers", "?"), mine=mine["swarmkit-helpers"]
            )
        ]
    if theirs.get("code") != mine["code"]:
        return [_("the code of the course was not the one you have, though its version is")]
    return []


def count(number: int) -> str:
    """1 thing to look at, 3 things to look at."""
    return ngettext("{n} thing to look at", "{n} things to look at", number).format(n=number)
