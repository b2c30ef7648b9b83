"""The catalogues of translations (.po files of gettext): read, compared with the English texts, and written."""

import ast
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

from ..errors import BadInput

TEXTS_OF = {"_": 1, "ngettext": 2}  # how many of a call's first arguments are texts
# A line of a .po file. Babel reads on after a missing quotation mark, and a translation would be lost.
_LINE = re.compile(r'(#.*|((msgctxt|msgid|msgid_plural|msgstr(\[\d])?) )?"([^"\\]|\\.)*")?')


@dataclass(frozen=True)
class Text:
    """An English text to translate."""

    id: str | tuple[str, str]  # one text, or the singular and the plural
    cell: str | None = None  # in a notebook: id of the cell with this text
    files: tuple[str, ...] = ()  # in the helpers: the files with this text

    @property
    def key(self) -> str:
        """Its key in the catalogue."""
        return self.cell or _singular(self.id)

    @property
    def name(self) -> str:
        """Its name in a list: one line."""
        return self.cell or repr(self.key)


@dataclass(frozen=True)
class File:
    """A file as it should be, and its texts left to translate."""

    path: Path
    content: str
    texts: int = 0
    missing: tuple[str, ...] = ()  # names of texts without a translation
    fuzzy: tuple[str, ...] = ()  # names of texts that changed after they were translated

    def is_up_to_date(self) -> bool:
        """Whether the file on the disk has this content."""
        return self.path.exists() and self.path.read_bytes() == self.content.encode()


def messages(package: Path) -> list[Text]:
    """The texts in the package's calls of _() and ngettext(), in the order of the files."""
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
    """The texts of each call, in their order. (Babel's own extraction does not look into f-strings.)"""
    if isinstance(code, ast.Call) and isinstance(code.func, ast.Name) and code.func.id in TEXTS_OF:
        arguments = code.args[: TEXTS_OF[code.func.id]]
        texts = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, str)]
        if len(texts) == len(arguments):
            yield texts
    for part in ast.iter_child_nodes(code):
        yield from _calls(part)


def updated(path: Path, code: str, texts: Iterable[Text], source: str) -> tuple[File, Catalog]:
    """The catalogue with exactly those texts, and its present translations: as a file, and as a `Catalog`."""
    before = _read(path, code)
    known = {message.context or _singular(message.id): message for message in before if message.id}
    texts = list(texts)
    gone = sorted(known.keys() - {text.key for text in texts})
    header = _header(code, source)
    catalogue = read_po(io.StringIO(header), locale=code)
    missing, fuzzy = [], []
    for text in texts:
        old = known.get(text.key)
        if not old and not text.cell and (alike := get_close_matches(text.key, gone, 1)):
            old = known[alike[0]]  # it was reworded
        message = catalogue.add(
            text.id,
            _strings(old, text, catalogue.num_plurals),
            context=text.cell,
            locations=[(name, 0) for name in text.files],
            user_comments=old.user_comments if old else (),
        )
        message.flags = set()  # Babel adds some of its own, which depend on its version
        strings = (message.string,) if isinstance(message.string, str) else message.string or ()
        if old is None or not all(strings):
            missing.append(text.name)
        elif old.fuzzy or old.id != text.id:
            message.flags = {"fuzzy"}
            fuzzy.append(text.name)
    return File(path, f"{header}\n{_entries(catalogue)}", len(texts), tuple(missing), tuple(fuzzy)), catalogue


def _singular(id: str | tuple[str, ...] | list[str]) -> str:
    return id if isinstance(id, str) else id[0]


def _strings(old: Message | None, text: Text, plurals: int) -> str | tuple[str, ...]:
    """The old translation: one string, or one for each plural form of the language."""
    string = (old.string if old else "") or ""
    forms = (string,) if isinstance(string, str) else tuple(string)
    if isinstance(text.id, str):
        return forms[0]
    return tuple(forms[number] if number < len(forms) else "" for number in range(plurals))


def _read(path: Path, code: str) -> Catalog:
    """The catalogue in the file, an empty one if there is none. Raises `BadInput` for one that is broken."""
    if not path.exists():
        return Catalog(locale=code)
    try:
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.split("\n"), 1):
            if not _LINE.fullmatch(line.strip()):
                raise BadInput(
                    f"{path}, line {number} cannot be read: {line}",
                    'put the text in double quotes, after msgid or msgstr; write a quote inside it as \\"',
                )
        return read_po(io.StringIO(text), locale=code, abort_invalid=True)
    except PoFileError as error:
        raise BadInput(
            f"{path}, line {error.lineno + 1} cannot be read: {error}", "write a msgid and its msgstr there"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text: {error}", "save it as UTF-8") from error


def _header(code: str, source: str) -> str:
    """The beginning of a .po file. Babel's own header has times and versions, which would change in each run."""
    locale = Locale.parse(code)
    # Babel's table of plural forms lacks some languages with one form.
    forms = Catalog(locale=locale).plural_forms if locale.plural_form.tags else "nplurals=1; plural=0;"
    return f"""\
# {source}, in {locale.english_name}: kept in step by `python3 -m swarmkit_helpers translate`.
msgid ""
msgstr ""
"Language: {locale}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {forms}\\n"
"""


def _entries(catalogue: Catalog) -> str:
    """The entries as text of a .po file."""
    body = io.BytesIO()
    write_po(body, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_lineno=False)
    return body.getvalue().decode().rstrip("\n") + "\n"
