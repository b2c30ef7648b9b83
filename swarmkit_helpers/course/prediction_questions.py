"""The questions that are to be predicted, as the course's own notebooks ask them."""

import re
from functools import cache

from .pristine import pristine

QUESTION_MAX_CHARS = 220  # of what is shown; what goes before the last sentences is left out
_PREDICT = re.compile(r"""section\.predict\(\s*["']([\w-]+)["']""")


@cache
def questions(section: str, language: str) -> dict[str, str]:
    """The section's questions in that language, by the ids of their predictions."""
    found, text = dict[str, str](), ""
    for cell in pristine(section, language)["cells"]:
        if cell["cell_type"] == "markdown":
            text = cell["source"]
        elif predicted := _PREDICT.search(cell["source"]):
            found.setdefault(predicted[1], _question(text))
    return found


def _question(text: str) -> str:
    """The last paragraph up to its last question mark, shortened to its last sentences; notes in italics are none."""
    paragraphs = [each for each in text.split("\n\n") if not re.fullmatch(r"\*[^*].*\*", each.strip())]
    last = paragraphs[-1].replace("*", "") if paragraphs else ""
    asked, mark, _after = last.rpartition("?")
    first, *sentences = reversed(re.split(r"(?<=[.?!])\s+", f"{asked}?" if mark else last))
    shown = first
    for sentence in sentences:
        if len(shown) + len(sentence) > QUESTION_MAX_CHARS:
            return f"… {shown}"
        shown = f"{sentence} {shown}"
    return shown
