"""The course's notebooks without outputs: what students work in, what is handed out, what grading puts answers on."""

import json
from pathlib import Path

from jupyter_core.paths import jupyter_path

from ..errors import NotFound
from ..installation import ROOT
from ..language import _, available
from ..records import Json


def _course() -> Path:
    """The folder of the course's notebooks: in the clone, or where the wheel has put it, in Jupyter's data folders."""
    places = [ROOT, *map(Path, jupyter_path("swarmlab"))]
    return next((place for place in places if (place / "notebooks").is_dir()), ROOT) / "notebooks"


COURSE = _course()
GLOSSARY = "GLOSSARY.md"
# How the course's notebooks name it; without outputs they have it beside them, in the same folder.
_GLOSSARY_LINK = f"](../../{GLOSSARY})"


def languages() -> list[str]:
    """The languages that have notebooks here, English first."""
    return [language for language in available() if (COURSE / language).is_dir()]


def sections(language: str) -> list[str]:
    """The names of the notebooks in that language, in their order. Raises `NotFound` if there are none."""
    found = sorted(path.stem for path in (COURSE / language).glob("*.ipynb"))
    if not found:
        there = sorted({path.parent.name for path in COURSE.glob("??/*.ipynb")})
        raise NotFound(
            _("{folder} has no notebooks; languages with notebooks: {there}"),
            _("choose one with --lang {first}") if there else _("run this in a clone of the project"),
            folder=COURSE / language,
            there=", ".join(there) or _("none"),
            first="".join(there[:1]),
        )
    return found


def pristine(section: str, language: str) -> Json:
    """The section's notebook as the course has it, without outputs. Raises `NotFound` outside of a clone."""
    path = COURSE / language / f"{section}.ipynb"
    try:
        notebook: Json = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise NotFound(_("there is no {path}"), _("run this in a clone of the project"), path=path) from error
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace(_GLOSSARY_LINK, f"]({GLOSSARY})")
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return notebook


def is_answer(cell: Json) -> bool:
    """Whether the course's cell is one for an answer."""
    return "answer" in cell["metadata"].get("tags", ())


def is_in_words(cell: Json) -> bool:
    """Whether the course's cell is one for an answer in the student's own words, which is no code."""
    return is_answer(cell) and cell["cell_type"] == "markdown"


def is_of_the_course(folder: Path) -> bool:
    """Whether the folder is that of the course's notebooks, or in it."""
    return folder.resolve().is_relative_to(COURSE.resolve())


def glossary() -> str:
    """The words of the course, as the text of the file beside the notebooks."""
    return (COURSE.parent / GLOSSARY).read_text(encoding="utf-8")


def text(notebook: Json) -> str:
    """The notebook as its file has it."""
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
