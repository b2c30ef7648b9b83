"""One network of an engine, and its endpoints: one for each container on it."""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address

from ..errors import ApiError
from ..ids_and_times import stamp
from ..swarm_api.go_structs import Json

PREDEFINED = ("bridge", "host", "none")
GATEWAY_BRIDGE = "docker_gwbridge"  # through it the containers of tasks reach what is outside of their networks


@dataclass(slots=True)
class Endpoint:
    """A container's connection to a network."""

    id: str
    address: str  # without the length of the prefix; empty on a network without addresses
    requested: str = ""  # the address that its settings ask for
    aliases: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Network:
    """One network."""

    id: str
    name: str
    driver: str
    created: float  # simulated seconds since the epoch
    subnet: IPv4Network | None = None
    gateway: str = ""
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

    def free_address(self, requested: str) -> str:
        """The requested address, or the next free one; empty without a subnet. Raises `ApiError`."""
        if self.subnet is None:
            if requested:
                raise ApiError(400, "user specified IP address is supported on user defined networks only")
            return ""
        taken = {endpoint.address for endpoint in self.endpoints.values()} | {self.gateway}
        if requested:
            try:
                inside = ip_address(requested) in self.subnet
            except ValueError:
                raise ApiError(400, f"invalid IPv4 address: {requested}") from None
            if not inside:
                raise ApiError(
                    400,
                    f"invalid config for network {self.name}: invalid endpoint settings:\n"
                    f"no configured subnet contains IP address {requested}",
                )
            if requested in taken:
                raise ApiError(403, "Address already in use")
            return requested
        numbers = range(int(self.subnet.network_address) + 1, int(self.subnet.broadcast_address))
        # The addresses of a swarm's tasks come from its managers, the lowest first.
        for number in reversed(numbers) if self.scope == "swarm" else numbers:
            if (address := str(IPv4Address(number))) not in taken:
                return address
        raise ApiError(500, "no available IPv4 addresses on this network's address pools")

    def settings(self, container: str) -> Json:
        """The entry of this network in a container's NetworkSettings."""
        endpoint = self.endpoints.get(container) or Endpoint("", "")
        mac = ":".join(f"{part:02x}" for part in (2, 0x42, *IPv4Address(endpoint.address or "0.0.0.0").packed))
        return {
            "IPAMConfig": {"IPv4Address": endpoint.requested} if endpoint.requested else None,
            "Links": None,
            "Aliases": endpoint.aliases or None,
            "MacAddress": mac if endpoint.address else "",
            "DriverOpts": None,
            "NetworkID": self.id,
            "EndpointID": endpoint.id,
            "Gateway": self.gateway if endpoint.id else "",
            "IPAddress": endpoint.address,
            "IPPrefixLen": self.subnet.prefixlen if self.subnet and endpoint.address else 0,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
        }

    def body(self, names: dict[str, str] | None = None) -> Json:
        """The body of GET /networks/{id}; with the names of containers by id, also the containers on it."""
        pools = []
        if self.subnet:
            pools = [{"Subnet": str(self.subnet), **({"Gateway": self.gateway} if self.gateway else {})}]
        containers = {
            id: {
                "Name": names[id],
                "EndpointID": endpoint.id,
                "MacAddress": self.settings(id)["MacAddress"],
                "IPv4Address": f"{endpoint.address}/{self.subnet.prefixlen}" if self.subnet else "",
                "IPv6Address": "",
            }
            for id, endpoint in self.endpoints.items()
            if names and id in names
        }
        return {
            "Name": self.name,
            "Id": self.id,
            "Created": stamp(self.created),
            "Scope": self.scope,
            "Driver": self.driver,
            "EnableIPv4": True,
            "EnableIPv6": False,
            "IPAM": {"Driver": "default", "Options": None, "Config": pools},
            "Internal": self.internal,
            "Attachable": self.attachable,
            "Ingress": False,
            "ConfigFrom": {"Network": ""},
            "ConfigOnly": self.config_only,
            "Containers": containers,
            "Options": self.options,
            "Labels": self.labels,
        }
