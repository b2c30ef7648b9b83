"""01 · What is orchestration: a container dies and stays dead, a service is kept up."""

from collections.abc import Mapping
from typing import Any

from ...cluster.cluster import Cluster
from ...language import _
from ...records import Service
from ...rules import convergence
from ..checks import Exercise, Prediction, attempted, expect
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


def _answers(scene: Scene) -> int | None:
    """How many copies the name `web` stands for, where `visitor` asks: those that run in one of its networks."""
    now = scene.now_or_none
    web, visitor = (now.service(name) if now else None for name in ("web", "visitor"))
    if now is None or web is None or visitor is None:
        return None
    if convergence.reasons(now, "web") or convergence.reasons(now, "visitor"):
        return None
    return len(list(convergence.running_tasks(now, web))) if _networks(web) & _networks(visitor) else 0


def _networks(service: Service) -> set[str]:
    return {network["Target"] for network in service.spec["TaskTemplate"].get("Networks") or ()}


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
    )
    history_queries.expect_replicas(scene.now, service, _own(scene))
    history_queries.expect_running(scene.now, service)
    return _("All {n} replicas of mine run, and the swarm keeps it so.").format(n=service.replicas)


def _crash_text(scene: Scene) -> str:
    return _(
        "Let one container of `mine` crash: kill it on its node, without asking the swarm. It is done when the swarm "
        "has replaced it, and all replicas of `mine` run."
    )


def _crash(scene: Scene) -> str:
    service = history_queries.asked(
        scene.now_or_none, "mine", _("There is no service called `mine` yet: do the exercise above first.")
    )
    tasks = [task for look in scene.looks for task in look.tasks_of("mine")]
    # A task whose own program ends at once, because the command is wrong, has not crashed.
    well = [look for look in scene.looks if (made := look.service("mine")) and " ".join(made.command) == setup.COMMAND]
    ran = {task.id for look in well for task in look.tasks_of("mine") if task.state == "running"}
    attempted(
        any(task.state == "failed" and task.id in ran for task in tasks),
        _("No container of `mine` has crashed yet. Look at how one of `sleep-app` was killed in this section."),
    )
    history_queries.expect_running(scene.now, service, 2)
    return _("A task of mine failed, and the swarm has put a new one into its place.")


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "after-kill",
        1,
        _after_kill,
        first=lambda: _("Run the cell that starts `lonely` on node1 and the one that kills it."),
        why=lambda: _("the engine was not asked to keep `lonely` running, so it does not start it again."),
    ),
    Prediction(
        "elsewhere",
        0,
        _elsewhere,
        first=lambda: _("Run the cell that starts `lonely2` on node1 and the one that kills the machine."),
        why=lambda: _("the machines know nothing of each other, so none takes over."),
    ),
    Prediction(
        "replaced",
        1,
        _replaced,
        first=lambda: _("Run the cells that make `sleep-app`, kill one of its containers and wait."),
        why=lambda: _(
            "the swarm compares what runs with what was asked for, and starts a new task for the one that failed."
        ),
    ),
    Prediction(
        "answers",
        0,
        _answers,
        first=lambda: _("Run the cell that makes `web` and `visitor`, and wait until both run."),
        why=lambda: _("the name of a service stands for all its copies, and each is asked in its turn."),
    ),
    Exercise(
        "mine",
        4,
        _mine_text,
        _mine,
        hints=(
            lambda: _("Compare your service with the way `sleep-app` was made in this section."),
            lambda: _(
                "`swarm.services()` shows what is asked of each service. Compare every column with the exercise."
            ),
            lambda: _("A service that was made in another way than you want can be removed and made again."),
        ),
    ),
    Exercise(
        "crash",
        4,
        _crash_text,
        _crash,
        hints=(
            lambda: _('`swarm.tasks("mine")` shows on which nodes its containers run.'),
            lambda: _("The command that kills a container has to run on the node of that container."),
            lambda: _("The cell that killed a container of `sleep-app` found its id by a name. Which name is it here?"),
        ),
    ),
)
