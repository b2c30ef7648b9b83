"""The networks of its swarm that a node's engine knows (moby, daemon/cluster/networks.go, AttachNetwork)."""

from ipaddress import IPv4Network

from ..errors import ApiError
from ..managers.allocator import ipv4_subnet
from ..objects import Resource, Task
from ..store import Store
from ..swarm_api.go_structs import Json
from ..swarm_api.networks import known
from .address_plan import AddressPlan
from .network import Network
from .networks import Networks


class SwarmNetworks:
    """A node gets to know a network of its swarm when the first container there joins it."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def attach(self, store: Store, task: Task) -> dict[str, Json]:
        """The settings of the task's container on each of its networks, by the network's id. Raises `ApiError` 404."""
        found: dict[str, Json] = {}
        for attachment in task.networks:
            id = attachment.get("NetworkID") or attachment["Network"]["ID"]
            network = store.resources.get(id)
            if network is None:
                raise ApiError(404, f"network {id} not found")
            if network.spec["Driver"] != "overlay":  # each node has its own: bridge, host
                found[self._networks.find(network.name).id] = {}
                continue
            self._add(network)
            address = (attachment.get("Addresses") or [""])[0].partition("/")[0]
            found[id] = {"IPAMConfig": {"IPv4Address": address}}
        return found

    def attach_by_hand(self, store: Store, name: str) -> None:
        """Add the swarm's network of that name, so that a container which is no task can join it.

        Do nothing if the swarm has none, or the node has its own. Raises `ApiError` 403 if it is not attachable.
        """
        if any(name in (network.name, network.id) and network.scope == "local" for network in self._networks):
            return
        for network in known(store):
            if name in (network.name, network.id):
                if not network.spec["Attachable"]:
                    raise ApiError(
                        403,
                        f"Could not attach to network {name}: rpc error: code = PermissionDenied "
                        f"desc = network {network.name} not manually attachable",
                    )
                self._add(network)

    def _add(self, network: Resource) -> None:
        if not any(known.id == network.id for known in self._networks):
            self._networks.add(
                Network(
                    network.id,
                    network.name,
                    "overlay",
                    network.created,
                    AddressPlan.of(_subnet(network)),
                    scope="swarm",
                    attachable=network.spec["Attachable"],
                )
            )


def _subnet(network: Resource) -> IPv4Network | None:
    """The addresses of a swarm's network; None while it has none."""
    return ipv4_subnet(network.extra.get("Configs") or [])
