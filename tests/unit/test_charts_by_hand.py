"""Containers that a person runs by hand: seen in the chart of nodes, in its table and in its sentence."""

from dataclasses import replace

from support.api_bodies import container, seen, service, task
from support.figures import shapes, words

from swarmkit_helpers.display import charts
from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.display.charts.canvas import DASHES
from swarmkit_helpers.display.charts.ended_tasks import LINGER_SECONDS, ended_containers, ended_tasks
from swarmkit_helpers.display.charts.node_layout import node_layout
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import Container, MachineState, Observation


def with_containers(*containers: Container, at: float = 0.0, **more: tuple[MachineState, ...]) -> Observation:
    return replace(seen(tasks=[task(1), task(2, "node2")]), at=at, containers=containers, **more)


def dotted(chart: charts.Chart) -> int:
    """How many boxes have a dotted edge, the sample of the legend among them."""
    dots = DASHES["dotted"]
    return sum(
        len(shape.get_offsets())
        for shape in shapes(chart.figure)
        if (gaps := shape.get_linestyles()[0][1]) and gaps[0] < gaps[1] and len(gaps) == len(dots)
    )


def test_it_stands_in_the_column_of_its_node_with_an_edge_of_its_own():
    record = Record((with_containers(container("lonely", "node2")),))
    chart = charts.placement(record)
    [hand] = node_layout(record).columns[1].by_hand
    [placed] = node_layout(record).columns[1].boxes
    assert (hand.lines, placed.lines) == (("lonely", "running"), ("web.2", "running"))
    assert (hand.x, hand.y) != (placed.x, placed.y)
    assert dotted(chart) == 2
    assert {"lonely", "1 container run by hand"} <= set(words(chart))
    assert ("lonely", "node2", "running (run by hand)") in chart.rows
    assert "1 container is run by hand: lonely on node2." in chart.caption


def test_without_one_nothing_speaks_of_it():
    chart = charts.placement(Record((with_containers(container("over", state="exited")),)))
    assert dotted(chart) == 0
    assert not any("by hand" in word for word in (*words(chart), chart.caption))


def test_the_chart_of_one_service_leaves_them_out():
    chart = charts.placement(Record((with_containers(container("lonely")),)), "web")
    assert "lonely" not in words(chart)
    assert "by hand" not in chart.caption


def test_one_that_ends_is_seen_to_end():
    there, over = with_containers(container("lonely")), with_containers(container("lonely", state="exited"), at=20)
    just = charts.placement(Record((there, over), at=21))
    assert ("lonely", "node1", "exited (run by hand)") in just.rows
    assert just.changes_at == 20 + LINGER_SECONDS
    later = charts.placement(Record((there, over), at=20 + LINGER_SECONDS + 0.1))
    assert "lonely" not in words(later)


def test_one_that_is_removed_at_once_is_seen_to_end_too():
    chart = charts.placement(Record((with_containers(container("lonely")), with_containers(at=20)), at=21))
    assert ("lonely", "node1", "exited (run by hand)") in chart.rows


def test_on_a_frozen_machine_it_is_paused():
    machines = (MachineState("m1", "node1", "paused", None),)
    chart = charts.placement(Record((with_containers(container("lonely"), machines=machines),)))
    assert ("lonely", "node1", "paused (run by hand)") in chart.rows


def test_a_long_name_is_shortened_and_leaves_the_names_of_tasks_whole():
    record = Record((with_containers(container("wonderful_archimedes_of_syracuse")),))
    layout = node_layout(record)
    assert layout.columns[0].boxes[0].lines[0] == "web.1"
    assert layout.columns[0].by_hand[0].lines[0].endswith("…")


def test_many_make_the_boxes_smaller():
    few, many = (
        node_layout(Record((with_containers(*(container(f"c{number}") for number in range(count))),)))
        for count in (1, 30)
    )
    assert many.columns[0].by_hand[-1].y < many.columns[0].y + many.columns[0].height
    assert many.columns[0].by_hand[0].width < few.columns[0].by_hand[0].width


def test_the_letters_of_services_are_none_of_theirs():
    two = seen(services=[service("web"), service("db")], tasks=[task(1), task(1, service="db")])
    layout = node_layout(Record((replace(two, containers=(container("lonely"),)),)))
    assert sorted(layout.services) == ["db", "web"]


def test_one_that_ends_while_there_is_no_swarm_is_known_to_have_ended():
    there, over = Gap(1.0, "no swarm", (container("lonely"),)), Gap(20.0, "no swarm")
    assert [each.name for each, _when in ended_containers(Record((there, over), at=21))] == ["lonely"]
    assert ended_tasks(Record((with_containers(), over), at=21)) == []  # what no manager tells has not ended
