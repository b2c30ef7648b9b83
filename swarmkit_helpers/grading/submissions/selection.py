"""Which of several notebooks of one student and section counts: the newest that is not empty."""

from collections.abc import Sequence
from functools import cache

from ...course.pristine import pristine
from ...records import Json
from ..graft import graft
from .layouts import Entry
from .notebook import ReadFile


def chosen(files: Sequence[tuple[Entry, ReadFile]]) -> tuple[Entry, ReadFile]:
    """The newest of these that is not empty, by the times that the platform gives; of empty ones, the newest."""
    if len(files) == 1:
        return files[0]
    return max(files, key=lambda each: (not is_empty(each[1]), _age(each), each[1].source))


def is_empty(file: ReadFile) -> bool:
    """Whether no answer in the notebook differs from that of the notebook that was handed out."""
    if file.notebook is None:
        return True
    original = _original(file.section, file.language)
    grafted, _remarks = graft(original, file.notebook)
    return [cell["source"] for cell in grafted["cells"]] == [cell["source"] for cell in original["cells"]]


@cache
def _original(section: str, language: str) -> Json:
    return pristine(section, language)


def _age(each: tuple[Entry, ReadFile]) -> tuple[float, ...]:
    """What is larger the later it was handed in. Canvas numbers its files, whose times are those of the download."""
    entry, file = each
    if entry.layout == "canvas" and entry.owner.attachment:
        return (float(entry.owner.attachment[:15]), *file.times[1:])
    return file.times
