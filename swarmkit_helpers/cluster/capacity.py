"""How many nodes there may be: what SWARMLAB_MAX_NODES allows an owner, and what the engine's memory has room for."""

import os
from collections import Counter
from collections.abc import Sequence

from ..engine.discover import Engine
from ..errors import BadInput
from ..language import _, ngettext
from ..machine import ClusterId, Machine
from ..records import natural_key
from . import node_container, ownership

LIMIT_VARIABLE = "SWARMLAB_MAX_NODES"  # the most nodes that one owner's clusters have together on an engine
DOWN = "python3 -m swarmkit_helpers down --name"


def check(engine: Engine, cluster: ClusterId, names: Sequence[str], there: Sequence[Machine]) -> None:
    """Raise `BadInput` if machines of those names in the cluster are too many for its owner, or for the engine.

    `there` are the machines of all clusters on the engine. A machine that exists is never refused.
    """
    new = len(set(names) - {machine.name for machine in there if machine.cluster_id == cluster})
    if not new:
        return
    limit = _limit()
    mine = [machine for machine in there if machine.owner == cluster.owner]
    if limit is not None and len(mine) + new > limit:
        raise BadInput(
            ngettext(
                "one owner's clusters may have {n} node together ({variable}); "
                "with {new} more it would be {sum}: {used}",
                "one owner's clusters may have {n} nodes together ({variable}); "
                "with {new} more it would be {sum}: {used}",
                limit,
            ),
            _("ask for fewer nodes, or remove a cluster that you no longer need: {down} NAME"),
            n=limit,
            variable=LIMIT_VARIABLE,
            new=new,
            sum=len(mine) + new,
            used=_used(engine, mine),
            down=DOWN,
        )
    if (needed := (len(there) + new) * node_container.IDLE_MEMORY_BYTES) > engine.memory:
        raise BadInput(
            ngettext(
                "with {n} more node the clusters on this engine need about {needed} MB of memory; it has {memory} MB; "
                "there are: {used}",
                "with {n} more nodes the clusters on this engine need about {needed} MB of memory; it has {memory} MB; "
                "there are: {used}",
                new,
            ),
            _(
                "ask for fewer nodes (there is room for {fit} more), remove a cluster that nobody needs ({down} NAME; "
                "ask its owner first), or give the engine more memory"
            ),
            n=new,
            needed=needed >> 20,
            memory=engine.memory >> 20,
            used=_used(engine, there),
            fit=max(engine.memory // node_container.IDLE_MEMORY_BYTES - len(there), 0),
            down=DOWN,
        )


def _limit() -> int | None:
    """The number in SWARMLAB_MAX_NODES; None without one. Raises `BadInput`."""
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise BadInput(
            _("{variable} is {text!r}, which is no number of nodes"),
            _("set it to a whole number such as 6, or unset it"),
            variable=LIMIT_VARIABLE,
            text=text,
        )
    return int(text)


def _used(engine: Engine, machines: Sequence[Machine]) -> str:
    """The clusters of those machines, each with its nodes and what they need, the largest first."""
    me = ownership.owner(engine)
    sizes = Counter(ownership.full_name(machine.cluster_id, me) for machine in machines)
    return ", ".join(
        ngettext("{name} ({n} node, {mb} MB)", "{name} ({n} nodes, {mb} MB)", n).format(
            name=name, n=n, mb=n * node_container.IDLE_MEMORY_BYTES >> 20
        )
        for name, n in sorted(sizes.items(), key=lambda item: (-item[1], natural_key(item[0])))
    ) or _("none")
