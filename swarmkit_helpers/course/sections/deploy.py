"""03 · Deploy over several hosts: service, slot, task, container."""

from collections.abc import Mapping
from typing import Any

from ...cluster.cluster import Cluster
from ...constraints import satisfies
from ...errors import BadInput
from ...language import _
from ...records import Node, Observation, Service
from ...rules import convergence
from ..checks import Exercise, Prediction, attempted, expect
from ..scene import Scene
from . import history_queries, setup

ID = "03-deploy"
TYPING_ERROR = "slep"  # the command of the service `broken`
ENDED = ("complete", "failed", "rejected")  # the states of a task whose program ended, or could not start
KILLED = 137  # the exit code of a program that was killed: 128 and the number of SIGKILL
TASK_ANSWERS = ("pending", "rejected", "running")  # the states of a task to choose from


def title() -> str:
    return _("Deploy over several hosts")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.no_services(cluster, setup.whole_swarm(cluster))


def _nodes_used(scene: Scene) -> int | None:
    """How many nodes ran sleep-app when it first ran."""
    look = history_queries.settled(scene.looks)
    return None if look is None else len({task.node for task in history_queries.running(look)})


def _slot_after(scene: Scene) -> int | None:
    """The slot of the task that replaced the first that failed."""
    return next((pair[1].slot for look in scene.looks if (pair := history_queries.replaced(look))), None)


def _rows(scene: Scene) -> int | None:
    """How many tasks of sleep-app the swarm listed when the first replacement ran."""
    return next((len(look.tasks_of(setup.SERVICE)) for look in scene.looks if history_queries.replaced(look)), None)


def _unplaced(scene: Scene) -> str | None:
    """The state of the first task of `picky`, once the swarm had decided on it."""
    tasks = (task for look in scene.looks for task in look.tasks_of("picky"))
    return next(
        (task.state for task in tasks if task.state in TASK_ANSWERS and (task.state != "pending" or task.error)), None
    )


def _place(scene: Scene) -> str:
    nodes = [f"node{number}" for number in range(1, scene.parameters["nodes"] + 1)]
    return scene.own("pinned", nodes, "node2")


def _pinned_text(scene: Scene) -> str:
    return _(
        "Make a service called `pinned` from the image `{image}` with the command `sleep infinity` and 2 "
        "replicas, in such a way that its tasks may run only on {node}. It is done when both run there and would "
        "be there again after a failure, too."
    ).format(image=scene.parameters["image"], node=_place(scene))


def _pinned(scene: Scene) -> str:
    place, now = _place(scene), scene.now
    service = history_queries.asked(
        now,
        "pinned",
        _("There is no service called `pinned` yet. Look at what tied `picky` to certain nodes in this section."),
    )
    history_queries.expect_replicas(
        now, service, 2, _("`swarm.services()` shows the number that is asked for. Is it the one of the exercise?")
    )
    allowed = [node.name for node in now.nodes if _allows(service, node)]
    there = [task.node for task in convergence.running_tasks(now, service)] == [place, place]
    expect(
        allowed == [place],
        _("The service may run on {nodes}; the exercise says only on {node}.").format(
            nodes=", ".join(allowed) or _("no node"), node=place
        ),
        points=3 if there else 0,
    )
    history_queries.expect_running(now, service, 4)
    return _("Both tasks run on {node}, and the constraint keeps them there.").format(node=place)


def _allows(service: Service, node: Node) -> bool:
    try:
        return satisfies(node, service.constraints)
    except BadInput:  # a constraint that only the engine can read
        return False


def _repair_text(scene: Scene) -> str:
    return _(
        "The service `broken` does not run. Find out why, and make it run without removing it: change the service "
        "that is there."
    )


def _repair(scene: Scene) -> str:
    now = scene.now
    service = history_queries.asked(
        now, "broken", _("There is no service called `broken`: run the cell that makes it.")
    )
    attempted(
        TYPING_ERROR not in service.command,
        _(
            "`broken` is still as it was made. Look at how the reason was found in this section when a task did not "
            "run."
        ),
    )
    first = next((known for look in scene.looks if (known := look.service("broken"))), service)
    expect(
        service.id == first.id,
        _("This `broken` is another service than the one to repair."),
        _("Run the cell that makes it once more, and change that one instead of making another."),
    )
    expect(
        service.replicas,
        _("`broken` is asked to have no replicas."),
        _("With no replicas nothing fails, and nothing runs."),
    )
    history_queries.expect_running(now, service)
    expect(
        not _ended_alike(now, service),
        _("`broken` starts, and ends again: between two starts it only seems to run."),
        _('Look at `swarm.tasks("broken")`: the last column tells how it ended.'),
    )
    return _("`broken` runs: you changed the desired state, and the swarm did the rest.")


def _ended_alike(now: Observation, service: Service) -> bool:
    """Whether a task with the settings of one that runs has ended by itself: the next will, too."""
    settings = [task.spec for task in convergence.running_tasks(now, service)]
    ended = [task for task in now.tasks_of(service.name) if task.state in ENDED and task.exit_code != KILLED]
    return any(task.spec in settings for task in ended)


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "nodes-used",
        1,
        _nodes_used,
        first=lambda: _("Run the cell that makes `sleep-app`, and wait until it runs."),
        why=lambda: _("one replica is one task, and a task is on one node."),
    ),
    Prediction(
        "slot-after",
        1,
        _slot_after,
        first=lambda: _("Run the cell that kills the container, and wait until a new task runs."),
        why=lambda: _("the slot outlives its tasks: the new task has the same number."),
    ),
    Prediction(
        "rows",
        1,
        _rows,
        first=lambda: _("Run the cell that kills the container, and wait until a new task runs."),
        why=lambda: _("the swarm keeps the task that failed beside the one that runs now."),
    ),
    Prediction(
        "unplaced",
        1,
        _unplaced,
        choices=TASK_ANSWERS,
        first=lambda: _("Run the cell that makes `picky`."),
        why=lambda: _("the swarm keeps what was asked for, and waits until a node fits."),
    ),
    Exercise(
        "pinned",
        8,
        _pinned_text,
        _pinned,
        hints=(
            lambda: _("Compare it with `picky`: which setting ruled nodes out there?"),
            lambda: _("A rule can be about a label, or about anything else that a node has, such as its name."),
            lambda: _("The text above the exercise names a rule for one node. Where did the rule of `picky` stand?"),
        ),
    ),
    Exercise(
        "repair",
        8,
        _repair_text,
        _repair,
        hints=(
            lambda: _('`swarm.tasks("broken")` has the reason in its last column. What could not be found?'),
            lambda: _("Read the command in the cell that made `broken` letter by letter, beside that of `sleep-app`."),
            lambda: _("Change only what is wrong: a service keeps all settings that you do not name."),
        ),
    ),
)
