"""The networks of one engine, and the containers on them. They carry no data; they only give out addresses."""

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Network
from random import Random

from ..clock import Clock
from ..errors import ApiError
from ..ids_and_times import hex_id
from ..swarm_api.go_structs import Json
from .address_plan import AddressPlan, plan
from .events import Events
from .network import PREDEFINED, Network

_MAC_ADDRESS = re.compile(r"[0-9a-fA-F]{2}([:-])(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}")
_BRIDGE_OPTIONS = {
    "com.docker.network.bridge.default_bridge": "true",
    "com.docker.network.bridge.enable_icc": "true",
    "com.docker.network.bridge.enable_ip_masquerade": "true",
    "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
    "com.docker.network.bridge.name": "docker0",
    "com.docker.network.driver.mtu": "1500",
}


class Networks:
    """An engine's own networks, by id; those of a swarm belong to its managers."""

    def __init__(self, clock: Clock, random: Random, events: Events) -> None:
        self._clock, self._random, self._events = clock, random, events
        self._all: dict[str, Network] = {}
        for name, driver in (("bridge", "bridge"), ("host", "host"), ("none", "null")):
            network = Network(hex_id(random), name, driver, clock.now)
            if name == "bridge":
                network.plan = AddressPlan.of(IPv4Network("172.17.0.0/16"), "172.17.0.1", configured=False)
                network.options = dict(_BRIDGE_OPTIONS)
            self._all[network.id] = network

    def __iter__(self) -> Iterator[Network]:
        return iter(self._all.values())

    def create(self, body: Json) -> Network:
        """Create a network. Raises `ApiError` for a name that is taken, or a subnet that overlaps with another's."""
        name = body.get("Name")
        if not isinstance(name, str) or not name.strip():
            raise ApiError(400, "invalid network name: name is empty")
        if any(network.name == name for network in self):
            raise ApiError(409, f"network with name {name} already exists")
        driver = body.get("Driver") or "bridge"
        if driver in ("host", "null"):
            raise ApiError(403, f'only one instance of "{driver}" network is allowed')
        if driver not in ("bridge", "macvlan", "ipvlan"):
            raise ApiError(404, f"could not find plugin {driver} in v1 plugin registry: plugin not found")
        ipv6 = bool(body.get("EnableIPv6"))
        network = Network(
            hex_id(self._random),
            name,
            driver,
            self._clock.now,
            plan(body.get("IPAM") or {}, ipv6, [network.plan for network in self], driver),
            ipv6,
            internal=bool(body.get("Internal")),
            attachable=bool(body.get("Attachable")),
            config_only=bool(body.get("ConfigOnly")),
            labels=dict(body.get("Labels") or {}),
            options=dict(body.get("Options") or {}),
        )
        self.add(network)
        return network

    def add(self, network: Network) -> None:
        """Add a network, its own or one of its swarm."""
        self._all[network.id] = network
        self._log_event(network, "create")

    def _log_event(self, network: Network, action: str, **attributes: str) -> None:
        attributes |= {"name": network.name, "type": network.driver}
        self._events.log("network", action, network.id, attributes)

    def find(self, name: str) -> Network:
        """The network with that id or name, or whose id starts so. Raises `ApiError` 404, 400."""
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

    def join(
        self, network: Network, container: str, name: str, settings: Json | None = None, mac_address: str = ""
    ) -> None:
        """Connect the container, by its id, to the network. Raises `ApiError` 400, 403."""
        if container in network.endpoints:
            raise ApiError(403, f"endpoint with name {name} already exists in network {network.name}")
        asked = settings or {}
        requested = asked.get("IPAMConfig") or {}
        if network.name in PREDEFINED and (requested.get("IPv4Address") or requested.get("IPv6Address")):
            raise ApiError(400, "user specified IP address is supported on user defined networks only")
        mac_address = asked.get("MacAddress") or mac_address
        if mac_address and not _MAC_ADDRESS.fullmatch(mac_address):
            raise ApiError(500, f"address {mac_address}: invalid MAC address")
        network.endpoints[container] = network.new_endpoint(hex_id(self._random), asked, mac_address)
        self._log_event(network, "connect", container=container)

    def leave(self, network: Network, container: str) -> None:
        """Disconnect the container from the network. Raises `ApiError` 403 if it is not connected."""
        if container not in network.endpoints:
            raise ApiError(403, f"container {container} is not connected to network {network.name}")
        del network.endpoints[container]
        self._log_event(network, "disconnect", container=container)

    def remove(self, network: Network, names: dict[str, str]) -> None:
        """Remove it. Raises `ApiError` 403 for a predefined one, or for one with containers (names by id)."""
        if network.name in PREDEFINED:
            raise ApiError(403, f"{network.name} is a pre-defined network and cannot be removed")
        if using := [f'name:"{names.get(id, id)}" id:"{id[:12]}"' for id in network.endpoints]:
            raise ApiError(
                403, f"error while removing network: network {network.name} has active endpoints ({', '.join(using)})"
            )
        del self._all[network.id]
        self._log_event(network, "destroy")


_FILTERS = ("dangling", "driver", "id", "label", "name", "scope", "type")


def passes(body: Json, filters: dict[str, list[str]]) -> bool:
    """Whether the network passes the filters (moby, daemon/network/filter.go). Raises `ApiError` 400."""
    if unknown := next((key for key in filters if key not in _FILTERS), None):
        raise ApiError(400, f"invalid filter '{unknown}'")
    custom = body["Name"] not in PREDEFINED
    if any(value not in ("custom", "builtin") for value in filters.get("type", ())):
        raise ApiError(400, f"invalid filter: 'type'='{filters['type'][0]}'")
    labels = body["Labels"] or {}
    tests: dict[str, Callable[[str], bool]] = {
        "id": lambda value: bool(body["Id"].startswith(value)),
        "name": lambda value: matches(value, body["Name"]),
        "driver": lambda value: bool(body["Driver"] == value),
        "scope": lambda value: bool(body["Scope"] == value),
        "type": lambda value: (value == "custom") == custom,
        "dangling": lambda value: (value in ("1", "true")) == (custom and not body["Containers"]),
    }
    return all(
        any(tests[key](value) for value in values) for key, values in filters.items() if key != "label" and values
    ) and all(has_label(labels, value) for value in filters.get("label", ()))


def matches(pattern: str, name: str) -> bool:
    """Whether a name matches a filter: a regular expression, or plain text if it is not one."""
    try:
        return re.search(pattern, name) is not None
    except re.error:
        return pattern == name


def has_label(labels: dict[str, str], wanted: str) -> bool:
    """Whether there is that label: "key" or "key=value"."""
    key, mark, value = wanted.partition("=")
    return key in labels and (not mark or labels[key] == value)
