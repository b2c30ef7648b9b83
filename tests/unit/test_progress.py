"""Phases on a terminal: a bar while they run, a line when they end. No bar goes into a file or a pipe."""

import pytest
from support.clock import Clock

from swarmkit_helpers.notebook.cell_progress import NotebookProgress
from swarmkit_helpers.progress import BAR_CHARS, Bar, Silent, Terminal, current, shown_on


def pretend_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let stdout be a terminal of 80 columns."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")


def test_a_bar_shows_the_share_that_is_done_and_the_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pretend_terminal(monkeypatch)
    clock = Clock()
    bar = Bar("pull busybox", clock)
    clock.now += 30
    bar.advance(1, 4)
    assert capsys.readouterr().out == f"\r  pull busybox {'█' * 8:{BAR_CHARS}}  25 % 00:30, 01:30 left"


def test_a_bar_waits_and_is_not_redrawn_at_every_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pretend_terminal(monkeypatch)
    clock = Clock()
    bar = Bar("load", clock)
    shown = []
    for done in range(100):
        bar.advance(done, 100)
        shown.append(capsys.readouterr().out != "")
        clock.now += 0.0625
    assert shown[:8] == [False] * 8
    assert shown[8:] == [True, False] * 46


def test_a_renamed_bar_leaves_nothing_of_the_line_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pretend_terminal(monkeypatch)
    clock = Clock()
    bar = Bar("a long name", clock)
    clock.now += 1
    bar.advance(0, 1)
    long = capsys.readouterr().out
    bar.rename("short")
    clock.now += 1
    bar.advance(1, 1)
    assert len(capsys.readouterr().out) == len(long) > BAR_CHARS
    bar.clear()
    assert capsys.readouterr().out.replace(" ", "") == "\r\r"


def test_a_bar_never_needs_a_second_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    pretend_terminal(monkeypatch)
    clock = Clock()
    bar = Bar("a name " * 30, clock)
    clock.now += 1
    bar.advance(1, 2)
    assert len(capsys.readouterr().out) == len("\r") + 79


def test_a_file_gets_one_line_with_the_outcome(capsys: pytest.CaptureFixture[str]):
    with Terminal().phase("pull busybox") as phase:
        phase.advance(1, 2)
        phase.rename("busybox is here")
    assert capsys.readouterr().out == " ✓ busybox is here (0.0 s)\n"
    with pytest.raises(ZeroDivisionError), Terminal().phase("divide"):
        _ = 1 / 0
    assert capsys.readouterr().out == " ✗ divide (0.0 s)\n"


def test_a_phase_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    pretend_terminal(monkeypatch)
    clock = Clock()
    bar = Bar("wait until sleep-app has converged", clock)
    bar.note("4 of 7 tasks run")  # a short wait says nothing
    clock.now += 1
    bar.note("5 of 7 tasks run")
    assert capsys.readouterr().out == "\r  wait until sleep-app has converged: 5 of 7 tasks run"


def test_a_silent_place_is_left_again(capsys: pytest.CaptureFixture[str]):
    before = current()
    with shown_on(Silent()), current().phase("a part") as phase:
        phase.note("nothing")
    assert current() is before
    assert capsys.readouterr().out == ""


def test_in_a_notebook_a_line_brings_the_words_for_a_kernel_that_ends_before_it():
    class Frames(NotebookProgress):
        def show(self, lines: list[str]) -> None:
            shown.append(lines[-1])

    shown: list[str] = []
    with Frames().phase("pull <web>"):
        pass
    assert shown[0] == (
        '<div data-stopped="✗ pull &lt;web&gt;: stopped, because its kernel has ended">… pull &lt;web&gt;</div>'
    )
    assert shown[-1].startswith("<div>✓ pull &lt;web&gt; <small>")
