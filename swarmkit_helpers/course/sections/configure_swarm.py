"""02 · Configure swarm mode: machines become nodes of one swarm."""

from collections.abc import Mapping
from typing import Any

from ...cluster import init_join_leave
from ...cluster.cluster import Cluster
from ...errors import NotInSwarm
from ...language import _
from ...recorder import Gap
from ..checks import Exercise, Prediction, Unmet, attempted, expect
from ..scene import Scene
from . import setup

ID = "02-configure-swarm"


def title() -> str:
    return _("Configure swarm mode")


def start(cluster: Cluster, parameters: Mapping[str, Any]) -> None:
    setup.no_swarm(cluster)


def _nodes_before(scene: Scene) -> int:
    """How many nodes a manager listed when the section began; 0 if no manager answered."""
    first = scene.history[0]
    return 0 if isinstance(first, Gap) else len(first.nodes)


def _nodes_after(scene: Scene) -> int | None:
    """How many nodes the swarm had when it was first seen."""
    return len(scene.looks[0].nodes) if scene.looks else None


def _joined_role(scene: Scene) -> str | None:
    """The role in which node3 was first seen in the swarm."""
    return next((node.role for look in scene.looks if (node := look.node("node3"))), None)


def _worker_answers(scene: Scene) -> str | None:
    """Whether node2, once in the swarm, lists the nodes."""
    api = scene.cluster.api("node2")
    if init_join_leave.state(api)["LocalNodeState"] != "active":
        return None
    try:
        api.get("nodes")
    except NotInSwarm:
        return "no"
    return "yes"


def _lost(scene: Scene) -> str:
    return f"node{scene.parameters['nodes']}"


def _bring_back_text(scene: Scene) -> str:
    return _(
        "The machine {node} has left the swarm. Let it join again, as a worker. It is done when all {n} machines "
        "are ready and active nodes."
    ).format(node=_lost(scene), n=scene.parameters["nodes"])


def _bring_back(scene: Scene) -> str:
    name = _lost(scene)
    own = init_join_leave.state(scene.cluster.api(name))
    attempted(
        own["LocalNodeState"] != "inactive",
        _("{node} is in no swarm yet. Look at how the other machines joined in this section.").format(node=name),
    )
    attempted(
        _memberships(scene) != {own["NodeID"]},
        _("{node} has not left the swarm yet: run the cell that lets it leave first.").format(node=name),
    )
    expect(
        own["LocalNodeState"] == "active",
        _("{node} is still on its way into the swarm.").format(node=name),
        _("Give it a moment, then check again."),
    )
    now = scene.now
    node = next((node for node in now.nodes if node.id == own["NodeID"]), None)
    if node is None:
        raise Unmet(
            "not yet",
            _("{node} is in a swarm, but in another than node1.").format(node=name),
            _("A machine is in one swarm at a time: it has to leave the one before it joins the other."),
            2,
        )
    expect(
        node.role == "worker",
        _("{node} has joined as a manager; the exercise says worker.").format(node=name),
        points=4,
    )
    # The swarm shows the machine's old node as ready until its heartbeats have been missing for 15 s.
    usable = {each.name for each in now.nodes if each.takes_tasks and (each.name != name or each is node)}
    missing = [each.name for each in scene.cluster.machines() if each.name not in usable]
    expect(
        not missing,
        _("Not ready and active: {nodes}.").format(nodes=", ".join(missing)),
        _("Look at `swarm.nodes()`; a node that has just joined needs a moment."),
        6,
    )
    done = _("All {n} machines are ready nodes.").format(n=len(usable))
    if len([each for each in now.nodes if each.name == name]) == 1:
        return done
    return (
        done
        + " "
        + _("The second entry of {node} is its former membership: each time a machine joins, it is a new node.").format(
            node=name
        )
    )


def _memberships(scene: Scene) -> set[str]:
    """The ids that the machine has had as a node since the section began: it gets a new one each time it joins."""
    return {node.id for look in scene.looks for node in look.nodes if node.name == _lost(scene)}


def _forget_text(scene: Scene) -> str:
    return _(
        "The swarm lists {node} twice. See to it that it forgets the node that is gone, and keeps the one that is "
        "there: it is done when the list names each machine once."
    ).format(node=_lost(scene))


def _forget(scene: Scene) -> str:
    name = _lost(scene)
    memberships = _memberships(scene)
    attempted(
        len(memberships) > 1,
        _("{node} has not left and joined again yet: do the exercise above first.").format(node=name),
    )
    listed = [node.id for node in scene.now.nodes if node.name == name]
    attempted(len(listed) < len(memberships), _("{node} is still listed {n} times.").format(node=name, n=len(listed)))
    present = init_join_leave.state(scene.cluster.api(name))["NodeID"]
    expect(
        present in listed,
        _("The swarm has forgotten the {node} that is there, too.").format(node=name),
        _("Let it leave the swarm and join again."),
    )
    expect(
        listed == [present],
        _("{node} is still listed {n} times.").format(node=name, n=len(listed)),
        points=2,
    )
    return _("The list names each machine once.")


EXERCISES: tuple[Exercise | Prediction, ...] = (
    Prediction(
        "nodes-before",
        1,
        _nodes_before,
        standing=True,
        first=lambda: _("Run the two cells under Setup."),
        why=lambda: _("before there is a swarm, node1 has no list of nodes and refuses the question."),
    ),
    Prediction(
        "nodes-after",
        0,
        _nodes_after,
        first=lambda: _("Run the cell with `docker swarm init`."),
        why=lambda: _("the new swarm has only the node that made it; the others have to join."),
    ),
    Prediction(
        "joined-role",
        1,
        _joined_role,
        choices=("worker", "manager"),
        first=lambda: _("Run the cells in which the other machines join."),
        why=lambda: _("the token decides on the role, and this was the worker's token."),
    ),
    Prediction(
        "worker-answers",
        1,
        _worker_answers,
        choices=("yes", "no"),
        standing=True,
        first=lambda: _("Run the cells in which the other machines join."),
        why=lambda: _("only managers know the state of the swarm; a worker knows its own tasks."),
    ),
    Exercise(
        "bring-back",
        8,
        _bring_back_text,
        _bring_back,
        hints=(
            lambda: _("In this section one machine joined by a call, and one by a command of its own."),
            lambda: _("There are two join tokens. Which role does each of them give?"),
            lambda: _("Who has joined in the wrong role can leave and join again; or a manager changes its role."),
        ),
    ),
    Exercise(
        "forget",
        4,
        _forget_text,
        _forget,
        hints=(
            lambda: _("The two have the same name. What tells them apart in the list of nodes?"),
            lambda: _("One of the two is `Down`. A node that is down can be removed from the list."),
            lambda: _("`docker node --help` on node1 lists what a manager can do with a node. Name it by its id."),
        ),
    ),
)
