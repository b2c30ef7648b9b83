"""Why a slot has no running task: its tasks fail, end by themselves, or the restart policy gives it no other."""

import pytest
from support.api_bodies import seen, service, task

from swarmkit_helpers.display.explain import explain
from swarmkit_helpers.records import Observation


def test_a_task_that_fails_again_and_again():
    failed = [
        task(1, "node1", "failed", "shutdown", error="task: non-zero exit (1)"),
        task(1, "node1", "ready", "ready", created="2026-11-23T04:45:15Z"),
    ]
    told = explain("web", [seen(services=[service("web", replicas=1)], tasks=failed)])
    assert "web.1 fails" in told.text
    assert "non-zero exit" not in told.text
    assert "non-zero exit" in repr(told)


def ended(state: str, condition: str, **more: str) -> Observation:
    """The service web, whose only slot has ended like this under this restart policy."""
    body = service("web", replicas=1)
    body["Spec"]["TaskTemplate"]["RestartPolicy"] = {"Condition": condition}
    return seen(services=[body], tasks=[task(1, "node1", state, "shutdown", **more)])


@pytest.mark.parametrize(
    ("state", "error", "cure"),
    [
        ("shutdown", "", 'swarm.rebalance("web")'),  # after a drain
        ("complete", "", 'swarm.rebalance("web")'),
        ("failed", "task: non-zero exit (3)", 'swarm.logs("web")'),
    ],
)
def test_a_slot_that_gets_no_other_task(state, error, cure):
    now = ended(state, "none", error=error)
    told = explain("web", [now]).text
    assert "web.1 has ended, and the restart policy gives its slot no other task.\n" in told
    assert f"Fix: {'look at ' if error else ''}{cure}" in told
    assert explain("web.1", [now]).text.endswith("; the restart policy gives its slot no other task.")


def test_why_a_task_failed_is_said_once():
    assert explain("web.1", [ended("failed", "any", error="task: non-zero exit (3)")]).text == (
        "web.1 is failed: task: non-zero exit (3)."
    )


@pytest.mark.parametrize(
    ("state", "error"),
    [
        ("failed", 'starting container failed: exec: "slep": executable file not found in $PATH'),
        ("rejected", "No such image: busybos:latest"),
    ],
)
def test_a_program_that_never_started_has_no_logs_to_look_at(state, error):
    told = explain("web", [ended(state, "any", error=error)])
    assert "logs(" not in told.text
    assert "The program never started, so there are no logs" in told.text


def test_a_program_that_ends_by_itself():
    rows = [
        task(1, "node1", "complete", "shutdown"),
        task(1, "node1", "ready", "ready", created="2026-11-23T04:45:15Z"),
    ]
    text = explain("web", [seen(services=[service("web", replicas=1)], tasks=rows)]).text
    assert "The program of web.1 ends by itself, and the swarm puts a new task into its slot again and again." in text
    assert "Fix: give web a command that keeps running, or make it a job." in text


def test_the_first_task_of_a_job_is_none_of_a_global_service():
    body = service("job", {"ReplicatedJob": {"TotalCompletions": 3, "MaxConcurrent": 3}}, iteration=0)
    rows = [
        task(0, "node2", "running", "complete", service="job"),
        task(1, "node1", "failed", "shutdown", service="job"),
        task(2, None, "pending", "complete", service="job"),
    ]
    told = {each.task.name: each.why for each in explain("job", [seen(services=[body], tasks=rows)]).reasons}
    assert told["job.node2"].startswith("placed together with 1 other")
    waiting = seen(services=[body], tasks=[task(0, None, "pending", "complete", service="job")])
    assert [reason.task.name for reason in explain("job.0", [waiting]).reasons] == ["job.0"]


def test_a_job_that_is_done_and_one_that_gave_up():
    body = service("job", {"ReplicatedJob": {"TotalCompletions": 2, "MaxConcurrent": 2}}, iteration=0)
    body["Spec"]["TaskTemplate"]["RestartPolicy"] = {"Condition": "none"}
    done = [task(slot, "node1", "complete", "complete", service="job") for slot in (0, 1)]
    assert explain("job", [seen(services=[body], tasks=done)]).text.startswith("The job job is done")
    failed = [task(slot, "node1", "failed", "shutdown", service="job", error="oh") for slot in (0, 1)]
    assert "job.node1, job.1 have ended" in explain("job", [seen(services=[body], tasks=failed)]).text
    nowhere = service("job", {"GlobalJob": {}}, constraints=["node.labels.disk==ssd"], iteration=0)
    assert explain("job", [seen(services=[nowhere], tasks=[])]).text == "No node fits job."
    fewer = service("job", {"ReplicatedJob": {"TotalCompletions": 1}}, iteration=1)
    history = [seen(services=[each], tasks=done) for each in (body, fewer)]
    assert "went" not in explain("job", history).text


def test_what_was_rolled_back_is_told():
    now = seen(services=[service("web", replicas=1, update="rollback_completed")], tasks=[task(1, "node1")])
    assert "The last change of web was rolled back." in explain("web", [now]).text
