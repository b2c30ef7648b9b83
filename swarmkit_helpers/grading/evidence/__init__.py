"""Evidence: a signed file of a student's work, and the check of such files for the teacher.

A right signature shows that the file was not changed after it was signed, and which key signed it. It cannot show
that the student did the work, or that the swarm was real: for marks that matter there is `swarmlab grade`.
"""

import platform
import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from ... import __version__
from ...cluster import ownership
from ...course import journal, student_id
from ...course.checks import points
from ...course.journal import Journal
from ...course.sections import progress_table
from ...display.tables import aligned
from ...errors import BadInput
from ...language import _, decimal
from ..printable import shown
from . import bundle_files, review, signed_file, signed_page
from .signed_file import Bundle, Evidence, Prediction, Result, write

SHOWN_MAX_CHARS = 300  # of a text in a bundle
PACKAGES = tuple(Path(__file__).parents[3] / name for name in ("swarmkit_helpers", "swarm_simulator"))


def make(student: str | None, out: Path | None, cluster: str | None) -> int:
    """Write a signed file with this student's work on that cluster; with None, that of the one `lab` remembers.

    Raises `BadInput` if there is no work, or no id.
    """
    student = student_id.remembered() if student is None else student_id.checked(student)
    if not student:
        raise BadInput(_("evidence needs the student's id"), _("add --student ID"))
    bundle = write(collect(student, ownership.split_name(cluster)[1]), out or Path(f"evidence-{student}.json"))
    evidence = bundle.evidence
    print(
        _("{path} holds the work of {student}: {n} of {points}, signed with key {key}.").format(
            path=out or f"evidence-{student}.json",
            student=student,
            n=decimal(review.earned_points(evidence)),
            points=points(review.maximum_points()),
            key=bundle.key,
        )
    )
    if evidence.worked_as != student:
        print(_("Your notebooks were run without a student id, so the file has the work done without one."))
    for other in Journal(evidence.cluster, evidence.worked_as).others():
        number = review.earned_points(_work_of(other, student, evidence.cluster))
        print(progress_table.of_other(other.student, number))
    print(
        _(
            "Hand in this file, and your notebooks with it. The signature shows that the file was not changed since, "
            "and\nwith which key it was signed. It proves neither who did the work nor that the swarm was real."
        )
    )
    return 0


def verify(paths: Sequence[Path]) -> int:
    """Check the files, and those in the folders, and print a table; 1 if there is anything to look at, else 0.

    Raises `BadInput` if there is no file.
    """
    found = bundle_files.bundle_files(paths, signed_file.FILE_MAX_BYTES)
    # Beside the reports in a folder there may be other pages, such as those that graders make.
    files = [(path, content) for path, content in found if path in paths or not signed_page.is_other(path, content)]
    if not files:
        raise BadInput(
            _("there is no bundle of evidence in {paths}").format(paths=", ".join(map(str, paths))),
            _("name files that students have made with `swarmlab evidence`, or the folder they are in"),
        )
    bundles: dict[Path, Bundle] = {}
    findings: dict[Path, list[str]] = {}
    for path, content in files:
        try:
            if isinstance(content, BadInput):
                raise content
            parsed = signed_page.parsed if signed_page.is_page(path) else signed_file.parsed
            bundles[path] = parsed(content, path)
        except BadInput as error:
            findings[path] = [f"{error.problem}; {error.fix}"]
    for (path, bundle), shared in zip(bundles.items(), review.across([*bundles.values()]), strict=True):
        findings[path] = [*review.warnings(bundle.evidence, versions()), *shared]
    heads = [_("FILE"), _("STUDENT"), _("POINTS"), _("MADE"), _("DOCKER"), _("KEY"), _("SIGNED"), _("TO LOOK AT")]
    print(aligned([heads, *(_table_row(path, bundles.get(path), len(findings[path])) for path in findings)]))
    for path, sentences in findings.items():
        if sentences:
            print("\n" + _shown(str(path)) + "".join(f"\n  {_shown(sentence)}." for sentence in sentences))
    print(
        "\n"
        + _(
            "A right signature shows that the file was not changed after it was signed, and which key signed it. It "
            "cannot show who did\nthe work, nor that the swarm was real: who controls a computer can sign anything on "
            "it. For marks that matter,\ncollect the notebooks, and run them with `swarmlab grade`."
        )
    )
    return int(any(findings.values()))


def collect(student: str, cluster: str) -> Evidence:
    """Collect the student's work from the journal, or else the work of notebooks that ran without a student id.

    Raises `BadInput` if there is neither.
    """
    worked_as = next((id for id in (student, "") if Journal(cluster, id).sections()), None)
    if worked_as is None:
        raise BadInput(
            _("there is nothing to hand in yet: no section was worked on in cluster {cluster}").format(
                cluster=repr(cluster)
            ),
            _("there is work in {clusters}: add --name {first}").format(clusters=", ".join(others), first=others[0])
            if (others := journal.clusters(student))
            else _("run a notebook of the practicum first, as the same user; for another cluster, add --name"),
        )
    return _work_of(Journal(cluster, worked_as), student, cluster)


def _work_of(journal: Journal, student: str, cluster: str) -> Evidence:
    """The work in that journal, as the work of that student."""
    sections = journal.sections()
    return Evidence(
        student=student,
        worked_as=journal.student,
        cluster=cluster,
        made=time.time(),
        versions=versions(),
        results=tuple(
            Result(section, id, **vars(score))
            for section in sections
            for id, score in sorted(journal.scores(section).items())
        ),
        predictions=tuple(
            Prediction(section, id, note.value, note.at)
            for section in sections
            for id, note in sorted(journal.notes(section).items())
        ),
        timeline={section: tuple(journal.timeline(section)) for section in sections},
    )


def versions() -> dict[str, str]:
    """The versions on this computer: of the course, with a digest of its code, of Python, and the operating system."""
    code = sha256()
    files = {
        path.relative_to(package.parent).as_posix(): path for package in PACKAGES for path in package.rglob("*.py")
    }
    for name, path in sorted(files.items()):
        text = path.read_bytes().replace(b"\r\n", b"\n")  # as git may have it on Windows
        code.update(f"{name} {len(text)}\n".encode() + text)
    return {
        "swarmkit-helpers": __version__,
        "code": code.hexdigest(),
        "python": platform.python_version(),
        "system": platform.system(),
    }


def _table_row(path: Path, bundle: Bundle | None, findings: int) -> list[str]:
    to_look_at = review.count(findings) if findings else _("nothing")
    if bundle is None:
        return [_shown(str(path)), "-", "-", "-", "-", "-", _("no"), to_look_at]
    evidence = bundle.evidence
    cells = [
        str(path),
        evidence.student,
        _("{n} of {all}").format(n=decimal(review.earned_points(evidence)), all=review.maximum_points()),
        _date(evidence.made),
        ", ".join(review.engines(evidence)) or "-",
        bundle.key,
        _("yes"),
        to_look_at,
    ]
    return [_shown(cell) for cell in cells]


def _date(seconds: float) -> str:
    try:
        return f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):  # no year of the calendar
        return "?"


def _shown(text: str) -> str:
    """The text in a form that is safe on a terminal: a bundle may come from a stranger."""
    return shown(text, SHOWN_MAX_CHARS)
