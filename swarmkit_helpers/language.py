"""The language in which the helpers speak.

English stands in the source; another language is a catalogue `locale/<code>.po`, which `swarmlab translate`
keeps in step with the source. Docker's own words stay as they are.
"""

import gettext
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCALE = Path(__file__).parent / "locale"
SOURCE = "en"

_chosen: tuple[str, gettext.NullTranslations] | None = None


def available() -> tuple[str, ...]:
    """The codes of the languages there are, English first."""
    return (SOURCE, *sorted(path.stem for path in LOCALE.glob("*.po")))


def use(code: str | None = None) -> None:
    """From now on texts are in that language. None chooses what the surroundings say.

    That is the folder the notebook is in (notebooks/id, or swarm-id as in the students' edition), else the variable
    SWARMLAB_LANG, else English.
    Raises `LookupError` for a language that is not available.
    """
    global _chosen
    if code is None:
        wished = (Path.cwd().name.rpartition("-")[2], os.environ.get("SWARMLAB_LANG"))
        code = next((wish for wish in wished if wish in available()), SOURCE)
    if code not in available():
        raise LookupError(code)
    _chosen = code, gettext.NullTranslations() if code == SOURCE else _load(LOCALE / f"{code}.po")


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
    if _chosen is None:
        use()
    return _chosen[0]


def _(message: str) -> str:
    """The message in the language in use; `.format()` it afterwards, so that the catalogue sees what varies."""
    current()
    return _chosen[1].gettext(message)


def ngettext(one: str, many: str, number: int) -> str:
    """The message for that number of things, as the grammar of the language has it."""
    current()
    return _chosen[1].ngettext(one, many, number)


def _load(path: Path) -> gettext.GNUTranslations:
    """The catalogue, read as its translators keep it: there is no compiled copy that could be out of date."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
