"""The places of nodes and tasks as plain data: inside the picture at any width, and in reading order."""

from itertools import combinations, pairwise

import pytest
from support.api_bodies import node, seen, service, task
from support.figures import big

from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.display.charts.boxes import PlacedBox
from swarmkit_helpers.display.charts.node_layout import NodeColumn, NodeLayout, Strip, node_layout

WIDTHS = (400, 640, 900, 1300)


def overlap(one: NodeColumn | PlacedBox | Strip, other: NodeColumn | PlacedBox | Strip) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (apart or one.y + one.height <= other.y or other.y + other.height <= one.y)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("nodes", "replicas"), [(1, 3), (3, 7), (4, 24), (7, 20), (40, 200)])
def test_nothing_overlaps_and_all_is_inside(width: int, nodes: int, replicas: int):
    layout = node_layout(Record((big(replicas, nodes),)), width=width)
    assert len(layout.boxes) == replicas
    parts = (*layout.columns, layout.strip)
    assert not [pair for pair in combinations(parts, 2) if overlap(*pair)]
    assert all(part.x >= 0 and part.x + part.width <= width and part.y + part.height <= layout.height for part in parts)
    for column in layout.columns:
        assert not [pair for pair in combinations(column.boxes, 2) if overlap(*pair)]
        assert all(overlap(column, placed) for placed in column.boxes)


@pytest.mark.parametrize("width", WIDTHS)
def test_nodes_and_tasks_are_in_reading_order(width: int):
    layout = node_layout(Record((big(24, 12),)), width=width)
    assert [column.name for column in layout.columns] == [f"node{number}" for number in range(1, 13)]
    for group in (layout.columns, *(column.boxes for column in layout.columns)):
        assert all((one.y, one.x) < (other.y, other.x) for one, other in pairwise(group))


def heights(layouts: list[NodeLayout]) -> set[float]:
    return {layout.height for layout in layouts}


def test_the_height_stays_while_tasks_come_and_go():
    assert len(heights([node_layout(Record((big(replicas, 3),))) for replicas in (0, 1, 7, 40)])) == 1


def test_a_box_says_the_task_and_its_state_and_a_node_why_it_gets_no_tasks():
    nodes = [node("node1", role="manager"), node("node2", availability="drain")]
    layout = node_layout(
        Record((seen(nodes=nodes, tasks=[task(1), task(2, None, "pending")], services=[service("web")]),))
    )
    assert [placed.lines for placed in layout.boxes] == [("web.1", "running"), ("web.2", "pending")]
    assert [column.why for column in layout.columns] == [None, "drain"]
    assert layout.kinds == {"running": 1, "pending": 1}
    assert layout.strip.boxes[0].box.task.slot == 2
