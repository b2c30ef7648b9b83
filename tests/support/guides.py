"""The pages for teachers in docs/, as tests read them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH = sorted([*DOCS.glob("*.md"), *DOCS.glob("ways/*.md")])
INDONESIAN = {page: DOCS / "id" / page.relative_to(DOCS) for page in ENGLISH if page.name != "SIMULATION.md"}


def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path, kind: str = "") -> list[str]:
    """The blocks of the page that are fenced as of that kind, in order; without a kind: what is typed in a terminal."""
    return [code for name, code in re.findall(r"^ *```(.*)\n((?s:.*?))^ *```$", text(page), re.M) if name == kind]


def python_with(word: str) -> str:
    """The Python code of the pages in which that word is."""
    [code] = [block for page in ENGLISH for block in blocks(page, "python") if word in block]
    return code
