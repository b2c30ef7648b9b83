"""Whose a cluster is, and which cluster a name means.

The owner stands in a label of all that belongs to a cluster. A name without an owner means the user's own;
OWNER/NAME means that owner's. This guards against accidents only: who reaches an engine can do everything on it.
"""

import os
import re
import socket
from collections.abc import Iterable
from contextlib import suppress

from ..engine.discover import Engine
from ..errors import BadInput, SwarmkitError
from ..language import _
from ..machine import CLUSTER_VARIABLE, OWNER_LABEL, OWNER_VARIABLES, ClusterId, Machine, current_user

DEFAULT_NAME = "course"
_IN_CONTAINER = ("/.dockerenv", "/run/.containerenv")  # files that Docker and Podman put into a container


def owner(engine: Engine) -> str:
    """The owner of the clusters that this process makes on the engine.

    In a container a login says little. There it is the label `swarmlab.owner` that the host gave the container, if any.
    """
    named = any(os.environ.get(variable) for variable in OWNER_VARIABLES)
    if not named and any(map(os.path.exists, _IN_CONTAINER)):
        with suppress(SwarmkitError):  # an engine that does not know this container
            body = engine.api.get("containers", socket.gethostname(), "json")
            if label := (body["Config"]["Labels"] or {}).get(OWNER_LABEL):
                return str(label)
    return current_user()


def split_name(name: str | None) -> tuple[str | None, str]:
    """The owner in that name, None if it has none, and the cluster's name. Raises `BadInput`.

    The default is the name in SWARMLAB_CLUSTER, else "course".
    """
    full = (os.environ.get(CLUSTER_VARIABLE) or DEFAULT_NAME) if name is None else name
    if isinstance(full, str):
        owner, slash, cluster = full.rpartition("/")
        if re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", cluster):
            return (owner if slash else None), cluster
    raise BadInput(
        _("{name!r} is not a valid name for a cluster"),
        _("use 1 to 30 lower-case letters, digits and hyphens, such as 'course'; before it OWNER/ for another's"),
        name=full,
    )


def find(name: str | None, me: str, there: Iterable[Machine]) -> ClusterId:
    """The cluster that I mean by that name, with what is there. Raises `BadInput` for an invalid name.

    Without an owner it is mine; or the one of before there were owners, which belongs to who names it.
    """
    owner, cluster = split_name(name)
    if owner is None:
        owners = {machine.owner for machine in there if machine.cluster == cluster}
        owner = "" if "" in owners and me not in owners else me
    return ClusterId(owner, cluster)


def full_name(cluster: ClusterId, me: str) -> str:
    """The name by which I mean that cluster: with its owner if that is another."""
    return cluster.name if cluster.owner in ("", me) else f"{cluster.owner}/{cluster.name}"
