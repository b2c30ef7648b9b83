"""The page of `mark`: what it shows, what it saves, and whom it answers. The server is real, on loopback."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode

import pytest
from support import graded_course

from swarmkit_helpers import BadInput
from swarmkit_helpers.course import own_words
from swarmkit_helpers.course.sections import SECTIONS
from swarmkit_helpers.grading import overrides
from swarmkit_helpers.grading.marking import rubric
from swarmkit_helpers.grading.marking.desk import Desk
from swarmkit_helpers.grading.marking.mark_page import View
from swarmkit_helpers.grading.marking.server import HEADERS, MarkServer
from swarmkit_helpers.language import available, temporarily

CLEAN = graded_course.CLEAN
HAND = "The one started by hand."
EVIL = "</div><script>alert(1)</script><img src=x onerror=alert(1)> \u202egnp \x1b[31m"
WORDS = {
    "ani": {"words-1": HAND, "words-2": EVIL},
    "budi": {"words-1": f"  {HAND.lower()} "},
    "=cici": {"words-1": "x" * 20_000},
    "dodi": {},
}


@dataclass
class Client:
    """A browser without a page: it sends what it is told to."""

    server: MarkServer
    out: Path

    def ask(
        self, path: str = f"{CLEAN}/words-1", form: dict[str, object] | None = None, **headers: str
    ) -> tuple[int, str, http.client.HTTPMessage]:
        """The answer's status, text and headers. The path begins with the secret if it does not begin with a slash."""
        port = self.server.server_address[1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        body = None if form is None else urlencode(form, doseq=True)
        address = path if path.startswith("/") else self.server.path + path
        connection.request("GET" if form is None else "POST", address, body, headers)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode(), answer.headers
        connection.close()
        return found

    def mark(self, points: str, answer: int = 0, comment: str = "", **more: str) -> tuple[int, str]:
        """Give points to the group of answers at that place on the page."""
        articles = self.ask()[1].split("<article")[1:]
        ids = re.findall(r'name="answer" value="(\w+)"', articles[answer])
        status, text, _headers = self.ask(form={"answer": ids, "points": points, "comment": comment, **more})
        return status, text

    def rows(self) -> list[str]:
        """The rows of overrides.csv below its titles."""
        return (self.out / overrides.FILE).read_text(encoding="utf-8-sig").splitlines()[1:]


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    out = graded_course.write(tmp_path / "out", WORDS)
    with MarkServer(Desk(out)) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Client(server, out)
        server.shutdown()
        thread.join()


def place_of(page: str, text: str) -> int:
    """The place of the article with that text."""
    return next(place for place, each in enumerate(page.split("<article")[1:]) if text in each)


def test_a_mark_is_a_row_for_each_of_the_equal_answers(client: Client):
    status, page, _headers = client.ask()
    assert status == 200
    assert "0 of 3 marked" in page
    assert "2 students wrote this" in page
    assert client.mark("1", place_of(page, "2 students wrote this"), "Which one,\nand  why?")[0] == 303
    assert sorted(client.rows()) == [
        f'{student},{CLEAN},words-1,1,"Which one, and why?",' for student in ("ani", "budi")
    ]
    page = client.ask()[1]
    assert "2 of 3 marked" in page
    assert 'value="1" aria-label="1 point" title="1 point" aria-pressed="true"' in page


def test_each_can_be_marked_by_itself_and_taken_back(client: Client):
    assert len(client.ask(f"{CLEAN}/words-1?apart")[1].split("<article")) == 1 + 3
    place = place_of(client.ask()[1], "xxx")
    for points in ("2", "0"):
        assert client.mark(points, place)[0] == 303
    assert client.rows() == [f"'=cici,{CLEAN},words-1,{points},," for points in ("2", "0")]  # no formula
    assert "1 of 3 marked" in client.ask()[1]
    assert client.mark("", place)[0] == 303
    assert "0 of 3 marked" in client.ask()[1]


def test_after_the_last_answer_the_page_leads_on(client: Client):
    """The script gives the focus to what is named `next`, so that a digit changes no mark."""
    last = [f"{CLEAN}/words-1", f"{CLEAN}/words-2"]
    assert f'<a id="next" href="{client.server.path}{last[1]}">' in client.ask(last[0])[1]
    ids = re.findall(r'name="answer" value="(\w+)"', client.ask(last[1])[1])
    client.ask(last[1], {"answer": ids, "points": "2"})
    assert '<em id="next" tabindex="-1">all others are marked</em>' in client.ask(last[0])[1]


def test_a_comment_has_a_sentence_for_while_it_is_not_saved(client: Client):
    page = client.ask()[1]
    assert page.count('<strong class="low unsaved" hidden>· not saved yet</strong>') == page.count("<textarea") > 0


def test_the_page_names_nobody_at_once_and_says_who_gave_no_answer(client: Client):
    page = client.ask()[1]
    shown = re.sub(r"<details>.*?</details>", "", page)
    assert not [student for student in WORDS if student in shown]
    assert "1 student gave no answer" in page
    assert "dodi Name of dodi" in page


def test_what_students_wrote_is_text(client: Client):
    page = client.ask(f"{CLEAN}/words-2")[1]
    assert page.count("<script") == 1
    assert "<img" not in page
    assert not {"\u202e", "\x1b"} & {*page}
    assert "</div><script>alert(1)</script>" in unescape(page)
    assert "Only its first 5000 characters are shown." in client.ask()[1]
    assert len(client.ask()[1]) < 30_000


def test_the_address_leads_to_the_first_question_with_something_to_mark(client: Client):
    assert client.ask("")[2]["Location"] == f"{client.server.path}{CLEAN}/words-1"
    for place in range(2):
        client.mark("2", place)
    assert client.ask("")[2]["Location"] == f"{client.server.path}{CLEAN}/words-2"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 403),
        (f"/{'x' * 32}/{CLEAN}/words-1", {}, 403),
        (f"{CLEAN}/words-1", {"Host": "evil.example"}, 403),
        (f"{CLEAN}/words-1", {"Host": "[", "Origin": "http://["}, 403),
        (f"{CLEAN}/words-1", {"Origin": "http://evil.example"}, 403),
        (f"{CLEAN}/words-1", {"Origin": "null"}, 403),
        (f"{CLEAN}/words-1", {"Host": "localhost:8000"}, 200),
        (f"{CLEAN}/words-9", {}, 404),
        ("../../etc/passwd", {}, 404),
    ],
)
def test_only_its_own_page_is_answered(client: Client, path: str, headers: dict[str, str], status: int):
    assert client.ask(path, **headers)[0] == status
    if status == 403:
        form = {"answer": [], "points": "2"}
        assert client.ask(path, form, **headers)[0] == 403


def test_every_page_has_its_policy_and_can_be_in_no_frame(client: Client):
    _status, page, headers = client.ask()
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in page
    assert "script-src 'sha256-" in page
    assert client.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"answer": ["x"], "points": "2"}, 400),
        ({"points": "2"}, 400),
        ({"answer": [], "points": "3"}, 400),
        ({"answer": "x" * 300_000, "points": "3"}, 413),
    ],
)
def test_what_is_no_form_of_the_page_is_refused(client: Client, form: dict[str, object], status: int):
    assert client.ask(form=form)[0] == status
    assert not (client.out / overrides.FILE).exists()


def test_an_answer_that_was_changed_after_it_was_marked_is_marked_again(client: Client):
    for place in range(2):
        client.mark("1", place)
    graded_course.write(client.out, WORDS | {"budi": {"words-1": HAND + " It is no task."}})
    with MarkServer(Desk(client.out)) as server:
        page = server.desk.page(View((CLEAN, "words-1"), False, server.path))
    assert "2 of 3 marked" in page
    assert page.count("since it was marked (1 of 2): mark it again") == 1
    assert 'class="open"' in page.split("<article")[1 + place_of(page, "It is no task")]


def test_a_wrong_row_is_said_and_nothing_is_saved(client: Client):
    wrong = f"student,section,exercise,points,comment,excused\nani,{CLEAN},words-1,3,,\n"
    page = client.ask()[1]
    ids = re.findall(r'name="answer" value="(\w+)"', page)
    (client.out / overrides.FILE).write_text(wrong, encoding="utf-8")
    for form in (None, {"answer": ids[:1], "points": "1"}):
        status, said, _headers = client.ask(form=form)
        assert status == 409
        assert "write a number from 0 to 2" in said
    assert (client.out / overrides.FILE).read_text(encoding="utf-8") == wrong


def test_a_course_without_answers_is_said(tmp_path: Path):
    with pytest.raises(BadInput, match="holds no graded course"):
        Desk(tmp_path)
    with pytest.raises(BadInput, match="no answers in words"):
        Desk(graded_course.write(tmp_path, {"ani": {}}))


@pytest.mark.parametrize("language", available())
def test_every_question_has_a_rubric(language: str):
    asked = {(section, id) for section in SECTIONS for id in own_words.questions(section, language)}
    found = rubric.rubrics(language)
    assert found.keys() == asked
    assert len({each.full for each in found.values()}) == len(asked)


def test_the_page_speaks_indonesian(client: Client):
    with temporarily("id"):
        page = client.server.desk.page(View((CLEAN, "words-1"), False, client.server.path))
    assert "Kontainer yang dijalankan sendiri" in page
    assert "dari 3" in page
