"""The pages for people: each command on them is one that exists, each link leads to a heading, each way is listed."""

import os
import re
import shlex
from pathlib import Path

import pytest
from support import guides

from swarmkit_helpers import cli

ROOT = guides.DOCS.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md", *sorted(guides.DOCS.rglob("*.md"))]
PROGRAMS = ("swarmlab ", "python3 -m swarmkit_helpers ", "py -m swarmkit_helpers ", "… ")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


def arguments(line: str) -> str | None:
    """What follows the name of our program; None if the line is of another program."""
    return next((line.removeprefix(program) for program in PROGRAMS if line.startswith(program)), None)


def typed(page: Path) -> list[str]:
    """Our commands in the blocks of the page, as they are typed, without the program."""
    lines = [line.strip().partition(" && ")[0] for block in guides.blocks(page) for line in block.splitlines()]
    return [command for line in lines if (command := arguments(line)) is not None]


def mentioned(page: Path) -> list[str]:
    """Our commands within the sentences of the page, without the program."""
    prose = re.sub(r"```.*?```", "", guides.text(page), flags=re.DOTALL)
    return [command for span in re.findall("`([^`\n]+)`", prose) if (command := arguments(span)) is not None]


def options(command: str, capsys: pytest.CaptureFixture[str]) -> set[str]:
    """The options that the command has, as its help lists them. Raises `AssertionError` if there is no such command."""
    with pytest.raises(SystemExit) as ended:
        cli.parse([command, "--help"])
    assert ended.value.code == 0, command
    return set(OPTION.findall(capsys.readouterr().out))


def headings(page: Path) -> set[str]:
    """The names that links give to the headings of the page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", guides.text(page), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_what_is_typed_is_understood(page: Path):
    for command in typed(page):
        cli.parse(shlex.split(command, comments=True))


@each_page
def test_commands_in_sentences_exist_and_have_their_options(page: Path, capsys: pytest.CaptureFixture[str]):
    for command in mentioned(page):
        name, *_ = command.split()
        if name not in ("--version", "--help", "…"):
            assert set(OPTION.findall(command)) <= options(name, capsys), command


@each_page
def test_links_lead_to_headings(page: Path):
    links = re.findall(r"\]\(([^)#:]*)#([^)]+)\)", guides.text(page))
    assert [(file, name) for file, name in links if name not in headings(page.parent / file if file else page)] == []


def test_the_first_page_leads_to_every_other():
    linked = {
        os.path.normpath(link) for link in re.findall(r"\]\(([^)#:]+\.md)", guides.text(guides.DOCS / "TEACHERS.md"))
    }
    assert {str(page.relative_to(guides.DOCS)) for page in guides.ENGLISH} - linked == {"TEACHERS.md"}


# In Indonesian --------------------------------------------------------------------------------------------


def shape(page: Path) -> list[str]:
    """What the page is made of, line by line: levels of headings, places in lists and rows of tables."""
    prose = re.sub(r"```.*?```", "", guides.text(page), flags=re.DOTALL)
    return re.findall(r"^(#+|\||\d+\.|-)(?= )", prose, re.MULTILINE)


def linked(page: Path) -> list[str]:
    """The pages and files to which the page links, in order; those in Indonesian under their English names."""
    links = re.findall(r"\]\(([^)#]+)", guides.text(page))
    absolute = (link if ":" in link else os.path.normpath(page.parent / link) for link in links)
    return [each.replace(str(guides.DOCS / "id"), str(guides.DOCS)) for each in absolute]


def test_every_page_is_there_in_indonesian_and_no_other():
    assert set(guides.INDONESIAN.values()) == set((guides.DOCS / "id").rglob("*.md"))


@pytest.mark.parametrize("page", guides.INDONESIAN, ids=lambda page: str(page.relative_to(guides.DOCS)))
def test_the_indonesian_page_says_the_same(page: Path):
    indonesian = guides.INDONESIAN[page]
    for kind in ("", "python", "markdown"):
        assert guides.blocks(indonesian, kind) == guides.blocks(page, kind)
    assert shape(indonesian) == shape(page)
    assert linked(indonesian) == linked(page)
    assert set(OPTION.findall(guides.text(page))) <= set(OPTION.findall(guides.text(indonesian)))
