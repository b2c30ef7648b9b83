"""The networks of one engine, and who is on them. Nothing goes over them: addresses are handed out, and that is all."""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from random import Random

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import hex_id, stamp
from .events import Events
from .request import Json

PREDEFINED = ("bridge", "host", "none")


@dataclass(slots=True)
class Endpoint:
    """How a container sits on a network."""

    id: str
    address: str
    fixed: str = ""  # the address that was asked for
    aliases: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Network:
    id: str
    name: str
    driver: str
    created: float
    subnet: IPv4Network | None = None
    gateway: str = ""
    internal: bool = False
    attachable: bool = False
    scope: str = "local"
    ingress: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)  # by the container's id

    def endpoint(self, container: str, random: Random, wish: Json) -> Endpoint:
        """A place for the container. Raises `ApiError` for an address that cannot be."""
        fixed = ((wish or {}).get("IPAMConfig") or {}).get("IPv4Address") or ""
        if fixed and self.subnet is None:
            raise ApiError(400, "user specified IP address is supported on user defined networks only")
        address = self._address(fixed) if self.subnet else ""
        return Endpoint(hex_id(random), address, fixed, list((wish or {}).get("Aliases") or ()))

    def _address(self, fixed: str) -> str:
        taken = {place.address for place in self.endpoints.values()} | {self.gateway}
        if fixed:
            try:
                inside = ip_address(fixed) in self.subnet
            except ValueError:
                raise ApiError(400, f"invalid IPv4 address: {fixed}") from None
            if not inside:
                raise ApiError(
                    400,
                    f"invalid config for network {self.name}: invalid endpoint settings:\n"
                    f"no configured subnet contains IP address {fixed}",
                )
            if fixed in taken:
                raise ApiError(403, "Address already in use")
            return fixed
        numbers = range(int(self.subnet.network_address) + 1, int(self.subnet.broadcast_address))
        # Those of a swarm's tasks come from its managers, the lowest first.
        for number in reversed(numbers) if self.scope == "swarm" else numbers:
            if (address := str(IPv4Address(number))) not in taken:
                return address
        raise ApiError(500, "no available IPv4 addresses on this network's address pools")

    def attachment(self, container: str) -> Json:
        """The entry of this network in a container's NetworkSettings."""
        place = self.endpoints.get(container) or Endpoint("", "")
        mac = ":".join(f"{part:02x}" for part in (2, 0x42, *IPv4Address(place.address or "0.0.0.0").packed))
        return {
            "IPAMConfig": {"IPv4Address": place.fixed} if place.fixed else None,
            "Links": None,
            "Aliases": place.aliases or None,
            "MacAddress": mac if place.address else "",
            "DriverOpts": None,
            "NetworkID": self.id,
            "EndpointID": place.id,
            "Gateway": self.gateway if place.id else "",
            "IPAddress": place.address,
            "IPPrefixLen": self.subnet.prefixlen if place.address else 0,
            "IPv6Gateway": "",
            "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0,
        }

    def body(self, names: dict[str, str] | None = None) -> Json:
        """What GET /networks/{id} answers; with the names of containers by id, who is on it."""
        pools = []
        if self.subnet:
            pools = [{"Subnet": str(self.subnet), **({"Gateway": self.gateway} if self.gateway else {})}]
        inside = {
            id: {
                "Name": names[id],
                "EndpointID": place.id,
                "MacAddress": self.attachment(id)["MacAddress"],
                "IPv4Address": f"{place.address}/{self.subnet.prefixlen}" if self.subnet else "",
                "IPv6Address": "",
            }
            for id, place in self.endpoints.items()
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
            "Ingress": self.ingress,
            "ConfigFrom": {"Network": ""},
            "ConfigOnly": False,
            "Containers": inside,
            "Options": self.options,
            "Labels": self.labels,
        }


class Networks:
    """An engine's own networks, by id; those of a swarm are its managers'."""

    def __init__(self, clock: Clock, random: Random, events: Events) -> None:
        self._clock, self._random, self._events = clock, random, events
        self._all: dict[str, Network] = {}
        for name, driver in (("bridge", "bridge"), ("host", "host"), ("none", "null")):
            network = Network(hex_id(random), name, driver, clock.now)
            if name == "bridge":
                network.subnet, network.gateway = IPv4Network("172.17.0.0/16"), "172.17.0.1"
            self._all[network.id] = network

    def __iter__(self):
        return iter(self._all.values())

    def create(self, asked: Json) -> Network:
        """Raises `ApiError` for a name that is taken, or a subnet that overlaps with another's."""
        name = asked.get("Name")
        if not isinstance(name, str) or not name.strip():
            raise ApiError(400, "invalid network name: name is empty")
        if any(network.name == name for network in self):
            raise ApiError(409, f"network with name {name} already exists")
        driver = asked.get("Driver") or "bridge"
        if driver in ("host", "null"):
            raise ApiError(403, f'only one instance of "{driver}" network is allowed')
        if driver not in ("bridge", "macvlan", "ipvlan"):
            raise ApiError(404, f"could not find plugin {driver} in v1 plugin registry: plugin not found")
        subnet, gateway = self._pool(asked)
        network = Network(
            hex_id(self._random),
            name,
            driver,
            self._clock.now,
            subnet,
            gateway,
            internal=bool(asked.get("Internal")),
            attachable=bool(asked.get("Attachable")),
            labels=dict(asked.get("Labels") or {}),
            options=dict(asked.get("Options") or {}),
        )
        self.keep(network)
        return network

    def keep(self, network: Network) -> None:
        self._all[network.id] = network
        self._events.tell("network", "create", network.id, {"name": network.name, "type": network.driver})

    def _pool(self, asked: Json) -> tuple[IPv4Network, str]:
        taken = [network.subnet for network in self if network.subnet]
        pools = (asked.get("IPAM") or {}).get("Config") or [{}]
        wish = pools[0].get("Subnet")
        if not wish:
            pools = (IPv4Network(f"172.{number}.0.0/16") for number in range(18, 256))
            free = next((pool for pool in pools if not any(map(pool.overlaps, taken))), None)
            if free is None:
                raise ApiError(400, "all predefined address pools have been fully subnetted")
            return free, str(free[1])
        try:
            subnet = ip_network(wish)
        except ValueError:
            raise ApiError(400, f"invalid subnet {wish}: invalid CIDR block notation") from None
        if not isinstance(subnet, IPv4Network) or subnet.prefixlen > 30:
            raise ApiError(400, f"invalid subnet {wish}: a simulated engine has IPv4 networks of 4 addresses or more")
        if any(subnet.overlaps(other) for other in taken):
            raise ApiError(403, "Pool overlaps with other one on this address space")
        return subnet, pools[0].get("Gateway") or str(subnet[1])

    def find(self, name: str) -> Network:
        """By whole id, name, or the start of the id. Raises `ApiError` 404, 400."""
        if name in self._all:
            return self._all[name]
        found = [network for network in self if network.name == name] or [
            network for network in self if network.id.startswith(name)
        ]
        if not found:
            raise ApiError(404, f"network {name} not found")
        if len(found) > 1:
            raise ApiError(400, f"network {name} is ambiguous ({len(found)} matches found on name)")
        return found[0]

    def join(self, network: Network, container: str, name: str, wish: Json = None) -> None:
        """The container is on the network. Raises `ApiError`."""
        if container in network.endpoints:
            raise ApiError(403, f"endpoint with name {name} already exists in network {network.name}")
        network.endpoints[container] = network.endpoint(container, self._random, wish)
        self._events.tell(
            "network", "connect", network.id, {"container": container, "name": network.name, "type": network.driver}
        )

    def part(self, network: Network, container: str) -> None:
        """The container is not on the network. Raises `ApiError` if it was not."""
        if container not in network.endpoints:
            raise ApiError(403, f"container {container} is not connected to network {network.name}")
        del network.endpoints[container]
        self._events.tell(
            "network", "disconnect", network.id, {"container": container, "name": network.name, "type": network.driver}
        )

    def remove(self, network: Network, names: dict[str, str]) -> None:
        """Raises `ApiError` for one that is in use, or that every engine has."""
        if network.name in PREDEFINED:
            raise ApiError(403, f"{network.name} is a pre-defined network and cannot be removed")
        if using := [f'name:"{names.get(id, id)}" id:"{id[:12]}"' for id in network.endpoints]:
            raise ApiError(
                403, f"error while removing network: network {network.name} has active endpoints ({', '.join(using)})"
            )
        del self._all[network.id]
        self._events.tell("network", "destroy", network.id, {"name": network.name, "type": network.driver})


_KEYS = ("dangling", "driver", "id", "label", "name", "scope", "type")


def passes(body: Json, filters: dict[str, list[str]]) -> bool:
    """Whether the network is one that is asked for (moby, daemon/network/filter.go). Raises `ApiError` 400."""
    if unknown := next((key for key in filters if key not in _KEYS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    own = body["Name"] not in (*PREDEFINED, "ingress", "docker_gwbridge")
    if any(value not in ("custom", "builtin") for value in filters.get("type", ())):
        raise ApiError(400, f"invalid filter: 'type'='{filters['type'][0]}'")
    labels = body["Labels"] or {}
    tests = {
        "id": lambda value: body["Id"].startswith(value),
        "name": lambda value: matches(value, body["Name"]),
        "driver": lambda value: body["Driver"] == value,
        "scope": lambda value: body["Scope"] == value,
        "type": lambda value: (value == "custom") == own,
        "dangling": lambda value: (value in ("1", "true")) == (own and not body["Containers"]),
    }
    return all(
        any(tests[key](value) for value in values) for key, values in filters.items() if key != "label" and values
    ) and all(labelled(labels, value) for value in filters.get("label", ()))


def matches(pattern: str, name: str) -> bool:
    """As the engine compares names: by a regular expression, or as text where that is none."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return pattern == name


def labelled(labels: dict[str, str], wanted: str) -> bool:
    """Whether there is that label: "key" or "key=value"."""
    key, mark, value = wanted.partition("=")
    return key in labels and (not mark or labels[key] == value)
