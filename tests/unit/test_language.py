"""The helpers in another language than English: which is chosen, and that no text was forgotten."""

import ast
import os
import subprocess
import symtable
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages import Message
from babel.messages.pofile import read_po
from support.api_bodies import seen, task

from swarmkit_helpers import errors, language
from swarmkit_helpers.cli import catalogues
from swarmkit_helpers.display.tables import Nodes, Tasks
from swarmkit_helpers.errors import BadInput, unknown
from swarmkit_helpers.language import _, ngettext
from swarmkit_helpers.rules import convergence

PACKAGE = Path(language.__file__).parent
CATALOGUES = sorted(language.LOCALE.glob("*.po"))


@pytest.fixture(autouse=True)
def _english_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("SWARMLAB_LANG", raising=False)
    yield
    language.use("en")


# Which language ------------------------------------------------------------------------------------------------


def test_english_and_indonesian_are_there():
    assert language.available()[0] == "en"
    assert "id" in language.available()


@pytest.mark.parametrize(
    ("folder", "variable", "chosen"),
    [
        ("swarm-id", None, "id"),
        ("swarm-en", "id", "en"),
        ("my-swarm", "id", "id"),
        ("id", None, "id"),
        ("en", "id", "en"),
        ("work", "id", "id"),
        ("work", None, "en"),
        ("work", "xx", "en"),
        ("xx", "id", "id"),
        ("id", "en", "id"),
    ],
)
def test_the_folder_of_the_notebook_decides_then_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: str, variable: str | None, chosen: str
):
    (tmp_path / folder).mkdir()
    monkeypatch.chdir(tmp_path / folder)
    if variable:
        monkeypatch.setenv("SWARMLAB_LANG", variable)
    language.use()
    assert language.current() == chosen


def test_a_language_that_is_not_there_changes_nothing():
    language.use("id")
    with pytest.raises(LookupError, match="xx"):
        language.use("xx")
    assert language.current() == "id"


def test_english_needs_no_babel():
    program = "import sys; from swarmkit_helpers.language import _; _('none'); print('babel' in sys.modules)"
    shown = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"SWARMLAB_LANG": "en"},
    )
    assert shown.stdout == "False\n"


# What is said --------------------------------------------------------------------------------------------------


def test_an_error_in_indonesian():
    language.use("id")
    error = unknown("services", "wbe", ["web"])
    assert str(error) == (
        "tidak ada service bernama 'wbe'; swarm ini punya: web\n"
        "  Solusi: pakai salah satu nama itu, atau buat dengan swarm.create_service()"
    )
    assert error._render_traceback_()[1].startswith("  Solusi: ")


def test_what_an_error_quotes_may_have_braces():
    assert BadInput("no {field}", "write {}").problem == "no {field}"
    assert BadInput("{said}", "a fix", said="{braces}").problem == "{braces}"


def test_a_summary_and_a_plural_in_indonesian():
    language.use("id")
    now = seen(tasks=[task(1), task(2, "node2", "shutdown", "shutdown")])
    assert Nodes(now.nodes).summary() == "3 node: 1 manager, 2 worker; 3 ready"
    assert Tasks(now.tasks).summary() == "1 task: 1 running; dan beberapa yang sudah lewat"
    assert convergence.reasons(now) == ["1 dari 2 replika web berjalan"]
    assert [ngettext("{n} machine", "{n} machines", number).format(n=number) for number in (1, 3)] == [
        "1 mesin",
        "3 mesin",
    ]


def test_a_number_as_the_language_writes_it():
    numbers = [(12.5, None), (3, None), (0.04, 1)]
    assert [language.decimal(*number) for number in numbers] == ["12.5", "3", "0.0"]
    language.use("id")
    assert [language.decimal(*number) for number in numbers] == ["12,5", "3", "0,0"]


def test_what_no_catalogue_has_is_said_in_english():
    language.use("id")
    assert _("nobody has translated this") == "nobody has translated this"


# Whether a text was forgotten: in which file, and on which line ------------------------------------------------


@pytest.fixture(scope="module")
def sources() -> dict[str, ast.AST]:
    """The code of every module, by its name; read once for all tests, none of which changes it."""
    return {str(path.relative_to(PACKAGE)): ast.parse(path.read_bytes()) for path in sorted(PACKAGE.rglob("*.py"))}


@pytest.fixture(scope="module")
def calls(sources: dict[str, ast.AST]) -> list[tuple[str, ast.Call]]:
    """Every call in them, and the name of its module."""
    return [(name, each) for name, code in sources.items() for each in ast.walk(code) if isinstance(each, ast.Call)]


def is_translated(each: ast.AST) -> bool:
    """Whether it is a call that looks up a text."""
    return isinstance(each, ast.Call) and isinstance(each.func, ast.Name) and each.func.id in catalogues.TEXTS_OF


def test_what_is_translated_stands_there_as_it_is(calls: list[tuple[str, ast.Call]]):
    """A text that is put together before it is looked up is in no catalogue."""
    made = [
        (name, call.lineno)
        for name, call in calls
        if is_translated(call)
        for text in call.args[: catalogues.TEXTS_OF[call.func.id]]
        if not isinstance(text, ast.Constant)
    ]
    assert made == []


def test_errors_and_phases_speak_every_language(calls: list[tuple[str, ast.Call]]):
    """What `translate` itself says is for those who write the course, in English."""
    kinds = {kind for kind, value in vars(errors).items() if isinstance(value, type)}
    plain = [
        (name, call.lineno)
        for name, call in calls
        if name not in ("cli/translate.py", "cli/catalogues.py")
        and not name.startswith("bootstrap/")
        and (getattr(call.func, "id", "") in kinds or getattr(call.func, "attr", "") in ("phase", "rename"))
        and any(isinstance(text, (ast.Constant, ast.JoinedStr)) for text in call.args)
    ]
    assert plain == []


def test_no_function_uses_the_name_of_the_translator_for_something_else():
    """Where `_` is assigned, it is a local name in the whole function, and _("...") fails."""

    def scopes(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
        yield table
        for inner in table.get_children():
            yield from scopes(inner)

    named = [
        (path.name, scope)
        for path in PACKAGE.rglob("*.py")
        for scope in scopes(symtable.symtable(path.read_text(encoding="utf-8"), str(path), "exec"))
        if scope.get_type() == "function" and "_" in scope.get_identifiers()
    ]
    assert [
        (name, scope.get_name())
        for name, scope in named
        if scope.lookup("_").is_referenced() and (scope.lookup("_").is_local() or scope.lookup("_").is_free())
    ] == []


def test_nothing_is_translated_while_it_is_imported(sources: dict[str, ast.AST]):
    """The language is chosen later: a text made then would stay English."""

    def now(code: ast.AST) -> Iterator[ast.AST]:
        for each in ast.iter_child_nodes(code):
            if not isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
                yield each
                yield from now(each)

    early = [(name, call.lineno) for name, code in sources.items() for call in filter(is_translated, now(code))]
    assert early == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_message_is_translated(path: Path):
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert [message.id for message in messages] == [text.id for text in catalogues.messages(PACKAGE)]
    assert [message.id for message in messages if message.fuzzy or not all(strings(message))] == []


def strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else message.string
