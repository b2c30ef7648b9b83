"""The charts show what was seen: measured in the figures themselves, and in what stands for them."""

import gc
import re
import weakref
from itertools import combinations, pairwise
from pathlib import Path

import matplotlib as mpl
import pytest
from bodies import node, seen, service, task
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from swarmkit_helpers import charts
from swarmkit_helpers.announce import Command
from swarmkit_helpers.charts import Chart, Record, palette
from swarmkit_helpers.charts.leaving import LINGER
from swarmkit_helpers.charts.over_time import MARK, OVER
from swarmkit_helpers.charts.time_axis import LEFT
from swarmkit_helpers.recorder import CALM, Gap
from swarmkit_helpers.records import Observation

HEADER = 50  # pixels; what is above is the legend


def at(moment: float, observation: Observation) -> Observation:
    return Observation(moment, observation.nodes, observation.services, observation.tasks)


def texts(chart: Chart) -> list[Text]:
    return [artist for artist in chart.figure.artists if isinstance(artist, Text)]


def shapes(figure: Figure) -> list[PathCollection]:
    return [artist for artist in figure.artists if isinstance(artist, PathCollection)]


def words(chart: Chart) -> list[str]:
    return [text.get_text() for text in texts(chart)]


def boxes(figure: Figure, kind: str) -> list[tuple[float, float]]:
    """The corners of the boxes of that kind, the legend's left out."""
    fill = (*to_rgb(palette.STYLES[kind].fill), 1.0)
    return [(float(x), float(y)) for drawn in shapes(figure) for (x, y), color in
            zip(drawn.get_offsets(), drawn.get_facecolors(), strict=False)
            if tuple(color) == fill and y > HEADER and not drawn.get_hatch()]


def edged(figure: Figure) -> list[tuple[float, float, str]]:
    """What has an edge below the legend, from the left: from where to where it goes, and its edge's colour."""
    return sorted((float(x), float(x) + drawn.get_paths()[0].get_extents().width, to_hex(color))
                  for drawn in shapes(figure) for (x, y), color in
                  zip(drawn.get_offsets(), drawn.get_edgecolors(), strict=False)
                  if y > HEADER and color[3] and not drawn.get_hatch())


def contrast(one: str, other: str) -> float:
    """As WCAG 2.1 defines it."""
    def light(color: str) -> float:
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(color)]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def big(replicas: int = 200, nodes: int = 40, **more: dict) -> Observation:
    return seen(nodes=[node(f"node{number}", **more.get(f"node{number}", {})) for number in range(1, nodes + 1)],
                services=[service("sleep-app", replicas=replicas)],
                tasks=[task(slot, f"node{slot % nodes + 1}", "running" if slot % 9 else "preparing",
                            service="sleep-app") for slot in range(1, replicas + 1)])


# Colours --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("style", palette.STYLES.values(), ids=palette.STYLES)
def test_text_on_a_box_is_legible_and_its_edge_is_seen(style: palette.Style):
    assert contrast(palette.INK, style.fill) >= 4.5
    assert max(contrast(style.edge, style.fill), contrast(style.edge, palette.COLUMN)) >= 1.9


def test_pale_text_is_legible():
    assert contrast(palette.QUIET, palette.STYLES["ended"].fill) >= 4.5
    assert contrast(palette.QUIET, palette.COLUMN) >= 4.5
    assert contrast(palette.CARD, palette.QUIET) >= 4.5


def test_no_two_kinds_share_a_sign_or_a_look():
    looks = [(style.fill, style.edge, style.dashed, style.hatch) for style in palette.STYLES.values()]
    assert len(set(looks)) == len({style.sign for style in palette.STYLES.values()}) == len(palette.STYLES)


# Placement ------------------------------------------------------------------------------------------------

def test_a_box_for_each_task_in_the_column_of_its_node():
    chart = charts.placement(Record((seen(tasks=[task(1), task(2, "node2"), task(3, "node2"), task(4, "node3")]),)))
    columns = [sum(left <= x < right for x, _y in boxes(chart.figure, "running"))
               for left, right in ((0, 310), (310, 610), (610, 920))]
    assert columns == [1, 2, 1]
    assert [text for text in words(chart) if text.startswith("web.")] == ["web.1", "web.2", "web.3", "web.4"]
    assert words(chart).count("running") == 4
    assert "✓ 4 running" in words(chart)


@pytest.mark.parametrize(("state", "availability", "label"), [
    ("ready", "drain", "drain"), ("ready", "pause", "pause"), ("down", "active", "down"), ("down", "drain", "down")])
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
    told, ended = (seen(nodes=nodes, tasks=[{**task(1, "node2", state, "shutdown"), "ID": "old"},
                                            {**task(1, "node1", new), "ID": "new"}])
                   for state, new in (("running", "ready"), ("shutdown", "running")))
    leaving = charts.placement(Record((at(0, told),)))
    assert len(boxes(leaving.figure, "stopping")) == len(boxes(leaving.figure, "starting")) == 1
    history = (at(0, told), at(20, ended))
    just = charts.placement(Record(history, at=21))
    assert len(boxes(just.figure, "ended")) == 1
    assert just.changes_at == 20 + LINGER
    later = charts.placement(Record(history, at=20 + LINGER + 0.1))
    assert "ended" not in words(later)
    assert later.changes_at is None


def test_a_task_that_the_swarm_forgot_is_seen_to_leave_too():
    chart = charts.placement(Record((at(0, seen(tasks=[task(1), task(2)])), at(20, seen(tasks=[task(1)]))), at=21))
    assert "ended" in words(chart)
    assert ["web.2", "node1", "ended"] in [list(row) for row in chart.rows]


def test_what_a_removed_service_leaves_keeps_its_name():
    there, removed = seen(tasks=[task(1)]), seen(services=[], tasks=[{**task(1, desired="remove"), "ID": "web.1@node1:"
                                                                     "running-running"}])
    record = Record((at(0, there), at(20, removed)))
    assert {"web.1", "stopping"} <= set(words(charts.placement(record, "web")))
    assert "stopping" in [row[3] for row in charts.slots(record, "web").rows]


def test_what_a_dead_node_had_is_unknown():
    nodes = [node("node1", role="manager"), node("node2", "down")]
    assert "unknown" in words(charts.placement(Record((seen(nodes=nodes, tasks=[task(1, "node2")]),))))


def test_services_are_told_apart_by_words():
    two = [service("web"), service("database")]
    few = charts.placement(Record((seen(services=two, tasks=[task(1), task(1, service="database")]),)))
    assert {"web.1", "database.1"} <= set(words(few))
    many = charts.placement(Record((seen(services=two, tasks=[
        task(slot, service=name) for name in ("web", "database") for slot in range(1, 31)]),)))
    assert "A database   B web" in words(many)
    assert {"A1", "B30"} <= {word.split()[0] for word in words(many)}


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
    assert {"8", "drain", "down"} <= set(words(chart))


@pytest.mark.parametrize("replicas", [1, 7, 40, 200, 2000])
def test_the_size_stays_when_tasks_come(replicas: int):
    chart = charts.placement(Record((big(replicas, nodes=3),)))
    assert tuple(chart.figure.get_size_inches()) == tuple(charts.placement(Record((seen(),))).figure.get_size_inches())
    bottom = chart.figure.bbox.height - 56 - 16
    assert all(y < bottom for _x, y in boxes(chart.figure, "running")) or replicas == 2000


# Over time ------------------------------------------------------------------------------------------------

def replaced() -> Record:
    """Node 2 is drained at 20 s; the task of slot 2 is replaced, after ten seconds in which it stops."""
    drained = [node("node1", role="manager"), node("node2", availability="drain")]
    old = {**task(2, "node2", "running", "shutdown"), "ID": "old"}
    new = {**task(2, "node1", "ready", "ready"), "ID": "new"}
    return Record((
        at(0, seen(services=[])),
        at(5, seen(tasks=[task(1), {**task(2, "node2"), "ID": "old"}])),
        at(20, seen(nodes=drained, tasks=[task(1), old, new])),
        Gap(24.0, "away"),
        at(26, seen(nodes=drained, tasks=[task(1), old, new])),
        at(30, seen(nodes=drained, tasks=[task(1), {**task(2, "node2", "shutdown", "shutdown"), "ID": "old"},
                                          {**task(2, "node1"), "ID": "new"}])),
    ), (Command("docker service create web", None, 4.9), Command("docker node update --availability drain node2", None,
                                                                 19.9)), 40.0)


def test_how_many_run_over_time():
    chart = charts.replicas(replaced(), "web")
    assert [list(row) for row in chart.rows[1:]] == [
        ["0:00", "2", "2"], ["0:15", "2", "1"], ["0:19", "-", "-"], ["0:21", "2", "1"], ["0:25", "2", "2"]]
    assert {"2 desired", "2 running"} <= set(words(chart))


def test_a_replacement_is_in_the_same_row():
    chart = charts.slots(replaced(), "web")
    assert [list(row[1:]) for row in chart.rows[1:] if row[1] == "2"] == [
        ["2", "node2", "running"], ["2", "node1", "ready"], ["2", "node2", "stopping"], ["2", "node1", "ready"],
        ["2", "node2", "stopping"], ["2", "node1", "running"], ["2", "node2", "ended"]]
    assert [text for text in words(chart) if text.startswith("slot")] == ["slot 1", "slot 2"]
    ys = {text.get_text(): text.get_position()[1] for text in texts(chart)}
    assert abs(ys["slot 2"] - ys["node2"]) < 15


def test_the_table_of_the_slots_is_in_the_order_of_time():
    """Not of its text, in which 10:05 comes before 9:59, and in the same second slot 1 before slot 2."""
    first, second, third = ({**task(slot, f"node{slot}"), "ID": str(slot)} for slot in (2, 1, 3))
    record = Record((at(0, seen(tasks=[])), at(599.0, seen(tasks=[first])), at(599.3, seen(tasks=[first, second])),
                     at(605, seen(tasks=[first, second, third]))))
    assert [row[:2] for row in charts.slots(record, "web").rows[1:]] == [("9:59", "2"), ("9:59", "1"), ("10:05", "3")]


def called(name: str, *how: str | None) -> dict:
    """The only slot's task of that name: its node, state and desired state."""
    return {**task(1, *how), "ID": name}


def told(*states: tuple[float, list[dict]]) -> Record:
    """What the service with one replica consisted of from when on, until ten seconds after."""
    history = tuple(at(when, seen(services=[service(replicas=1)], tasks=tasks)) for when, tasks in states)
    return Record(history, at=history[-1].at + 10)


def test_a_task_has_one_outline_whatever_its_phases():
    chart = charts.slots(told((0, [called("a", None, "pending")]), (3, [called("a", "node1", "preparing")]),
                              (6, [called("a", "node1")]), (20, [called("a", "node1", "running", "shutdown")]),
                              (30, [called("a", "node1", "shutdown", "shutdown"), called("b", "node2", "running")])),
                         "web")
    first, second = edged(chart.figure)
    assert first[0] == LEFT
    assert first[1] < second[0]
    assert first[2] == second[2] == palette.QUIET
    shades = [boxes(chart.figure, kind) for kind in ("pending", "starting", "running", "stopping")]
    assert [len(found) for found in shades] == [1, 1, 2, 1]
    assert all(first[0] <= x < first[1] or second[0] <= x for found in shades for x, _y in found)
    assert {"node1", "node2", "…", "↗", "↘"} <= set(words(chart))  # the shades are not told by colour alone


@pytest.mark.parametrize("state", palette.FAILED)
@pytest.mark.parametrize("age", [0.1, 40])
def test_a_failure_is_marked_also_when_a_new_task_follows_at_once(state: str, age: float):
    chart = charts.slots(told((0, [called("a", "node1", "starting")]),
                              (age, [called("a", "node1", state, "shutdown"), called("b", "node2", "running")])), "web")
    [mark] = [(left, right) for left, right, color in edged(chart.figure) if color == palette.RED]
    task, successor = [(left, right) for left, right, color in edged(chart.figure) if color == palette.QUIET]
    assert mark[1] - mark[0] == MARK  # as wide for a short life as for a long one
    assert mark[1] == max(task[1], LEFT + MARK)
    assert task[1] < successor[0]
    [sign] = [text.get_position()[0] for text in texts(chart) if text.get_text() == palette.STYLES["failed"].sign]
    assert mark[0] < sign < mark[1]
    assert (state in words(chart)) == (age > 1)


def test_a_task_that_was_told_to_end_has_no_mark():
    chart = charts.slots(told((0, [called("a", "node1")]), (9, [called("a", "node1", "shutdown", "shutdown")])), "web")
    assert [color for _left, _right, color in edged(chart.figure)] == [palette.QUIET]
    assert not any(word.endswith("ended") for word in words(chart))


def test_failures_in_many_slots_are_marked_too():
    alive, dead = (seen(tasks=[{**task(slot, "node1", state), "ID": str(slot)} for slot in range(1, 201)])
                   for state in ("running", "failed"))
    chart = charts.slots(Record((at(0, alive), at(9, dead))), "web")
    assert sum(color == palette.RED for _left, _right, color in edged(chart.figure)) == 200


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
    markers = tuple(Command(text, None, when) for text, when in (("docker swarm init", -50.0),
                                                                 ("docker service create web", -0.1)))
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
    busy, calm, much_later = (make(Record(history, markers, moment), "web") for moment in (31.0, 30 + CALM, 9999.0))
    assert busy.changes_at == 30 + CALM
    assert calm.changes_at is much_later.changes_at is None
    assert calm.svg() == much_later.svg() != busy.svg()


def test_many_commands_do_not_cover_each_other():
    markers = tuple(Command(f"docker service scale web={number}", None, 20 + number / 100) for number in range(30))
    chart = charts.replicas(Record(replaced().history, markers, 40.0), "web")
    written = [word for word in words(chart) if "scale" in word]
    assert [word.rpartition("=")[2] for word in written] == ["26", "27", "28", "29"]
    flags = [text.get_position()[0] for text in texts(chart) if text.get_text() in ("27", "28", "29", "30")
             and text.get_position()[1] < HEADER]
    assert all(right - left >= 15 for left, right in pairwise(flags))


def test_many_slots_keep_their_rows_apart():
    record = Record((at(0, big(200, 3)), at(10, big(200, 3))))
    chart = charts.slots(record, "sleep-app")
    ys = sorted(text.get_position()[1] for text in texts(chart) if text.get_text().startswith("slot "))
    assert 20 <= len(ys) <= 60
    assert all(below - above >= 8 for above, below in pairwise(ys))


def test_ended_kinds_exist():
    assert set(OVER) < set(palette.STYLES)


# Words and files ------------------------------------------------------------------------------------------

ALL = [charts.placement, charts.replicas, charts.slots]


@pytest.mark.parametrize("make", ALL)
def test_html_has_words_for_those_who_cannot_see(make: charts.Maker):
    chart = make(replaced(), "web")
    html = chart.html()
    assert html.startswith('<figure class="swk-live" ')
    assert html.endswith("</figure>")
    assert "2 of 2 replicas run" in re.search(r'alt="([^"]*)"', html)[1]
    assert "node2 is drained" in html.partition("<figcaption")[2]
    assert re.search(r'width="920" height="\d+"', html)
    assert html.count("<tr>") == len(chart.rows) > 1
    assert 'scope="col"' in html


@pytest.mark.parametrize("make", ALL)
def test_the_sentence_under_it_can_be_left_to_the_page(make: charts.Maker):
    html = make(replaced(), "web").html(told=False)
    assert "2 of 2 replicas run" in re.search(r'alt="([^"]*)"', html)[1]
    assert "replicas run" not in html.partition("<figcaption")[2]
    assert "<details>" in html


@pytest.mark.parametrize("make", ALL)
def test_stored_text_is_stable_and_so_are_the_pixels(make: charts.Maker):
    assert repr(make(replaced(), "web")) == f"(chart: {make.__name__})"
    assert make(replaced(), "web").html() == make(replaced(), "web").html()


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("record", [
    Record(()), Record((Gap(5.0, "away"),)), Record((seen(services=[]),)), Record((seen(nodes=[node("node1")]),))],
    ids=["nothing", "away", "empty", "one"])
def test_there_is_always_something_to_show(make: charts.Maker, record: Record):
    assert make(record).html()


def test_words_are_text_and_cannot_break_the_page():
    chart = charts.placement(Record((seen(nodes=[node("<b>&$x$")]),)))
    assert b"&lt;b&gt;&amp;$x$" in chart.svg()
    assert "<b>" not in chart.html()


def test_when_nobody_answers_the_last_thing_seen_stays():
    chart = charts.placement(Record((at(1, seen(tasks=[task(1)])), Gap(2.0, "away"))))
    assert "web.1" in words(chart)
    assert "no manager answers: this is what was seen last" in words(chart)
    assert chart.caption.startswith("No manager answers now; what was seen last: web: 1 of 2")


def test_when_nobody_ever_answered_it_says_so():
    chart = charts.placement(Record((Gap(2.0, "away"),)))
    assert chart.caption == "No manager answers, and nothing was seen yet."
    assert "no manager answers" in words(chart)


def test_a_swarm_gives_a_picture_of_now():
    class Still:
        def observe(self) -> Observation:
            return seen(tasks=[task(1)])

    assert "web.1" in words(charts.placement(Still()))


def test_to_png(tmp_path: Path):
    charts.placement(replaced()).to_png(tmp_path / "chart.png", dpi=192)
    head = (tmp_path / "chart.png").read_bytes()[:24]
    assert head[:4] == b"\x89PNG"
    assert int.from_bytes(head[16:20]) == 1840


def test_settings_of_matplotlib_are_left_as_they_were():
    before = dict(mpl.rcParams)
    charts.placement(replaced()).html()
    assert dict(mpl.rcParams) == before


def test_no_figure_outlives_its_chart():
    figures = []
    for _ in range(3):
        chart = charts.placement(replaced())
        chart.html()
        figures.append(weakref.ref(chart.figure))
    del chart
    gc.collect()
    assert [figure() for figure in figures] == [None] * 3
