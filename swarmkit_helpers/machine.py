"""A machine of a cluster, as the outer engine sees it; its names, and the labels by which it is known."""

from dataclasses import dataclass

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
