"""Which wish counts, what the controls follow, and that nothing typed into them can break them."""

import threading
import time

import pytest
from support.api_bodies import node, seen, service, task
from support.clock import soon
from support.widget_texts import shown

from swarmkit_helpers import recorder
from swarmkit_helpers.display import charts
from swarmkit_helpers.errors import BadInput, EngineUnavailable
from swarmkit_helpers.notebook import figure, task_limit
from swarmkit_helpers.notebook.controls import AvailabilityControl, Dashboard, ScaleControl, dashboard
from swarmkit_helpers.recorder import pace
from swarmkit_helpers.records import Observation
from swarmkit_helpers.setting_types import MAX_REPLICAS

TASKS = [task(1, "node1"), task(2, "node2"), task(3, None, "pending")]


class Swarm:
    """A swarm that does at once what it is asked for, in the three requests that the controls make."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.replicas = 2
        self.availability = dict.fromkeys(("node1", "node2", "node3"), "active")
        self.orders: list[str] = []
        self.gone: Exception | None = None
        self.may_answer = threading.Event()
        self.may_answer.set()

    def observe(self) -> Observation:
        if self.gone:
            raise self.gone
        nodes = [node(name, availability=what) for name, what in self.availability.items()]
        now = seen(nodes=nodes, services=[service(replicas=self.replicas)], tasks=TASKS)
        return Observation(time.time(), now.nodes, now.services, now.tasks)

    def scale(self, name: str, replicas: int) -> None:
        self.may_answer.wait()
        self.orders.append(f"{name}={replicas}")
        if self.gone:
            raise self.gone
        self.replicas = replicas

    def drain(self, name: str) -> None:
        self.orders.append(f"drain {name}")
        self.availability[name] = "drain"

    def pause(self, name: str) -> None:
        raise ZeroDivisionError("nobody thought of this")

    def activate(self, name: str) -> None:
        self.availability[name] = "active"


@pytest.fixture
def swarm(request, monkeypatch):
    monkeypatch.setattr(pace, "BUSY_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(pace, "IDLE_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(pace, "IDLE_MAX_CPU_SHARE", 1)
    made = Swarm(request.node.name)
    yield made
    recorder.shared(made).stop()


def test_the_slider_asks_and_the_field_follows(swarm):
    control = ScaleControl(swarm, "web")
    assert (control.slider.value, control.field.value) == (2, "2")
    control.slider.value = 7
    assert control.field.value == "7"
    soon(lambda: "✓" in shown(control))
    assert swarm.orders == ["web=7"]
    control.close()


def test_rapid_clicks_become_few_requests_and_the_last_counts(swarm):
    control = ScaleControl(swarm, "web")
    swarm.may_answer.clear()
    for _ in range(8):
        control.more.click()
    assert control.slider.value == 10
    swarm.may_answer.set()
    soon(lambda: swarm.replicas == 10)
    assert swarm.orders == ["web=3", "web=10"]
    control.close()


def test_what_is_observed_does_not_move_back_a_wish_under_way(swarm):
    control = ScaleControl(swarm, "web")
    swarm.may_answer.clear()
    control.slider.value = 7
    swarm.availability["node2"] = "pause"  # something else changes meanwhile
    known = len(recorder.shared(swarm).history)
    soon(lambda: len(recorder.shared(swarm).history) > known)
    assert control.slider.value == 7
    swarm.may_answer.set()
    soon(lambda: swarm.replicas == 7)
    control.close()


def test_it_follows_what_others_ask_for_beyond_its_own_end(swarm):
    control = ScaleControl(swarm, "web", most=5)
    swarm.replicas = 30
    soon(lambda: (control.slider.value, control.field.value) == (30, "30"))
    assert swarm.orders == []
    control.close()


def test_a_number_that_is_typed_may_be_beyond_the_slider(swarm):
    control = ScaleControl(swarm, "web", most=5)
    control.field.value = "30"
    soon(lambda: swarm.orders == ["web=30"])
    assert (control.slider.value, control.field.value) == (30, "30")
    control.close()


@pytest.mark.parametrize("act", [lambda each: each.scale(4), lambda each: setattr(each.field, "value", "4")])
def test_a_slider_whose_end_moves_below_its_value_asks_for_nothing(swarm, act):
    swarm.replicas = 25
    control = ScaleControl(swarm, "web")
    assert (control.slider.value, control.slider.max) == (25, 25)
    act(control)
    soon(lambda: "✓" in shown(control))
    assert swarm.orders == ["web=4"]
    assert (control.slider.value, control.slider.max, control.field.value) == (4, 20, "4")
    swarm.replicas = 22
    soon(lambda: control.slider.max == 22)
    swarm.replicas = 3
    soon(lambda: control.slider.value == 3)
    assert swarm.orders == ["web=4"]
    control.close()


@pytest.mark.parametrize("typed", ["-2", "2.5", "1e3", "", "7x", "٣", "9" * 5000])
def test_what_is_typed_and_is_no_number_is_answered_and_nothing_is_sent(swarm, typed):
    control = ScaleControl(swarm, "web")
    control.field.value = typed
    assert "is not a number of replicas" in shown(control)
    assert "choose a whole number from 0 to 200" in shown(control)
    assert (control.slider.value, control.field.value) == (2, "2")
    assert swarm.orders == []
    control.close()


@pytest.mark.parametrize("typed", ["201", "999", str(MAX_REPLICAS + 1)])
def test_more_than_the_computer_can_hold_is_answered_and_nothing_is_sent(swarm, typed):
    control = ScaleControl(swarm, "web")
    control.field.value = typed
    assert f"{typed} replicas are too many: your computer can hold about 200 tasks" in shown(control)
    assert (control.slider.value, control.field.value) == (2, "2")
    assert swarm.orders == []
    control.close()


def test_the_tasks_of_other_services_count_and_fewer_than_now_is_never_too_many():
    others = [task(number, "node1", service="other") for number in range(1, 51)]
    crowded = seen(services=[service(replicas=180)], tasks=[*TASKS, *others])
    for replicas in (0, 150, 151, 180):
        task_limit.check(replicas, "web", crowded)
    with pytest.raises(BadInput, match="181 replicas are too many"):
        task_limit.check(181, "web", crowded)
    with pytest.raises(BadInput, match="from 0 to 150"):
        task_limit.check(151, "web", seen(services=[service(replicas=2)], tasks=others))


@pytest.mark.parametrize("replicas", ["x", None, 2.5, [7], True, -1])
def test_bad_input_is_answered_in_the_control(swarm, replicas, capsys):
    control = ScaleControl(swarm, "web")
    control.scale(replicas)
    assert "is not a number of replicas" in shown(control)
    assert "Fix:" in shown(control)
    assert control.slider.value == 2
    assert swarm.orders == []
    assert capsys.readouterr() == ("", "")
    control.close()


@pytest.mark.parametrize(("service", "most"), [("", 20), (None, 20), ("web", 0), ("web", "20"), ("web", True)])
def test_what_no_control_can_be_made_of(swarm, service, most):
    with pytest.raises(BadInput):
        ScaleControl(swarm, service, most)


def test_an_error_puts_back_what_is_so(swarm):
    control = ScaleControl(swarm, "web")
    swarm.gone = EngineUnavailable("node1 does not answer", "start it")
    control.slider.value = 7
    soon(lambda: "start it" in shown(control))
    soon(lambda: "No manager answers" in shown(control))
    swarm.gone = None
    soon(lambda: "2 replicas are asked for" in shown(control))
    soon(lambda: control.slider.value == 2)
    control.close()


def test_an_error_that_nobody_expected_is_shown_too(swarm, capsys):
    control = AvailabilityControl(swarm)
    control.choices["node2"].value = "pause"
    soon(lambda: "ZeroDivisionError: nobody thought of this" in shown(control))
    soon(lambda: control.choices["node2"].value == "active")
    assert capsys.readouterr() == ("", "")
    control.close()


def test_each_node_has_a_choice_of_its_name(swarm):
    control = AvailabilityControl(swarm)
    assert {name: choice.description for name, choice in control.choices.items()} == {
        "node1": "node1",
        "node2": "node2",
        "node3": "node3",
    }
    first = control.choices["node1"]
    control.choices["node3"].value = "drain"
    soon(lambda: swarm.orders == ["drain node3"])
    swarm.availability["node10"] = "active"
    soon(lambda: list(control.choices) == ["node1", "node2", "node3", "node10"])
    assert control.choices["node1"] is first  # it keeps the focus
    del swarm.availability["node2"]
    soon(lambda: list(control.choices) == ["node1", "node3", "node10"])
    control.close()


def test_a_newer_control_closes_the_older_and_its_thread_ends(swarm):
    def following() -> int:
        return sum(thread.name == "swarm-ScaleControl" for thread in threading.enumerate())

    before = following()
    older, other = ScaleControl(swarm, "web"), ScaleControl(swarm, "another")
    newer = ScaleControl(swarm, "web")
    soon(lambda: following() == before + 2)
    older.scale(9)
    newer.scale(5)
    soon(lambda: swarm.replicas == 5)
    assert swarm.orders == ["web=5"]
    assert older.box.children[0].value == (
        "<i>Another cell shows this control now. To have it here again, run this cell.</i>"
    )
    newer.close()
    newer.close()
    other.close()
    soon(lambda: following() == before)


def test_what_is_stored_of_it_is_the_same_each_time(swarm):
    control = ScaleControl(swarm, "web")
    assert repr(control) == "ScaleControl of web"
    bundle = control._repr_mimebundle_()
    assert bundle["text/plain"] == "ScaleControl of web"
    assert "run this cell" in bundle["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in bundle
    picture, told = bundle["text/html"].split("</figure>")
    assert "Replicas <b>2</b>" in picture
    assert "2 replicas are asked for" in picture
    assert "− 1" in picture
    assert ("━━●──" in picture, "A cell is running" in picture, "<style>" in picture) == (True, False, False)
    assert told.startswith("<div")  # as the sanitize file has it, which removes the picture
    assert repr(AvailabilityControl(swarm)) == "AvailabilityControl"
    control.close()


def test_a_dashboard_says_its_sentence_once(swarm, monkeypatch):
    outputs: list[str] = []
    for module in (figure, dashboard):
        monkeypatch.setattr(module, "display", lambda bundle, **how: outputs.append(bundle["text/html"]))
    control = Dashboard(swarm, "web")
    control._ipython_display_()
    for chart in (charts.placement, charts.slots):
        figure.watch(swarm, chart).stop()
    _widgets, *pictures = outputs[:3]
    assert "2 of 2 replicas run" in shown(control)
    assert all("2 of 2 replicas run" in html.partition("<figcaption")[0] for html in pictures)
    assert not any("2 of 2 replicas run" in html.partition("<figcaption")[2] for html in pictures)
    control.close()


def test_there_is_nothing_to_adjust_without_a_replicated_service(swarm):
    control = ScaleControl(swarm, "absent")
    assert "no service called absent" in shown(control)
    assert control.slider.disabled
    assert control.more.disabled
    control.close()
