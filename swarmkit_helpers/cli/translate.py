"""`translate`: update the catalogues and notebooks of the other languages from the English.

English is in notebooks/en and in the calls of _() and ngettext(). A language has two kinds of catalogues, which its
translators edit. notebooks/locale/<code>/<notebook>.po has an entry for each markdown cell, by the cell's id;
swarmkit_helpers/locale/<code>.po has the helpers' messages. The notebooks in notebooks/<code> are made from them.
A new language begins as an empty folder notebooks/locale/<code>.
"""

from collections.abc import Iterator
from pathlib import Path

from ..course import json_formats  # noqa: F401  # before all that imports nbformat

# isort: split
import nbformat
from babel import Locale, UnknownLocaleError
from babel.messages import Catalog

from ..errors import BadInput, NotFound
from ..installation import ROOT
from ..language import SOURCE
from .catalogues import File, Text, messages, updated

MAX_NAMED_TEXTS = 8  # of those left to translate, for each file


def run(check: bool, root: Path = ROOT) -> int:
    """Update the catalogues and notebooks, list the texts left to translate, and return the exit status.

    With `check` nothing is written, and the status is 1 if a text is not translated or a file is out of date.
    Raises `NotFound` if there are no notebooks, `BadInput` for a file that cannot be read.
    """
    languages = _languages(root)
    left = False
    for code in languages:
        files = list(_files(root, code))
        for file in files:
            old = not file.is_up_to_date()
            left |= bool(old or file.missing or file.fuzzy)
            if old and not check:
                file.path.parent.mkdir(parents=True, exist_ok=True)
                file.path.write_text(file.content, encoding="utf-8", newline="\n")
            _print_state(file, file.path.relative_to(root), old, check)
        missing, fuzzy = sum(len(file.missing) for file in files), sum(len(file.fuzzy) for file in files)
        print(f"{code}: {sum(file.texts for file in files)} texts, {missing} missing, {fuzzy} fuzzy")
    if not languages:
        print("There is no language but English: to begin one, make an empty folder notebooks/locale/<code>")
    return 1 if check and left else 0


def _print_state(file: File, name: Path, old: bool, check: bool) -> None:
    if old:
        print(f"{name}: {'out of date' if check else 'written'}")
    for what, names in (("missing", file.missing), ("fuzzy", file.fuzzy)):
        if names:
            more = [f"and {len(names) - MAX_NAMED_TEXTS} more"] if len(names) > MAX_NAMED_TEXTS else []
            print(f"{name}: {len(names)} {what}: {', '.join([*names[:MAX_NAMED_TEXTS], *more])}")


def _languages(root: Path) -> list[str]:
    """The codes of the languages with a catalogue, or with a folder for some. Raises `NotFound`, `BadInput`."""
    if not _sources(root):
        raise NotFound(f"there are no notebooks in {root / 'notebooks' / SOURCE}", "run this in a clone of the project")
    folders = {path.name for path in (root / "notebooks" / "locale").glob("[!.]*/")}
    codes = sorted(folders | {path.stem for path in (root / "swarmkit_helpers" / "locale").glob("*.po")})
    for code in codes:
        try:
            Locale.parse(code)
        except (UnknownLocaleError, ValueError) as error:
            raise BadInput(
                f"no language has the code {code!r}",
                "name the catalogues after an ISO 639 code, such as id for Indonesian",
            ) from error
    return codes


def _sources(root: Path) -> list[Path]:
    return sorted((root / "notebooks" / SOURCE).glob("*.ipynb"))


def _files(root: Path, code: str) -> Iterator[File]:
    """Every file of the language, as it should be."""
    for path in _sources(root):
        source = _read_notebook(path)
        texts = [Text(cell.source, cell.id) for cell in source.cells if cell.cell_type == "markdown" and cell.source]
        catalogue = root / "notebooks" / "locale" / code / f"{path.stem}.po"
        file, translation = updated(catalogue, code, texts, path.relative_to(root).as_posix())
        yield file
        target = root / "notebooks" / code / path.name
        yield File(target, _translated(source, translation, code, target))
    catalogue = root / "swarmkit_helpers" / "locale" / f"{code}.po"
    yield updated(catalogue, code, messages(root / "swarmkit_helpers"), "swarmkit_helpers")[0]


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise BadInput(
            f"{path} is not a notebook: {str(error).splitlines()[0]}",
            "restore it, or delete it if it is a generated one",
        ) from error
    return notebook


def _translated(source: nbformat.NotebookNode, translation: Catalog, code: str, target: Path) -> str:
    """The notebook in that language: the same cells, with the outputs that the target's code cells have now."""
    before = _read_notebook(target) if target.exists() else nbformat.v4.new_notebook()
    old_cells = {cell.id: cell for cell in before.cells}
    made = nbformat.from_dict(source)
    made.metadata.setdefault("swarmlab", {})["language"] = code
    if "language_info" in before.metadata:  # the Python that ran the cells belongs to the outputs
        made.metadata.language_info = before.metadata.language_info
    for cell in made.cells:
        if cell.cell_type == "markdown":
            message = translation.get(cell.source, context=cell.id)
            if message and message.string and not message.fuzzy:
                cell.source = message.string
        elif cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            old = old_cells.get(cell.id)
            if old is not None and old.cell_type == "code" and old.source == cell.source:
                cell.outputs, cell.execution_count = old.outputs, old.execution_count
    text: str = nbformat.writes(made)
    return text + "\n"
