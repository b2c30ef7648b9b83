"""The report: what is in it, what is not, its size; and that a change of it is seen."""

import base64
import getpass
import io
import json
import random
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from support.evidence_files import NOW, SECTION, good

from swarmkit_helpers import cli, language
from swarmkit_helpers.course import own_words
from swarmkit_helpers.course.journal import Event, Journal, Score
from swarmkit_helpers.course.own_words import Answer
from swarmkit_helpers.errors import BadInput
from swarmkit_helpers.grading import student_report
from swarmkit_helpers.grading.evidence import signed_page
from swarmkit_helpers.grading.evidence.signed_file import Result
from swarmkit_helpers.grading.student_report import REPORT_MAX_BYTES, report_page, steps
from swarmkit_helpers.notebook import kept_stills
from swarmkit_helpers.notebook.kept_stills import KeptStill, Moment, Owner

EVIL = '</script><img src=x onerror="alert(1)">{0} {x}'


def png(bytes: int = 0) -> str:
    """A picture of at least that size."""
    side = 1 + int((bytes / 3) ** 0.5)
    noise, file = random.Random(0).randbytes(3 * side * side), io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def still(at: float, moments: int = 0, picture: str = png(), text: str = "docker service scale web=7") -> KeptStill:
    earlier = tuple(Moment(at - 5 + number, text, text, picture) for number in range(moments))
    return KeptStill(at, "placement", text, f"{text} seen", text, (("NODE", "TASKS"), (text, "7")), picture, earlier)


def rendered(room: int = 1_000_000, stills: tuple[KeptStill, ...] = (), said: str = "", **changes) -> str:
    return report_page.page(good(**changes), {SECTION: stills}, {SECTION: [Answer("**What is a slot?**", said)]}, room)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("SWARMLAB_CLUSTER", raising=False)
    monkeypatch.setattr(kept_stills, "_owners", {})
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def made(student: str = "s001") -> Path:
    """The report of a student who has worked in a section."""
    journal = Journal("course", student)
    journal.note(SECTION, "spread", 3)
    journal.add_events(SECTION, [Event(NOW, "node", "node1", "ready, active, leader, Docker 20.10.24")])
    journal.score(SECTION, "spread", Score("passed", 3, 3))
    kept_stills.belong_to("swarm", Owner("course", SECTION, student))
    kept_stills.keep("swarm", still(NOW, moments=2))
    assert cli.main(["report", "--student", student, "--yes"]) == 0
    return Path(f"report-{student}.html")


# The page --------------------------------------------------------------------------------------------------


def test_a_section_has_its_steps_predictions_checks_and_answers():
    commands = tuple(Event(NOW - ago, "command", "node1", f"docker number {ago}") for ago in (90, 70, 10))
    shown = rendered(
        stills=(still(NOW - 80), still(NOW - 60)), said="Tasks get\nnumbers.", timeline={SECTION: commands}
    )
    assert "04 · Scale the application" in shown
    order = ["Step 1", "number 90", "Step 2", "number 70", "Step 3", "number 10", "Predictions", "as predicted"]
    places = [shown.index(each) for each in [*order, "What is a slot?", "Tasks get\nnumbers."]]
    assert places == sorted(places)
    assert "1 of 100 points" in shown
    assert "05 · " not in shown.partition("<section>")[2]


def test_a_step_replays_how_it_looked_at_each_command():
    shown = rendered(stills=(still(NOW, moments=3),))
    assert 'max="3" value="3"' in shown
    assert (shown.count('class="frame"'), shown.count('class="frame" hidden')) == (4, 3)
    assert "<input" not in rendered(stills=(still(NOW),))


@pytest.mark.parametrize(
    ("outcome", "events", "told"),
    [
        ("passed", (), "3 (as predicted)"),
        ("not as predicted", ("not as predicted, 1 of 1: it was 5",), "5 (not as predicted)"),
        ("not as predicted", ("not as predicted, 1 of 1",), "not as predicted"),
        ("not yet", ("not yet, 0 of 1",), "not seen yet"),
    ],
)
def test_beside_a_prediction_stands_what_the_swarm_did(outcome: str, events: tuple[str, ...], told: str):
    result = Result(SECTION, "spread", outcome, int(outcome != "not yet"), 1, NOW)
    timeline = {SECTION: tuple(Event(NOW, "result", "spread", text) for text in events)}
    row = rendered(results=(result,), timeline=timeline).partition("<code>spread</code>")[2]
    assert re.findall(r"<td>([^<]*)", row)[:2] == ["3", told]


def test_a_prediction_has_its_question_in_the_language_of_the_report():
    assert "How many tasks will run on the node that has most of them? <code>spread</code>" in rendered()
    language.use("id")
    row = re.search(r"<td>([^>]*)<code>spread", rendered().replace("<code>sleep-app</code>", ""))[1]
    assert row.endswith("? ")
    assert "How many" not in row


def test_the_first_page_has_the_points_of_each_section_and_a_step_its_day():
    shown = rendered(stills=(still(NOW),))
    first, section = shown.split("<section>")
    rows = dict(re.findall(r"<td>([^<]*)</td><td[^>]*>([^<]*)", first))
    assert rows["04 · Scale the application"] == "1 / 25"
    assert rows["03 · Deploy over several hosts"] == "0 / 20"  # without any work
    assert sum(int(each.partition(" / ")[2]) for each in rows.values() if each) == 100
    day, time_of_day = steps.moment(NOW).split()
    assert section.count(day) == 2  # of the step, and of the prediction
    assert f"Seen at {time_of_day}" in section


def test_a_question_has_its_code():
    assert "<strong>Why <code>--force</code>?</strong>" in report_page._answers([Answer("**Why `--force`?**", "")])


def test_whatever_was_written_stays_text():
    events = (Event(NOW, "command", EVIL, EVIL),)
    evil = good(student=EVIL, cluster=EVIL, versions=dict.fromkeys(good().versions, EVIL), timeline={SECTION: events})
    shown = report_page.page(evil, {SECTION: [still(NOW, 1, text=EVIL)]}, {SECTION: [Answer(EVIL, EVIL)]}, 10**6)
    whole, _ = signed_page.with_evidence(shown, evil)
    assert "<img src=x" not in whole
    assert whole.count("</script>") == 2
    assert "{x}" in whole


def test_nothing_in_it_leads_to_the_network():
    whole = rendered(stills=(still(NOW, moments=2),))
    assert re.findall(r"https?:|//\w|@import|url\(|<link|<iframe", whole) == []
    assert {src[:15] for src in re.findall(r'(?:src|href)="([^"]*)"', whole)} == {"data:image/png;"}


def test_the_browser_runs_no_other_script():
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', rendered())[1]
    assert policy.startswith("default-src 'none'; ")
    assert re.findall(r"script-src ([^;]*)", policy)[0].count("'sha256-") == 1


def test_it_stays_small_and_says_what_is_left_out(own_folder: Path):
    many = {
        section: [still(NOW + number, 12, png(40_000)) for number in range(30)] for section in (SECTION, "05-drain")
    }
    whole, bundle = student_report.with_pictures(good(), many, {})
    assert 0.7 * REPORT_MAX_BYTES < len(whole.encode()) < REPORT_MAX_BYTES
    assert "earlier pictures are left out" in whole
    assert bundle.evidence == good()


def test_pictures_are_worth_more_than_replays():
    one = len(rendered(stills=(still(NOW, 0, png(9000)),))) - len(rendered())
    shown = rendered(5 * one, tuple(still(NOW + number, 3, png(9000)) for number in range(4)))
    assert "left out" not in shown
    assert "<input" not in shown


def test_it_is_in_the_language_of_the_student():
    language.use("id")
    assert '<html lang="id">' in rendered()
    assert "Predictions" not in rendered()


# Answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mine", "answer"),
    [
        ("**What?**\n\n...", ""),
        ("**What?**\n\nA *slot*.\n\nIt has a number.", "A *slot*.\n\nIt has a number."),
        ("only this", "only this"),
        ("", ""),
        ("**What?**\n\n... a number", "a number"),
    ],
)
def test_an_answer_is_what_stands_beside_the_question(mine: str, answer: str):
    assert own_words._answer("**What?**\n\n...", mine) == Answer("**What?**", answer)


@pytest.mark.parametrize("content", [None, "", "[]", '{"cells": [1]}', "\x00"])
def test_a_notebook_that_is_none_has_no_answers(tmp_path: Path, content: str | None):
    if content is not None:
        (tmp_path / f"{SECTION}.ipynb").write_text(content)
    found = own_words.answers(tmp_path, "en")
    assert {each.text for each in found[SECTION]} <= {""}


# The command and the evidence --------------------------------------------------------------------------------


def test_it_says_what_it_holds_and_a_teacher_can_verify_it(own_folder: Path, capsys: pytest.CaptureFixture[str]):
    made()
    said = capsys.readouterr().out
    assert said.index("holds: your student id s001") < said.index("is your report")
    assert cli.main(["evidence", "verify", "report-s001.html"]) == 1  # the events of this test do not fit together
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[:5] == ["report-s001.html", "s001", "3", "of", "100"]
    assert "yes" in row


def test_nothing_is_written_where_nobody_can_agree(own_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    made().unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert cli.main(["report", "--student", "s001"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert not Path("report-s001.html").exists()


class Terminal(io.StringIO):
    """What a person types at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("typed", "written"), [("ya\n", True), ("Yes\n", True), ("no\n", False), ("\n", False)])
def test_a_person_is_asked_before_it_is_written(own_folder: Path, monkeypatch, typed: str, written: bool):
    made().unlink()
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    assert cli.main(["report", "--student", "s001"]) == (0 if written else 1)
    assert Path("report-s001.html").exists() == written


def test_it_names_nothing_else_of_the_computer(own_folder: Path):
    text = made().read_text()
    assert str(own_folder) not in text
    assert str(Path.home()) + "/" not in text
    assert f">{socket.gethostname()}<" not in text
    assert f">{getpass.getuser()}<" not in text


@pytest.mark.parametrize(
    ("before", "after"),
    [("7", "8"), ("as predicted", "not as predicted"), ("</html>", "</html> "), ('"points":3', '"points":2')],
)
def test_a_changed_report_is_refused(own_folder: Path, before: str, after: str):
    path = made()
    text = path.read_text()
    assert before in text
    with pytest.raises(BadInput, match="was changed after it was signed"):
        signed_page.parsed(text.replace(before, after, 1).encode(), path)
    assert signed_page.parsed(text.replace("\n", "\r\n").encode(), path).evidence.student == "s001"


def test_a_page_that_could_run_a_script_or_lead_away_is_refused_though_rightly_signed(own_folder: Path):
    whole = rendered()
    away = '<META http-equiv="refresh" content="0; url=//elsewhere">'
    for wrong in (
        "<html>" + whole,
        whole.replace("script-src", "script-src 'unsafe-inline'"),
        whole.replace("<section>", f"{away}<section>"),
    ):
        text, _ = signed_page.with_evidence(wrong, good())
        with pytest.raises(BadInput, match="do not open it in a browser"):
            signed_page.parsed(text.encode(), Path("x.html"))


def test_evidence_of_another_page_does_not_pass(own_folder: Path):
    one, _ = signed_page.with_evidence(rendered(), good())
    other, _ = signed_page.with_evidence(rendered(said="x"), good(student="s002"))
    data = r'(?<=id="evidence">)[^<]*'
    with pytest.raises(BadInput, match="was changed"):
        signed_page.parsed(re.sub(data, lambda _: re.search(data, other)[0], one).encode(), Path("x.html"))


def test_other_pages_in_a_folder_are_passed_over(own_folder: Path, capsys: pytest.CaptureFixture[str]):
    made().rename("hand-in.html")
    Path("feedback.html").write_text("<!doctype html>")
    cli.main(["evidence", "verify", "."])
    assert "feedback.html" not in capsys.readouterr().out
    assert cli.main(["evidence", "verify", "feedback.html"]) == 1
    assert "is no report of this course" in capsys.readouterr().out


def test_the_evidence_in_it_is_that_of_the_journal(own_folder: Path):
    bundle = signed_page.parsed(made().read_bytes(), Path("x.html"))
    assert [each.value for each in bundle.evidence.predictions] == [3]
    assert replace(bundle.evidence, made=0) == replace(student_report.evidence.collect("s001", "course"), made=0)
    assert json.dumps(bundle.page)
