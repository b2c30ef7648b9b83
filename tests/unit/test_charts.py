"""What every chart has: words for those who cannot see it, something to show in any case, and files."""

import gc
import re
import weakref
from pathlib import Path

import matplotlib as mpl
import pytest
from support.api_bodies import node, seen, task
from support.figures import at, big, replaced, texts, words

from swarmkit_helpers.display import charts
from swarmkit_helpers.display.charts import Record
from swarmkit_helpers.display.charts.pixels import POINTS_PER_PIXEL
from swarmkit_helpers.recorder import Gap
from swarmkit_helpers.records import MachineState, Observation

ALL = [charts.placement, charts.replicas, charts.slots]


@pytest.mark.parametrize("make", ALL)
def test_html_has_words_for_those_who_cannot_see(make: charts.Maker):
    chart = make(replaced(), "web")
    html = chart.html()
    assert html.startswith('<figure class="swk-live" ')
    assert html.endswith("</figure>")
    assert "2 of 2 replicas run" in re.search(r'alt="([^"]*)"', html)[1]
    assert "node2 is drained" in html.partition("<figcaption")[2]
    assert re.search(r'width="640" height="\d+"', html)
    assert html.count("<tr>") == len(chart.rows) > 1
    assert 'scope="col"' in html


@pytest.mark.parametrize("make", ALL)
def test_the_sentence_under_it_can_be_left_to_the_page(make: charts.Maker):
    html = make(replaced(), "web").html(with_caption=False)
    assert "2 of 2 replicas run" in re.search(r'alt="([^"]*)"', html)[1]
    assert "replicas run" not in html.partition("<figcaption")[2]
    assert "<details>" in html


@pytest.mark.parametrize("make", ALL)
def test_stored_text_is_stable_and_so_are_the_pixels(make: charts.Maker):
    assert repr(make(replaced(), "web")) == f"(chart: {make.__name__})"
    assert make(replaced(), "web").html() == make(replaced(), "web").html()


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize("record", [replaced(), Record((at(0, big()), at(9, big())))], ids=["few", "many"])
def test_no_text_is_smaller_than_nine_pixels(make: charts.Maker, record: Record):
    sizes = {text.get_fontsize() / POINTS_PER_PIXEL for text in texts(make(record)) if text.get_text()}
    assert min(sizes) >= 8.99


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(
    "record",
    [Record(()), Record((Gap(5.0, "away"),)), Record((seen(services=[]),)), Record((seen(nodes=[node("node1")]),))],
    ids=["nothing", "away", "empty", "one"],
)
def test_there_is_always_something_to_show(make: charts.Maker, record: Record):
    assert make(record).html()


def test_words_are_text_and_cannot_break_the_page():
    chart = charts.placement(Record((seen(nodes=[node("<b>&$x$")]),)))
    assert b"&lt;b&gt;&amp;$x$" in chart.svg()
    assert "<b>" not in chart.html()


def test_when_nobody_answers_the_last_thing_seen_stays():
    chart = charts.placement(Record((at(1, seen(tasks=[task(1)])), Gap(2.0, "away"))))
    assert "web.1" in words(chart)
    assert "no manager answers: seen last" in words(chart)
    assert chart.caption.startswith("No manager answers now; what was seen last: web: 1 of 2")


def test_when_no_manager_answers_the_machine_that_is_off_is_named():
    off = (MachineState("m1", "node1", "exited", None), MachineState("m2", "node2", "running", None))
    chart = charts.placement(Record((at(1, seen(tasks=[task(1)])), Gap(2.0, "away", machines=off))))
    assert chart.caption.endswith(" node1's machine is off.")


def test_two_gaps_one_after_the_other_are_drawn_as_one():
    off = (MachineState("m1", "node1", "exited", None),)
    history = (at(1, seen(tasks=[task(1)])), Gap(20.0, "away"), Gap(60.0, "away", machines=off))
    chart = charts.slots(Record(history, at=100), "web")
    assert words(chart).count("no manager answered") == 1


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
    assert int.from_bytes(head[16:20]) == 1280


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
