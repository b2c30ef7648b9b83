"""The languages say the same: what `translate` keeps in step, and what translators must not change."""

import re
import shutil
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from babel.messages import Catalog, Message
from babel.messages.pofile import read_po

from swarmkit_helpers.cli import translate
from swarmkit_helpers.errors import BadInput, NotFound

ROOT = Path(__file__).parents[2]
LANGUAGES = sorted(path.name for path in (ROOT / "notebooks" / "locale").glob("*/"))
CATALOGUES = sorted((ROOT / "notebooks" / "locale").glob("*/*.po"))
HELPERS = sorted((ROOT / "swarmkit_helpers" / "locale").glob("*.po"))

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"(`+)(.+?)\1")
LINK = re.compile(r"\]\(([^)]+)\)")
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
TAG = re.compile(r"</?[a-z]+\b")
ANSWERS = {'"ya"': '"yes"', '"tidak"': '"no"'}  # what a student may type, by language: what it stands for
MARKER = re.compile(r"(#+|[-*]|\d+\.|>|\||```\w*)(?=\s|$|[^*])")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def entries(path: Path) -> list[Message]:
    return [message for message in read(path) if message.id]


def prose(text: str) -> str:
    """What is neither code nor the target of a link."""
    return LINK.sub("]", CODE.sub("", FENCE.sub("", text)))


def kept(text: str) -> dict[str, object]:
    """What a translation has in common with its source."""
    return {
        "code blocks": [body for language, body in FENCE.findall(text) if language not in ("", "text", "mermaid")],
        "code spans": Counter(ANSWERS.get(code, code) for _, code in CODE.findall(FENCE.sub("", text))),
        "links": Counter(LINK.findall(text)),
        "numbers": Counter(number.replace(",", ".") for number in NUMBER.findall(prose(text))),
        "tags": TAG.findall(prose(text)),
        "structure": structure(FENCE.sub("```\n", text)),
    }


def structure(text: str) -> list[list[str]]:
    """For each block what its lines begin with: headings, list items, table rows; "" is a paragraph."""
    blocks = []
    for block in re.split(r"\n\s*\n", text.strip()):
        starts = [found[1] if (found := MARKER.match(line.lstrip())) else "" for line in block.splitlines()]
        blocks.append([start for number, start in enumerate(starts) if start or not number])
    return blocks


def placeholders(text: str) -> Counter[str]:
    return Counter(re.findall(r"\{[^{}]*\}", text))


def test_kept_sees_what_a_translator_may_not_change():
    text = "## Title\n\nSee `a` and [b](c.ipynb), 2.5 s.\n\n- one\n- two"
    assert kept(text) == kept("## Judul\n\nLihat `a` dan [b](c.ipynb), 2,5 s.\n\n- satu\n- dua")
    for change in (("##", "#"), ("`a`", "`d`"), ("c.ipynb", "d.ipynb"), ("2.5", "25"), ("- two", "two")):
        assert kept(text) != kept(text.replace(*change))


def test_there_is_another_language():
    assert "id" in LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_notebook_has_a_catalogue(code: str):
    sources = {path.stem for path in (ROOT / "notebooks" / "en").glob("*.ipynb")}
    assert {path.stem for path in CATALOGUES if path.parent.name == code} == sources


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_nothing_is_missing_and_nothing_outdated(path: Path):
    assert [message.context for message in entries(path) if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=name)
def test_code_links_numbers_and_structure_are_those_of_the_source(path: Path):
    translated = [message for message in entries(path) if message.string]
    differing = {
        message.context: (kept(message.id)[part], kept(message.string)[part])
        for message in translated
        for part in kept(message.id)
        if kept(message.id)[part] != kept(message.string)[part]
    }
    assert differing == {}


@pytest.mark.parametrize("path", HELPERS, ids=name)
def test_placeholders_of_messages_are_those_of_the_source(path: Path):
    for message in entries(path):
        many = message.id if isinstance(message.id, str) else message.id[-1]
        strings = [message.string] if isinstance(message.string, str) else message.string
        for string in filter(None, strings):
            assert placeholders(string) == placeholders(many)


@pytest.mark.parametrize("code", LANGUAGES)
def test_code_cells_are_the_same_to_the_byte(code: str):
    for path in (ROOT / "notebooks" / "en").glob("*.ipynb"):
        source = nbformat.read(path, as_version=4)
        made = nbformat.read(ROOT / "notebooks" / code / path.name, as_version=4)
        assert made.metadata.swarmlab.language == code
        assert [(cell.id, cell.cell_type, cell.metadata) for cell in made.cells] == [
            (cell.id, cell.cell_type, cell.metadata) for cell in source.cells
        ]
        assert [cell.source for cell in made.cells if cell.cell_type == "code"] == [
            cell.source for cell in source.cells if cell.cell_type == "code"
        ]


def test_catalogues_and_notebooks_are_in_step(capsys: pytest.CaptureFixture[str]):
    left = translate.run(check=True)
    assert not left, capsys.readouterr().out


# `translate` itself, on a small tree ----------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A notebook, a module with messages, and the folder with which a language begins."""
    cells = [
        nbformat.v4.new_markdown_cell("# Title", id="title"),
        nbformat.v4.new_code_cell("print(1)", id="one", execution_count=1, metadata={"tags": ["answer"]}),
        nbformat.v4.new_markdown_cell('Press "Run",\nthen read `[1]`.', id="text"),
    ]
    (tmp_path / "notebooks" / "en").mkdir(parents=True)
    (tmp_path / "notebooks" / "locale" / "id").mkdir(parents=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "notebooks" / "en" / "00-start.ipynb")
    (tmp_path / "swarmkit_helpers").mkdir()
    (tmp_path / "swarmkit_helpers" / "a.py").write_text(
        '_("{name} is off")\nngettext("{n} task",\n         "{n} tasks", n)\n'
    )
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def contents(tree: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def po(tree: Path) -> Path:
    return tree / "notebooks" / "locale" / "id" / "00-start.po"


def made(tree: Path) -> dict[str, nbformat.NotebookNode]:
    notebook = nbformat.read(tree / "notebooks" / "id" / "00-start.ipynb", as_version=4)
    return {cell.id: cell for cell in notebook.cells}


def test_a_language_begins_with_everything_missing(tree: Path, capsys: pytest.CaptureFixture[str]):
    assert translate.run(check=False, root=tree) == 0
    said = capsys.readouterr().out
    assert "notebooks/locale/id/00-start.po: 2 missing: title, text\n" in said
    assert said.endswith("id: 4 texts, 4 missing, 0 fuzzy\n")
    assert [(message.context, message.id) for message in entries(po(tree))] == [
        ("title", "# Title"),
        ("text", 'Press "Run",\nthen read `[1]`.'),
    ]
    assert [message.id for message in entries(tree / "swarmkit_helpers" / "locale" / "id.po")] == [
        "{name} is off",
        ("{n} task", "{n} tasks"),
    ]
    assert made(tree)["title"].source == "# Title"


def test_what_is_translated_stands_in_the_notebook_and_twice_changes_nothing(tree: Path):
    translate.run(check=False, root=tree)
    edit(po(tree), 'msgid "# Title"\nmsgstr ""', 'msgid "# Title"\nmsgstr "# Judul"')
    translate.run(check=False, root=tree)
    assert made(tree)["title"].source == "# Judul"
    assert (made(tree)["one"].source, made(tree)["one"].metadata.tags) == ("print(1)", ["answer"])
    before = contents(tree)
    translate.run(check=False, root=tree)
    assert contents(tree) == before


def test_a_changed_source_makes_its_translation_fuzzy_and_a_removed_cell_goes(
    tree: Path, capsys: pytest.CaptureFixture[str]
):
    translate.run(check=False, root=tree)
    edit(po(tree), 'msgid "# Title"\nmsgstr ""', 'msgid "# Title"\nmsgstr "# Judul"')
    source = tree / "notebooks" / "en" / "00-start.ipynb"
    notebook = nbformat.read(source, as_version=4)
    notebook.cells = notebook.cells[:2]
    notebook.cells[0].source = "# Another title"
    nbformat.write(notebook, source)
    translate.run(check=False, root=tree)
    assert "1 fuzzy: title" in capsys.readouterr().out
    [message] = entries(po(tree))
    assert (message.id, message.string, message.fuzzy) == ("# Another title", "# Judul", True)
    assert [cell.source for cell in made(tree).values()] == ["# Another title", "print(1)"]


def test_a_changed_message_keeps_its_translation_as_fuzzy(tree: Path):
    catalogue = tree / "swarmkit_helpers" / "locale" / "id.po"
    translate.run(check=False, root=tree)
    edit(catalogue, 'off"\nmsgstr ""', 'off"\nmsgstr "{name} mati"')
    edit(catalogue, 'msgstr[0] ""', 'msgstr[0] "{n} task"')
    edit(tree / "swarmkit_helpers" / "a.py", "is off", "is off now")
    translate.run(check=False, root=tree)
    assert [(message.string, message.fuzzy) for message in entries(catalogue)] == [
        ("{name} mati", True),
        (("{n} task",), False),
    ]


def test_outputs_stay_with_the_code_that_made_them(tree: Path):
    translate.run(check=False, root=tree)
    path = tree / "notebooks" / "id" / "00-start.ipynb"
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="1\n")]
    notebook.cells[1].execution_count = 1
    notebook.metadata.language_info = {"name": "python", "version": "3.99"}
    nbformat.write(notebook, path)
    translate.run(check=False, root=tree)
    assert (made(tree)["one"].outputs[0].text, made(tree)["one"].execution_count) == ("1\n", 1)
    assert nbformat.read(path, as_version=4).metadata.language_info.version == "3.99"
    edit(tree / "notebooks" / "en" / "00-start.ipynb", "print(1)", "print(2)")
    translate.run(check=False, root=tree)
    assert (made(tree)["one"].outputs, made(tree)["one"].execution_count) == ([], None)


def test_check_writes_nothing_and_tells(tree: Path, capsys: pytest.CaptureFixture[str]):
    before = contents(tree)
    assert translate.run(check=True, root=tree) == 1
    assert contents(tree) == before
    assert "notebooks/id/00-start.ipynb: out of date" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('msgstr ""', 'msgstr "# Judul'),
        ('msgstr ""', '<<<<<<< HEAD\nmsgstr ""'),
        ('msgstr ""', ""),
        ('msgstr ""', 'msgstr "a "b" c"'),
    ],
)
def test_a_broken_catalogue_is_told_with_its_line_and_kept(tree: Path, old: str, new: str):
    translate.run(check=False, root=tree)
    edit(po(tree), f'msgid "# Title"\n{old}', f'msgid "# Title"\n{new}')
    before = contents(tree)
    with pytest.raises(BadInput, match=r"00-start\.po, line 1[012] cannot be read"):
        translate.run(check=False, root=tree)
    assert contents(tree) == before


def test_an_installed_package_has_no_notebooks(tmp_path: Path):
    with pytest.raises(NotFound, match="there are no notebooks in "):
        translate.run(check=False, root=tmp_path)


def test_a_folder_that_is_no_language_is_told(tree: Path):
    (tree / "notebooks" / "locale" / "indonesian").mkdir()
    with pytest.raises(BadInput, match="no language has the code 'indonesian'"):
        translate.run(check=True, root=tree)


def test_a_language_with_more_plural_forms(tree: Path):
    shutil.rmtree(tree / "notebooks" / "locale" / "id")
    (tree / "notebooks" / "locale" / "pl").mkdir()
    translate.run(check=False, root=tree)
    catalogue = tree / "swarmkit_helpers" / "locale" / "pl.po"
    assert catalogue.read_text(encoding="utf-8").count("msgstr[") >= 3
