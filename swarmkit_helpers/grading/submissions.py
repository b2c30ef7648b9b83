"""What was handed in: folders, zips and notebooks, read without trusting any of it.

Whatever is wrong with a file is a sentence in its `problems`, and never the end of the run.
"""

import hashlib
import json
import re
import stat
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

import nbformat

from .. import language as languages
from ..errors import BadInput
from ..language import _
from ..records import Json, natural
from ..sections import SECTIONS

LARGEST = 120 << 20  # bytes of a notebook; of its outputs nothing is kept
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
        here = [(at, read(content, source, take)) for at, source, content in _contents(path)]
        if not here:
            raise BadInput(_("there is no notebook in {path}"), _("name what holds .ipynb files, or a zip of them"),
                           path=path)
        found += here
    found.sort(key=lambda entry: (natural(entry[1].student), entry[1].section or "~", -entry[0], entry[1].source))
    kept: list[Submission] = []
    for _at, each in found:
        first = next((other for other in kept if each.section and not other.problems
                      and (other.student, other.section) == (each.student, each.section)), None)
        if first:
            each = replace(each, notebook=None, problems=(_(
                "{file}: an older notebook of the same student and section; {other} is graded.").format(
                    file=each.source, other=first.source),))
        kept.append(each)
    return kept


def read(content: bytes | str, source: str, take: Any = None) -> Submission:
    """The submission in a file of that content; a text instead of bytes says why there is none."""
    student = take(source, {}) if take else NOBODY

    def bad(problem: str) -> Submission:
        return Submission(student, source, problems=(f"{source}: {problem}",))

    if isinstance(content, str):
        return bad(content)
    try:
        raw = json.loads(content)
        if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
            return bad(_("it is not a notebook. Ask for the .ipynb file that JupyterLab saves."))
        notebook = _current(raw)
    except UnicodeDecodeError:
        return bad(_("it is not text. Ask for the .ipynb file that JupyterLab saves."))
    except RecursionError:
        return bad(_("it is nested too deeply to be a notebook. Ask for the .ipynb file that JupyterLab saves."))
    except ValueError:
        return bad(_("it is broken: not JSON, or cut off. Ask for the file again."))
    # nbformat says in many ways that something is not there, or is something else.
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        return bad(_("it is no valid notebook ({reason}). Ask for the file again.").format(reason=reason))
    if take:
        student = take(source, notebook)
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
    cells = [{"cell_type": str(cell["cell_type"]), "id": str(cell.get("id", "")),
              "source": "".join(cell["source"]), "metadata": dict(cell["metadata"])} for cell in raw["cells"]]
    return {"cells": cells, "metadata": dict(raw["metadata"])}


def _section(notebook: Json) -> str | None:
    """Which section it is: what its set-up says, else whose cells it has; the name of the file says nothing."""
    for cell in notebook["cells"]:
        if (found := _SECTION.search(cell["source"])) and found[1] in SECTIONS:
            return found[1]
    return None


def _language(notebook: Json) -> str:
    """The language of the notebook: of its metadata, else the one of which it has more words."""
    told = notebook["metadata"].get("language_of_texts")
    if told in languages.available():
        return told
    text = " ".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown").lower()
    return "id" if len(re.findall(r"\b(yang|dan|anda|adalah)\b", text)) > len(
        re.findall(r"\b(the|and|you|is)\b", text)) else "en"


def _student_taker(student_from: str) -> Any:
    """A function of a path and a notebook that says whose it is."""
    if student_from == "folder":
        return lambda source, _notebook: _clean(_folder(source))
    if student_from == "file":
        return lambda source, _notebook: _clean(PurePosixPath(source).stem.partition("_")[0])
    if student_from == "notebook":
        return lambda _source, notebook: _clean(next((found[1] for cell in notebook.get("cells", ())
                                                      if (found := _STUDENT.search(cell["source"]))), ""))
    try:
        pattern = re.compile(student_from)
    except re.error as error:
        raise BadInput(_("--student-from {text!r} is no regular expression ({error})"),
                       _("use folder, file, notebook, or an expression with one group"), text=student_from,
                       error=error) from error
    if pattern.groups != 1:
        raise BadInput(_("--student-from {text!r} has {n} groups"),
                       _("use folder, file, notebook, or an expression with one group such as 'week12/([^/]+)/'"),
                       text=student_from, n=pattern.groups)
    return lambda source, _notebook: _clean(found[1] if (found := pattern.search(source)) else "")


def _folder(source: str) -> str:
    """The folder or the zip the notebook is in, or the file's own name where it is in none.

    In nbgrader's layout, submitted/STUDENT/ASSIGNMENT/x.ipynb, the folder around the assignment's.
    """
    parts = PurePosixPath(source).parts
    if "submitted" in parts[:-2]:
        return parts[parts.index("submitted") + 1]
    above = parts[-2] if len(parts) > 1 else PurePosixPath(source).stem
    return above.removesuffix(".zip")


def _clean(name: str | None) -> str:
    """A name that can be a folder's and stand in a table."""
    return re.sub(r"[^\w.@ +-]", "_", (name or "").strip())[:80].strip(". ") or NOBODY


def _contents(path: Path) -> Iterator[tuple[float, str, bytes | str]]:
    """When it was changed, its name, and its content, or why there is none: of each notebook there."""
    if path.is_dir():
        inside = sorted(each for each in path.rglob("*") if each.suffix in (".ipynb", ".zip"))
        base = path.parent
    else:
        inside, base = [path], path.parent.parent
    for each in inside:
        name = each.relative_to(base).as_posix() if each.is_relative_to(base) else each.name
        if _SKIPPED.search(name):
            continue
        if each.is_symlink() or not each.is_file():
            yield 0.0, name, _("it is a link, or no file. Ask for the file itself.")
        elif each.suffix == ".zip":
            yield from _unzipped(each, name)
        elif each.stat().st_size > LARGEST:
            yield each.stat().st_mtime, name, _too_large()
        else:
            yield each.stat().st_mtime, name, each.read_bytes()


def _unzipped(path: Path, name: str) -> Iterator[tuple[float, str, bytes | str]]:
    left = UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            entries = [entry for entry in archive.infolist()
                       if entry.filename.endswith(".ipynb") and not _SKIPPED.search(entry.filename)]
            if len(archive.infolist()) > MOST:
                yield 0.0, name, _("it holds more than {n} files. Ask for the notebooks only.").format(n=MOST)
                return
            if not entries:
                yield 0.0, name, _("there is no notebook in this zip. Ask for the .ipynb file.")
            for entry in entries:
                inner = f"{name}/{'/'.join(part for part in entry.filename.split('/') if part not in ('', '..', '.'))}"
                if stat.S_ISLNK(entry.external_attr >> 16):
                    yield 0.0, inner, _("it is a link, or no file. Ask for the file itself.")
                elif entry.flag_bits & 1:
                    yield 0.0, inner, _("it is encrypted. Ask for it without a password.")
                else:
                    with archive.open(entry) as file:
                        content = file.read(min(LARGEST, left) + 1)  # what the zip says of its size proves nothing
                    left -= len(content)
                    big = len(content) > LARGEST or left < 0
                    yield path.stat().st_mtime, inner, _too_large() if big else content
                    if left < 0:
                        return
    except (zipfile.BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError) as error:
        yield 0.0, name, _("it is a broken zip ({reason}). Ask for it again.").format(reason=str(error)[:80])


def _too_large() -> str:
    return _("it is larger than {n} MB. Ask for it with its outputs cleared.").format(n=LARGEST >> 20)
