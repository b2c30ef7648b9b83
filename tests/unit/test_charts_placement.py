"""The picture of the present: where each task is, what leaves, and what a node that takes no tasks says."""

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from support.api_bodies import node, seen, service, task
from support.figures import at, big, boxes, edged, shapes, texts, words

from swarmkit_helpers.display import charts
from swarmkit_helpers.display.charts import Chart, Record, palette
from swarmkit_helpers.display.charts.ended_tasks import LINGER_SECONDS


def test_a_box_for_each_task_in_the_column_of_its_node():
    chart = charts.placement(Record((seen(tasks=[task(1), task(2, "node2"), task(3, "node2"), task(4, "node3")]),)))
    columns = [
        sum(left <= x < right for x, _y in boxes(chart.figure, "running"))
        for left, right in ((0, 214), (214, 423), (423, 640))
    ]
    assert columns == [1, 2, 1]
    assert [text for text in words(chart) if text.startswith("web.")] == ["web.1", "web.2", "web.3", "web.4"]
    assert words(chart).count("running") == 4
    assert "✓ 4 running" in words(chart)


@pytest.mark.parametrize(
    ("state", "availability", "label"),
    [("ready", "drain", "drain"), ("ready", "pause", "pause"), ("down", "active", "down"), ("down", "drain", "down")],
)
def test_a_node_that_takes_no_tasks_is_hatched_and_says_why(state: str, availability: str, label: str):
    def drawn(*how: str) -> tuple[Chart, int]:
        chart = charts.placement(Record((seen(nodes=[node("node1", role="manager"), node("node2", *how)]),)))
        return chart, sum(artist.get_hatch() is not None for artist in shapes(chart.figure))

    usual, hatched = drawn(state, availability), drawn(state, availability)[1]
    assert hatched == 1
    assert label in words(usual[0])
    usual, hatched = drawn("ready", "active")
    assert hatched == 0
    assert label not in words(usual)


def test_a_task_without_a_node_has_a_place_of_its_own():
    chart = charts.placement(Record((seen(tasks=[task(1), task(2, None, "pending", error="no suitable node")]),)))
    [(_x, running)], [(_x, pending)] = boxes(chart.figure, "running"), boxes(chart.figure, "pending")
    assert pending > running + 100
    assert "not on a node" in words(chart)
    assert "1 is pending (no suitable node)" in chart.alt


def test_what_leaves_is_seen_to_leave():
    nodes = [node("node1", role="manager"), node("node2", availability="drain")]
    told, ended = (
        seen(
            nodes=nodes,
            tasks=[{**task(1, "node2", state, "shutdown"), "ID": "old"}, {**task(1, "node1", new), "ID": "new"}],
        )
        for state, new in (("running", "ready"), ("shutdown", "running"))
    )
    leaving = charts.placement(Record((at(0, told),)))
    assert len(boxes(leaving.figure, "stopping")) == len(boxes(leaving.figure, "starting")) == 1
    history = (at(0, told), at(20, ended))
    just = charts.placement(Record(history, at=21))
    assert len(boxes(just.figure, "ended")) == 1
    assert just.changes_at == 20 + LINGER_SECONDS
    later = charts.placement(Record(history, at=20 + LINGER_SECONDS + 0.1))
    assert "ended" not in words(later)
    assert later.changes_at is None


def test_a_task_that_the_swarm_forgot_is_seen_to_leave_too():
    chart = charts.placement(Record((at(0, seen(tasks=[task(1), task(2)])), at(20, seen(tasks=[task(1)]))), at=21))
    assert "ended" in words(chart)
    assert ["web.2", "node1", "ended"] in [list(row) for row in chart.rows]


def test_what_a_removed_service_leaves_keeps_its_name():
    there, removed = (
        seen(tasks=[task(1)]),
        seen(services=[], tasks=[{**task(1, desired="remove"), "ID": "web.1@node1:running-running"}]),
    )
    record = Record((at(0, there), at(20, removed)))
    assert {"web.1", "stopping"} <= set(words(charts.placement(record, "web")))
    assert "stopping" in [row[3] for row in charts.slots(record, "web").rows]


def test_a_service_that_was_never_seen_has_no_raw_id():
    chart = charts.placement(Record((seen(services=[], tasks=[task(1, desired="remove")]),)))
    assert ["removed service.1", "node1", "stopping"] in [list(row) for row in chart.rows]


def test_a_node_that_has_not_told_its_name_yet_has_no_raw_id():
    id = "bv16pmqmf3cjn7vdz3tizeqpu"
    joined = {**node("", "unknown", id=id), "Description": {}}
    chart = charts.placement(Record((seen(nodes=[node("node1", role="manager"), joined]),)))
    assert "a new node" in words(chart)
    assert "The state of a new node is unknown" in chart.caption


def test_what_a_dead_node_had_is_unknown():
    nodes = [node("node1", role="manager"), node("node2", "down")]
    assert "unknown" in words(charts.placement(Record((seen(nodes=nodes, tasks=[task(1, "node2")]),))))


def test_services_are_told_apart_by_words():
    two = [service("web"), service("database")]
    few = charts.placement(Record((seen(services=two, tasks=[task(1), task(1, service="database")]),)))
    assert {"web.1", "database.1"} <= set(words(few))
    many = charts.placement(
        Record(
            (
                seen(
                    services=two,
                    tasks=[task(slot, service=name) for name in ("web", "database") for slot in range(1, 17)],
                ),
            )
        )
    )
    assert {"A", "database", "B", "web"} <= set(words(many))
    assert {"A1", "B16"} <= {word.split()[0] for word in words(many)}


def test_the_edge_of_a_box_is_its_service_and_stays_when_others_go():
    first = {**service("web"), "CreatedAt": "2026-11-23T04:00:00Z"}
    both = seen(services=[service("api"), first], tasks=[task(1), task(1, service="api")])
    alone = seen(services=[service("api")], tasks=[task(1, service="api")])
    drawn = charts.placement(Record((at(0, both),)))
    edges = {edge for _left, _right, edge in edged(drawn.figure)}
    assert {palette.service_style(0).edge, palette.service_style(1).edge} < edges
    later = charts.placement(Record((at(0, both), at(9, alone)), at=99))
    edges = {edge for _left, _right, edge in edged(later.figure)}
    assert palette.service_style(1).edge in edges
    assert palette.service_style(0).edge not in edges


def test_letters_are_explained_if_there_are_several_services():
    one = words(charts.placement(Record((seen(tasks=[task(1)]),))))
    assert "A" not in one
    assert "web" in one


def test_every_letter_is_explained_also_of_many_services():
    many = [service(f"rather-long-name-{number}") for number in range(12)]
    chart = charts.placement(
        Record((seen(services=many, tasks=[task(1, service=each["Spec"]["Name"]) for each in many]),))
    )
    assert set("ABCDEFGHIJKL") <= set(words(chart))


def test_one_service_of_two():
    two = seen(services=[service("web"), service("db")], tasks=[task(1), task(1, service="db")])
    assert "db.1" not in words(charts.placement(Record((two,)), "web"))


def test_nothing_overlaps_in_a_large_swarm():
    chart = charts.placement(Record((big(node7={"availability": "drain"}, node13={"state": "down"}),)))
    assert len(boxes(chart.figure, "running")) + len(boxes(chart.figure, "starting")) == 195
    assert len(boxes(chart.figure, "unknown")) == 5
    renderer = FigureCanvasAgg(chart.figure).get_renderer()
    extents = [text.get_window_extent(renderer) for text in texts(chart) if text.get_text()]
    assert [pair for pair in combinations(extents, 2) if pair[0].overlaps(pair[1])] == []
    card = chart.figure.bbox
    assert all(card.x0 <= box.x0 and box.x1 <= card.x1 and card.y0 <= box.y0 and box.y1 <= card.y1 for box in extents)
    assert {f"node{number}" for number in range(1, 41)} <= set(words(chart))
    assert {"drain", "down"} <= set(words(chart))


@pytest.mark.parametrize("replicas", [1, 7, 40, 200, 2000])
def test_the_size_stays_when_tasks_come(replicas: int):
    chart = charts.placement(Record((big(replicas, nodes=3),)))
    assert tuple(chart.figure.get_size_inches()) == tuple(charts.placement(Record((seen(),))).figure.get_size_inches())
    bottom = chart.figure.bbox.height - 56 - 16
    assert all(y < bottom for _x, y in boxes(chart.figure, "running")) or replicas == 2000
