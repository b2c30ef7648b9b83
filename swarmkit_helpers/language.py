"""The language of the helpers' messages.

The source has the English messages. Each other language has a catalogue `locale/<code>.po`, which `swarmlab
translate` updates from the source. Docker's own words are not translated.
"""

import gettext
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"

_language: tuple[str, gettext.NullTranslations] | None = None  # its code and catalogue, once it is chosen


def available() -> tuple[str, ...]:
    """The codes of all languages, English first."""
    return (SOURCE, *sorted(path.stem for path in LOCALE.glob("*.po")))


def use(code: str | None = None) -> None:
    """Translate messages into that language from now on.

    None chooses by the folder of the notebook (notebooks/id, or swarm-id as in the students' edition), else by the
    variable SWARMLAB_LANG, else English. Raises `LookupError` for a language that is not available.
    """
    global _language
    _language = _find(code)


@contextmanager
def temporarily(code: str) -> Iterator[None]:
    """Use that language inside the block."""
    before = current()
    use(code)
    try:
        yield
    finally:
        use(before)


def current() -> str:
    """The code of the language in use."""
    return _in_use()[0]


def _(message: str) -> str:
    """The message in the language in use. Call `.format()` afterwards: the catalogue has the {placeholders}."""
    return _in_use()[1].gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The message for that number, in the plural form of the language in use."""
    return _in_use()[1].ngettext(one, many, number)


def decimal(number: float, digits: int | None = None) -> str:
    """The number as the language in use writes it: 12.5 or 12,5.

    It has that many digits after the sign, and with None as many as it needs.
    """
    whole, _dot, fraction = (f"{number:g}" if digits is None else f"{number:.{digits}f}").partition(".")
    return _("{whole}.{fraction}").format(whole=whole, fraction=fraction) if fraction else whole


def _in_use() -> tuple[str, gettext.NullTranslations]:
    """The code and the catalogue of the language in use, which is chosen now if it was not before."""
    global _language
    if _language is None:
        _language = _find(None)
    return _language


def _find(code: str | None) -> tuple[str, gettext.NullTranslations]:
    """The code and the catalogue of a language, as `use` says."""
    if code is None:
        candidates = (Path.cwd().name.rpartition("-")[2], os.environ.get("SWARMLAB_LANG"))
        code = next((candidate for candidate in candidates if candidate in available()), SOURCE)
    if code not in available():
        raise LookupError(code)
    return code, gettext.NullTranslations() if code == SOURCE else _load(LOCALE / f"{code}.po")


def _load(path: Path) -> gettext.GNUTranslations:
    """Read a catalogue from the translators' file: a compiled copy could be out of date."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
