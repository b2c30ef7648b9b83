"""A machine of a cluster: its names and labels, and the programs that replace its `hostname` and `sleep` outside it."""

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
    """A node's container as the outer engine sees it. The swarm may see the node in another state."""

    cluster: str
    name: str
    state: str  # running, paused, exited, disconnected (running, but off the network)
    address: str  # on the cluster's network; it stays the same when the machine stops
    container: str  # name of the container
    image: str
    rights: str  # reduced, privileged

    @classmethod
    def from_api(cls, body: Json) -> "Machine":
        """Read one entry of GET /containers/json."""
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
    """The name of the node's container on the outer engine."""
    return f"swarmlab-{cluster}-{node}"


def network_name(cluster: str) -> str:
    """The name of the network between the cluster's machines."""
    return f"swarmlab-{cluster}"


def cluster_labels(cluster: str) -> dict[str, str]:
    """The labels that mark an object of the outer engine as part of the cluster, which `down` removes."""
    return {CLUSTER_LABEL: cluster}


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
