"""The controls against a real swarm and real machines; what a hand does in the browser, the widgets' values do here."""

from collections.abc import Callable

import pytest
from support.widget_texts import shown

from swarmkit_helpers import Cluster, Swarm, recorder
from swarmkit_helpers.notebook.controls import AvailabilityControl, Dashboard, FaultControl, ScaleControl
from swarmkit_helpers.polling import wait_until

SLEEP = {"image": "busybox", "command": "sleep infinity", "stop_grace_period": 0}


def soon(what: Callable[[], object], timeout: float = 30) -> None:
    wait_until(what, timeout, lambda: AssertionError("it did not come to that"))


@pytest.fixture
def app(swarm: Swarm, capsys) -> Swarm:
    """The swarm with the service sleep-app of one replica, and nothing printed yet."""
    swarm.create_service("sleep-app", **SLEEP)
    swarm.converge("sleep-app")
    capsys.readouterr()
    yield swarm
    recorder.shared(swarm).stop()


def test_scale_by_slider_by_call_and_by_others(app: Swarm, capsys) -> None:
    control = ScaleControl(app, "sleep-app")
    assert control.slider.value == 1
    control.slider.value = 7
    soon(lambda: app.service("sleep-app").replicas == 7)
    soon(lambda: "7 replicas are asked for, 7 run." in shown(control))
    assert "$ docker service scale sleep-app=7" in shown(control)
    control.scale(4)
    soon(lambda: app.service("sleep-app").replicas == 4)
    assert capsys.readouterr().out == ""  # the commands are shown in the control
    app.scale("sleep-app", 3)
    soon(lambda: (control.slider.value, control.field.value) == (3, "3"))
    control.close()


def test_drain_and_activate(app: Swarm) -> None:
    app.scale("sleep-app", 6)
    app.converge("sleep-app")
    control = AvailabilityControl(app)
    control.choices["node2"].value = "drain"
    soon(lambda: "0 tasks run" in shown(control))
    assert app.node("node2").availability == "drain"
    assert "$ docker node update --availability drain node2" in shown(control)
    control.choices["node2"].value = "active"
    soon(lambda: app.node("node2").availability == "active")
    app.pause("node3")
    soon(lambda: control.choices["node3"].value == "pause")
    control.close()


def test_each_fault_and_its_undo(cluster: Cluster, app: Swarm, capsys) -> None:
    control = FaultControl(cluster)
    capsys.readouterr()
    for number, verb, state, undo in (
        (0, "Kill", "exited", "Start"),
        (1, "Freeze", "paused", "Unfreeze"),
        (2, "Disconnect", "disconnected", "Reconnect"),
    ):
        button = control.buttons["node3"][number]
        assert button.description == f"{verb} node3"
        button.click()
        button.click()  # at once again: not the undo
        soon(lambda state=state: cluster.machine("node3").state == state)
        soon(lambda button=button, undo=undo: button.description == f"{undo} node3")
        assert [each.disabled for each in control.buttons["node3"]].count(False) == 1
        button.click()
        soon(lambda: cluster.machine("node3").state == "running")
        soon(lambda button=button, verb=verb: button.description == f"{verb} node3")
        assert "swk-problem" not in shown(control)
    assert capsys.readouterr().out == ""
    control.close()


def test_faults_follow_what_others_do(cluster: Cluster, app: Swarm) -> None:
    control = FaultControl(cluster)
    cluster.pause("node2")
    soon(lambda: control.buttons["node2"][1].description == "Unfreeze node2", timeout=3)
    cluster.unpause("node2")
    soon(lambda: control.buttons["node2"][1].description == "Freeze node2", timeout=3)
    cluster.disconnect("node2")
    soon(lambda: control.buttons["node2"][2].description == "Reconnect node2", timeout=3)
    cluster.reconnect("node2")
    soon(lambda: not control.buttons["node2"][0].disabled, timeout=3)
    control.close()


def test_a_swarm_that_is_gone_says_so_and_recovers(cluster: Cluster, app: Swarm, capsys) -> None:
    control = ScaleControl(app, "sleep-app")
    cluster.kill("node1")
    capsys.readouterr()
    soon(lambda: "No manager answers now" in shown(control))
    control.slider.value = 5
    soon(lambda: "Fix:" in shown(control))
    soon(lambda: control.slider.value == 1)
    cluster.start("node1")
    soon(lambda: "1 replica is asked for" in shown(control), timeout=60)
    control.slider.value = 2
    soon(lambda: app.service("sleep-app").replicas == 2)
    out, err = capsys.readouterr()
    assert (out.replace(f"$ docker start swarmlab-{cluster.name}-node1\n", ""), err) == ("", "")
    control.close()


@pytest.mark.exhaustive("in the browser a dashboard does the same")
def test_a_dashboard_takes_the_place_of_an_older_one(cluster: Cluster, app: Swarm) -> None:
    older, newer = Dashboard(app, "sleep-app", cluster), Dashboard(app, "sleep-app", cluster)
    assert "Another cell shows this control" in older.box.children[0].value
    newer.scaling.slider.value = 3
    soon(lambda: "3 of 3 replicas run" in shown(newer))
    newer.faults.buttons["node3"][0].click()
    soon(lambda: "node3 is down" in shown(newer), timeout=60)
    assert repr(newer) == "Dashboard of sleep-app"
    newer.close()
