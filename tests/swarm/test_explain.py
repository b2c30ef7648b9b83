"""A real swarm explained: the trap of a pending task that is never tried again, its cure, and who went."""

import pytest

from swarmkit_helpers import NotConverged, Swarm, recorder
from swarmkit_helpers.polling import wait_until


def until(swarm: Swarm, service: str, says: str) -> str:
    """The explanation, once it says so."""
    texts = [""]

    def look() -> str | None:
        texts[0] = swarm.explain(service).text
        return texts[0] if says in texts[0] else None

    return wait_until(look, 20, lambda: NotConverged(texts[0], f"it should say {says}"), every=0.2)


def tried(swarm: Swarm, service: str, number: int) -> None:
    """Wait until the scheduler has found no node for that many tasks of the service."""
    wait_until(
        lambda: sum(bool(task.error) for task in swarm.tasks(service)) == number,
        20,
        lambda: NotConverged(f"{number} tasks should have been tried", "look at the tasks"),
    )


@pytest.mark.exhaustive("a pending task is explained in section 03 of the course always")
def test_a_pending_task_of_an_older_version_is_explained_and_cured(swarm: Swarm) -> None:
    swarm.create_service(
        "picky", "busybox", "sleep infinity", stop_grace_period=0, constraints=["node.labels.disk==ssd"]
    )
    until(swarm, "picky", 'Fix: swarm.label("node2", disk="ssd")')
    tried(swarm, "picky", 1)
    swarm.scale("picky", 2)
    tried(swarm, "picky", 2)  # and so was the other again: in vain once more, for the last time
    until(swarm, "picky", "such a task is not tried again")
    swarm.label("node2", disk="ssd")
    text = until(swarm, "picky", "1 task of picky runs")
    assert "picky.1 is pending" in text
    assert "out of date" in text
    swarm.rebalance("picky")
    swarm.converge("picky")
    assert swarm.explain("picky").text.startswith("2 tasks of picky run on 1 node.")


def test_every_node_of_a_watched_swarm_is_explained(swarm: Swarm) -> None:
    recorder.shared(swarm)
    swarm.create_service("sleep-app", "busybox", "sleep infinity", stop_grace_period=0)
    swarm.converge()
    swarm.scale("sleep-app", 7)
    swarm.converge()
    reasons = swarm.explain("sleep-app").reasons
    assert [reason.task.name for reason in reasons] == [f"sleep-app.{slot}" for slot in range(1, 8)]
    assert sum("placed together with 5 others" in reason.why for reason in reasons) == 6
    swarm.scale("sleep-app", 4)
    swarm.converge()
    assert "3 tasks went when 7 replicas became 4" in swarm.explain("sleep-app").text
    swarm.drain("node2")
    swarm.converge()
    assert "tasks went" not in swarm.explain("sleep-app").text
    swarm.activate("node2")
    assert "node2 has no task of sleep-app" in swarm.explain("sleep-app").text
