"""01 · What is orchestration: a container dies and stays dead, a service is kept up."""

from collections.abc import Mapping
from typing import Any

from ...cluster.cluster import Cluster
from ...language import _
from ...rules import convergence
from ..checks import Exercise, Prediction, expect
from ..scene import Scene
from . import history_queries, setup

ID = "01-orchestration"
OWN_REPLICAS = (2, 3, 4, 5)  # to choose from for a student's service


def title() -> str:
    return _("What is orchestration?")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.no_swarm(cluster)


def _after_kill(scene: Scene) -> int | None:
    """How many containers called lonely run on node1, once it has been killed."""
    if scene.cluster.machine("node1").state != "running":
        return None
    lonely = history_queries.named(scene.cluster.api("node1"), "lonely")
    if lonely is None or lonely["State"] not in ("exited", "dead"):
        return None
    return sum("/lonely" in found["Names"] for found in scene.cluster.api("node1").get("containers", "json"))


def _elsewhere(scene: Scene) -> int | None:
    """How many other machines have a container lonely2, once node1 was off while it had one."""
    machines = {machine.name: machine for machine in scene.cluster.machines()}
    if machines["node1"].state == "running":
        lonely = history_queries.named(scene.cluster.api("node1"), "lonely2")
        if lonely is None or lonely["State"] == "running":
            return None
    elif machines["node1"].state != "exited":
        return None
    others = [name for name, machine in machines.items() if name != "node1" and machine.state == "running"]
    return sum(history_queries.named(scene.cluster.api(name), "lonely2") is not None for name in others)


def _replaced(scene: Scene) -> int | None:
    """How many tasks of sleep-app run after one has failed and all is well again."""
    for look in scene.looks:
        if history_queries.replaced(look) and not convergence.reasons(look, setup.SERVICE):
            return len(history_queries.running(look))
    return None


def _own(scene: Scene) -> int:
    return scene.own("mine", OWN_REPLICAS, 3)


def _mine_text(scene: Scene) -> str:
    return _(
        "Make a service of your own, called `mine`, from the image `{image}` with the command `sleep infinity`, "
        "and let it have {n} replicas. It is done when all {n} run."
    ).format(image=scene.parameters["image"], n=_own(scene))


def _mine(scene: Scene) -> str:
    service = history_queries.asked(
        scene.now_or_none,
        "mine",
        _("There is no service called `mine` yet. Look at how `sleep-app` was made in this section."),
    )
    runs = " ".join(service.command)
    what = (
        _("mine runs {command}; the exercise says {asked}.")
        if runs
        else _("mine runs the image's own program, which ends at once; the exercise says {asked}.")
    )
    expect(
        runs == setup.COMMAND,
        what.format(command=runs, asked=setup.COMMAND),
        _('Remove it with `swarm.remove_service("mine")` and create it again with `command="{asked}"`.').format(
            asked=setup.COMMAND
        ),
    )
    history_queries.expect_replicas(scene.now, service, _own(scene))
    history_queries.expect_running(scene.now, service)
    return _("All {n} replicas of mine run, and the swarm keeps it so.").format(n=service.replicas)


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "after-kill",
        2,
        _after_kill,
        first=lambda: _("Run the cell that starts `lonely` on node1 and the one that kills it."),
        why=lambda: _("the engine was not asked to keep `lonely` running, so it does not start it again."),
    ),
    Prediction(
        "elsewhere",
        2,
        _elsewhere,
        first=lambda: _("Run the cell that starts `lonely2` on node1 and the one that kills the machine."),
        why=lambda: _("the machines know nothing of each other, so none takes over."),
    ),
    Prediction(
        "replaced",
        2,
        _replaced,
        first=lambda: _("Run the cells that make `sleep-app`, kill one of its containers and wait."),
        why=lambda: _(
            "the swarm compares what runs with what was asked for, and starts a new task for the one that failed."
        ),
    ),
    Exercise("mine", 4, _mine_text, _mine),
)
