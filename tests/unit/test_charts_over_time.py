"""The pictures of what became of a service: its replicas, its slots, and one's own commands on their axis."""

from itertools import combinations, pairwise

import pytest
from support.api_bodies import node, seen, service, task
from support.figures import HEADER, at, big, boxes, edged, outlines, replaced, shapes, texts, words

from swarmkit_helpers.display import charts, summary
from swarmkit_helpers.display.charts import Record, palette
from swarmkit_helpers.display.charts.slot_rows import ENDED_KINDS, MARK_WIDTH
from swarmkit_helpers.display.charts.time_axis import LEFT, TOP
from swarmkit_helpers.docker_commands import Command
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.recorder.pace import CALM_SECONDS


def test_how_many_run_over_time():
    chart = charts.replicas(replaced(), "web")
    assert [list(row) for row in chart.rows[1:]] == [
        ["0:00", "2", "2"],
        ["0:15", "2", "1"],
        ["0:19", "-", "-"],
        ["0:21", "2", "1"],
        ["0:25", "2", "2"],
    ]
    assert {"2 desired", "2 running"} <= set(words(chart))


def test_a_replacement_is_in_the_same_row():
    chart = charts.slots(replaced(), "web")
    assert [list(row[1:]) for row in chart.rows[1:] if row[1] == "2"] == [
        ["2", "node2", "running"],
        ["2", "node1", "ready"],
        ["2", "node2", "stopping"],
        ["2", "node1", "ready"],
        ["2", "node2", "stopping"],
        ["2", "node1", "running"],
        ["2", "node2", "ended"],
    ]
    assert [text for text in words(chart) if text.startswith("slot")] == ["slot 1", "slot 2"]
    ys = {text.get_text(): text.get_position()[1] for text in texts(chart)}
    assert abs(ys["slot 2"] - ys["node2"]) < 15


def test_the_table_of_the_slots_is_in_the_order_of_time():
    """Not of its text, in which 10:05 comes before 9:59, and in the same second slot 1 before slot 2."""
    first, second, third = ({**task(slot, f"node{slot}"), "ID": str(slot)} for slot in (2, 1, 3))
    record = Record(
        (
            at(0, seen(tasks=[])),
            at(599.0, seen(tasks=[first])),
            at(599.3, seen(tasks=[first, second])),
            at(605, seen(tasks=[first, second, third])),
        )
    )
    assert [row[:2] for row in charts.slots(record, "web").rows[1:]] == [("9:59", "2"), ("9:59", "1"), ("10:05", "3")]


def called(name: str, *how: str | None) -> dict:
    """The only slot's task of that name: its node, state and desired state."""
    return {**task(1, *how), "ID": name}


def told(*states: tuple[float, list[dict]]) -> Record:
    """What the service with one replica consisted of from when on, until ten seconds after."""
    history = tuple(at(when, seen(services=[service(replicas=1)], tasks=tasks)) for when, tasks in states)
    return Record(history, at=history[-1].at + 10)


def test_a_task_has_one_outline_whatever_its_phases():
    chart = charts.slots(
        told(
            (0, [called("a", None, "pending")]),
            (3, [called("a", "node1", "preparing")]),
            (6, [called("a", "node1")]),
            (20, [called("a", "node1", "running", "shutdown")]),
            (30, [called("a", "node1", "shutdown", "shutdown"), called("b", "node2", "running")]),
        ),
        "web",
    )
    first, second = edged(chart.figure)
    assert first[0] == LEFT
    assert first[1] < second[0]
    assert first[2] == second[2] == palette.QUIET
    shades = [boxes(chart.figure, kind) for kind in ("pending", "starting", "running", "stopping")]
    assert [len(found) for found in shades] == [1, 1, 2, 1]
    assert all(first[0] <= x < first[1] or second[0] <= x for found in shades for x, _y in found)
    assert {"node1", "node2", "…", "↗", "↘"} <= set(words(chart))  # the shades are not told by colour alone


def test_no_two_tasks_of_a_slot_cover_each_other():
    """The first is on a node that is away, the second fails meanwhile, and the third comes after the second."""
    first = called("a", "node3", "running", "shutdown")
    chart = charts.slots(
        told(
            (0, [first]),
            (10, [first, called("b", "node1")]),
            (20, [first, called("b", "node1", "failed", "shutdown"), called("c", "node2")]),
            (30, [first, called("b", "node1", "failed", "shutdown"), called("c", "node2")]),
        ),
        "web",
    )
    drawn = outlines(chart.figure)
    assert len(drawn) == 3
    for one, other in combinations(drawn, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


def test_three_tasks_of_a_slot_at_one_time_have_legible_names():
    away = [called("a", "node3", "running", "shutdown"), called("b", "node2", "running", "shutdown")]
    chart = charts.slots(told((0, away[:1]), (10, away), (20, [*away, called("c", "node1")])), "web")
    assert {"node1", "node2", "node3"} <= set(words(chart))


def test_a_service_made_again_begins_with_itself():
    """The former service of that name, its node that is gone and the commands of that time are left out."""
    gone = "ylw6aomp067x38r6t76ttr3pv"
    former = {**called("old", "node1"), "ServiceID": "id-former", "NodeID": gone}
    history = (
        at(0, seen(services=[{**service(replicas=1), "ID": "id-former"}], tasks=[former])),
        *(at(entry.at + 60, entry) for entry in told((0, [called("a", "node1")])).history),
    )
    markers = (Command("docker service scale web=1", None, -1.0), Command("docker service scale web=2", None, 65.0))
    chart = charts.slots(Record(history, markers, 70), "web")
    assert [list(row[:3]) for row in chart.rows[1:]] == [["0:00", "1", "node1"]]
    assert "docker service scale web=1" not in words(chart)
    assert "docker service scale web=2" in words(chart)


@pytest.mark.parametrize("known", [True, False])
def test_a_node_that_is_gone_has_no_raw_id(known: bool):
    id = "ylw6aomp067x38r6t76ttr3pv"
    there = [node("node1", role="manager"), node("node7", id=id)]
    before = at(0, seen(nodes=there, services=[service(replicas=1)], tasks=[{**called("a", "node7"), "NodeID": id}]))
    after = at(9, seen(services=[service(replicas=1)], tasks=[{**called("a", "node7"), "NodeID": id}]))
    chart = charts.slots(Record((before, after) if known else (after,), at=20), "web")
    assert {row[2] for row in chart.rows[1:]} == {"node7" if known else "removed node"}
    assert not any(id in word for word in words(chart))


@pytest.mark.parametrize("state", summary.FAILED_STATES)
@pytest.mark.parametrize("age", [0.1, 40])
def test_a_failure_is_marked_also_when_a_new_task_follows_at_once(state: str, age: float):
    chart = charts.slots(
        told(
            (0, [called("a", "node1", "starting")]),
            (age, [called("a", "node1", state, "shutdown"), called("b", "node2", "running")]),
        ),
        "web",
    )
    [mark] = [(left, right) for left, right, color in edged(chart.figure) if color == palette.RED]
    task, successor = [(left, right) for left, right, color in edged(chart.figure) if color == palette.QUIET]
    assert mark[1] - mark[0] == MARK_WIDTH  # as wide for a short life as for a long one
    assert mark[1] == max(task[1], LEFT + MARK_WIDTH)
    assert task[1] < successor[0]
    [sign] = [text.get_position()[0] for text in texts(chart) if text.get_text() == palette.STYLES["failed"].sign]
    assert mark[0] < sign < mark[1]
    assert (state in words(chart)) == (age > 1)


def test_a_task_that_was_told_to_end_has_no_mark():
    chart = charts.slots(told((0, [called("a", "node1")]), (9, [called("a", "node1", "shutdown", "shutdown")])), "web")
    assert [color for _left, _right, color in edged(chart.figure)] == [palette.QUIET]
    assert not any(word.endswith("ended") for word in words(chart))


def test_failures_in_many_slots_are_marked_too():
    alive, dead = (
        seen(tasks=[{**task(slot, "node1", state), "ID": str(slot)} for slot in range(1, 201)])
        for state in ("running", "failed")
    )
    chart = charts.slots(Record((at(0, alive), at(9, dead))), "web")
    assert sum(color == palette.RED for _left, _right, color in edged(chart.figure)) == 200


def test_a_task_that_ends_in_the_last_moment_of_a_still_is_seen_to_end():
    """As after scaling down: the step is over when the last task is gone."""
    stays, goes = called("a", "node1"), {**called("b", "node2", "running", "remove"), "Slot": 2}
    history = (at(0, seen(tasks=[stays, goes])), at(10, seen(services=[service(replicas=1)], tasks=[stays])))
    chart = charts.slots(Record(history, at=10, over=True), "web")
    ends = sorted(right for _left, right, _color in edged(chart.figure))
    assert ends[0] < ends[1] - 10  # pixels


@pytest.mark.parametrize("make", [charts.replicas, charts.slots])
def test_the_axis_begins_with_the_service(make: charts.Maker):
    before = (Gap(-600.0, "no swarm yet"), at(-60, seen(services=[])))
    there = told((0, [called("a", "node1")]), (20, [called("a", "node1", "failed")])).history
    alone, later = (make(Record(history, at=30), "web") for history in (there, before + there))
    assert later.svg() == alone.svg()
    assert [row[0] for row in later.rows[1:]] == ["0:00", "0:20"]
    assert {"0:00", "0:20"} <= set(words(later))


@pytest.mark.parametrize("make", [charts.replicas, charts.slots])
def test_without_the_service_the_axis_begins_when_anything_was_seen(make: charts.Maker):
    chart = make(Record((Gap(-600.0, "no swarm yet"), at(0, seen(services=[]))), at=30), "web")
    assert not [drawn for drawn in shapes(chart.figure) if drawn.get_hatch()]
    away = make(Record((Gap(-600.0, "no swarm yet"),), at=0), "web")
    assert [drawn for drawn in shapes(away.figure) if drawn.get_hatch()]


def test_of_the_commands_before_the_service_the_one_that_made_it_is_shown():
    markers = tuple(
        Command(text, None, when) for text, when in (("docker swarm init", -50.0), ("docker service create web", -0.1))
    )
    history = (Gap(-600.0, "no swarm yet"), *told((0, [called("a", "node1")])).history)
    chart = charts.slots(Record(history, markers, 30), "web")
    assert "docker service create web" in words(chart)
    assert "docker swarm init" not in words(chart)


@pytest.mark.parametrize("make", [charts.replicas, charts.slots])
def test_commands_and_gaps_are_marked(make: charts.Maker):
    chart = make(replaced(), "web")
    assert {"docker service create web", "docker node update --availability drain node2"} <= set(words(chart))
    assert words(chart).count("2") >= 2  # on the axis, and where it is written out
    assert sum(artist.get_hatch() == "xx" for artist in shapes(chart.figure)) == 1
    assert words(chart).count("?") == 1


@pytest.mark.parametrize("make", [charts.replicas, charts.slots])
def test_the_picture_is_final_when_nothing_happens_any_more(make: charts.Maker):
    history, markers = replaced().history, replaced().markers
    busy, calm, much_later = (
        make(Record(history, markers, moment), "web") for moment in (31.0, 30 + CALM_SECONDS, 9999.0)
    )
    assert busy.changes_at == 30 + CALM_SECONDS
    assert calm.changes_at is much_later.changes_at is None
    assert calm.svg() == much_later.svg() != busy.svg()


def flags(chart: charts.Chart) -> list[str]:
    """The numbers of commands on the axis, from the left."""
    found = [text for text in texts(chart) if HEADER < text.get_position()[1] < TOP and text.get_text()[0].isdigit()]
    return [text.get_text() for text in sorted(found, key=lambda text: text.get_position()[0])]


def test_commands_are_numbered_from_the_first_that_is_shown():
    before = [Command(f"docker node ls {number}", None, -60.0) for number in range(7)]
    shown = [Command(f"docker service scale web={number}", None, 8.0 + 3 * number) for number in range(7)]
    chart = charts.replicas(Record(replaced().history, (*before, *shown), 40.0), "web")
    assert flags(chart) == list("1234567")
    assert [word for word in words(chart) if "scale" in word] == [command.text for command in shown[-4:]]


def test_numbers_of_commands_that_would_cover_each_other_are_one():
    moments = [6, 20, *(20 + number / 100 for number in range(1, 27)), 20.3, 32]
    markers = tuple(Command(f"docker service scale web={at}", None, at) for at in moments)
    assert flags(charts.replicas(Record(replaced().history, markers, 40.0), "web")) == ["1", "2–29", "30"]


def test_many_slots_keep_their_rows_apart():
    record = Record((at(0, big(200, 3)), at(10, big(200, 3))))
    chart = charts.slots(record, "sleep-app")
    ys = sorted(text.get_position()[1] for text in texts(chart) if text.get_text().startswith("slot "))
    assert 20 <= len(ys) <= 60
    assert all(below - above >= 8 for above, below in pairwise(ys))


def test_ended_kinds_exist():
    assert set(ENDED_KINDS) < set(palette.STYLES)
