"""A machine of a cluster: its names and labels, and the programs that replace its `hostname` and `sleep` outside it."""

import getpass
import hashlib
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .records import Json

CLUSTER_LABEL = "swarmlab.cluster"
NODE_LABEL = "swarmlab.node"
ADDRESS_LABEL = "swarmlab.address"
RIGHTS_LABEL = "swarmlab.rights"
OWNER_LABEL = "swarmlab.owner"  # clusters of version 0.1.0 have none
CLUSTER_VARIABLE = "SWARMLAB_CLUSTER"  # the name of the cluster, where a call or command gives none
HUB_VARIABLE = "JUPYTERHUB_USER"  # JupyterHub sets it in each user's server
OWNER_VARIABLE = "SWARMLAB_OWNER"  # whose clusters are, where neither a hub nor the login says it
OWNER_VARIABLES = (HUB_VARIABLE, OWNER_VARIABLE)
SLUG_MAX_CHARS = 30
REPAIRS = {"exited": "start", "paused": "unpause", "disconnected": "reconnect"}  # methods of `Cluster`, by state


class ClusterId(NamedTuple):
    """Which cluster: two owners may each have one of the same name."""

    owner: str  # empty for a cluster of version 0.1.0, which belongs to who names it
    name: str


@dataclass(frozen=True)
class Machine:
    """A node's container as the outer engine sees it. The swarm may see the node in another state."""

    cluster: str
    name: str
    state: str  # running, paused, exited, disconnected (running, but off the network)
    address: str  # on the cluster's network; it stays the same when the machine stops
    container: str  # name of the container
    image: str
    rights: str  # reduced, privileged
    owner: str = ""  # of its cluster

    @property
    def network(self) -> str:
        """The name of its cluster's network, with which the name of its container begins."""
        return self.container.removesuffix(f"-{self.name}")

    @property
    def cluster_id(self) -> ClusterId:
        """The cluster that it is part of."""
        return ClusterId(self.owner, self.cluster)

    @classmethod
    def from_api(cls, body: Json) -> "Machine":
        """Read one entry of GET /containers/json."""
        labels, container = body["Labels"], body["Names"][0].lstrip("/")
        networks = body.get("NetworkSettings", {}).get("Networks") or {}
        connected = container.removesuffix(f"-{labels[NODE_LABEL]}") in networks
        state = "exited" if body["State"] in ("created", "dead") else body["State"]
        return cls(
            cluster=labels[CLUSTER_LABEL],
            name=labels[NODE_LABEL],
            state="disconnected" if state == "running" and not connected else state,
            address=labels[ADDRESS_LABEL],
            container=container,
            image=body["Image"],
            rights=labels[RIGHTS_LABEL],
            owner=labels.get(OWNER_LABEL, ""),
        )

    @classmethod
    def from_inspect(cls, body: Json) -> "Machine":
        """Read the answer to GET /containers/{id}/json, which is newer than the list while a change is under way."""
        config, state = body["Config"], body["State"]["Status"]
        entry = {"Labels": config["Labels"], "Image": config["Image"], "Names": [body["Name"]], "State": state}
        return cls.from_api({**entry, "NetworkSettings": body["NetworkSettings"]})


def current_user() -> str:
    """Who uses this process: the hub's user, else SWARMLAB_OWNER, else the login; under sudo, the login before."""
    for variable in OWNER_VARIABLES:
        if user := os.environ.get(variable):
            return user
    root = os.name != "nt" and os.geteuid() == 0
    if root and (user := os.environ.get("SUDO_USER")):
        return user
    try:
        return getpass.getuser()
    except (KeyError, ImportError, OSError):  # an id without a name, such as in a container
        return f"uid-{os.getuid()}" if os.name != "nt" else "user"


def owner_slug(owner: str) -> str:
    """The owner as part of a name on the engine: a to z, digits and hyphens, another for each owner."""
    plain = re.sub("[^a-z0-9]+", "-", owner.lower()).strip("-")
    if plain == owner and len(plain) <= SLUG_MAX_CHARS:
        return plain
    digest = hashlib.sha256(owner.encode()).hexdigest()[:8]
    return f"{plain[: SLUG_MAX_CHARS - 9]}-{digest}".lstrip("-")


def container_name(cluster: str, node: str, owner: str = "") -> str:
    """The name of the node's container on the outer engine; with the owner if one is given."""
    return f"{network_name(cluster, owner)}-{node}"


def network_name(cluster: str, owner: str = "") -> str:
    """The name of the network between the cluster's machines; with the owner if one is given.

    A cluster's name has no full stop, so that no two clusters get one name.
    """
    return f"swarmlab-{owner_slug(owner)}.{cluster}" if owner else f"swarmlab-{cluster}"


def cluster_labels(cluster: str, owner: str = "") -> dict[str, str]:
    """The labels that mark an object of the outer engine as part of the cluster, which `down` removes."""
    return {CLUSTER_LABEL: cluster, **({OWNER_LABEL: owner} if owner else {})}


def cluster_of(labels: Mapping[str, str]) -> ClusterId:
    """The cluster that an object of the outer engine with those labels is part of."""
    return ClusterId(labels.get(OWNER_LABEL, ""), labels[CLUSTER_LABEL])


# Where a script for a machine runs outside of it, in an examination or for a simulated node, these two programs replace
# the machine's own. They read the variables of `shim_environment`.
_HOSTNAME = """\
#!/bin/sh
case "$1" in
    '') echo "$MACHINE_NAME" ;;
    -i|-I|--ip-address) echo "$MACHINE_ADDRESS" ;;
    *) echo "hostname: only hostname and hostname -i are known here" >&2; exit 1 ;;
esac
"""
_SLEEP = """\
#!/bin/sh
case "$1" in
    ''|*[!0-9.]*) exec {sleep} "$@" ;;
    *) exec {sleep} "$(awk "BEGIN {{ print $1 / $MACHINE_CLOCK_SPEED }}")" ;;
esac
"""


def write_shims(folder: Path) -> None:
    """Write the programs `hostname` and `sleep` to the folder, which goes first in the PATH of the script."""
    programs = {"hostname": _HOSTNAME}
    if sleep := shutil.which("sleep"):
        programs["sleep"] = _SLEEP.format(sleep=sleep)
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


def shim_environment(name: str, address: str, clock_speed: str) -> dict[str, str]:
    """The variables that the programs of `write_shims` read. With a clock speed of "20", sleep is 20 times shorter."""
    return {"MACHINE_NAME": name, "MACHINE_ADDRESS": address, "MACHINE_CLOCK_SPEED": clock_speed}
