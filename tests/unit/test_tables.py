"""What is stored in a notebook must be the same in every run: no ids, no times, no placement."""

from datetime import UTC, datetime

from IPython.lib.pretty import pretty

from swarmkit_helpers import language
from swarmkit_helpers.display.tables import Tasks
from swarmkit_helpers.records import Task


def task(slot: int, node: str, state: str = "running", desired: str = "running") -> Task:
    now = datetime.now(UTC)
    return Task(
        id=f"id{slot}",
        service="web",
        slot=slot,
        node=node,
        state=state,
        desired_state=desired,
        message="",
        error="<b>",
        exit_code=None,
        container_id=None,
        image="busybox",
        iteration=0,
        created_at=now,
        since=now,
        spec={},
    )


def test_text_for_a_notebook_counts_and_places_nothing():
    tasks = Tasks([task(1, "node1"), task(2, "node2"), task(2, "node3", "shutdown", "shutdown")])
    assert pretty(tasks) == "2 tasks: 2 running; and some of the past"
    assert "node2" in tasks._repr_html_()


def test_html_is_inside_what_the_sanitize_file_removes_and_is_escaped():
    html = Tasks([task(1, "node1")])._repr_html_()
    assert html.startswith('<figure class="swk-live" ')
    assert html.endswith("</figure>")
    assert "&lt;b&gt;" in html


def test_a_terminal_gets_columns():
    lines = repr(Tasks([task(1, "node1"), task(2, "node12")])).splitlines()
    assert lines[0].split() == ["TASK", "NODE", "STATE", "DESIRED", "SINCE", "ERROR"]
    assert lines[1].index("running") == lines[2].index("running")


def test_the_heads_are_in_the_language_in_use_and_docker_terms_stay():
    with language.temporarily("id"):
        assert repr(Tasks([task(1, "node1")])).split("\n")[0].split() == [
            *("TASK", "NODE", "KEADAAN", "DIINGINKAN", "SEJAK", "KESALAHAN")
        ]
