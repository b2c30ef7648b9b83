"""One notebook that was handed in, read without trust: its cells without outputs, its section and language."""

import json
import re
from dataclasses import dataclass

from .. import json_formats  # noqa: F401  # before nbformat

# isort: split
import nbformat

from ...course.sections import SECTIONS
from ...language import _, available
from ...records import Json
from ..printable import shown

# Of all its cells; the lessons' have 30,000. All notebooks that were handed in are in memory.
NOTEBOOK_MAX_CHARS = 2 << 20
# Of its JSON, each of which takes up to 80 bytes: 117 MB of "[]," took 3 GB. A lesson that ran has 1,400.
NOTEBOOK_MAX_PARTS = 2_000_000
REASON_MAX_CHARS = 120
_SECTION = re.compile(r"""Section\(\s*["']([\w-]+)["']""")
_STUDENT = re.compile(r"""^student\s*=\s*["']([^"'\n]*)["']""", re.MULTILINE)


@dataclass(frozen=True)
class ReadFile:
    """A file that was handed in, and the notebook in it."""

    parts: tuple[str, ...]  # its path below what was given
    source: str  # its whole path, fit to be shown
    times: tuple[float, ...]
    is_notebook: bool = False  # whether it was meant as one
    problem: str = ""  # why it is not graded
    section: str = ""  # empty if it is of none
    language: str = ""
    notebook: Json | None = None

    @property
    def written_student(self) -> str | None:
        """The student id that is written in it; None if it has no such line."""
        return None if self.notebook is None else written_student(self.notebook)


@dataclass(frozen=True)
class Reading:
    """What was read in a file: a notebook of the course, or why it is none. The fields are those of `ReadFile`."""

    problem: str = ""
    section: str = ""
    language: str = ""
    notebook: Json | None = None


def parse(content: bytes) -> Reading:
    """Read the notebook with that content; if it is none of the course's, the result says why."""
    if too_many_parts(content):
        return Reading(_needs_memory())
    try:
        raw = json.loads(content)
        if not isinstance(raw, dict) or not isinstance(raw.get("nbformat"), int):
            return Reading(_("it is not a notebook. Ask for the .ipynb file that JupyterLab saves."))
        notebook = _in_our_form(raw)
    except UnicodeDecodeError:
        return Reading(_("it is not text. Ask for the .ipynb file that JupyterLab saves."))
    except RecursionError:
        return Reading(_("it is nested too deeply to be a notebook. Ask for the .ipynb file that JupyterLab saves."))
    except MemoryError:
        return Reading(_needs_memory())
    except ValueError:
        return Reading(_("it is broken: not JSON, or cut off. Ask for the file again."))
    # Of any kind: nbformat also asserts, and uses names that it has not bound (v4/convert.py, upgrade).
    except Exception as error:
        reason = shown(str(error).partition("\n")[0] or type(error).__name__, REASON_MAX_CHARS)
        return Reading(_("it is not a valid notebook ({reason}). Ask for the file again.").format(reason=reason))
    if sum(len(cell["source"]) for cell in notebook["cells"]) > NOTEBOOK_MAX_CHARS:
        too_long = _("its cells hold more than {n} MB of text. Ask for the notebook that was handed out.")
        return Reading(too_long.format(n=NOTEBOOK_MAX_CHARS >> 20))
    section = _section(notebook)
    if not section:
        none = _("it is none of the course's notebooks: {sections}.")
        return Reading(none.format(sections=", ".join(SECTIONS)))
    return Reading("", section, _language(notebook), notebook)


def too_many_parts(content: bytes) -> bool:
    """Whether this JSON has more parts than a notebook can have."""
    return sum(map(content.count, (b",", b"[", b"{"))) > NOTEBOOK_MAX_PARTS


def _needs_memory() -> str:
    return _("it needs too much memory. Ask for it with its outputs cleared.")


def written_student(notebook: Json) -> str | None:
    """The student id in the notebook's parameters: the last that is set before the set-up; None if none is."""
    written: str | None = None
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            if _SECTION.search(cell["source"]):
                break
            for found in _STUDENT.findall(cell["source"]):
                written = found.strip()
    return written


def _in_our_form(raw: Json) -> Json:
    """The notebook's cells without outputs, and its language.

    Raises `ValueError`, `nbformat.ValidationError` and others.
    """
    for sheet in raw.get("worksheets", ()):  # of version 3, whose lists of lines nbformat does not convert
        for cell in sheet["cells"]:
            cell |= {name: "".join(cell[name]) for name in ("input", "source") if isinstance(cell.get(name), list)}
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
            "names": _kept_names(cell),
            "source": "".join(cell["source"]).encode(errors="replace").decode(),
        }
        for cell in raw["cells"]
    ]
    return {"cells": cells, "language": dict(raw["metadata"]).get("language_of_texts")}


def _kept_names(cell: Json) -> list[str]:
    """The ids that other programs keep of a cell: Colab in its metadata, nbgrader behind the section's name."""
    metadata = cell.get("metadata")
    if not isinstance(metadata, dict):
        return []
    nbgrader = metadata.get("nbgrader")
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    names = (metadata.get("id"), grade_id.partition("_")[2] if isinstance(grade_id, str) else None)
    return [name for name in names if isinstance(name, str) and name]


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
