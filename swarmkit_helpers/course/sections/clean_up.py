"""06 · Clean up: no swarm and no container is left, and that can be shown."""

from collections.abc import Mapping
from typing import Any

from ...cluster import init_join_leave
from ...cluster.cluster import Cluster
from ...cluster.provision import for_each
from ...errors import Refused
from ...language import _, ngettext
from ...records import Json
from ..checks import Exercise, Prediction, attempted, expect
from ..scene import Scene
from . import history_queries, setup

ID = "06-clean-up"
NAMES_MAX = 8  # of containers in a message


def title() -> str:
    return _("Clean up")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.one_service(cluster, setup.whole_swarm(cluster), parameters["image"], parameters["down"])
    setup.container(cluster, "node1", setup.LEFTOVER, parameters["image"])


def _leftover(scene: Scene) -> int | None:
    """How many containers ran on node1 when sleep-app and its tasks were gone, and nothing else had been ended."""
    seen = scene.now_or_none
    if seen is None or seen.services or any(not task.ended for task in seen.tasks):
        return None
    api = scene.cluster.api("node1")
    found = history_queries.named(api, setup.LEFTOVER)
    return len(api.get("containers", "json")) if found and found["State"] == "running" else None


def _manager_leaves(scene: Scene) -> str | None:
    """Whether node1 leaves when it is asked to without force.

    An engine that manages a swarm always refuses that (moby, daemon/cluster/swarm.go, Leave), so asking is safe.
    """
    api = scene.cluster.api("node1")
    if not init_join_leave.state(api)["ControlAvailable"]:
        return None
    try:
        init_join_leave.leave(api, force=False)
    except Refused:
        return "no"
    return "yes"


def _still_there(scene: Scene) -> int | None:
    """How many containers there are on all machines, running or not, when none is in a swarm any more."""
    names = [machine.name for machine in scene.cluster.machines()]
    states = for_each(names, lambda name: init_join_leave.state(scene.cluster.api(name))["LocalNodeState"])
    found = _containers(scene)
    left = set(states) == {"inactive"} and any(f"/{setup.LEFTOVER}" in each["Names"] for each in found)
    return len(found) if left else None


def _containers(scene: Scene) -> list[Json]:
    """All containers of all machines, running or not."""
    names = [machine.name for machine in scene.cluster.machines()]
    return [each for some in for_each(names, lambda name: setup.containers(scene.cluster.api(name))) for each in some]


def _never_started(scene: Scene) -> str:
    """A sentence on containers that were made and never started; empty if there are none."""
    number = sum(each["State"] == "created" for each in _containers(scene))
    if not number:
        return ""
    return ngettext(
        "Not as usual: {n} of them was made and never started.",
        "Not as usual: {n} of them were made and never started.",
        number,
    ).format(n=number)


def _empty_text(scene: Scene) -> str:
    return _(
        "Take the swarm apart to the end: no machine is to be in a swarm, and no machine is to have a container, "
        "running or not."
    )


def _empty(scene: Scene) -> str:
    names = [machine.name for machine in scene.cluster.machines()]
    wanted = scene.parameters["nodes"]
    attempted(
        len(names) >= wanted,
        _(
            "{n} of {nodes} machines are left: one that is gone cannot show that it is empty. Run the two cells under "
            "Setup again."
        ).format(n=len(names), nodes=wanted),
    )
    states = for_each(names, lambda name: init_join_leave.state(scene.cluster.api(name))["LocalNodeState"])
    inside = [name for name, state in zip(names, states, strict=True) if state != "inactive"]
    found = for_each(names, lambda name: setup.containers(scene.cluster.api(name)))
    kept = {
        each["Names"][0].lstrip("/"): f"{each['Names'][0].lstrip('/')} ({name}, {each['State']})"
        for name, containers in zip(names, found, strict=True)
        for each in containers
    }
    attempted(
        setup.LEFTOVER not in kept,
        _("There is still a container of `docker run`: {container}.").format(container=kept.get(setup.LEFTOVER)),
    )
    expect(
        not inside,
        _("No such container any more. Still in a swarm: {machines}.").format(machines=", ".join(inside)),
        points=4,
    )
    expect(
        not kept,
        _("There are containers left: {containers}.").format(containers=_few(list(kept.values()))),
        points=4,
    )
    return _("No swarm, no container: nothing is left.")


def _few(names: list[str]) -> str:
    """The first of the names, and how many more there are."""
    shown, more = ", ".join(names[:NAMES_MAX]), len(names) - NAMES_MAX
    if more <= 0:
        return shown
    return ngettext("{names} and {n} more", "{names} and {n} more", more).format(names=shown, n=more)


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "leftover",
        1,
        _leftover,
        first=lambda: _(
            "Run the cell that removes `sleep-app`, and wait until its tasks have ended. If the "
            "leftover container is gone already, run the two cells under Setup again."
        ),
        why=lambda: _("the swarm ends what it has started; a container of `docker run` is none of it."),
    ),
    Prediction(
        "manager-leaves",
        1,
        _manager_leaves,
        choices=("yes", "no"),
        standing=True,
        first=lambda: _("node1 manages no swarm any more; run the two cells under Setup again."),
        why=lambda: _("with the last manager all that the swarm knows would be lost, so Docker asks for `--force`."),
    ),
    Prediction(
        "still-there",
        0,
        _still_there,
        standing=True,
        first=lambda: _(
            "Let all machines leave the swarm. If the leftover container is gone already, run the two cells under "
            "Setup again."
        ),
        why=lambda: _("a container that was killed does not run, but it is there until somebody removes it."),
        unusual=_never_started,
    ),
    Exercise(
        "empty",
        8,
        _empty_text,
        _empty,
        hints=(
            lambda: _("Look at every machine, as the last cell under Do did. What does it still name?"),
            lambda: _("A container that has ended is removed by a command of its own, on its machine."),
            lambda: _("The last Explain names that command. A last manager leaves only if it is forced."),
        ),
    ),
)
