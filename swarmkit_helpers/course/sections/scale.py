"""04 · Scale the application: up, down, and with one node more."""

from collections.abc import Mapping
from typing import Any

from ...cluster.cluster import Cluster
from ...language import _
from ...records import Observation, natural_key
from ..checks import Exercise, Prediction, Unmet, attempted, expect
from ..scene import Scene
from . import history_queries, setup

ID = "04-scale"
OWN_REPLICAS = (8, 9, 10, 11, 12)  # to choose from for a student's exercise; the numbers of the lesson are left out
MOST_TASKS = (4, 5)  # on one node, to choose from for a student's exercise


def title() -> str:
    return _("Scale the application")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.one_service(cluster, setup.whole_swarm(cluster), parameters["image"], 1)


def _up(scene: Scene) -> Observation | None:
    """The first look in which sleep-app ran with `up` replicas."""
    return history_queries.settled(scene.looks, scene.parameters["up"])


def _spread(scene: Scene) -> int | None:
    """How many tasks the fullest node had after scaling up."""
    look = _up(scene)
    return None if look is None else max(history_queries.spread(look).values())


def _no_places(scene: Scene) -> str:
    """A sentence on the nodes that could take no task for a time while it was scaled up; empty if all could."""
    up = _up(scene)
    looks = scene.looks[: scene.looks.index(up) + 1] if up else ()
    closed = {
        node.name
        for look in looks
        if (service := look.service(setup.SERVICE)) and service.replicas == scene.parameters["up"]
        for node in look.nodes
        if not node.takes_tasks
    }
    if not closed:
        return ""
    return _("Not as usual: {nodes} could take no new task at that time.").format(
        nodes=", ".join(sorted(closed, key=natural_key))
    )


def _restarted(scene: Scene) -> str | None:
    """Whether any of the tasks that ran before scaling up did not run after it."""
    look = _up(scene)
    if look is None:
        return None
    before = scene.looks[0]
    ran = {task.id for task in history_queries.running(before)}
    return "yes" if ran - {task.id for task in history_queries.running(look)} else "no"


def _emptiest(scene: Scene) -> int | None:
    """How many tasks the emptiest node had after scaling down."""
    up = _up(scene)
    look = up and history_queries.settled(history_queries.since(scene.looks, up), scene.parameters["down"])
    return None if look is None else min(history_queries.spread(look).values())


def _joined(scene: Scene) -> tuple[str, tuple[Observation, ...]] | None:
    """The node that was added, and the looks since it was ready; None as long as there is none."""
    known = {node.name for node in scene.looks[0].nodes}
    for number, look in enumerate(scene.looks):
        for node in look.nodes:
            if node.name not in known and node.takes_tasks:
                return node.name, scene.looks[number:]
    return None


def _newcomer(scene: Scene) -> int | None:
    """How many tasks ran on the node that was added, before anything else was asked of sleep-app."""
    joined = _joined(scene)
    if joined is None:
        return None
    name, looks = joined
    look = history_queries.until_changed(looks)
    return history_queries.spread(look)[name] if look.service(setup.SERVICE) else None


def _own(scene: Scene) -> int:
    options = [number for number in OWN_REPLICAS if number not in (scene.parameters["up"], scene.parameters["down"])]
    return scene.own("own-number", options, 9)


def _own_text(scene: Scene) -> str:
    return _(
        "Scale `sleep-app` to exactly {n} replicas, by whichever way you like: by code, with the docker command "
        "or with the slider. It is done when all {n} run."
    ).format(n=_own(scene))


def _own_number(scene: Scene) -> str:
    number, given = _own(scene), (1, scene.parameters["up"], scene.parameters["down"])
    service = history_queries.asked(scene.now, setup.SERVICE, _no_service())
    attempted(
        service.replicas == number or service.replicas not in given,
        _("sleep-app still has as many replicas as the lesson gave it: scale it to {n}.").format(n=number),
    )
    history_queries.expect_replicas(scene.now, service, number)
    history_queries.expect_running(scene.now, service)
    return _("sleep-app runs with your {n} replicas.").format(n=number)


def _most(scene: Scene) -> int:
    return scene.own("fullest", MOST_TASKS, 4)


def _fullest_text(scene: Scene) -> str:
    return _(
        "Choose the number of replicas yourself: scale `sleep-app` so that one node runs {most} of its tasks, and "
        "every other node one less. It is done when all of them run."
    ).format(most=_most(scene))


def _fullest(scene: Scene) -> str:
    most, given = _most(scene), (1, scene.parameters["up"], scene.parameters["down"])
    service = history_queries.asked(scene.now, setup.SERVICE, _no_service())
    number = (most - 1) * sum(node.takes_tasks for node in scene.now.nodes) + 1
    attempted(
        service.replicas == number or service.replicas not in given,
        _("sleep-app still has as many replicas as the lesson gave it."),
    )
    counts = sorted(history_queries.spread(scene.now).values(), reverse=True)
    shown = ", ".join(map(str, counts))
    expect(
        service.replicas == number,
        _("You asked for {n} replicas; the nodes have {counts} tasks, and one is to have {most}.").format(
            n=service.replicas, counts=shown, most=most
        ),
    )
    history_queries.expect_running(scene.now, service, 4)
    expect(
        counts == [most, *[most - 1] * (len(counts) - 1)],
        _("The number is right, and the nodes have {counts} tasks.").format(counts=shown),
        _("New tasks go to the emptiest nodes, and tasks that run stay where they are."),
        4,
    )
    return _("You planned it: the nodes have {counts} tasks.").format(counts=shown)


def _even_text(scene: Scene) -> str:
    return _(
        "Let the new node have its share: see to it that the tasks of `sleep-app` are spread evenly over all "
        "nodes, so that the fullest node has at most one task more than the emptiest, and the new node has at "
        "least one."
    )


def _even(scene: Scene) -> str:
    joined = _joined(scene)
    if joined is None:
        raise Unmet("not attempted", _("There is no new node yet: run the cell that adds one and lets it join."))
    name, looks = joined
    service = history_queries.asked(scene.now, setup.SERVICE, _no_service())
    before = looks[0].service(setup.SERVICE)
    attempted(
        before is None or before.version != service.version,
        _("Nothing has been asked of sleep-app since {node} joined, and by itself nothing is rebalanced.").format(
            node=name
        ),
    )
    counts = history_queries.spread(scene.now)
    shown = ", ".join(f"{node} {number}" for node, number in sorted(counts.items()))
    expect(
        counts[name],
        _("{node} has no task yet: {shown}.").format(node=name, shown=shown),
        history_queries.patience(scene.now, service),
    )
    history_queries.expect_running(scene.now, service, 3)
    even = max(counts.values()) - min(counts.values()) <= 1
    expect(even, _("It is not even yet: {shown}.").format(shown=shown), points=3)
    return _("It is even: {shown}.").format(shown=shown)


def _no_service() -> str:
    return _("There is no service called sleep-app any more: run the two cells under Setup again.")


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "spread",
        1,
        _spread,
        first=lambda: _("Run the cell that scales `sleep-app` up, and wait until all replicas run."),
        why=lambda: _("each new task goes to a node that has the fewest of this service."),
        unusual=_no_places,
    ),
    Prediction(
        "restarted",
        1,
        _restarted,
        choices=("yes", "no"),
        first=lambda: _("Run the cell that scales `sleep-app` up, and wait until all replicas run."),
        why=lambda: _("scaling adds slots or removes them, and leaves the tasks that run alone."),
    ),
    Prediction(
        "emptiest",
        1,
        _emptiest,
        first=lambda: _("Run the cell that scales `sleep-app` down, and wait until it is done."),
        why=lambda: _("tasks are taken from the nodes that have the most."),
    ),
    Prediction(
        "newcomer",
        1,
        _newcomer,
        first=lambda: _("Run the cell that adds a node and lets it join."),
        why=lambda: _("a new node gets new tasks only; no task that runs is touched for it."),
    ),
    Exercise(
        "own-number",
        6,
        _own_text,
        _own_number,
        hints=(
            lambda: _("This section showed three ways to change the number: a call, a command and a control."),
            lambda: _("`swarm.services()` shows the number that is asked for. Is it the one of the exercise?"),
            lambda: _('Type the number of the exercise where the lesson had one of its own, and name "sleep-app".'),
        ),
    ),
    Exercise(
        "even",
        7,
        _even_text,
        _even,
        hints=(
            lambda: _("Tasks that run stay where they are. Which tasks does the scheduler place?"),
            lambda: _("New tasks go to the nodes with the fewest. What makes new tasks?"),
            lambda: _("Either all tasks are made anew, or some are added. This section showed a call for each."),
        ),
    ),
    Exercise(
        "fullest",
        8,
        _fullest_text,
        _fullest,
        hints=(
            lambda: _("On how many nodes may tasks run now? `swarm.nodes()` tells."),
            lambda: _("Suppose that all nodes had the smaller number. How many tasks would that be?"),
            lambda: _("`swarm.predict(scale=...)` shows what a number leads to, before you ask for it."),
        ),
    ),
)
