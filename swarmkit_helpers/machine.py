"""A machine of a cluster: how the outer engine sees it, its names and labels, its answers to hostname and sleep."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from .records import Json

CLUSTER_LABEL = "swarmlab.cluster"
NODE_LABEL = "swarmlab.node"
ADDRESS_LABEL = "swarmlab.address"
RIGHTS_LABEL = "swarmlab.rights"


@dataclass(frozen=True)
class Machine:
    """A node's container as the outer engine sees it: the machine, not what the swarm thinks of it."""

    cluster: str
    name: str
    state: str  # running, paused, exited, disconnected (running, but off the network)
    address: str  # on the cluster's network; it keeps it, on and off
    container: str  # name of the container
    image: str
    rights: str  # reduced, privileged

    @classmethod
    def from_api(cls, body: Json) -> "Machine":
        """The machine of one entry of GET /containers/json."""
        labels = body["Labels"]
        networks = body.get("NetworkSettings", {}).get("Networks") or {}
        connected = network_name(labels[CLUSTER_LABEL]) in networks
        state = "exited" if body["State"] in ("created", "dead") else body["State"]
        return cls(
            cluster=labels[CLUSTER_LABEL],
            name=labels[NODE_LABEL],
            state="disconnected" if state == "running" and not connected else state,
            address=labels[ADDRESS_LABEL],
            container=body["Names"][0].lstrip("/"),
            image=body["Image"],
            rights=labels[RIGHTS_LABEL],
        )


def container_name(cluster: str, node: str) -> str:
    """What the node's container is called on the outer engine."""
    return f"swarmlab-{cluster}-{node}"


def network_name(cluster: str) -> str:
    """What the network that joins the cluster's machines is called."""
    return f"swarmlab-{cluster}"


def cluster_labels(cluster: str) -> dict[str, str]:
    """What marks an object as part of this cluster, and so as ours to remove."""
    return {CLUSTER_LABEL: cluster}


# Where a script for a machine runs outside of it, in an examination or for a simulated node, these two programs stand
# in for the machine's own. They read the variables of `shim_environment`.
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
    """The variables that the programs of `write_shims` read; a clock speed of "20" makes each sleep 20 times shorter."""
    return {"MACHINE_NAME": name, "MACHINE_ADDRESS": address, "MACHINE_CLOCK_SPEED": clock_speed}
