"""A chart in a cell is live during its step, and then a still that says when it was so."""

import base64
import io
import re
import time
from collections.abc import Iterator
from html import unescape
from itertools import count

import pytest
from PIL import Image
from support.api_bodies import seen, service, task
from support.clock import soon

from swarmkit_helpers import recorder
from swarmkit_helpers.course import section_starts
from swarmkit_helpers.display import charts
from swarmkit_helpers.docker_commands import announce, shown_by
from swarmkit_helpers.notebook import figure, kept_stills, step
from swarmkit_helpers.notebook.figure import watch
from swarmkit_helpers.recorder import pace
from swarmkit_helpers.records import Observation


class Swarm:
    """A swarm whose service web has as many running tasks as was set last."""

    numbers = count()

    def __init__(self) -> None:
        self.name = f"figure-{next(self.numbers)}"
        self.replicas = 1

    def observe(self) -> Observation:
        state = seen(
            services=[service(replicas=self.replicas)], tasks=[task(slot) for slot in range(1, self.replicas + 1)]
        )
        return Observation(time.time(), state.nodes, state.services, state.tasks)

    def scale(self, replicas: int) -> None:
        with shown_by(lambda command: None):
            announce(f"docker service scale web={replicas}")
        self.replicas = replicas


@pytest.fixture
def swarm(monkeypatch) -> Iterator[Swarm]:
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 0.01)
    swarm = Swarm()
    step.of_kernel().begin()
    step.of_kernel().cell_begins()
    yield swarm
    step.of_kernel().cell_ends()
    step.of_kernel().begin()
    recorder.shared(swarm).stop()


@pytest.fixture
def outputs(monkeypatch) -> list[dict]:
    """What the cells' outputs have shown, one after the other."""
    shown: list[dict] = []

    class Handle:
        def update(self, bundle: dict, raw: bool) -> None:
            shown.append(bundle)

    def display(bundle: dict, raw: bool, display_id: bool) -> Handle:
        shown.append(bundle)
        return Handle()

    monkeypatch.setattr(figure, "display", display)
    return shown


def alt(bundle: dict) -> str:
    return unescape(re.search(r'alt="([^"]*)"', bundle["text/html"])[1])


def note(bundle: dict) -> str | None:
    """The line under a still, without the time."""
    found = re.search(r"<small>Seen at \d\d:\d\d:\d\d(.*)</small>", bundle["text/html"])
    return found and found[1]


def test_it_is_live_until_what_was_asked_for_is_there(swarm: Swarm, outputs: list[dict]):
    watch(swarm)
    assert "image/png" not in outputs[0]
    swarm.scale(7)
    step.of_kernel().finish()
    assert alt(outputs[-1]).startswith("Tasks by node: web: 7 of 7 replicas run")
    assert note(outputs[-1]) == ", after <code>docker service scale web=7</code>."


def test_what_was_done_before_is_a_still_at_once(swarm: Swarm, outputs: list[dict]):
    recorder.shared(swarm)
    swarm.scale(3)
    step.of_kernel().finish()
    watch(swarm)
    assert [set(bundle) for bundle in outputs] == [{"text/plain", "text/html", "image/png"}]
    assert "3 of 3 replicas run" in alt(outputs[0])


def test_a_chart_beside_controls_is_live_at_first_in_any_case(swarm: Swarm, outputs: list[dict]):
    recorder.shared(swarm)
    swarm.scale(3)
    step.of_kernel().finish()
    figure.play(swarm, charts.placement, "web")
    assert "image/png" not in outputs[-1]
    step.of_kernel().begin()
    assert "image/png" in outputs[-1]
    assert moments(outputs[-1]) == []


def test_a_still_never_changes(swarm: Swarm, outputs: list[dict]):
    watch(swarm)
    step.of_kernel().begin()  # a prediction
    shown = len(outputs)
    known = recorder.shared(swarm).wait(0)
    swarm.scale(5)
    soon(lambda: recorder.shared(swarm).wait(0) > known + 1)
    assert len(outputs) == shown
    assert "1 of 1 replica runs" in alt(outputs[-1])
    assert note(outputs[-1]) == "."


def test_its_png_is_small_and_the_same_in_both_places(swarm: Swarm, outputs: list[dict]):
    watch(swarm).stop()
    png = outputs[-1]["image/png"]
    assert f'src="data:image/png;base64,{png}"' in outputs[-1]["text/html"]
    picture = Image.open(io.BytesIO(base64.b64decode(png)))
    assert (picture.format, picture.width) == ("PNG", 960)
    assert len(png) < 30_000


def test_the_time_axis_begins_with_the_step(swarm: Swarm, outputs: list[dict]):
    drawn: list[charts.Record] = []

    def remembered(record: charts.Record, name: str | None) -> charts.Chart:
        drawn.append(record)
        return charts.slots(record, name)

    recorder.shared(swarm)
    swarm.scale(2)
    step.of_kernel().begin()
    swarm.scale(4)
    began = step.of_kernel().began
    watch(swarm, remembered, "web").stop()
    assert drawn[-1].start == began
    assert drawn[-1].over
    assert drawn[-1].markers[-1].text == "docker service scale web=4"


def test_another_notebook_starts_a_section_on_the_cluster(swarm: Swarm, outputs: list[dict], tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    step.of_kernel().follow_starts(swarm.name, lambda: section_starts.elsewhere(swarm.name))
    watch(swarm)
    section_starts.note(swarm.name)
    assert section_starts.elsewhere(swarm.name) == 0  # it was this kernel
    monkeypatch.setattr(section_starts, "KERNEL", "another kernel")
    swarm.replicas = 9
    soon(lambda: "image/png" in outputs[-1])
    assert "1 of 1 replica runs" in alt(outputs[-1])


def test_a_button_makes_it_live_and_leads_back_to_the_still(swarm: Swarm, outputs: list[dict]):
    watched = watch(swarm)
    watched.stop()
    still = outputs[-1]
    watched._switch()
    swarm.replicas = 6
    soon(lambda: "6 of 6 replicas run" in alt(outputs[-1]))
    assert "image/png" not in outputs[-1]
    step.of_kernel().begin()
    assert outputs[-1] == still


def test_a_join_token_is_not_in_the_note(swarm: Swarm, outputs: list[dict]):
    watched = watch(swarm)
    with shown_by(lambda command: None):
        announce("docker swarm join --token SWMTKN-1-0abc-9xyz node1:2377")
    watched.stop()
    assert note(outputs[-1]) == ", after <code>docker swarm join --token SWMTKN-1-(secret) node1:2377</code>."


def test_an_open_notebook_has_a_button(swarm: Swarm, outputs: list[dict], monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", "04-scale.ipynb")
    watched = watch(swarm)
    button = watched._button
    assert button._box.layout.display == "none"
    watched.stop()
    assert (button._box.layout.display, button._button.description) == ("", "Live again")
    button._button.click()
    assert button._button.description == "Back to the still"
    button._button.click()
    assert "image/png" in outputs[-1]


def moments(bundle: dict) -> list[str]:
    """Per command of a still, the command and the number of replicas in its picture; without one, the command."""
    listed = re.search(r"<ol>(.*)</ol>", bundle["text/html"])
    items = re.findall(r"<li>(.*?)</li>", listed[1]) if listed else []
    return [" ".join(re.findall(r"web=\d+|\d+ of \d+", item)[: 1 + item.count("<img")]) for item in items]


def test_it_keeps_how_it_looked_at_each_command(swarm: Swarm, outputs: list[dict]):
    watch(swarm)
    for replicas in (3, 5):
        swarm.scale(replicas)
        recorder.shared(swarm).look()
    step.of_kernel().finish()
    assert "5 of 5 replicas run" in alt(outputs[-1])
    assert moments(outputs[-1]) == ["web=3 1 of 1", "web=5 3 of 3"]


def test_commands_of_the_episode_before_are_not_in_it(swarm: Swarm, outputs: list[dict]):
    recorder.shared(swarm)
    swarm.scale(3)
    step.of_kernel().begin()
    watch(swarm)
    swarm.scale(4)
    step.of_kernel().finish()
    assert moments(outputs[-1]) == ["web=4 3 of 3"]


def test_a_chart_over_time_has_the_commands_on_its_axis(swarm: Swarm, outputs: list[dict]):
    watch(swarm, charts.slots, "web")
    swarm.scale(3)
    step.of_kernel().finish()
    assert moments(outputs[-1]) == []


def test_a_notebook_stays_small(swarm: Swarm, outputs: list[dict]):
    watch(swarm)
    for replicas in range(2, 22):
        swarm.scale(replicas)
        recorder.shared(swarm).look()
    step.of_kernel().finish()
    kept = moments(outputs[-1])
    assert 6 <= len(kept) <= 12
    assert kept[-1] == "web=21 20 of 20"
    assert len(outputs[-1]["text/html"]) < 100_000


def test_where_nothing_has_changed_one_picture_is_enough(swarm: Swarm, outputs: list[dict]):
    recorder.shared(swarm).look()
    watch(swarm)
    with shown_by(lambda command: None):
        announce("docker node update --label-add web=1 node1")
        announce("docker service update --label-add web=2 web")
    step.of_kernel().finish()
    assert moments(outputs[-1]) == ["web=1", "web=2 1 of 1"]


def test_what_stands_still_is_kept_once_with_its_moments(swarm: Swarm, outputs: list[dict], tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    monkeypatch.setattr(kept_stills, "_owners", {})
    kept_stills.belong_to(swarm.name, kept_stills.Owner("course", "04-scale", "s1"))
    watched = watch(swarm)
    swarm.scale(3)
    recorder.shared(swarm).look()
    step.of_kernel().finish()
    watched._switch()
    watched.stop()
    [kept] = kept_stills.read("course", "s1")["04-scale"]
    assert (kept.chart, kept.command) == ("placement", "docker service scale web=3")
    assert kept.png == outputs[-1]["image/png"]
    assert "3 of 3 replicas run" in kept.sentence
    assert [moment.command for moment in kept.moments] == ["docker service scale web=3"]
