"""One network of an engine, and its endpoints: one for each container on it."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from ..ids_and_times import stamp
from ..swarm_api.go_structs import Json
from .address_plan import AddressPlan

PREDEFINED = ("bridge", "host", "none")
GATEWAY_BRIDGE = "docker_gwbridge"  # through it the containers of tasks reach what is outside of their networks


@dataclass(slots=True)
class Endpoint:
    """A container's connection to a network."""

    id: str
    address: str  # without the length of the prefix; empty on a network without addresses
    address6: str = ""
    mac_address: str = ""
    settings: Json = field(default_factory=dict)  # what the container asked for there


@dataclass(slots=True)
class Network:
    """One network."""

    id: str
    name: str
    driver: str
    created: float  # simulated seconds since the epoch
    plan: AddressPlan = field(default_factory=AddressPlan)
    enable_ipv6: bool = False
    internal: bool = False
    attachable: bool = False
    config_only: bool = False
    scope: str = "local"
    labels: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)  # by the container's id

    @property
    def prunable(self) -> bool:
        """Whether `docker network prune` may remove it (moby, daemon/prune.go, localNetworksPrune)."""
        return (
            self.scope == "local"
            and self.name not in (*PREDEFINED, GATEWAY_BRIDGE)
            and not self.endpoints
            and not self.config_only
        )

    def new_endpoint(self, id: str, settings: Json, mac_address: str = "") -> Endpoint:
        """An endpoint with the addresses that the settings ask for, or with the next free ones. Raises `ApiError`."""
        requested = settings.get("IPAMConfig") or {}
        taken = {each.address for each in self.endpoints.values()}
        taken6 = {each.address6 for each in self.endpoints.values()}
        if wanted := requested.get("IPv4Address"):
            address = self.plan.check(wanted, self.name, taken)
        else:
            # The addresses of a swarm's tasks come from its managers, the lowest first.
            address = self.plan.free_address(taken, last_first=self.scope == "swarm")
        if wanted := requested.get("IPv6Address"):
            address6 = self.plan.check(wanted, self.name, taken6)
        else:
            address6 = self.plan.free_address6(taken6)
        return Endpoint(id, address, address6, mac_address or _mac_address(address), settings)

    def load_balancer(self) -> Json:
        """The entry of the load balancer that a node has on a network of its swarm."""
        address = self.plan.free_address({each.address for each in self.endpoints.values()}, last_first=True)
        return self._entry(f"{self.name}-endpoint", Endpoint(f"{self.id:0<64}", address, "", _mac_address(address)))

    def settings(self, container: str) -> Json:
        """The entry of this network in a container's NetworkSettings."""
        endpoint = self.endpoints.get(container) or Endpoint("", "")
        plan = self.plan
        return {
            "IPAMConfig": endpoint.settings.get("IPAMConfig") or None,
            "Links": endpoint.settings.get("Links") or None,
            "Aliases": endpoint.settings.get("Aliases") or None,
            "MacAddress": endpoint.mac_address,
            "DriverOpts": endpoint.settings.get("DriverOpts") or None,
            "NetworkID": self.id,
            "EndpointID": endpoint.id,
            "Gateway": plan.gateway if endpoint.id else "",
            "IPAddress": endpoint.address,
            "IPPrefixLen": plan.subnet.prefixlen if plan.subnet and endpoint.address else 0,
            "IPv6Gateway": plan.gateway6 if endpoint.address6 else "",
            "GlobalIPv6Address": endpoint.address6,
            "GlobalIPv6PrefixLen": plan.subnet6.prefixlen if plan.subnet6 and endpoint.address6 else 0,
        }

    def body(self, names: dict[str, str] | None = None) -> Json:
        """The body of GET /networks/{id}; with the names of containers by id, also the containers on it."""
        containers = {
            id: self._entry(names[id], endpoint) for id, endpoint in self.endpoints.items() if names and id in names
        }
        return {
            "Name": self.name,
            "Id": self.id,
            "Created": stamp(self.created),
            "Scope": self.scope,
            "Driver": self.driver,
            "EnableIPv4": True,
            "EnableIPv6": self.enable_ipv6,
            "IPAM": {"Driver": "default", "Options": self.plan.options, "Config": self.plan.configs},
            "Internal": self.internal,
            "Attachable": self.attachable,
            "Ingress": False,
            "ConfigFrom": {"Network": ""},
            "ConfigOnly": self.config_only,
            "Containers": containers,
            "Options": self.options,
            "Labels": self.labels,
        }

    def _entry(self, name: str, endpoint: Endpoint) -> Json:
        """An entry of "Containers"."""
        plan = self.plan
        return {
            "Name": name,
            "EndpointID": endpoint.id,
            "MacAddress": endpoint.mac_address,
            "IPv4Address": f"{endpoint.address}/{plan.subnet.prefixlen}" if plan.subnet else "",
            "IPv6Address": f"{endpoint.address6}/{plan.subnet6.prefixlen}"
            if plan.subnet6 and endpoint.address6
            else "",
        }


def _mac_address(address: str) -> str:
    """The MAC address that a bridge gives an IPv4 address; empty without one."""
    return ":".join(f"{part:02x}" for part in (2, 0x42, *IPv4Address(address).packed)) if address else ""
