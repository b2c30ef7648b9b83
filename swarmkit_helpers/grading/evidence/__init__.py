"""Evidence: what a student who works on a computer of their own hands in, and what a teacher can tell from it.

What it shows is that the file was not changed after it was signed, and with which key. What it cannot show is
that the student did the work, or that the swarm was real: for marks that matter there is `swarmlab grade`.
"""

import platform
import re
import time
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from ... import __version__
from ...cluster.cluster import checked_name
from ...course.checks import points
from ...course.journal import Journal
from ...display.tables import aligned
from ...errors import BadInput
from ...language import _
from . import review
from .signed_file import Bundle, Evidence, Prediction, Result, read, write

PACKAGES = tuple(Path(__file__).parents[3] / name for name in ("swarmkit_helpers", "swarm_simulator"))


def make(student: str, out: Path | None, cluster: str | None) -> int:
    """The file has what this student has done on that cluster, signed. Raises `BadInput` if that is nothing."""
    if not re.fullmatch(r"[\w.@+-]{1,64}", student):
        raise BadInput(
            _("{student} cannot be a student id").format(student=repr(student)),
            _("use letters, digits and . @ + - _, at most 64 of them"),
        )
    bundle = write(collect(student, checked_name(cluster)), out or Path(f"evidence-{student}.json"))
    evidence = bundle.evidence
    print(
        _("{path} holds the work of {student}: {n} of {points}, signed with key {key}.").format(
            path=out or f"evidence-{student}.json",
            student=student,
            n=review.points(evidence),
            points=points(review.maximum()),
            key=bundle.key,
        )
    )
    if evidence.worked_as != student:
        print(_("Your notebooks were run without a student id, so this is what was done without one."))
    print(
        _(
            "Hand in this file, and your notebooks with it. The signature shows that the file was not changed since, "
            "and\nwith which key it was signed. It proves neither who did the work nor that the swarm was real."
        )
    )
    return 0


def verify(paths: Sequence[Path]) -> int:
    """What can be told of each file, and of each in a folder, is printed; 1 if there is anything to look at, else 0.

    Raises `BadInput` if there is no file.
    """
    files = [file for path in paths for file in (sorted(path.rglob("*.json")) if path.is_dir() else [path])]
    if not files:
        raise BadInput(
            _("there is no bundle of evidence in {paths}").format(paths=", ".join(map(str, paths))),
            _("name files that students have made with `swarmlab evidence`, or the folder they are in"),
        )
    bundles: dict[Path, Bundle] = {}
    said: dict[Path, list[str]] = {}
    for path in files:
        try:
            bundles[path] = read(path)
        except BadInput as error:
            said[path] = [f"{error.problem}; {error.fix}"]
    for (path, bundle), shared in zip(bundles.items(), review.across([*bundles.values()]), strict=True):
        said[path] = [*review.warnings(bundle.evidence, versions()), *shared]
    heads = [_("FILE"), _("STUDENT"), _("POINTS"), _("MADE"), _("DOCKER"), _("KEY"), _("SIGNED"), _("TO LOOK AT")]
    print(aligned([heads, *(_line(path, bundles.get(path), len(said[path])) for path in said)]))
    for path, sentences in said.items():
        if sentences:
            print("\n" + printable(str(path)) + "".join(f"\n  {printable(sentence)}." for sentence in sentences))
    print(
        "\n"
        + _(
            "A right signature shows that the file was not changed after it was signed, and with which key. It "
            "cannot show who did\nthe work, nor that the swarm was real: whoever controls a computer can sign "
            "anything on it. For marks that matter,\nlet the notebooks be handed in, and run them with "
            "`swarmlab grade`."
        )
    )
    return int(any(said.values()))


def collect(student: str, cluster: str) -> Evidence:
    """What the journal has of that student, or else of the notebooks run without a student id.

    Raises `BadInput` where it has neither.
    """
    worked_as = next((id for id in (student, "") if Journal(cluster, id).sections()), None)
    if worked_as is None:
        raise BadInput(
            _("there is nothing to hand in yet: no section was worked on in cluster {cluster}").format(
                cluster=repr(cluster)
            ),
            _("run a notebook of the practicum first, as the user you are now; another cluster is named with --name"),
        )
    kept = Journal(cluster, worked_as)
    sections = kept.sections()
    return Evidence(
        student=student,
        worked_as=worked_as,
        cluster=cluster,
        made=time.time(),
        versions=versions(),
        results=tuple(
            Result(section, id, **vars(score))
            for section in sections
            for id, score in sorted(kept.scores(section).items())
        ),
        predictions=tuple(
            Prediction(section, id, note.value, note.at)
            for section in sections
            for id, note in sorted(kept.notes(section).items())
        ),
        timeline={section: tuple(kept.timeline(section)) for section in sections},
    )


def versions() -> dict[str, str]:
    """What this computer has: the course's version, a digest of its code, Python and the operating system."""
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


def _line(path: Path, bundle: Bundle | None, number: int) -> list[str]:
    to_look_at = review.count(number) if number else _("nothing")
    if bundle is None:
        return [printable(str(path)), "-", "-", "-", "-", "-", _("no"), to_look_at]
    evidence = bundle.evidence
    cells = [
        str(path),
        evidence.student,
        _("{n} of {all}").format(n=review.points(evidence), all=review.maximum()),
        _moment(evidence.made),
        ", ".join(review.engines(evidence)) or "-",
        bundle.key,
        _("yes"),
        to_look_at,
    ]
    return [printable(cell) for cell in cells]


def _moment(at: float) -> str:
    try:
        return f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
    except (OverflowError, ValueError, OSError):  # a year that no calendar has
        return "?"


def printable(text: str) -> str:
    """The text without what would move a terminal's cursor, which a bundle may hold; and not without end."""
    return "".join(each if each.isprintable() else "?" for each in text)[:300]
