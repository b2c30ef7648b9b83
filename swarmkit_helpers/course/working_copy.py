"""The student's working copy: a folder of the course's notebooks without outputs, kept in step with the course."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

from . import json_formats  # noqa: F401  # before all that imports nbformat

# isort: split
import nbformat
from nbformat.sign import NotebookNotary

from ..errors import BadInput, NotFound, Refused
from ..file_lock import one_at_a_time
from ..language import _, ngettext
from ..records import Json
from . import atomic_write, merge, student_id
from .pristine import GLOSSARY, glossary, is_of_the_course, pristine, sections, text

LOCK = ".swarmlab.lock"  # a file in the working copy; it also tells that the folder is one


def bring_up_to_date(folder: Path, language: str) -> list[str]:
    """Make the notebooks of that language in the folder, or bring in what the course has changed since.

    The student's work stays, and files that are not the course's. The value are sentences for the student about what
    was brought in, and what could not be. Raises `NotFound` if there are no notebooks in that language, `BadInput` for
    a folder that cannot be one, `Refused` if it cannot be written.
    """
    said: list[str] = []
    updated = 0
    with _locked(folder, language) as notebooks:
        for section in sections(language):
            path, course = notebooks / f"{section}.ipynb", pristine(section, language)
            mine = _read(path) if path.exists() else merge.working(course)
            if mine is None or not merge.is_related(mine, course):
                kept = _keep_beside(path)
                path.unlink()
                problem = _("{name} is no notebook of this course: it is kept as {kept}, and a clean {name} was made")
                said.append(problem.format(name=path.name, kept=kept.name))
            if not path.exists():
                atomic_write.write(path, text(merge.working(course)))
            elif mine and (merged := merge.merge(mine, course)):
                updated += 1
                said += _bring_in(path, merged)
        _update_glossary(notebooks / GLOSSARY)
    if updated:
        news = ngettext(
            "The course has changed: {n} notebook was brought up to date, and your work in it was kept",
            "The course has changed: {n} notebooks were brought up to date, and your work in them was kept",
            updated,
        )
        said.insert(0, news.format(n=updated))
    return said


def _bring_in(path: Path, merged: merge.Merged) -> list[str]:
    """Write the merged notebook in the place of the student's; the value says what could not be merged."""
    said = []
    if merged.conflicts:
        kept = _keep_beside(path)
        problem = _(
            "{name}: the course and you have changed these cells: {cells}. They are the course's now; yours are kept "
            "in {kept}"
        )
        said.append(problem.format(name=path.name, cells=", ".join(merged.conflicts), kept=kept.name))
    _rewrite(path, merged.notebook)
    return said


def _rewrite(path: Path, notebook: Json) -> None:
    """Write the notebook in the place of the one there, and trust it as much."""
    notary = NotebookNotary()
    trusted = notary.check_signature(nbformat.read(path, as_version=4))
    atomic_write.write(path, text(notebook))
    if trusted:  # else JupyterLab would show the kept outputs without controls and styles
        notary.sign(nbformat.read(path, as_version=4))


def write_student_id(folder: Path, language: str, student: str, replace: bool, but: str = "") -> list[str]:
    """Put the student's id into the parameters of each notebook of that language that has none yet.

    With `replace`, put it also in the place of another; the file named `but` stays as it is. The value are sentences
    for the student about other ids.
    """
    said = []
    with _locked(folder, language) as notebooks:
        for path in sorted(notebooks.glob("*.ipynb")):
            notebook = _read(path)
            before = student_id.written(notebook) if notebook else None
            if notebook is None or before in (None, student) or path.name == but:
                continue
            if replace or not before:
                _rewrite(path, student_id.with_id(notebook, student))
            if before:
                sentence = (
                    _("{name}: the student id was {before}, and is {student} now")
                    if replace
                    else _("{name} has the student id {before}; `lab --student {student}` puts {student} there too")
                )
                said.append(sentence.format(name=path.name, before=before, student=student))
    return said


def student(folder: Path) -> str:
    """The student's id that most notebooks of the working copy have, of all languages; empty if none has one.

    Raises `Refused` if one cannot be read.
    """
    notebooks = filter(None, map(_read, sorted(folder.glob("*/*.ipynb"))))
    ids = Counter(id for notebook in notebooks if student_id.is_possible(id := student_id.written(notebook) or ""))
    return max(ids, key=ids.__getitem__, default="")


def other_ids(folder: Path, language: str, student: str, but: str) -> dict[str, str]:
    """The notebooks of that language with another student id than this: their names and ids, "" for none.

    The file named `but` is left out. Raises `Refused` if one cannot be read.
    """
    found = {}
    for path in sorted((folder / language).glob("*.ipynb")):
        notebook = _read(path) if path.name != but else None
        has = student_id.written(notebook) if notebook else None
        if has not in (None, student):
            found[path.name] = has
    return found


def add_clean(folder: Path, language: str, section: str) -> Path:
    """Put a clean notebook of that section beside the student's, and return its path.

    `section` is a section's name, or the number with which it begins. Raises `NotFound` for another name, and what
    `bring_up_to_date` raises.
    """
    known = sections(language)
    found = next((each for each in known if each == section or each.partition("-")[0] == section.zfill(2)), None)
    if found is None:
        raise NotFound(
            _("no section is called {name}; there are: {known}"),
            _("use one of those names, or its number, such as 04"),
            name=section,
            known=", ".join(known),
        )
    with _locked(folder, language) as notebooks:
        path = _free(notebooks / f"{found}-fresh.ipynb")
        atomic_write.write(path, text(merge.working(pristine(found, language))))
    return path


def is_one(folder: Path) -> bool:
    """Whether the folder is a working copy."""
    return (folder / LOCK).is_file()


@contextmanager
def _locked(folder: Path, language: str) -> Iterator[Path]:
    """Make the folder of that language if it is not there, and keep other commands out of it during the block."""
    if is_of_the_course(folder):
        raise BadInput(
            _("{folder} is the course's own folder, which no student works in"), _("name another folder"), folder=folder
        )
    with ExitStack() as held:
        try:
            (folder / language).mkdir(parents=True, exist_ok=True)
            waiting = _("Another command is bringing {folder} up to date: this one waits for it").format(folder=folder)
            held.enter_context(one_at_a_time(folder / LOCK, waiting))
        except OSError as error:
            raise Refused(
                _("{folder} cannot be made, or not be written in ({reason})"),
                _("name a folder in which you may write: lab FOLDER"),
                folder=folder,
                reason=error.strerror,
            ) from error
        yield folder / language


def _read(path: Path) -> Json | None:
    """The notebook in the file, each source as one text; None if it has another shape, or is not even JSON."""
    try:
        notebook: Json = json.loads(path.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            cell["source"], cell["metadata"] = "".join(cell["source"]), dict(cell["metadata"])
        return {**notebook, "metadata": dict(notebook["metadata"])} if notebook["nbformat"] == 4 else None
    except OSError as error:
        raise _unusable(path, error) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _keep_beside(path: Path) -> Path:
    """Copy the file to a free name beside it, and return that."""
    kept = _free(path.with_name(f"{path.stem}-before-update{path.suffix}"))
    try:
        shutil.copyfile(path, kept)
    except OSError as error:
        raise _unusable(kept, error) from error
    return kept


def _free(path: Path) -> Path:
    """The path, or the first like it with a number that is not taken."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return path if not path.exists() else next(other for other in numbered if not other.exists())


def _update_glossary(path: Path) -> None:
    """Put the course's glossary there; a text that the student has changed is kept beside it.

    A hidden file beside it has the hash of what the course has put there, as a notebook has those of its cells.
    """
    made_from = path.with_name(f".{path.name}.made-from")
    new, there, before = glossary(), _text(path), _text(made_from)
    if there != new:
        if there is not None and merge.text_hash(there) != before:
            _keep_beside(path)
        atomic_write.write(path, new)
    if before != merge.text_hash(new):
        atomic_write.write(made_from, merge.text_hash(new))


def _text(path: Path) -> str | None:
    """The text of the file; None if there is no file."""
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else None
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> Refused:
    return Refused(
        _("{path} cannot be read or written ({reason})"),
        _("free some space, or fix the reason given in brackets; then run the same command or cell again"),
        path=path,
        reason=error.strerror,
    )
