"""The dashboard's field for a task: what one chooses stays chosen, and what is said of it follows."""

from support.api_bodies import node, seen, service, task

from swarmkit_helpers.notebook.controls.task_explainer import TaskExplainer

ONE = seen(services=[service(replicas=1)], tasks=[task(1, "node1")])
TWO = seen(services=[service(replicas=2)], tasks=[task(1, "node1"), task(2, "node2")])
DRAINED = seen(
    nodes=[node("node1"), node("node2", availability="drain")],
    services=[service(replicas=2)],
    tasks=[task(1, "node1"), task(2, "node1")],
)


def test_nothing_is_said_until_a_task_is_chosen():
    reasons = TaskExplainer("web")
    reasons.show([TWO])
    assert reasons.text.value == ""
    assert reasons.choice.options == ("web", "web.1", "web.2")
    reasons.choice.value = "web.2"
    assert "web.2 on node2" in reasons.text.value


def test_what_is_chosen_stays_and_is_told_anew():
    reasons = TaskExplainer("web")
    reasons.show([ONE])
    reasons.choice.value = "web.1"
    reasons.show([ONE, TWO])
    assert reasons.choice.value == "web.1"
    assert "web.1 on node1" in reasons.text.value
    reasons.choice.value = "web.2"
    reasons.show([ONE, DRAINED])
    assert "web.2 on node1" in reasons.text.value
    assert "node2 (drain)" in reasons.text.value


def test_a_task_that_is_gone_or_never_was():
    reasons = TaskExplainer("web")
    reasons.show([TWO])
    for name in ("web.2", "<wbe>"):
        reasons.choice.value = name
        reasons.show([TWO, ONE])
        assert "no task is called" in reasons.text.value
        assert "<wbe>" not in reasons.text.value
    reasons.choice.value = ""
    assert reasons.text.value == ""


def test_a_service_that_is_gone():
    reasons = TaskExplainer("web")
    reasons.show([TWO])
    reasons.choice.value = "web"
    assert "2 tasks of web run" in reasons.text.value
    reasons.show([TWO, seen(services=[])])
    assert "2 tasks of web run" not in reasons.text.value
