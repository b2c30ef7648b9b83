"""The notebooks that were handed in: of which student and section each is, and what is wrong with it.

A fault in a file is a sentence in its `problems`, and never stops the run.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import nbformat

from ..course.sections import SECTIONS
from ..errors import BadInput
from ..language import _, available
from ..records import Json, natural_key
from .printable import shown
from .submitted_files import SubmittedFile, submitted_files

# Of all its cells; the lessons' have 30,000. All notebooks that were handed in are in memory.
NOTEBOOK_MAX_CHARS = 2 << 20
REASON_MAX_CHARS = 120
STUDENT_MAX_CHARS, STUDENT_MAX_BYTES = 80, 200  # of a name; a folder's has 255 bytes at most
UNKNOWN_STUDENT = "unknown"
_SECTION = re.compile(r"""Section\(\s*["']([\w-]+)["']""")
_STUDENT = re.compile(r"""^student\s*=\s*["']([^"'\n]+)["']""", re.MULTILINE)


@dataclass(frozen=True)
class Submission:
    """One notebook that was handed in."""

    student: str
    source: str  # its path, and in a zip also the path there, for messages
    section: str = ""  # empty if it is of none
    language: str = ""  # empty if it cannot be read
    notebook: Json | None = None  # without outputs; None if it is not to be examined
    problems: tuple[str, ...] = ()  # sentences that name the file, and what to do


StudentId = Callable[[SubmittedFile, Json], str]  # of a file and the notebook in it, the student's id


def find(paths: Sequence[Path], student_from: str = "folder") -> list[Submission]:
    """Read every notebook in those folders, zips and files; they come by student and section.

    If a student handed in a section twice, the notebook modified last counts. `student_from` is "folder", "file",
    "notebook", or a regular expression with one group, which is searched for in the path. Raises `BadInput` if a path
    does not exist or has no notebook, or for a wrong expression.
    """
    student_id = _student_id(student_from)
    found: list[tuple[float, Submission]] = []
    for path in paths:
        if not path.exists():
            raise BadInput(_("there is no {path}"), _("name a folder, a zip or a notebook that exists"), path=path)
        here = [(file.modified, read(file, student_id)) for file in submitted_files(path)]
        if not here:
            raise BadInput(
                _("there is no notebook in {path}"), _("name a folder or a zip with .ipynb files"), path=path
            )
        found += here
    found.sort(key=lambda entry: (natural_key(entry[1].student), entry[1].section or "~", -entry[0], entry[1].source))
    submissions: list[Submission] = []
    newest: dict[tuple[str, str], Submission] = {}
    for _modified, each in found:
        if each.section and (newer := newest.setdefault((each.student, each.section), each)) is not each:
            older = _("{file}: an older notebook of the same student and section; {other} is graded.")
            problem = older.format(file=each.source, other=newer.source)
            each = replace(each, notebook=None, problems=(problem,))
        submissions.append(each)
    return submissions


def read(file: SubmittedFile, student_id: StudentId) -> Submission:
    """Read the notebook in that file; a submission with a problem if it is none of the course's."""
    student, source = student_id(file, {}), shown(file.source)

    def unreadable(problem: str) -> Submission:
        return Submission(student, source, problems=(f"{source}: {problem}",))

    if isinstance(file.content, str):
        return unreadable(file.content)
    try:
        raw = json.loads(file.content)
        if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
            return unreadable(_("it is not a notebook. Ask for the .ipynb file that JupyterLab saves."))
        notebook = _in_our_form(raw)
    except UnicodeDecodeError:
        return unreadable(_("it is not text. Ask for the .ipynb file that JupyterLab saves."))
    except RecursionError:
        return unreadable(_("it is nested too deeply to be a notebook. Ask for the .ipynb file that JupyterLab saves."))
    except ValueError:
        return unreadable(_("it is broken: not JSON, or cut off. Ask for the file again."))
    # Of any kind: nbformat also asserts, and uses names that it has not bound (v4/convert.py, upgrade).
    except Exception as error:
        reason = shown(str(error).partition("\n")[0] or type(error).__name__, REASON_MAX_CHARS)
        return unreadable(_("it is not a valid notebook ({reason}). Ask for the file again.").format(reason=reason))
    student = student_id(file, notebook)
    if sum(len(cell["source"]) for cell in notebook["cells"]) > NOTEBOOK_MAX_CHARS:
        too_long = _("its cells hold more than {n} MB of text. Ask for the notebook that was handed out.")
        return unreadable(too_long.format(n=NOTEBOOK_MAX_CHARS >> 20))
    section = _section(notebook)
    if not section:
        return unreadable(_("it is none of the course's notebooks: {sections}.").format(sections=", ".join(SECTIONS)))
    return Submission(student, source, section, _language(notebook), notebook)


def _in_our_form(raw: Json) -> Json:
    """The notebook's cells without outputs, and its language.

    Raises `ValueError`, `nbformat.ValidationError` and others.
    """
    for cell in raw.get("cells", ()):
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None
    if (raw["nbformat"], raw.get("nbformat_minor", 0)) < (4, 5):  # its cells have no ids: `graft` finds them by order
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


def _section(notebook: Json) -> str:
    """The section that its set-up names; empty if it names none. The name of the file makes no difference."""
    sections = (found[1] for cell in notebook["cells"] if (found := _SECTION.search(cell["source"])))
    return next((section for section in sections if section in SECTIONS), "")


def _language(notebook: Json) -> str:
    """The language that its metadata names, else the one of which it has more words."""
    for code in available():
        if notebook["language"] == code:
            return code
    text = " ".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown").lower()
    indonesian = len(re.findall(r"\b(yang|dan|anda|adalah)\b", text))
    return "id" if indonesian > len(re.findall(r"\b(the|and|you|is)\b", text)) else "en"


def _student_id(student_from: str) -> StudentId:
    """The function that tells the student's id, for that value of --student-from. Raises `BadInput`."""
    if student_from == "folder":
        return lambda file, _notebook: _folder_name(file.folder)
    if student_from == "file":
        return lambda file, _notebook: _folder_name(PurePosixPath(file.source).stem.partition("_")[0])
    if student_from == "notebook":
        return lambda _file, notebook: _folder_name(
            next((named[1] for cell in notebook.get("cells", ()) if (named := _STUDENT.search(cell["source"]))), "")
        )
    try:
        pattern = re.compile(student_from)
    except re.error as error:
        raise BadInput(
            _("--student-from {text!r} is not a regular expression ({error})"),
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
    return lambda file, _notebook: _folder_name(named[1] if (named := pattern.search(file.source)) else "")


def _folder_name(name: str | None) -> str:
    """The name in a form that a folder and a table can have."""
    name = re.sub(r"[^\w.@ +-]", "_", (name or "").strip())[:STUDENT_MAX_CHARS]
    return name.encode()[:STUDENT_MAX_BYTES].decode(errors="ignore").strip(". ") or UNKNOWN_STUDENT
