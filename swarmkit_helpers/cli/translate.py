"""The other languages, kept in step with the English: `translate`.

English stands in notebooks/en and in the calls of _() and ngettext(). A language is two kinds of catalogue
that translators edit (the .po files of gettext): notebooks/locale/<code>/<notebook>.po with an entry for each
markdown cell, known by the cell's id, and swarmkit_helpers/locale/<code>.po with the helpers' messages. The
notebooks in notebooks/<code> are made from them. A new language begins as an empty folder notebooks/locale/<code>.
"""

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import nbformat
from babel import Locale, UnknownLocaleError
from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from ..errors import BadInput, NotFound
from ..installation import ROOT
from ..language import SOURCE

TEXTS_OF = {"_": 1, "ngettext": 2}  # how many of a call's first arguments are texts
NAMED = 8  # texts that are left to translate are named up to that many, for each file
# A line of a .po file. Babel reads on where a quotation mark is missing, and a translation would be lost.
_LINE = re.compile(r'(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d])?) )?"([^"\\]|\\.)*")?')


@dataclass(frozen=True)
class Text:
    """An English text that has to be translated."""

    id: str | tuple[str, str]  # one text, or the singular and the plural
    cell: str | None = None  # id of the cell it is, in a notebook
    files: tuple[str, ...] = ()  # in which it stands, among the helpers

    @property
    def key(self) -> str:
        """What it is known by in the catalogue."""
        return self.cell or _singular(self.id)

    @property
    def name(self) -> str:
        """What to call it in a list: one line."""
        return self.cell or repr(self.key)


@dataclass(frozen=True)
class File:
    """A file as it should be, and what its translators still have to do."""

    path: Path
    content: str
    texts: int = 0
    missing: tuple[str, ...] = ()
    fuzzy: tuple[str, ...] = ()  # translated from an English text that has changed since

    def is_up_to_date(self) -> bool:
        """Whether it stands on the disk like that."""
        return self.path.exists() and self.path.read_bytes() == self.content.encode()


def run(check: bool, root: Path = ROOT) -> int:
    """Catalogues and notebooks are in step, and what is left to translate is listed; the value is the exit status.

    With `check` nothing is written, and the status is 1 if anything is left to translate or out of date.
    Raises `NotFound` where there are no notebooks, `BadInput` for a file that cannot be read.
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
            _tell(file, file.path.relative_to(root), old, check)
        missing, fuzzy = sum(len(file.missing) for file in files), sum(len(file.fuzzy) for file in files)
        print(f"{code}: {sum(file.texts for file in files)} texts, {missing} missing, {fuzzy} fuzzy")
    if not languages:
        print("There is no language but English: an empty folder notebooks/locale/<code> begins one")
    return 1 if check and left else 0


def _tell(file: File, name: Path, old: bool, check: bool) -> None:
    if old:
        print(f"{name}: {'out of date' if check else 'written'}")
    for what, names in (("missing", file.missing), ("fuzzy", file.fuzzy)):
        if names:
            more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
            print(f"{name}: {len(names)} {what}: {', '.join([*names[:NAMED], *more])}")


def _languages(root: Path) -> list[str]:
    """The codes of the languages that have a catalogue, or a folder for some. Raises `NotFound`, `BadInput`."""
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
        made_from = path.relative_to(root).as_posix()
        catalogue = root / "notebooks" / "locale" / code / f"{path.stem}.po"
        file, translation = _catalogue(catalogue, code, texts, made_from)
        yield file
        target = root / "notebooks" / code / path.name
        yield File(target, _notebook(source, translation, code, target))
    catalogue = root / "swarmkit_helpers" / "locale" / f"{code}.po"
    yield _catalogue(catalogue, code, messages(root / "swarmkit_helpers"), "swarmkit_helpers")[0]


def messages(package: Path) -> list[Text]:
    """What the calls of _() and ngettext() in the package say, in the order of the files."""
    files: dict[str, list[str]] = {}
    plurals: dict[str, str] = {}
    for path in sorted(package.rglob("*.py")):
        for one, *many in _calls(ast.parse(path.read_bytes())):
            files.setdefault(one, []).append(path.relative_to(package).as_posix())
            plurals[one] = plurals.get(one) or "".join(many)
    return [
        Text((one, plurals[one]) if plurals[one] else one, files=tuple(dict.fromkeys(where)))
        for one, where in files.items()
    ]


def _calls(code: ast.AST) -> Iterator[list[str]]:
    """The texts of each call, as they follow each other. (Babel's own extraction does not look into f-strings.)"""
    if isinstance(code, ast.Call) and isinstance(code.func, ast.Name) and code.func.id in TEXTS_OF:
        texts = code.args[: TEXTS_OF[code.func.id]]
        if all(isinstance(text, ast.Constant) for text in texts):
            yield [text.value for text in texts]
    for part in ast.iter_child_nodes(code):
        yield from _calls(part)


def _catalogue(path: Path, code: str, texts: Iterable[Text], made_from: str) -> tuple[File, Catalog]:
    """The catalogue of those texts, with what was translated before; and the same to look things up in."""
    before = _read_catalogue(path, code)
    known = {message.context or _singular(message.id): message for message in before if message.id}
    texts = list(texts)
    gone = sorted(known.keys() - {text.key for text in texts})
    header = _header(code, made_from)
    catalogue = read_po(io.StringIO(header), locale=code)
    missing, fuzzy = [], []
    for text in texts:
        former = known.get(text.key)
        if not former and not text.cell and (alike := get_close_matches(text.key, gone, 1)):
            former = known[alike[0]]  # it was reworded
        message = catalogue.add(
            text.id,
            _shaped(former, text, catalogue.num_plurals),
            context=text.cell,
            locations=[(name, 0) for name in text.files],
            user_comments=former.user_comments if former else (),
        )
        # The other flags that Babel knows depend on its version.
        message.flags = set()
        if not all(message.string if isinstance(message.string, tuple) else [message.string]):
            missing.append(text.name)
        elif former.fuzzy or former.id != text.id:
            message.flags = {"fuzzy"}
            fuzzy.append(text.name)
    return File(path, f"{header}\n{_written(catalogue)}", len(texts), tuple(missing), tuple(fuzzy)), catalogue


def _singular(id: str | tuple[str, ...]) -> str:
    return id if isinstance(id, str) else id[0]


def _shaped(former: Message | None, text: Text, plurals: int) -> str | tuple[str, ...]:
    """What was translated before; one string, or one for each plural form of the language."""
    strings = former.string if former else ""
    if isinstance(text.id, str):
        return strings if isinstance(strings, str) else strings[0]
    strings = (strings,) if isinstance(strings, str) else strings
    return tuple(strings[number] if number < len(strings) else "" for number in range(plurals))


def _read_catalogue(path: Path, code: str) -> Catalog:
    """The catalogue in the file, an empty one if there is none. Raises `BadInput` for one that is broken."""
    if not path.exists():
        return Catalog(locale=code)
    try:
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not _LINE.fullmatch(line.strip()):
                raise BadInput(
                    f"{path}, line {number} cannot be read: {line}",
                    'texts stand in double quotes, after msgid or msgstr; a quote inside them is \\"',
                )
        return read_po(io.StringIO(text), locale=code, abort_invalid=True)
    except PoFileError as error:
        raise BadInput(
            f"{path}, line {error.lineno + 1} cannot be read: {error}", "write a msgid and its msgstr there"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: {error}", "save it as UTF-8") from error


def _header(code: str, made_from: str) -> str:
    """What a .po file begins with. Babel's own header has times and versions, which would change in each run."""
    locale = Locale.parse(code)
    # Babel's table of plural forms lacks some of the languages that have but one.
    forms = Catalog(locale=locale).plural_forms if locale.plural_form.tags else "nplurals=1; plural=0;"
    return f"""\
# {made_from}, in {locale.english_name}: kept in step by `python3 -m swarmkit_helpers translate`.
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {forms}\\n"
"""


def _written(catalogue: Catalog) -> str:
    """The entries as they stand in the .po file."""
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return body.getvalue().decode().rstrip("\n") + "\n"


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, nbformat.ValidationError) as error:
        raise BadInput(
            f"{path} is not a notebook: {str(error).splitlines()[0]}",
            "restore it, or delete it if it is a generated one",
        ) from error


def _notebook(source: nbformat.NotebookNode, translation: Catalog, code: str, target: Path) -> str:
    """The notebook in that language: the same cells, and the outputs that its code cells have in the target now."""
    before = _read_notebook(target) if target.exists() else nbformat.v4.new_notebook()
    done = {cell.id: cell for cell in before.cells}
    made = nbformat.from_dict(source)
    made.metadata.setdefault("swarmlab", {})["language"] = code
    made.metadata.pop("widgets", None)
    # What widgets showed, and the Python that ran it, belong to the outputs.
    made.metadata.update({key: before.metadata[key] for key in ("widgets", "language_info") if key in before.metadata})
    for cell in made.cells:
        if cell.cell_type == "markdown":
            message = translation.get(cell.source, context=cell.id)
            if message and message.string and not message.fuzzy:
                cell.source = message.string
        elif cell.cell_type == "code":
            former = done.get(cell.id)
            kept = former is not None and former.cell_type == "code" and former.source == cell.source
            cell.outputs, cell.execution_count = (former.outputs, former.execution_count) if kept else ([], None)
    return nbformat.writes(made) + "\n"
