"""The network between the machines of a cluster."""

import os
from collections.abc import Collection

from ..engine.discover import Engine
from ..errors import Refused
from ..language import _
from ..machine import CLUSTER_LABEL, HUB_VARIABLE, ClusterId, cluster_labels, cluster_of, network_name

SUBNETS = 256  # 10.213.0.0/24 to 10.213.255.0/24


def ensure(engine: Engine, cluster: ClusterId, taken: Collection[str], apart: bool) -> tuple[str, str]:
    """Create the cluster's network if there is none; return its name and the first three numbers of its addresses.

    The names of all containers begin with the network's. It is the cluster's name; with the owner for a user of a hub,
    and where another owner has a cluster of that name, or machines whose names begin so (`taken`). So a computer with
    one user has short names, and no names change when another user comes. Raises `Refused`.
    """
    short, long = network_name(cluster.name), network_name(cluster.name, cluster.owner)
    used = set(taken)
    for number in range(SUBNETS):
        there = engine.api.get("networks", filters={"label": [f"{CLUSTER_LABEL}={cluster.name}"]})
        for network in there:
            if cluster_of(network["Labels"]) == cluster:
                subnet: str = network["IPAM"]["Config"][0]["Subnet"]
                return network["Name"], subnet.rpartition(".")[0]
        used |= {network["Name"] for network in there}
        name = long if short in used or cluster.owner == os.environ.get(HUB_VARIABLE) else short
        # A node keeps its address over restarts, which needs a subnet of our choice. The engine refuses a used one.
        prefix = f"10.213.{number}"
        try:
            engine.api.post(
                "networks",
                "create",
                body={
                    "Name": name,
                    "Driver": "bridge",
                    "CheckDuplicate": True,
                    "Labels": cluster_labels(cluster.name, cluster.owner),
                    # No way to the internet: a node never asks a registry, so a section runs the same with and without
                    # internet, and programs of students stay inside.
                    "Internal": True,
                    # Else this computer has an address there, at which its own servers can be reached.
                    **({"Options": {"com.docker.network.bridge.inhibit_ipv4": "true"}} if apart else {}),
                    "IPAM": {"Config": [{"Subnet": f"{prefix}.0/24", "Gateway": f"{prefix}.1"}]},
                },
            )
            return name, prefix
        except Refused as error:
            if "already exists" in error.problem:  # another owner's, made at this moment; or a network of other origin
                used.add(short)
            elif "overlap" not in error.problem:
                raise
    raise Refused(
        _("the engine has no free network from 10.213.0.0/24 to 10.213.255.0/24"),
        _("remove networks that are not used: docker network ls"),
    )
