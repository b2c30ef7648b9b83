"""What was handed in: folders, zips and notebooks, read without trusting any of it.

Whatever is wrong with a file is a sentence in its `problems`, and never the end of the run.
"""

import hashlib
import json
import lzma
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import nbformat

from .. import language as languages
from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import _
from ..records import Json, natural_key
from .printable import shown

LARGEST = 120 << 20  # bytes of a notebook; of its outputs nothing is kept
LONGEST = 2 << 20  # characters of all its cells; the lessons' have 30,000, and all that were handed in are in memory
MOST = 10_000  # files in a zip
UNPACKED = 1 << 30  # bytes of all notebooks of a zip
PLACES = ("folder", "file", "notebook")  # where a student's id may come from
NOBODY = "unknown"
_SECTION = re.compile(r"""Section\(\s*["']([\w-]+)["']""")
_STUDENT = re.compile(r"""^student\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)
_SKIPPED = re.compile(r"(^|/)(\.|__MACOSX/)|\.ipynb_checkpoints/")


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in."""

    student: str
    source: str  # what to call it in messages: its path, and within a zip also the path there
    section: str | None = None
    language: str | None = None
    notebook: Json | None = None  # without outputs; None if it cannot be read
    problems: tuple[str, ...] = ()  # sentences that name the file, and what to do

    @property
    def digest(self) -> str:
        """The same for the same notebook of the same student."""
        told = json.dumps([self.student, self.section, self.language, self.notebook, self.problems], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


@dataclass(frozen=True)
class Found:
    """A file that was handed in."""

    at: float  # when it was changed
    source: str  # its path, as the `source` of a `Submission`
    folder: str  # the student's folder or zip that it is in
    content: bytes | str  # a text says why there is none


Taker = Callable[[Found, Json], str]  # whose it is


def find(paths: Sequence[Path], student_from: str = "folder") -> list[Submission]:
    """Every notebook in those folders, zips and files, by student and section; of two the one changed last counts.

    `student_from` is one of `PLACES`, or a regular expression with one group that is searched for in the path. Raises
    `BadInput` if a path is not there, has no notebook, or the expression is none.
    """
    take = _student_taker(student_from)
    found: list[tuple[float, Submission]] = []
    for path in paths:
        if not path.exists():
            raise BadInput(_("there is no {path}"), _("name a folder, a zip or a notebook that is there"), path=path)
        here = [(found.at, read(found, take)) for found in _contents(path)]
        if not here:
            raise BadInput(
                _("there is no notebook in {path}"), _("name what holds .ipynb files, or a zip of them"), path=path
            )
        found += here
    found.sort(key=lambda entry: (natural_key(entry[1].student), entry[1].section or "~", -entry[0], entry[1].source))
    kept: list[Submission] = []
    first: dict[tuple[str, str], Submission] = {}
    for _at, each in found:
        if each.section and (newer := first.setdefault((each.student, each.section), each)) is not each:
            each = replace(
                each,
                notebook=None,
                problems=(
                    _("{file}: an older notebook of the same student and section; {other} is graded.").format(
                        file=each.source, other=newer.source
                    ),
                ),
            )
        kept.append(each)
    return kept


def read(found: Found, take: Taker) -> Submission:
    """The submission in that file."""
    student, source = take(found, {}), shown(found.source)

    def bad(problem: str) -> Submission:
        return Submission(student, source, problems=(f"{source}: {problem}",))

    if isinstance(found.content, str):
        return bad(found.content)
    try:
        raw = json.loads(found.content)
        if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
            return bad(_("it is not a notebook. Ask for the .ipynb file that JupyterLab saves."))
        notebook = _current(raw)
    except UnicodeDecodeError:
        return bad(_("it is not text. Ask for the .ipynb file that JupyterLab saves."))
    except RecursionError:
        return bad(_("it is nested too deeply to be a notebook. Ask for the .ipynb file that JupyterLab saves."))
    except ValueError:
        return bad(_("it is broken: not JSON, or cut off. Ask for the file again."))
    # Of any kind: nbformat also asserts, and uses names that it has not bound (v4/convert.py, upgrade).
    except Exception as error:
        reason = shown(str(error).partition("\n")[0] or type(error).__name__, 120)
        return bad(_("it is no valid notebook ({reason}). Ask for the file again.").format(reason=reason))
    student = take(found, notebook)
    if sum(len(cell["source"]) for cell in notebook["cells"]) > LONGEST:
        return bad(
            _("its cells hold more than {n} MB of text. Ask for the notebook that was handed out.").format(
                n=LONGEST >> 20
            )
        )
    section = _section(notebook)
    if section is None:
        return bad(_("it is none of the course's notebooks: {sections}.").format(sections=", ".join(SECTIONS)))
    return Submission(student, source, section, _language(notebook), notebook)


def _current(raw: Json) -> Json:
    """The notebook as we keep it, without outputs. Raises `ValueError`, `nbformat.ValidationError` and others."""
    for cell in raw.get("cells", ()):
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    if (raw["nbformat"], raw.get("nbformat_minor", 0)) < (4, 5):  # cells have no ids there: kept as it is, for graft
        raw = nbformat.convert(nbformat.from_dict(raw), 4) if raw["nbformat"] < 4 else raw
        for cell in raw["cells"]:
            cell.pop("id", None)
    cells = [
        {
            "cell_type": str(cell["cell_type"]),
            "id": str(cell.get("id", "")),
            "source": "".join(cell["source"]).encode(errors="replace").decode(),
        }
        for cell in raw["cells"]
    ]
    return {"cells": cells, "language": dict(raw["metadata"]).get("language_of_texts")}


def _section(notebook: Json) -> str | None:
    """Which section it is: what its set-up says, else whose cells it has; the name of the file says nothing."""
    for cell in notebook["cells"]:
        if (found := _SECTION.search(cell["source"])) and found[1] in SECTIONS:
            return found[1]
    return None


def _language(notebook: Json) -> str:
    """The language of the notebook: of its metadata, else the one of which it has more words."""
    if notebook["language"] in languages.available():
        return notebook["language"]
    text = " ".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown").lower()
    return (
        "id"
        if len(re.findall(r"\b(yang|dan|anda|adalah)\b", text)) > len(re.findall(r"\b(the|and|you|is)\b", text))
        else "en"
    )


def _student_taker(student_from: str) -> Taker:
    """A function of a file and the notebook in it that says whose it is."""
    if student_from == "folder":
        return lambda found, _notebook: _clean(found.folder)
    if student_from == "file":
        return lambda found, _notebook: _clean(PurePosixPath(found.source).stem.partition("_")[0])
    if student_from == "notebook":
        return lambda _found, notebook: _clean(
            next((told[1] for cell in notebook.get("cells", ()) if (told := _STUDENT.search(cell["source"]))), "")
        )
    try:
        pattern = re.compile(student_from)
    except re.error as error:
        raise BadInput(
            _("--student-from {text!r} is no regular expression ({error})"),
            _("use folder, file, notebook, or an expression with one group"),
            text=student_from,
            error=error,
        ) from error
    if pattern.groups != 1:
        raise BadInput(
            _("--student-from {text!r} has {n} groups"),
            _("use folder, file, notebook, or an expression with one group such as 'week12/([^/]+)/'"),
            text=student_from,
            n=pattern.groups,
        )
    return lambda found, _notebook: _clean(told[1] if (told := pattern.search(found.source)) else "")


def _folders(top: str, places: Sequence[tuple[str, ...]]) -> list[str]:
    """Of each file's place below the folder or zip of that name: the folder or zip that is the student's.

    Students' folders are those that hold something and are least deep; what is inside of one, such as a folder with
    another student's name, says nothing. In nbgrader's layout they are those in `submitted`. What is in no folder
    belongs to the top.
    """
    depths = [len(place) - (not place[-1].endswith(".zip")) for place in places]
    deep = min(filter(None, depths), default=0)
    if "submitted" in (top, *(place[0] for place in places)):
        deep = 1 if top == "submitted" else 2
    return [
        (place[deep - 1] if depth >= deep > 0 else top).removesuffix(".zip")
        for place, depth in zip(places, depths, strict=True)
    ]


def _clean(name: str | None) -> str:
    """A name that can be a folder's and stand in a table."""
    name = re.sub(r"[^\w.@ +-]", "_", (name or "").strip())[:80]
    return name.encode()[:200].decode(errors="ignore").strip(". ") or NOBODY  # a folder's name has 255 bytes at most


def _contents(path: Path) -> Iterator[Found]:
    """Each notebook there."""
    if path.suffix == ".zip" and path.is_file():
        yield from _unzipped(path, path.name, None)
        return
    base = path.absolute() if path.is_dir() else path.absolute().parent
    inside = (
        sorted(each for kind in ("ipynb", "zip") for each in base.rglob(f"*.{kind}"))
        if path.is_dir()
        else [path.absolute()]
    )
    inside = [each for each in inside if not _SKIPPED.search(each.relative_to(base).as_posix())]
    places = [each.relative_to(base).parts for each in inside]
    for each, place, folder in zip(inside, places, _folders(base.name, places), strict=True):
        name = "/".join((base.name, *place))
        try:
            if each.is_symlink() or not each.is_file():
                yield Found(0.0, name, folder, _("it is a link, or no file. Ask for the file itself."))
            elif each.suffix == ".zip":
                yield from _unzipped(each, name, folder)
            elif each.stat().st_size > LARGEST:
                yield Found(each.stat().st_mtime, name, folder, _too_large())
            else:
                yield Found(each.stat().st_mtime, name, folder, each.read_bytes())
        except OSError as error:
            yield Found(0.0, name, folder, _("it cannot be read ({reason}).").format(reason=error.strerror))


def _unzipped(path: Path, name: str, folder: str | None) -> Iterator[Found]:
    """Each notebook in the zip; all of that student's folder, or where there is none of those in the zip."""
    left, at, top = UNPACKED, path.stat().st_mtime, folder or path.stem
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [
                entry
                for entry in archive.infolist()
                if entry.filename.endswith(".ipynb") and not _SKIPPED.search(entry.filename)
            ]
            if len(archive.infolist()) > MOST:
                many = _("it holds more than {n} files. Ask for the notebooks only.").format(n=MOST)
                yield Found(0.0, name, top, many)
                return
            if not entries:
                yield Found(0.0, name, top, _("there is no notebook in this zip. Ask for the .ipynb file."))
            places = [
                tuple(part for part in entry.filename.split("/") if part not in ("", "..", ".")) for entry in entries
            ]
            for entry, place, own in zip(entries, places, _folders(path.stem, places), strict=True):
                inner, whose = "/".join((name, *place)), folder or own
                if stat.S_ISLNK(entry.external_attr >> 16):
                    yield Found(0.0, inner, whose, _("it is a link, or no file. Ask for the file itself."))
                elif entry.flag_bits & 1:
                    yield Found(0.0, inner, whose, _("it is encrypted. Ask for it without a password."))
                else:
                    with archive.open(entry) as file:
                        content = file.read(min(LARGEST, left) + 1)  # what the zip says of its size proves nothing
                    left -= len(content)
                    big = len(content) > LARGEST or left < 0
                    yield Found(at, inner, whose, _too_large() if big else content)
                    if left < 0:
                        return
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        yield Found(
            0.0, name, top, _("it is a broken zip ({reason}). Ask for it again.").format(reason=shown(str(error), 80))
        )


def _too_large() -> str:
    return _("it is larger than {n} MB. Ask for it with its outputs cleared.").format(n=LARGEST >> 20)
